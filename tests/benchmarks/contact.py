"""First contact: very many accounts nobody has seen before, each made and moved one step, none kept.

Both sides make the same account and the same command; a system signal locks it. The stock side is the shared machine
of `deciding`, without a model attached.
"""

from __future__ import annotations

import functools
import gc
import weakref
from collections.abc import Callable

from benchmarks.deciding import Stock, fired
from benchmarks.measuring import Built, Group, Side, Target
from support import START, SYSTEM, machine_of

from lifecycle.decide import decide
from lifecycle.model import Account, Command, State

STOCK = "stock, shared, nothing attached: guards, frozen event"
OURS = "our machine: guards, frozen event"
STOCK_WHOLE = "stock, with changes and the account after them"
DECIDE = "`decide()`"
ACCOUNTS = 100_000


def met(ask: Callable[[Account, Command], object], count: int, made: list[weakref.ref[Account]] | None = None) -> None:
    """Make so many accounts, one after the other, and ask one step of each."""
    machine = machine_of()
    facts = machine.policy.facts({"ground": "unusual_logins", "signal": "distinct_addresses", "signal_count": 50})
    for number in range(count):
        name = f"acc_{number}"
        account = Account(name, 1, State.ACTIVE, START, START)
        if made is not None:
            made.append(weakref.ref(account))
        ask(account, Command("lock", name, SYSTEM, START, facts))


def alive(ask: Callable[[Account, Command], object], count: int) -> int:
    """How many of so many accounts are still there after they were asked for a step."""
    made: list[weakref.ref[Account]] = []
    met(ask, count, made)
    gc.collect()
    return sum(each() is not None for each in made)


def build(scale: float) -> Built:
    """Make the four sides, and count what they leave behind."""
    machine, count = machine_of(), int(ACCOUNTS * scale)
    asked: dict[str, Callable[[Account, Command], object]] = {
        STOCK: Stock(machine.policy, whole=False).fire,
        OURS: functools.partial(fired, machine),
        STOCK_WHOLE: Stock(machine.policy, whole=True).fire,
        DECIDE: functools.partial(decide, machine),
    }
    left = {name: alive(ask, count) for name, ask in asked.items()}
    note = f"accounts still alive after {count:,} first contacts: {left[OURS]} ours, {left[STOCK]} stock."
    return Built(
        tuple(Side(name, functools.partial(met, ask, count), count) for name, ask in asked.items()), notes=(note,)
    )


GROUP = Group(
    name="contact",
    title="First contact of 100,000 distinct accounts",
    says="each made, locked on a signal, and forgotten",
    clock="CPU",
    names=(STOCK, OURS, STOCK_WHOLE, DECIDE),
    build=build,
    targets=(Target(OURS, STOCK, 0.5), Target(DECIDE, STOCK_WHOLE, 1.0)),
    rounds=3,
)
