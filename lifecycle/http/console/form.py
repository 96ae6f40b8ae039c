"""The form somebody decides with: what it asks for, and what was typed into it, as the service takes it.

Knows which facts, texts and documents a row asks for: all of it is read off the row, so no rule is written twice. Does not
decide, and keeps nothing.
"""

from __future__ import annotations

import datetime as dt
import types
import typing
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from attrs import evolve, field, frozen

from lifecycle.errors import BadRequest
from lifecycle.facts import FactMissing
from lifecycle.http.console.standing import unmet, with_each_text, written_by_staff
from lifecycle.http.console.words import said as told
from lifecycle.http.console.words import zone_name
from lifecycle.machine import AccountMachine
from lifecycle.model import Account, Actor, Command, Evidence
from lifecycle.prose.words import capital, plain
from lifecycle.request import TEXT_LIMIT
from lifecycle.rows import Notify, Policy, Selector, Transition

DOCUMENTS = 3
"""How many documents can be named at once."""

_YES_NO = (("", "not said"), ("yes", "yes"), ("no", "no"))


@frozen
class Ask:
    """One field. ``kind`` is ``choice``, ``number``, ``moment``, ``codes``, ``code`` or ``text``.

    ``name`` is that of the field, ``value`` what was typed, ``choices`` value and words, ``help`` a line below it.
    """

    name: str
    label: str
    kind: str
    wanted: bool
    value: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    help: str = ""


@frozen
class Known:
    """A fact that the service found out, so that nobody has to say it: its name, and what is known, in words."""

    name: str
    label: str
    says: str


@frozen
class Form:
    """Everything a form asks: what has to be said, texts the holder reads, and what may be said as well.

    ``known`` is what would have to be said, had the service not found it out.
    """

    known: tuple[Known, ...]
    asks: tuple[Ask, ...]
    texts: tuple[Ask, ...]
    more: tuple[Ask, ...]
    documents: tuple[tuple[str, str], ...]
    kinds: tuple[tuple[str, str], ...]


@frozen
class Said:
    """What was typed: facts and evidence, with every mistake in a sentence."""

    facts: Mapping[str, Any]
    evidence: tuple[Evidence, ...]
    mistakes: tuple[str, ...]
    typed: Mapping[str, str] = field(repr=False, factory=dict)


# --- what is asked -------------------------------------------------------------------------------------------------


def form(
    machine: AccountMachine,
    account: Account,
    command: Command,
    row: Transition,
    needs: Iterable[str],
    zone: dt.tzinfo,
    typed: Mapping[str, str],
) -> Form:
    """Return the form for *row*; *needs* are the facts nobody has said yet, *typed* is what stands in it already.

    What *command* carries and nobody typed, the service found out: it is shown, and can be said otherwise.
    """
    policy = machine.policy
    sayable = set(policy.facts.declared()) - policy.facts.RESERVED
    given = command.facts.given()
    read = _reads(machine, account, command, row)
    found = [name for name in read if name in sayable and name in given and not typed.get(f"fact.{name}", "").strip()]
    must = [name for name in dict.fromkeys((*needs, *_without_default(policy, read))) if name in sayable - set(found)]
    may = [name for name in read if name in sayable and name not in must]
    asks = [_helped(_ask(policy, name, zone, typed, wanted=True), row, name) for name in must]
    wanted = wanted_texts(machine, account, command)
    kinds = [k for k in _kinds(policy) if k not in policy.texts]
    return Form(
        known=tuple(Known(name, capital(plain(name)), told(given[name], zone)) for name in found),
        asks=tuple(asks),
        texts=tuple(_text(policy, kind, typed, wanted=True) for kind in wanted)
        or tuple(_text(policy, kind, typed, wanted=False) for kind in _usual_text(policy, row)),
        more=tuple(_may(_ask(policy, name, zone, typed, wanted=False), name in found) for name in may),
        documents=tuple(
            (typed.get(f"document.{n}.kind", ""), typed.get(f"document.{n}.ref", "")) for n in range(DOCUMENTS)
        ),
        kinds=tuple((kind, str(policy.evidence[kind])) for kind in kinds),
    )


def _reads(machine: AccountMachine, account: Account, command: Command, row: Transition) -> tuple[str, ...]:
    p = machine.policy.seen(account, command, row)
    guards = []
    for guard in row.guards:
        try:
            if guard.applies(account, command, p):
                guards.append(guard)
        except FactMissing:
            guards.append(guard)
    return row.needs_with(tuple(guards))


def _without_default(policy: Policy, names: Iterable[str]) -> list[str]:
    optional = policy.facts.optional()
    return [name for name in names if name not in optional]


def wanted_texts(machine: AccountMachine, account: Account, command: Command) -> tuple[str, ...]:
    """Return the texts of the staff without which the row is not taken: found out by trying each."""
    bare = evolve(command, evidence=tuple(e for e in command.evidence if e.kind not in machine.policy.texts))
    before = unmet(machine, account, bare)
    tried = with_each_text(machine, bare) if before else ()
    return tuple(each.evidence[-1].kind for each in tried if len(unmet(machine, account, each)) < len(before))


def _usual_text(policy: Policy, row: Transition) -> tuple[str, ...]:
    """The text that may be written where none is asked for: reasons, if the row says anything to the holder."""
    tells = any(isinstance(effect, Notify) for effect in row.effects)
    return tuple(kind for kind in ("reasons",) if tells and kind in written_by_staff(policy))


def _kinds(policy: Policy) -> list[str]:
    """The kinds that are not the holder's to bring; all of them where the policy does not say whose they are."""
    return [k for k in policy.evidence if k not in policy.kinds or policy.kinds[k].source != "holder"]


def _text(policy: Policy, kind: str, typed: Mapping[str, str], *, wanted: bool) -> Ask:
    says = str(policy.evidence[kind])
    label = f"{capital(plain(kind))}, which the holder will read"
    return Ask(f"text.{kind}", label, "text", wanted, typed.get(f"text.{kind}", ""), help=f"{capital(says)}.")


def _ask(policy: Policy, name: str, zone: dt.tzinfo, typed: Mapping[str, str], *, wanted: bool) -> Ask:
    kind, key = policy.facts.declared()[name], f"fact.{name}"
    allowed = _allowed(kind)
    made = Ask(key, capital(plain(name)), "code", wanted, typed.get(key, ""))
    if bool in allowed:
        return evolve(made, kind="choice", choices=_YES_NO)
    if int in allowed:
        return evolve(made, kind="number")
    if dt.datetime in allowed:
        return evolve(made, kind="moment", help=f"Time in {zone_name(zone)}.")
    if any(typing.get_origin(each) is tuple for each in allowed):
        return evolve(made, kind="codes", help="Codes without spaces, separated by commas.")
    if choices := _choices(policy, name):
        asks = _selector(policy, name)
        label = made.label if asks is None else asks.sentence
        return evolve(made, kind="choice", label=label, choices=(("", "choose"), *choices))
    return evolve(made, help="A code without spaces, never a name.")


def _helped(ask: Ask, row: Transition, name: str) -> Ask:
    """A field for yes or no, with the sentence of the guard that it answers."""
    says = " ".join(guard.sentence for guard in row.guards if guard.needs == (name,))
    if ask.choices[-2:] != _YES_NO[1:]:
        return ask
    return evolve(ask, help=f"{says} {ask.help}".strip())


def _may(ask: Ask, found: bool) -> Ask:
    """A field that may stay empty; of what the service found out it says so."""
    return evolve(ask, help=f"Only if it is not as the service found out. {ask.help}".strip()) if found else ask


def _choices(policy: Policy, name: str) -> tuple[tuple[str, str], ...]:
    if name == "ground":
        return tuple((each.name, capital(each.says)) for each in policy.grounds.values())
    asks = _selector(policy, name)
    answers: Mapping[str, str] = {} if asks is None else asks.answers
    return tuple((word, capital(answers.get(word, plain(word)))) for word in policy.facts.WORDS.get(name, ()))


def _selector(policy: Policy, name: str) -> Selector | None:
    """The question between rows that this fact alone answers."""
    return next((when.selector for row in policy.rows for when in row.when if when.selector.needs == (name,)), None)


# --- what was typed ------------------------------------------------------------------------------------------------


def said(typed: Mapping[str, str], policy: Policy, zone: dt.tzinfo) -> Said:
    """Return what was typed, as the service takes it; what is empty was not said. Nothing typed is in a mistake."""
    mistakes: list[str] = []
    facts: dict[str, Any] = {}
    declared = policy.facts.declared()
    for key, value in typed.items():
        name = key.removeprefix("fact.")
        if not key.startswith("fact.") or not value.strip():
            continue
        if name not in declared or name in policy.facts.RESERVED:
            mistakes.append("The form asks for a fact that nobody may say here.")
            continue
        try:
            facts[name] = _read(value.strip(), declared[name], zone)
            policy.facts({name: facts[name]})
        except (ValueError, BadRequest):
            facts.pop(name, None)
            mistakes.append(f"{capital(plain(name))}: {_wrong(declared[name])}")
    evidence = tuple(_evidence(typed, policy, mistakes))
    return Said(facts, evidence, tuple(mistakes), typed)


def _read(value: str, kind: Any, zone: dt.tzinfo) -> Any:
    allowed = _allowed(kind)
    if bool in allowed:
        return {"yes": True, "no": False}[value] if value in ("yes", "no") else _none()
    if int in allowed:
        return int(value)
    if dt.datetime in allowed:
        found = dt.datetime.fromisoformat(value)
        return found if found.tzinfo is not None else found.replace(tzinfo=zone)
    if any(typing.get_origin(each) is tuple for each in allowed):
        return tuple(filter(None, (part.strip() for part in value.split(","))))
    return value


def _allowed(kind: Any) -> tuple[Any, ...]:
    return typing.get_args(kind) if isinstance(kind, types.UnionType) else (kind,)


def _none() -> Any:
    raise ValueError("neither yes nor no")


def _wrong(kind: Any) -> str:
    names = str(kind)
    for what, sentence in (
        ("bool", "say yes or no."),
        ("int", "give a whole number, zero or more."),
        ("datetime", "give a date and a time."),
        ("tuple", "give codes without spaces, separated by commas."),
    ):
        if what in names:
            return sentence
    return "give a code: letters, digits or _ . : - without spaces."


def _evidence(typed: Mapping[str, str], policy: Policy, mistakes: list[str]) -> Iterator[Evidence]:
    for key, value in typed.items():
        kind = key.removeprefix("text.")
        if key.startswith("text.") and value.strip():
            if kind not in policy.texts:
                mistakes.append("The form holds a text of a kind that nobody writes here.")
            elif len(value.encode()) > TEXT_LIMIT:
                mistakes.append(f"{capital(plain(kind))}: this is too long. Shorten it.")
            else:
                yield Evidence(kind, text=value.strip())
    for n in range(DOCUMENTS):
        kind, ref = typed.get(f"document.{n}.kind", ""), typed.get(f"document.{n}.ref", "").strip()
        if not kind and not ref:
            continue
        try:
            if kind not in policy.evidence or kind in policy.texts:
                raise BadRequest("no such kind")
            yield Evidence(kind, ref)
        except BadRequest:
            mistakes.append(f"Document {n + 1}: choose what it is, and give its reference, without spaces.")


def role_named(actors: Iterable[Actor], role: str) -> Actor | None:
    """Return the actor of this role among those somebody may act as."""
    return next((actor for actor in actors if actor.role.value == role), None)
