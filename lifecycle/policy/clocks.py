"""Where the clocks of a policy meet its rows: silence, windows, requests for documents, and periods that are chosen.

All of it is off by default. Knows which room adds what to a row. Does not know any rule.
"""

from __future__ import annotations

import attrs

from lifecycle.policy.advice import DO, KNOW, blocked
from lifecycle.policy.bounds import bounded
from lifecycle.policy.parameters import Parameters
from lifecycle.policy.requests import awaiting, documents_awaited, evidence_window
from lifecycle.policy.silence import counted
from lifecycle.policy.support import silent
from lifecycle.policy.windows import ticking
from lifecycle.rows import Transition
from lifecycle.rows.ways import Ways

SILENCE = KNOW(
    "silence_counts",
    "Support has not answered in the time it has; that counts as a refusal: appeal, or ask for a supervisor.",
    "support-due",
    when=lambda s: blocked(s) and silent(s.account),
)
ASKED_FOR = DO(
    "asked_for",
    "Hand in the documents you were asked for, by the day that the notice names.",
    "windows",
    when=lambda s: documents_awaited(s.account),
)


def clocked(row: Transition, p: Parameters) -> Transition:
    """Return *row* with what the clocks of *p* ask of it, start in it and tell with it."""
    ticks = bounded(awaiting(ticking(row, p), p), p)
    guards = counted(ticks.guards, p)
    return ticks if guards is ticks.guards else attrs.evolve(ticks, guards=guards)


def ways(usual: Ways, p: Parameters) -> Ways:
    """The *usual* ways, with the advice that the clocks of *p* give."""
    silence = (SILENCE,) if p.support_due else ()
    asked_for = (ASKED_FOR,) if evidence_window(p) is not None else ()
    more = (*asked_for, *silence)
    return attrs.evolve(usual, advice=(*more, *usual.advice)) if more else usual
