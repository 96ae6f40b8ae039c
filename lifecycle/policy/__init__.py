"""The guides' policy: what a policy person reads. Rows, guards, sentences, periods and citations, no code paths.

A file for each chapter, its guards beside its rows. Change a rule there; diagram, sentence, refusal and checker follow.
"""

from __future__ import annotations

import functools
from types import MappingProxyType, ModuleType

import attrs

from lifecycle.policy import (
    appeals,
    benefits,
    bounds,
    closure,
    common,
    data,
    declines,
    deliveries,
    departure,
    devices,
    enforcement,
    grace,
    holds,
    judged,
    judgement,
    levels,
    linkage,
    mail,
    measures,
    membership,
    membership_dispute,
    membership_ending,
    membership_fees,
    membership_notice,
    obligations,
    orders,
    points,
    proofs,
    registration,
    reinstatement,
    removal,
    requests,
    reservations,
    returns,
    security,
    silence,
    support,
    warnings,
    windows,
)
from lifecycle.policy.clocks import clocked
from lifecycle.policy.clocks import ways as clock_ways
from lifecycle.policy.doors import ARRIVALS, SOURCES, doors
from lifecycle.policy.guides import citations
from lifecycle.policy.interrupted import held
from lifecycle.policy.letter import letter
from lifecycle.policy.narrowed import NARROWED
from lifecycle.policy.notices import NOTICES
from lifecycle.policy.parameters import Parameters
from lifecycle.policy.reasons import REASONS
from lifecycle.policy.signals import signals_of
from lifecycle.policy.timers import TIMERS
from lifecycle.policy.waiting import support as support_times
from lifecycle.policy.waits import remembering
from lifecycle.policy.ways import WAYS
from lifecycle.rows import Guard, Policy, Transition, version_under

GUIDES = "guides"
"""What the policy of the guides is called."""

POLICY_VERSION = "2026-11.1"
"""Stamped into every event. A new version means that somebody's rights changed: see the changelog."""

CHAPTERS: tuple[ModuleType, ...] = (
    registration,
    security,
    devices,
    declines,
    support,
    enforcement,
    warnings,
    linkage,
    reinstatement,
    appeals,
    judgement,
    departure,
    closure,
    holds,
    orders,
    data,
    mail,
    points,
    returns,
    levels,
    benefits,
    membership,
    membership_fees,
    membership_ending,
    membership_notice,
    membership_dispute,
)

CLOCKS: tuple[ModuleType, ...] = (silence, windows, requests)
"""Of those, the ones about time that runs out."""

OTHERWISE: tuple[ModuleType, ...] = (removal, reservations, proofs, *CLOCKS, deliveries)
"""Chapters that have rows under other parameters than the guides' alone."""


def account_rows(p: Parameters) -> tuple[Transition, ...]:
    """Return every row of the account machine under *p*, chapter by chapter."""
    return tuple(
        attrs.evolve(remembering(clocked(asked, p), p), chapter=chapter.__name__.rsplit(".", 1)[1])
        for chapter in (*CHAPTERS, *OTHERWISE)
        for written in chapter.rows(p)
        for row in held(removal.beside(written, p), p)
        for asked in proofs.guarded(row, p)
    )


def account_guards(p: Parameters) -> tuple[Guard, ...]:
    """Return every guard under *p*, those that several chapters share first."""
    shared = (common, obligations, judged, measures, bounds, *CHAPTERS, *OTHERWISE)
    rooms = [room.guards(p) if hasattr(room, "guards") else room.GUARDS for room in shared]
    return silence.counted(tuple(each for guards in rooms for each in guards), p)


def policy(parameters: Parameters | None = None) -> Policy:
    """Build the guides' policy under *parameters*, by default the guides' own.

    It is checked when a machine is made of it; see `lifecycle.machine`.
    """
    p = parameters or Parameters()
    rows = account_rows(p)
    return Policy(
        name=GUIDES,
        version=version_under(POLICY_VERSION, p),
        parameters=p,
        rows=rows,
        guards=account_guards(p),
        timers={**TIMERS, **{rule.name: rule for room in (levels, *OTHERWISE) for rule in room.timers(p)}},
        notices={**NOTICES, **{notice.name: notice for room in (proofs, *CLOCKS) for notice in room.notices(p)}},
        grounds=p.grounds,
        evidence=MappingProxyType({name: kind.told for name, kind in p.evidence.items()}),
        texts=frozenset(name for name, kind in p.evidence.items() if kind.form == "text"),
        kinds=p.evidence,
        capabilities=p.capabilities,
        narrowed={name: guards for name, guards in NARROWED.items() if name in p.capabilities},
        citations=citations(),
        ways=clock_ways(removal.ways(grace.ways(WAYS, p), p), p),
        reasons=REASONS,
        benefits=benefits.BENEFITS if p.ladder else (),
        levels=p.ladder,
        old_levels=p.old_levels,
        signals=signals_of(p.signals, p.grounds),
        doors=doors(p, rows),
        arrivals=ARRIVALS,
        sources=SOURCES,
        host="the shop",
        support=support_times,
        letter=letter,
        overdue_after=("appeal_silence", "escalation_silence"),
    ).remade_by(policy)


@functools.cache
def shipped() -> Policy:
    """Return the guides' policy as it is where nobody says otherwise, built once."""
    return policy()
