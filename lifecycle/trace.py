"""What holds each rule that a policy follows: a row, a guard, a parameter, a notice, an advice, a case; or why none does.

Knows how a holder is found: by what it cites, or by what the rule itself names. Does not know what a rule means.
Pure: the cases' citations are handed in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

import attrs
from attrs import frozen

from lifecycle.rows import Notify, Policy, Rule, SendCode, StartTimer

Citing = tuple[str, str, str, tuple[str, ...]]
"""The kind of a thing, its name, what it says, and what it cites."""


def citing(policy: Policy) -> Iterator[Citing]:
    """Yield every row, guard, ground, parameter and table entry of *policy* with what it cites."""
    for row in policy.rows:
        yield "row", row.name, row.title, row.cites
    narrowing = (each for guards in policy.narrowed.values() for each in guards)
    for guard in dict.fromkeys((*policy.guards, *narrowing)):
        yield "guard", guard.name, guard.sentence, guard.cites
    for benefit in policy.benefits:
        yield "benefit", benefit.name, benefit.says, benefit.cites
    for ground in policy.grounds.values():
        yield "ground", ground.name, ground.says, ground.cites
    for signal in policy.signals.values():
        yield "signal", signal.name, signal.says, signal.cites
    for name, strike in policy.ways.strikes.items():
        yield "strike", name, strike.says, strike.cites
    for reason in policy.reasons.values():
        yield "reason", reason.name, reason.says, reason.cites
        for instead in reason.alternatives:
            yield "reason", instead.name, instead.says, instead.cites
    for advice in policy.ways.advice:
        yield "advice", advice.name, advice.says, advice.cites
    for field in attrs.fields(type(policy.parameters)):
        # What is only ours, and cites nothing, follows no rule.
        if field.metadata.get("cites") or ("cites" in field.metadata and not field.metadata["ours"]):
            yield "parameter", field.name, field.metadata["says"], tuple(field.metadata["cites"])


OUTSIDE = "outside"
CASE = "case"

_FITTING: Mapping[str, tuple[str, ...]] = {
    "guard": ("guard", "row", "parameter"),
    "precondition": ("guard", "row"),
    "limit": ("parameter", "guard"),
    "timer": ("parameter", "row"),
    "evidence": ("guard", "ground", "row"),
    "advice": ("advice",),
    "alternative": ("row", "advice", "reason"),
    "statistic": ("parameter", "advice", CASE),
    "reason-code": ("reason", "ground", "row"),
    CASE: (CASE,),
}
"""What kind of holder suits a kind of rule best; a row suits any other."""

_ANY = ("row", "guard", "parameter", "ground", "signal", "benefit", "strike", "reason", "advice")


@frozen
class Holder:
    """Something that holds a rule: its kind, its name, and what it says in a few words."""

    kind: str
    name: str
    says: str = ""

    @property
    def words(self) -> str:
        """The holder as a table shows it: ``guard appeal_was_offered``."""
        return f"{self.kind}: {self.says}" if self.kind == OUTSIDE else f"{self.kind} {self.name}"


@frozen
class Traced:
    """A rule, what holds it first, and what else cites it."""

    rule: Rule
    primary: Holder | None
    others: tuple[Holder, ...] = ()


@frozen
class Trace:
    """Every rule with its holders, and everything that is wrong."""

    rules: tuple[Traced, ...]
    mistakes: tuple[str, ...]
    called: str = "the texts"
    """What pages call the texts that the rules stand in."""

    def counts(self) -> dict[str, dict[str, int]]:
        """Return for each guide how many rules each kind of holder holds first."""
        found: dict[str, dict[str, int]] = {}
        for one in self.rules:
            held = found.setdefault(one.rule.guide, Counter())
            held[one.primary.kind if one.primary else "nothing"] += 1
        return {guide: dict(held) for guide, held in found.items()}

    def kinds(self) -> dict[str, dict[str, int]]:
        """Return for each kind of rule how many of them each kind of holder holds first."""
        found: dict[str, dict[str, int]] = {}
        for one in self.rules:
            held = found.setdefault(one.rule.kind, Counter())
            held[one.primary.kind if one.primary else "nothing"] += 1
        return {kind: dict(held) for kind, held in sorted(found.items())}


def trace(policy: Policy, cases: Iterable[tuple[str, Iterable[str]]]) -> Trace:
    """Return what holds each rule.

    Advice counts as shown if it stands in the table that plans show it from; a plan shows whatever suits the situation.

    Args:
        policy: the policy whose rules are traced.
        cases: what each case is called, such as ``P-29``, and the ids that it cites.
    """
    holders = [(Holder(kind, name, says), tuple(cites)) for kind, name, says, cites in citing(policy)]
    cites: dict[str, set[str]] = {}
    for name, said in cases:
        cites.setdefault(name, set()).update(said)
    told = [(Holder(CASE, name), tuple(sorted(said))) for name, said in sorted(cites.items())]
    named = _Named(policy, frozenset(cites))
    holding: dict[str, list[Holder]] = {}
    for holder, said in (*holders, *told):
        for cite in dict.fromkeys(said):
            holding.setdefault(cite, []).append(holder)
    found = tuple(_traced(rule, holding.get(rule.id, []), named) for rule in policy.sources.rules.values())
    mistakes = tuple(_mistakes(found, [*holders, *told], policy, named))
    return Trace(found, mistakes, policy.sources.called)


def _traced(rule: Rule, holding: list[Holder], named: _Named) -> Traced:
    primary = named.holder(rule) or _first(rule, holding)
    return Traced(rule, primary, tuple(holder for holder in holding if holder != primary))


def _first(rule: Rule, found: list[Holder]) -> Holder | None:
    order = (*_FITTING.get(rule.kind, ()), *_ANY)
    fitting = [holder for holder in found if holder.kind in order]
    return min(fitting, key=lambda holder: order.index(holder.kind), default=None)


class _Named:
    """The holders that rules name themselves."""

    def __init__(self, policy: Policy, cases: frozenset[str]) -> None:
        effects = [effect for row in policy.rows for effect in row.effects]
        sent = {effect.notice for effect in effects if isinstance(effect, Notify | SendCode)}
        armed = {effect.timer for effect in effects if isinstance(effect, StartTimer)}
        asked = {name for row in policy.rows for name in row.needs}
        self.shown = frozenset(advice.name for advice in policy.ways.advice)
        self.known: Mapping[str, Iterable[str]] = {
            "notice": sent,
            "timer": armed,
            "capability": policy.capabilities.keys(),
            "evidence": policy.evidence.keys(),
            "fact": asked,
            "parameter": {f.name for f in attrs.fields(type(policy.parameters))},
            "row": {row.name for row in policy.rows},
            "guard": {guard.name for guard in policy.guards},
            "advice": self.shown,
            CASE: cases,
        }

    def holder(self, rule: Rule) -> Holder | None:
        """Return the holder that *rule* names; None if it names none."""
        kind, _, name = rule.held.partition(" ")
        if not rule.held:
            return None
        if kind == f"{OUTSIDE}:":
            return Holder(OUTSIDE, "", name)
        return Holder(kind, name)

    def wrong(self, rule: Rule) -> Iterator[str]:
        """Say what is wrong with the holder that *rule* names."""
        holder = self.holder(rule)
        if holder is None:
            return
        if holder.kind == OUTSIDE:
            if not holder.says:
                yield f"{rule.id} is called outside the product, and nobody says why"
        elif holder.kind not in self.known:
            yield f'{rule.id} names a holder of an unknown kind: "{rule.held}"'
        elif holder.name not in self.known[holder.kind]:
            yield f'{rule.id} is to be held by the {holder.kind} "{holder.name}", which {_gone(holder.kind)}'


def _gone(kind: str) -> str:
    gone = {"notice": "no row sends", "timer": "no row arms", "fact": "no row reads", "advice": "no answer shows"}
    return gone.get(kind, "nobody knows")


def _mistakes(
    found: tuple[Traced, ...], holders: list[tuple[Holder, tuple[str, ...]]], policy: Policy, named: _Named
) -> Iterator[str]:
    for one in found:
        yield from named.wrong(one.rule)
        if one.primary is None:
            yield f"{one.rule.id} is held by nothing: {one.rule.says}"
        elif one.rule.kind == "advice" and one.primary.kind not in ("advice", OUTSIDE, "row", "guard", "notice"):
            yield f"{one.rule.id} is advice that only a {one.primary.kind} holds, so nobody is ever shown it"
    for holder, cites in holders:
        if not cites:
            yield f"the {holder.kind} {holder.name} cites no rule"
        for cite in cites:
            if cite not in policy.citations and not _is_path(cite):
                yield f'the {holder.kind} {holder.name} cites "{cite}", which nobody knows'
        if holder.kind == "advice" and holder.name not in named.shown:
            yield f"the advice {holder.name} is shown by no answer"


def _is_path(cite: str) -> bool:
    return cite[:2] in ("P-", "C-")
