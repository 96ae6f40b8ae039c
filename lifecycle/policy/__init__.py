"""The guides' policy: what a policy person reads. Rows, guards, sentences, periods and citations, no code paths.

A file for each chapter, its guards beside its rows. Change a rule there; diagram, sentence, refusal and checker follow.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib import resources
from types import MappingProxyType, ModuleType

import attrs

from lifecycle.policy import (
    appeals,
    closure,
    common,
    departure,
    enforcement,
    holds,
    judgement,
    obligations,
    registration,
    reinstatement,
    security,
    support,
)
from lifecycle.policy.capabilities import CAPABILITIES
from lifecycle.policy.grounds import EVIDENCE, TEXTS
from lifecycle.policy.notices import NOTICES
from lifecycle.policy.parameters import Parameters
from lifecycle.policy.timers import TIMERS
from lifecycle.rows import Guard, Policy, Transition

POLICY_VERSION = "2026-11.1"
"""Stamped into every event. A new version means that somebody's rights changed: see the changelog."""

CHAPTERS: tuple[ModuleType, ...] = (
    registration,
    security,
    support,
    enforcement,
    reinstatement,
    appeals,
    judgement,
    departure,
    closure,
    holds,
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


def citations() -> Mapping[str, str]:
    """Return everything a row may cite, with its statement."""
    text = resources.files(__name__).joinpath("guides.toml").read_text(encoding="utf-8")
    return MappingProxyType({key: says for part in tomllib.loads(text).values() for key, says in part.items()})


def policy(parameters: Parameters | None = None) -> Policy:
    """Build the guides' policy under *parameters*, by default the guides' own.

    It is checked when a machine is made of it; see `lifecycle.machine`.
    """
    p = parameters or Parameters()
    return Policy(
        name="guides",
        version=POLICY_VERSION,
        parameters=p,
        rows=account_rows(p),
        guards=account_guards(p),
        timers=TIMERS,
        notices=NOTICES,
        grounds=p.grounds,
        evidence=EVIDENCE,
        texts=TEXTS,
        capabilities=CAPABILITIES,
        citations=citations(),
    )
