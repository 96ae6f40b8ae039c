"""Reading the policy a case runs under: one it names, values of its parameters, and what changes at a date.

Knows how a policy is stated in a case file. Does not know what any parameter means.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from attrs import frozen

from lifecycle.cases.story import PolicyChange, spoken_time
from lifecycle.cases.vocabulary import Vocabulary
from lifecycle.choosing import policy_named
from lifecycle.errors import LifecycleError
from lifecycle.parameters_file import values_of
from lifecycle.place import Place
from lifecycle.rows import Policy

_KEYS = ("from", "parameters")


def stated(file: Place, given: Policy, path: Path) -> Policy:
    """Return the policy that a file of cases names, or the one *given* where it names none, or one of the same name."""
    said = file.of("policy", str)
    if said is None:
        return given
    try:
        named = policy_named(said, called="policy", beside=_root(path))
    except LifecycleError as error:
        file.wrong(str(error))
        return given
    return given if named.name == given.name else named


def _root(path: Path) -> Path | None:
    """The folder that a project begins in, seen from a file: the nearest one with a pyproject.toml; None if none has."""
    return next((folder for folder in path.resolve().parents if (folder / "pyproject.toml").is_file()), None)


@frozen
class Words:
    """The words of a case at each moment: those of the policy it begins under, and of each that comes later."""

    first: Vocabulary
    later: tuple[tuple[dt.datetime, Vocabulary], ...] = ()

    def at(self, moment: dt.datetime | None) -> Vocabulary:
        """Return the words of the policy that holds at a moment; None means from the start."""
        held = [words for since, words in self.later if moment is not None and since <= moment]
        return held[-1] if held else self.first


def read_changes(case: Place, words: Vocabulary) -> tuple[tuple[PolicyChange, ...], Words]:
    """Return how the policy changes in the course of a case, and the words that hold when; mistakes stay in *case*."""
    tables = case.of("policy", list) or []
    if not all(isinstance(table, dict) for table in tables):
        case.wrong("policy must be written as [[case.policy]], in double brackets")
        return (), Words(words)
    changes: list[PolicyChange] = []
    later: list[tuple[dt.datetime, Vocabulary]] = []
    now = words
    for number, table in enumerate(tables, start=1):
        place = Place(table, f"{case.where}, policy {number}", case.mistakes)
        place.only(_KEYS, "a change of policy")
        since = place.moment("from")
        for key in (key for key in _KEYS if key not in table):
            place.wrong(f"{key} is missing: {'when does it begin to hold' if key == 'from' else 'what changes'}?")
        values = read_values(place, now.policy)
        if since is not None and changes and since <= changes[-1].at:
            place.wrong(f"from is {spoken_time(since)}, which is not after the change before")
        elif since is not None and values:
            now = Vocabulary.of(now.policy.changed(values))
            changes.append(PolicyChange(since, values))
            later.append((since, now))
    return tuple(changes), Words(words, tuple(later))


def read_values(place: Place, policy: Policy) -> dict[str, Any]:
    """Return the values under ``parameters``, held against those of *policy*; none after a mistake."""
    said = place.of("parameters", dict)
    if not said:
        return {}
    if policy.made_by is None:
        place.wrong(f'parameters: the policy "{policy.name}" does not say how it is made with other parameters')
        return {}
    wrong: list[str] = []
    values = values_of(said, wrong, policy.parameters)
    for mistake in wrong:
        place.wrong(f"parameters: {mistake}")
    return {} if wrong else values
