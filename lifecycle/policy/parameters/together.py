"""What must hold between parameters: a least and a most, an early limit and a late one.

Knows the pairs. Does not know how a single value is checked: see `lifecycle.policy.parameters.naming`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from attrs import frozen

from lifecycle.calendar import BusinessDays
from lifecycle.errors import closest
from lifecycle.lengths import ByFacts, Chosen, Length, periods_of, told
from lifecycle.policy.capabilities import grounds_without
from lifecycle.policy.clock_terms import ANY
from lifecycle.policy.parameters.entries import well_formed
from lifecycle.policy.parameters.rising import wrong_programme
from lifecycle.policy.parameters.tables import wrong_tables
from lifecycle.policy.proof_kinds import proofs_without
from lifecycle.rows import Capability, Proof


@frozen
class Pair:
    """Two parameters of which the first may not be more than the second; ``why`` ends the sentence."""

    low: str
    high: str
    why: str
    strictly: bool = False


PAIRS: tuple[Pair, ...] = (
    Pair(
        "unlock_code_resend_delay", "unlock_code_ttl", "another code can be had while the first is alive", strictly=True
    ),
    Pair("deletion_code_ttl", "deletion_abandon_after", "a deletion is not dropped while its code is alive"),
    Pair("deletion_processing", "stalled_after", "a closure is not late before it is due"),
    Pair("chat_wait_normal_max", "chat_wait_peak_min", "a large sale lengthens the wait"),
    Pair("linkage_same_person_at", "linkage_suspends_at", "who is suspended for a link counts as the same person"),
    Pair("appeal_words_soft", "appeal_words_hard", "the advice is stricter than the limit"),
)
"""Beside these, every ``…_min`` may not be more than the ``…_max`` of the same name."""


def pairs(names: Mapping[str, Any]) -> Iterator[Pair]:
    """Yield the pairs that hold among parameters called *names*."""
    yield from (pair for pair in PAIRS if pair.low in names and pair.high in names)
    for low in names:
        if low.endswith("_min") and (high := f"{low.removesuffix('_min')}_max") in names:
            yield Pair(low, high, "the least is not more than the most")


def disagreements(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield for each two *values* that do not fit each other the first name, and what is wrong.

    Working days are held against working days and hours against hours; the two kinds are not compared.
    """
    for pair in pairs(values):
        low, high = values[pair.low], values[pair.high]
        sizes = [(_size(a), _size(b)) for a in _each(low) for b in _each(high) if type(a) is type(b)]
        if any(a >= b if pair.strictly else a > b for a, b in sizes):
            must = "must be less than" if pair.strictly else "may not be more than"
            yield pair.low, f"{must} {pair.high}: {pair.why}. They are {_told(low)} and {_told(high)}"
    yield from wrong_programme(values)
    yield from wrong_tables(values)
    yield from _named_elsewhere(values)
    yield from _stopping(values)


def _stopping(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """When a deletion can no longer be stopped lies inside the time that it takes, and somebody may stop it at all."""
    closes, none = values.get("withdrawal_closes"), dt.timedelta(0)
    if not closes:
        return
    if values.get("withdrawn_by") == ():
        yield "withdrawal_closes", "must be none where nobody may stop a deletion: withdrawn_by is empty"
    if values.get("withdraw_until") == "owner_confirmed":
        yield (
            "withdrawal_closes",
            'needs withdraw_until = "platform_confirmed": until the confirmation there is no day yet',
        )
    for name in ("deletion_processing", "direct_deletion_grace"):
        lasts = [(one, end) for one in _each(values.get(name, none)) for end in _each(closes) if type(one) is type(end)]
        if any(_size(none) < one <= end for one, end in lasts if isinstance(one, dt.timedelta)):
            yield "withdrawal_closes", f"must be less than {name}, or nobody could ever stop a deletion"


def strangers(tables: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what entries of the *tables* name that is no entry of another one, as far as they are well formed."""
    grounds = tables.get("grounds")
    if not isinstance(grounds, Mapping):
        return
    capabilities = well_formed(Capability, tables.get("capabilities"))
    yield from (("capabilities", what) for what in grounds_without(capabilities, grounds))
    yield from (("proofs", what) for what in proofs_without(well_formed(Proof, tables.get("proofs")), grounds))


def _named_elsewhere(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What entries of one table name is an entry of another."""
    kinds, due = values.get("support_case_kinds"), values.get("support_due")
    if kinds is not None and due is not None:
        for name in due:
            if name not in (ANY, *kinds):
                near = closest(name, (ANY, *kinds))
                yield "support_due", f"entry {name}: support is asked about nothing that is called so.{near}"


def _size(value: Any) -> Any:
    return value.days if isinstance(value, BusinessDays) else value


def _told(value: Any) -> str:
    return told(value) if isinstance(value, Length) else str(value)


def _each(value: Any) -> tuple[Any, ...]:
    """Return everything that a value may turn out to be: of a period that is no plain number all there are."""
    return periods_of(value) if isinstance(value, Chosen | ByFacts) else (value,)
