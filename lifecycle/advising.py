"""Advising whoever asks how to get somewhere: the plan for a stored account, with what the shop knows of it.

Knows how the account is loaded and which facts are asked for. Does not know how a way is found; that is
`lifecycle.plan`. Nothing is written.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from lifecycle.facts import Facts
from lifecycle.gathering import Gather, Gathering
from lifecycle.model import State
from lifecycle.plan import Plan, plan
from lifecycle.reading import Reader, aware, known_state
from lifecycle.request import given_facts


class Adviser(Reader):
    """A reader that can also be asked for the ways out."""

    def plan(
        self,
        account: str,
        to: State | str = State.ACTIVE,
        *,
        at: dt.datetime | None = None,
        facts: Mapping[str, Any] | Facts | None = None,
        gather: Gather | None = None,
        peak: bool | None = None,
        sale_at: dt.datetime | None = None,
    ) -> Plan:
        """Return every way that is open from where the account stands to the state *to*, the cheapest first.

        Facts the ways depend on are gathered once; what the host does not know stays a condition. *peak* and
        *sale_at* are explained in `lifecycle.plan`.

        Raises:
            BadRequest, UnknownAccount, GatherFailed: as for `Lifecycle.submit`; or no plan leads to *to*.
        """
        given, wanted, sale = given_facts(self.policy, facts), known_state(to), aware(sale_at)
        standing = self.account(account, at=at)
        now = self._time(account, standing, aware(at))
        made = plan(self.machine, standing, now, wanted, facts=given, peak=peak, sale_at=sale)
        known = Gathering(self.policy.facts, gather or self._gather).ask(account, made.needs)
        if not known:
            return made
        return plan(self.machine, standing, now, wanted, facts=given.plus(known), peak=peak, sale_at=sale)
