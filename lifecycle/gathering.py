"""Asking the host for facts, once, and checking what comes back.

Knows that a failing or misbehaving host function is an error, never a denial (D-18). Does not know which facts matter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lifecycle.errors import BadRequest, GatherFailed
from lifecycle.facts import Facts

Gather = Callable[[str, frozenset[str]], Mapping[str, Any]]
"""The host's function: an account's id and names of facts in, their values out. What it does not know it leaves out."""


class NotAskedYet(Exception):
    """Facts are needed at a moment when nobody may be asked. A signal to ask and decide again; never shown to a caller."""


class Gathering:
    """The facts gathered for one request. The same names are never asked for twice, also after a conflict."""

    def __init__(self, facts: type[Facts], gather: Gather | None) -> None:
        self._facts = facts
        self._gather = gather
        self._answers: dict[frozenset[str], Mapping[str, Any]] = {}
        self._is_closed = False

    def closed(self) -> Gathering:
        """Return what was gathered so far, to be used while an account is held: then nobody is asked (D-18)."""
        if self._gather is None:
            return self
        known = Gathering(self._facts, self._gather)
        known._answers = self._answers
        known._is_closed = True
        return known

    @property
    def possible(self) -> bool:
        """Whether there is anybody to ask."""
        return self._gather is not None

    def ask(self, account_id: str, names: frozenset[str]) -> Mapping[str, Any]:
        """Return the values of *names* as far as the host knows them; nothing else it may have said.

        Raises:
            GatherFailed: the function raised, answered no mapping, or gave a value of the wrong type.
            NotAskedYet: it is closed, and these names were not asked for before.
        """
        if self._gather is None or not names:
            return {}
        if names not in self._answers:
            if self._is_closed:
                raise NotAskedYet
            self._answers[names] = self._checked(account_id, names)
        return self._answers[names]

    def _checked(self, account_id: str, names: frozenset[str]) -> Mapping[str, Any]:
        assert self._gather is not None
        wanted = ", ".join(sorted(names))
        try:
            answer = self._gather(account_id, names)
        except Exception as error:
            # The host's own message may hold personal data, so only the kind of the error is repeated; it is chained.
            raise GatherFailed(
                f'gather failed for account "{account_id}" with {type(error).__name__} when asked for: {wanted}. '
                "Nothing was decided or written."
            ) from error
        if not isinstance(answer, Mapping):
            raise GatherFailed(
                f"gather must answer a mapping of fact names to values, not a {type(answer).__name__}. Asked: {wanted}."
            )
        try:
            checked = self._facts({name: answer[name] for name in names if name in answer})
        except BadRequest as error:
            raise GatherFailed(f"gather answered something unusable: {error}") from error
        return checked.given()
