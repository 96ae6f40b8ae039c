"""The guides' policy: what a policy person reads. Rows, guards, sentences, periods and citations, no code paths.

A file for each chapter, its guards beside its rows. Change a rule there; diagram, sentence, refusal and checker follow.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from types import ModuleType
from typing import Any

import attrs

from lifecycle.policy import (
    appeals,
    benefits,
    closure,
    common,
    data,
    declines,
    departure,
    devices,
    enforcement,
    holds,
    judgement,
    levels,
    linkage,
    mail,
    membership,
    membership_dispute,
    membership_ending,
    membership_fees,
    membership_notice,
    obligations,
    orders,
    points,
    registration,
    reinstatement,
    returns,
    security,
    support,
    warnings,
)
from lifecycle.policy.capabilities import CAPABILITIES
from lifecycle.policy.grounds import EVIDENCE, TEXTS
from lifecycle.policy.guides import citations
from lifecycle.policy.narrowed import NARROWED
from lifecycle.policy.notices import NOTICES
from lifecycle.policy.parameters import Parameters
from lifecycle.policy.reasons import REASONS
from lifecycle.policy.signals import signals_of
from lifecycle.policy.timers import TIMERS
from lifecycle.policy.ways import WAYS
from lifecycle.rows import Guard, Policy, Transition

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


def account_rows(p: Parameters) -> tuple[Transition, ...]:
    """Return every row of the account machine under *p*, chapter by chapter."""
    return tuple(
        attrs.evolve(row, chapter=chapter.__name__.rsplit(".", 1)[1]) for chapter in CHAPTERS for row in chapter.rows(p)
    )


def account_guards(p: Parameters) -> tuple[Guard, ...]:
    """Return every guard under *p*, those that several chapters share first."""
    rooms = [room.guards(p) if hasattr(room, "guards") else room.GUARDS for room in (common, obligations, *CHAPTERS)]
    return tuple(each for guards in rooms for each in guards)


def policy(parameters: Parameters | None = None) -> Policy:
    """Build the guides' policy under *parameters*, by default the guides' own.

    It is checked when a machine is made of it; see `lifecycle.machine`.
    """
    p = parameters or Parameters()
    return Policy(
        name=GUIDES,
        version=_version(p),
        parameters=p,
        rows=account_rows(p),
        guards=account_guards(p),
        timers=TIMERS,
        notices=NOTICES,
        grounds=p.grounds,
        evidence=EVIDENCE,
        texts=TEXTS,
        capabilities=CAPABILITIES,
        narrowed=NARROWED,
        citations=citations(),
        ways=WAYS,
        reasons=REASONS,
        benefits=benefits.BENEFITS,
        signals=signals_of(p.grounds),
    )


def _version(p: Parameters) -> str:
    """The version that an event records; with other parameters than the guides' it tells which, in six digits."""
    guides = Parameters()
    names = sorted(field.name for field in attrs.fields(Parameters))
    changes = [(name, repr(getattr(p, name))) for name in names if getattr(p, name) != getattr(guides, name)]
    return f"{POLICY_VERSION}+{sha256(repr(changes).encode()).hexdigest()[:6]}" if changes else POLICY_VERSION


def may_change(made: Policy) -> bool:
    """Whether *made* is the guides' policy, of which another can be made by other values of its parameters."""
    return made.name == GUIDES and isinstance(made.parameters, Parameters)


def changed(made: Policy, values: Mapping[str, Any]) -> Policy:
    """Return the guides' policy as it was *made*, but with these *values* of its parameters.

    Raises:
        BadParameters: values no policy can be made with.
    """
    return policy(attrs.evolve(made.parameters, **values)) if values else made
