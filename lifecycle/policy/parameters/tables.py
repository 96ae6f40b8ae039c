"""What must hold between the tables of grounds, signals and kinds of evidence, and between them and single values.

Knows which table names what in another. Does not know how an entry is checked alone: see `lifecycle.rows.grounds`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from lifecycle.errors import closest
from lifecycle.policy.evidence import EVIDENCE
from lifecycle.policy.grounds import GROUNDS
from lifecycle.policy.signals import SIGNALS
from lifecycle.rows import in_grounds, in_signals


def _shipped() -> dict[str, Any]:
    named = [*(ground.periods for ground in GROUNDS.values()), *(signal.periods for signal in SIGNALS.values())]
    periods = {said: dt.timedelta(0) for held in named for said in held.values()}
    limits = [said for ground in GROUNDS.values() for said in ground.signals.values()]
    limits += [said for signal in SIGNALS.values() for said in (signal.sample, *signal.weights.values()) if said]
    numbers = {said: 1 for said in limits if isinstance(said, str)}
    releases = {ground.release: "timer" for ground in GROUNDS.values() if ground.release is not None}
    return {**periods, **numbers, **releases, "warning_lead_min": dt.timedelta(0)}


_SHIPPED = _shipped()
"""A value for each parameter that the guides' entries name. One that is wrong by itself is not told of twice."""


def wrong_tables(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield for each entry among *values* that names what is not there, or does not fit, its table and what is wrong."""
    grounds, signals = values.get("grounds"), values.get("signals")
    known = {**_SHIPPED, **values}
    if grounds is not None:
        kinds = values.get("evidence", EVIDENCE)
        yield from (("grounds", f"entry {name}: {what}") for name, what in in_grounds(grounds, known, kinds))
    if signals is not None:
        yield from (("signals", f"entry {name}: {what}") for name, what in in_signals(signals, known))
    for name, signal in (signals or {}).items():
        # One of the guides' that leads to a ground which was taken away leads nowhere; nobody misspelt it.
        if grounds is not None and signal.ground is not None and signal != SIGNALS.get(name):
            if signal.ground not in grounds:
                near = closest(signal.ground, grounds)
                yield "signals", f'entry {name}: leads to "{signal.ground}", and no ground is called so.{near}'
            elif name not in grounds[signal.ground].signals:
                yield (
                    "signals",
                    f"entry {name}: leads to {signal.ground}, whose signals do not say how often is too often",
                )
