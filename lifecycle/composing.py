"""A policy of one's own: on top of another one, or from nothing; checked when it is built, every mistake told at once.

Knows how parts are added, replaced and taken away, and what goes with a part that goes. Does not know any rule.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import attrs
from attrs import define, field

from lifecycle.errors import BadParameters, PolicyError, closest
from lifecycle.facts import Facts
from lifecycle.policy.parameters.naming import named_in
from lifecycle.policy_check import mistakes_in
from lifecycle.rows import (
    Benefit,
    Capability,
    EvidenceKind,
    Ground,
    Guard,
    Notice,
    Notify,
    Policy,
    Reason,
    Report,
    Signal,
    StartTimer,
    StopTimer,
    TimerRule,
    Transition,
    version_under,
)
from lifecycle.rows.capabilities import capabilities_of

KINDS: Mapping[str, tuple[str, type]] = {
    "row": ("rows", Transition),
    "guard": ("guards", Guard),
    "timer": ("timers", TimerRule),
    "notice": ("notices", Notice),
    "ground": ("grounds", Ground),
    "signal": ("signals", Signal),
    "capability": ("capabilities", Capability),
    "benefit": ("benefits", Benefit),
    "reason": ("reasons", Reason),
    "evidence": ("kinds", EvidenceKind),
}
"""What a part is called in ``replacing`` and ``without``, where the policy keeps it, and of which class it is."""

_NOTHING: Mapping[str, Any] = {
    "rows": (),
    "guards": (),
    "timers": {},
    "notices": {},
    "grounds": {},
    "evidence": {},
    "texts": frozenset(),
    "capabilities": {},
    "citations": {},
}

_PARTS = {where: kind for kind, (where, _) in KINDS.items()}
_WHOLE = tuple(each.name for each in attrs.fields(Policy) if each.init and each.name not in _PARTS)


def extended(
    base: Policy,
    *,
    name: str,
    version: str,
    replacing: Mapping[str, Any] | None = None,
    without: Iterable[str] = (),
    **parts: Any,
) -> Policy:
    """Return a policy on top of *base*: with more *parts*, others in their place, and without some.

    ``rows``, ``guards``, ``timers``, ``notices``, ``grounds``, ``signals``, ``capabilities``, ``benefits``, ``reasons`` and
    ``kinds`` of evidence are given as entries, or as a function of the parameters that returns them; rows also by chapter,
    ``{"posting": (…)}``. ``evidence``, ``citations``, ``narrowed`` and ``texts`` are added to those that are there.
    ``facts``, a class made of `Facts`, and everything else of a `Policy` takes the place of what was there. An entry of a
    table that the parameters hold is added there, so that guards, files and cases see it.

    Args:
        base: the policy to begin with, such as the guides'.
        name: what the policy is called.
        version: stamped into every event; a new one means that somebody's rights changed.
        replacing: what stands in the place of ``"row appeal:suspended:holder"``, ``"notice welcome"`` and the like.
        without: such names of what is left out. A guard, a notice or a timer is taken out of the rows that use it; a
            fact too can be left out: ``"fact travels_from"``.
        parts: see above.

    Raises:
        PolicyError: the parts contradict each other, or the policy they make; every mistake is listed.
    """
    return _Composition(base, name, version, dict(replacing or {}), tuple(without), parts).made()


def composed(parameters: Any, *, name: str, version: str, **parts: Any) -> Policy:
    """Return a policy from nothing, made of *parts* and of *parameters*; see `extended` and `OwnParameters`.

    Raises:
        PolicyError: the parts contradict each other; every mistake is listed.
    """

    def nothing(p: Any) -> Policy:
        where = {entry: place for place, entry in KINDS.values()}
        held = {where[entry]: getattr(p, table) for table, entry in _tables_of(p).items() if entry in where}
        return Policy(name=name, version=version, parameters=p, **{**_NOTHING, **held})

    base = nothing(parameters).remade_by(nothing, parameters)
    return _Composition(base, name, version, {}, (), {"facts": Facts, **parts}).made()


@define
class _Composition:
    """One policy on its way."""

    base: Policy
    name: str
    version: str
    replacing: Mapping[str, Any]
    without: tuple[str, ...]
    parts: Mapping[str, Any]
    mistakes: list[str] = field(factory=list)

    def made(self) -> Policy:
        """Return the policy, or say everything that is wrong with it."""
        known = (*_PARTS, *(each for each in _WHOLE if each not in ("name", "version", "parameters")))
        for part in (part for part in self.parts if part not in known):
            self.mistakes.append(f'no part of a policy is called "{part}".{closest(part, known)}')
        p = self._tables()
        found = self._put_together(p, p)
        if wrong := [*self.mistakes, *mistakes_in(found)]:
            raise PolicyError(dict.fromkeys(wrong))
        return self._remakable(found, p)

    def _remakable(self, made: Policy, usual: Any) -> Policy:
        return made.remade_by(lambda p: self._remakable(self._put_together(p, usual), usual), usual)

    def _put_together(self, p: Any, usual: Any) -> Policy:
        base = self.base if p is self.base.parameters else self._remade(p)
        held = {entry: name for name, entry in _tables_of(p).items()}
        made: dict[str, Any] = {"name": self.name, "version": version_under(self.version, p, usual), "parameters": p}
        for kind, (where, entry) in KINDS.items():
            if entry not in held:
                made[where] = self._changed(kind, base, p)
        made["facts"] = self._facts(base)
        for whole in (each for each in _WHOLE if each in self.parts and each not in made):
            said, there = self.parts[whole], getattr(base, whole)
            if isinstance(there, Mapping) and isinstance(said, Mapping):
                self._new(whole, said, there)
                said = {**there, **said}
            made[whole] = there | frozenset(said) if isinstance(there, frozenset) else said
        kinds = made.get("kinds", base.kinds)
        made["evidence"] = {name: kind.says for name, kind in kinds.items()} | made.get("evidence", base.evidence)
        made["texts"] = made.get("texts", base.texts) | {name for name, kind in kinds.items() if kind.form == "text"}
        return self._threaded(attrs.evolve(base, **made), base)

    def _remade(self, p: Any) -> Policy:
        if self.base.made_by is None:
            self.mistakes.append(f'the policy "{self.base.name}" does not say how it is made with other parameters')
            return self.base
        return self.base.made_by(p)

    def _new(self, whole: str, said: Mapping[str, Any], there: Mapping[str, Any]) -> None:
        self.mistakes += [f'{whole}: there is a "{name}" already' for name in said if name in there]

    def _facts(self, base: Policy) -> type[Facts]:
        facts: type[Facts] = self.parts.get("facts", base.facts)
        if not (isinstance(facts, type) and issubclass(facts, Facts)):
            self.mistakes.append("facts must be a class made of Facts")
            return base.facts
        gone = [name for kind, name in map(_split, self.without) if kind == "fact"]
        for name in (name for name in gone if name not in facts.declared()):
            self.mistakes.append(f'without: there is no fact "{name}".{closest(name, facts.declared())}')
        return type(facts.__name__, (facts,), {}, without=gone) if gone else facts

    # --- entries ---------------------------------------------------------------------------------------------------

    def _given(self, where: str, p: Any) -> list[Any]:
        """Return the entries that *where* names, each with its chapter."""
        said = self.parts.get(where, ())
        said = said(p) if callable(said) else said
        if where == "capabilities" and isinstance(said, Mapping):
            said = capabilities_of(said)
        if where != "rows" or not isinstance(said, Mapping):
            return [*(said.values() if isinstance(said, Mapping) else said)]
        chapters = {name: rows(p) if callable(rows) else rows for name, rows in said.items()}
        return [attrs.evolve(row, chapter=name) for name, rows in chapters.items() for row in rows]

    def _changed(self, kind: str, base: Policy, p: Any) -> Any:
        where, entry = KINDS[kind]
        there = getattr(base, where)
        by_name = dict(there) if isinstance(there, Mapping) else {each.name: each for each in there}
        found = self._entries(kind, where, entry, by_name, self._given(where, p))
        return found if isinstance(there, Mapping) else tuple(found.values())

    def _entries(
        self, kind: str, where: str, entry: type, there: Mapping[str, Any], given: Iterable[Any]
    ) -> dict[str, Any]:
        """Return the entries of one table, by name: those that stay, those in the place of others, then the new ones."""
        gone = {name for each, name in map(_split, self.without) if each == kind}
        instead = {name: new for key, new in self.replacing.items() for each, name in [_split(key)] if each == kind}
        for says, names in (("without", gone), ("replacing", instead)):
            for name in (name for name in names if name not in there):
                self.mistakes.append(f'{says}: there is no {kind} "{name}".{closest(name, there)}')
        for name in gone & instead.keys():
            self.mistakes.append(f'the {kind} "{name}" is replaced and left out')
        found = {name: each for name, each in there.items() if name not in gone}
        for name, new in instead.items():
            if not self._is(entry, new, f'replacing "{kind} {name}"'):
                continue
            if name in found and not isinstance(new, Transition) and new.name != name:
                self.mistakes.append(f'replacing: the {kind} "{name}" cannot give way to one called "{new.name}"')
            elif name in found:
                found[name] = attrs.evolve(new, chapter=new.chapter or found[name].chapter) if kind == "row" else new
        for new in (new for new in given if self._is(entry, new, where)):
            if new.name in {each.name for each in found.values()}:
                self.mistakes.append(f'two {where} are called "{new.name}": to change one, name it in replacing')
            else:
                found[new.name] = new
        return found

    def _is(self, entry: type, held: Any, where: str) -> bool:
        if isinstance(held, entry):
            return True
        self.mistakes.append(f"{where} must be given a {entry.__name__}, not a {type(held).__name__}")
        return False

    def _tables(self) -> Any:
        """Return the parameters with the entries of those tables changed that they hold themselves."""
        p, values = self.base.parameters, dict[str, Any]()
        tables = _tables_of(p)
        for kind, (where, entry) in KINDS.items():
            for name in (name for name, each in tables.items() if each is entry):
                there = getattr(p, name)
                found = self._entries(kind, where, entry, there, self._given(where, p))
                values |= {name: found} if found != dict(there) else {}
        for says, names in (("without", self.without), ("replacing", tuple(self.replacing))):
            for kind, name in map(_split, names):
                if kind not in KINDS and not (kind == "fact" and says == "without"):
                    known = ", ".join((*KINDS, "fact") if says == "without" else KINDS)
                    self.mistakes.append(
                        f'{says}: "{kind} {name}" must begin with what it is: {known}'.replace("  ", " ")
                    )
        try:
            return attrs.evolve(p, **values) if values else p
        except BadParameters as error:
            self.mistakes += str(error).splitlines()[1:] or [str(error)]
            return p

    # --- what goes with what goes ------------------------------------------------------------------------------------

    def _threaded(self, made: Policy, base: Policy) -> Policy:
        """Return the policy whose own rows use the guards, notices and timers as they are now."""
        now = {guard.name: guard for guard in made.guards}
        before = {guard.name: guard for guard in base.guards}
        gone = [_split(each) for each in self.without]
        swap = _Swap(
            {old.name: now.get(name) for name, old in before.items() if now.get(name) is not old},
            frozenset(name for kind, name in gone if kind == "notice"),
            frozenset(name for kind, name in gone if kind == "timer"),
        )
        inherited = {row.name for row in base.rows} if swap.needed else set()
        rows = tuple(swap.row(row) if row.name in inherited else row for row in made.rows)
        narrowed = {name: swap.guards(guards) for name, guards in made.narrowed.items()}
        benefits = tuple(attrs.evolve(each, guards=swap.guards(each.guards)) for each in made.benefits)
        triggers = {row.trigger for row in rows}
        lost: dict[str, Any] = {door: None for door, trigger in base.doors.triggers.items() if trigger not in triggers}
        lost["reports"] = tuple(swap.reports(made.doors.reports, triggers))
        doors = made.doors if "doors" in self.parts else attrs.evolve(made.doors, **lost)
        return attrs.evolve(made, rows=rows, narrowed=narrowed, benefits=benefits, doors=doors)


@define
class _Swap:
    """What takes the place of guards, None where nothing does; and the notices and timers that are gone."""

    instead: Mapping[str, Guard | None]
    notices: frozenset[str]
    timers: frozenset[str]

    @property
    def needed(self) -> bool:
        """Whether anything is to be changed in rows."""
        return bool(self.instead or self.notices or self.timers)

    def guards(self, guards: Iterable[Guard]) -> tuple[Guard, ...]:
        """Return *guards* as they are now."""
        swapped = (self.instead.get(guard.name, guard) for guard in guards)
        return tuple(guard for guard in swapped if guard is not None)

    def row(self, row: Transition) -> Transition:
        """Return *row* with guards as they are now, and without what is gone."""
        effects = tuple(effect for effect in row.effects if not self._gone(effect))
        return attrs.evolve(row, guards=self.guards(row.guards), effects=effects)

    def reports(self, reports: Iterable[Report], triggers: Collection[str]) -> Iterator[Report]:
        """Yield those of *reports* whose trigger is there, without the notices that are gone."""
        for each in (each for each in reports if each.trigger in triggers):
            left = tuple(name for name in each.notices if name not in self.notices)
            if left or not each.notices:
                yield attrs.evolve(each, notices=left)

    def _gone(self, effect: Any) -> bool:
        if isinstance(effect, Notify):
            return effect.notice in self.notices
        return isinstance(effect, StartTimer | StopTimer) and effect.timer in self.timers


def _split(named: str) -> tuple[str, str]:
    """Return what a name says it is, and how that is called: ``("row", "appeal:suspended:holder")``."""
    kind, _, name = named.partition(" ")
    return kind, name


def _tables_of(p: Any) -> dict[str, type]:
    """Return the tables of entries that parameters hold, each with the class of its entries."""
    declared: Iterator[Any] = iter(named_in(type(p)) if attrs.has(type(p)) else ())
    return {each.name: each.entry for each in declared if each.entry is not None}
