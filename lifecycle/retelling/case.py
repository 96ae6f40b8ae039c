"""A log as a case: each event and each recorded refusal becomes a step, and what timers did becomes a wait.

Knows how a step is written. Does not know TOML, nor whether the case comes out as it says: replaying it tells.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lifecycle.cases import spoken_time
from lifecycle.errors import LifecycleError
from lifecycle.fold import evolve
from lifecycle.imports import TRIGGER as IMPORT
from lifecycle.machine import AccountMachine
from lifecycle.model import RECORDS, Account, Actor, Event, Role
from lifecycle.parameters_file import changes
from lifecycle.retelling import attempts
from lifecycle.retelling.attempts import Attempt
from lifecycle.retelling.beginning import given
from lifecycle.retelling.names import Neutral
from lifecycle.retelling.others import Others
from lifecycle.store import Denial

_NEAREST = 6
"""How many events on each side are looked at for what may have been said in a refused attempt."""

_CITES = 12

_ABOUT = "Told from a log. Ids and documents are numbered instead of named, and texts are left out."


class NotRetold(LifecycleError):
    """A log cannot be told as a case: under this policy something else comes of what was done."""


def retold(
    machine: AccountMachine, events: Sequence[Event], denials: Iterable[Denial], shift: dt.timedelta = dt.timedelta()
) -> dict[str, Any]:
    """Return the tables of a case that tells the log of one account; *shift* is added to every moment.

    Raises:
        NotRetold: an event would not come about under the policy of *machine*.
    """
    return _Retelling(machine, events, denials, shift).case()


class _Retelling:
    """One log on its way into a case."""

    def __init__(
        self, machine: AccountMachine, events: Sequence[Event], denials: Iterable[Denial], shift: dt.timedelta
    ) -> None:
        self.machine = machine
        self.log = [*events]
        self.left = sorted(denials, key=lambda denial: denial.at)
        self.names = Neutral(self.log[0].account_id, shift, machine.policy.facts.NUMBERED)
        self.account = Account(self.log[0].account_id)
        self.done = 0
        self.steps: list[dict[str, Any]] = []
        self.chosen: list[str] = []
        self.answered: Mapping[str, Any] = {}
        self.others = Others(machine)

    def case(self) -> dict[str, Any]:
        """Return the tables of the case."""
        first, last = self.log[0], self.log[-1]
        beginning: dict[str, Any] = {"starts": "none"}
        if first.trigger == IMPORT:
            begins = {"starts": first.dest.value, "begins": self.names.moment(first.at)}
            beginning = {**begins, "given": given(self.machine.policy, first, self.names)}
            self._pass((first,))
        while self.done < len(self.log):
            self._refusals(self.log[self.done].at)
            self._next()
        self._refusals(None)
        if self.steps:
            self.steps[-1] |= self._in_the_end()
        else:
            self.steps.append({"until": beginning["begins"], "then": first.dest.value})
        number = f"{len(self.steps)} step{'s' * (len(self.steps) > 1)}"
        start = "no account" if first.source is None and first.trigger != IMPORT else first.dest.words
        told = {
            "title": f"From {start} to {last.dest.words}, in {number}",
            "cites": self._cites(),
            "about": f"{_ABOUT}{self._decided_under()}",
        }
        chosen = {"chosen": self.chosen} if self.chosen else {}
        known = {"identifiers": self.others.given} if self.others.given else {}
        also = {"also": self.others.also} if self.others.also else {}
        values = changes(self.machine.policy.parameters, self.machine.policy.usual)
        policy = {"parameters": values} if values else {}
        return {**told, **chosen, **policy, **beginning, **known, **also, "step": self.steps}

    def _cites(self) -> list[str]:
        policy, taken = self.machine.policy, [event.row for event in self.log]
        rows = sorted((row for row in policy.rows if row.name in taken), key=lambda row: taken.index(row.name))
        cites = [cite for row in rows for cite in row.cites if cite in policy.citations]
        return list(dict.fromkeys(cites or policy.citations))[:_CITES]

    def _pass(self, events: Iterable[Event]) -> None:
        for event in events:
            self.account = evolve(self.account, event)
            self.done += 1

    def _decided_under(self) -> str:
        """What is said of a log whose events were decided under several policies."""
        versions = list(dict.fromkeys(event.policy for event in self.log if event.policy))
        if len(versions) < 2:
            return ""
        return f" It was decided under the policies {', then '.join(versions)}; what changed the log does not keep."

    def _in_the_end(self) -> dict[str, Any]:
        """What stands when the log ends; told only where it was decided under this very policy."""
        if self.log[-1].policy != self.machine.policy.version or "account" in self.steps[-1]:
            return {}
        standing = [name for name in RECORDS if getattr(self.account, name) is not None]
        timers = {timer.name: self.names.moment(timer.due) for timer in self.account.timers}
        lists = {name: list(held) for name in ("strikes", "holds") if (held := getattr(self.account, name))}
        expect = dict.fromkeys(standing, True) | lists
        return {"due": timers} | ({"expect": expect} if expect else {})

    # --- what happened ---------------------------------------------------------------------------------------------

    def _next(self) -> None:
        event = self.log[self.done]
        if event.by == Actor.system("timer") and self._wait(event):
            return
        if (elsewhere := self.others.registered(event, self.names.moment(event.at))) is not None:
            self.steps.append(elsewhere)
            self._pass((event,))
            return
        attempt = attempts.taken(self.machine, self.account, event)
        if attempt is None:
            raise NotRetold(
                f"event {event.version} ({event.trigger}, {spoken_time(event.at)}) would not come about under policy "
                f"{self.machine.policy.name} {self.machine.policy.version}, so the log cannot be told as a case."
            )
        events = self.log[self.done : self.done + len(attempt.decision.events)]
        named = self.others.named(event.trigger, event.facts)
        self.steps.append({**self._doing(event, attempt), **named, "then": _then(events), **_sent(attempt)})
        self._pass(events)

    def _wait(self, event: Event) -> bool:
        """Tell what timers did; False if it was somebody who only calls himself one."""
        later = self.log[self.done + 1 :]
        # One that yields fires only once its very moment has passed.
        soon = event.at + dt.timedelta(seconds=1)
        following = min((each.at for each in later if each.at > event.at), default=soon)
        for until in (event.at, min(soon, following)):
            attempt = attempts.waited(self.machine, self.account, until, self.log[self.done :], self.answered)
            if attempt is not None:
                events = attempt.decision.events
                self.answered = attempt.facts
                facts = {"facts": self._said(attempt.facts)} if attempt.facts else {}
                fires = {"fires": [each.trigger for each in events]}
                waits = {"until": self.names.moment(until), **facts, "then": _then(events)}
                self.steps.append({**waits, **fires, **_sent(attempt)})
                if attempt.guessed:
                    self._guessed("The facts")
                self._pass(self.log[self.done : self.done + len(events)])
                return True
        return False

    def _doing(self, what: Event | Denial, attempt: Attempt) -> dict[str, Any]:
        step: dict[str, Any] = {
            "at": self.names.moment(what.at),
            "by": self.names.actor(what.by),
            "does": what.trigger,
        }
        brought: list[Any] = [self.names.evidence(each) for each in attempt.evidence]
        if attempt.right is not None:
            brought.append("right_code" if attempt.right else "wrong_code")
        if brought:
            step["with"] = brought
        if facts := self._said(attempt.facts):
            step["facts"] = facts
        return step

    def _said(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        """The facts of a step; that there is none of what has to be given is said by false, for TOML has no null."""
        may_stay_out = self.machine.policy.facts.optional()
        given = {name: False if held is None and name not in may_stay_out else held for name, held in facts.items()}
        return self.names.facts(given)

    # --- what was refused ------------------------------------------------------------------------------------------

    def _refusals(self, before: dt.datetime | None) -> None:
        """Tell the refusals up to the next event; one of its very moment only if it fits before it."""
        while self.left and (before is None or self.left[0].at <= before):
            denial = self.left[0]
            attempt = self._refused(denial)
            if attempt is None and denial.at == before:
                return
            self.left.pop(0)
            if attempt is None:
                self._only_told(denial)
                continue
            more = {"note": f"And {denial.more} more of that day."} if denial.more else {}
            named = self.others.named(denial.trigger, {}, denial.codes)
            when = self._earliest(attempt)
            self.steps.append({**self._doing(denial, attempt), **named, "refused": [*denial.codes], **when, **more})
            if attempt.guessed:
                self._guessed("What was said and brought")

    def _earliest(self, attempt: Attempt) -> dict[str, Any]:
        """When it could be done, as far as the reasons name a moment."""
        refusals = attempt.decision.refusals
        times = {each.code: self.names.moment(each.earliest) for each in refusals if each.earliest is not None}
        return {"earliest": times} if times else {}

    def _refused(self, denial: Denial) -> Attempt | None:
        near = self.log[max(0, self.done - _NEAREST) : self.done + _NEAREST]
        same = [event for event in near if event.trigger == denial.trigger]
        near = [*same, *(event for event in near if event.by.role is not Role.SYSTEM and event not in same)]
        return attempts.refused(self.machine, self.account, denial, near, len(self.steps) + 1)

    def _only_told(self, denial: Denial) -> None:
        says = f"{denial.by.role.words} tries to {denial.trigger}, which is refused: {', '.join(denial.codes)}."
        self.steps.append({"at": self.names.moment(denial.at), "meanwhile": says[0].upper() + says[1:]})

    def _guessed(self, what: str) -> None:
        self.chosen.append(f"{what} in step {len(self.steps)}: the log keeps only what came of it.")


def _sent(attempt: Attempt) -> dict[str, Any]:
    """What is sent, by the decision that brings it about again."""
    sent = [notice for event in attempt.decision.events for notice in event.notices]
    return {"sends": sent} if sent else {}


def _then(events: Sequence[Event]) -> str | list[str]:
    states = [event.dest.value for event in events]
    return states if len(states) > 1 else states[0]
