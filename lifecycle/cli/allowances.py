"""The command `may`: what an account may do as it stands, and how long support takes to change that.

Knows how a capability, its conditions and a wait are told. Decides nothing and moves no account.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from attrs import frozen
from rich.text import Text

from lifecycle.cli import FINE
from lifecycle.cli import documents as doc
from lifecycle.cli.output import Desk, Voice
from lifecycle.cli.places import accounts_at, facts_of, policy_of, time_of
from lifecycle.cli.timeline import STYLES
from lifecycle.cli.words import listed, plain, seen, when, zone_name, zone_of
from lifecycle.facts import FactMissing
from lifecycle.machine import judge
from lifecycle.model import Account, Actor, Command, Verdict
from lifecycle.policy import may_change
from lifecycle.policy.waiting import chat_wait, sale_on, support_answers_by, support_time
from lifecycle.rows import Policy

_WHERE = {"bot": "with the bot", "with_agent": "with an agent", "escalated": "with a supervisor"}
"""Where a support case is, in words; the other statuses say it themselves."""

_SIGNS = {True: ("✓", "taken"), False: ("✗", "refused"), None: ("?", "unknown")}


@frozen
class _Answer:
    """Whether an account may do something; None where a fact is missing to tell. ``needs`` names what is missing."""

    name: str
    may: bool | None
    verdicts: tuple[Verdict, ...] = ()
    needs: tuple[str, ...] = ()


def may(desk: Desk, account: str, *, database: str, facts: Sequence[str], at: str | None, as_json: bool) -> int:
    """Tell what the account may do and what not, and how its support case stands."""
    voice, policy = desk.voice, policy_of(desk.policy_name)
    given, moment = facts_of(facts, policy), time_of(at)
    with accounts_at(database, policy) as accounts:
        standing = accounts.account(account, at=moment)
    now = moment or max(filter(None, (dt.datetime.now(dt.UTC), standing.at)))
    asked = Command("", account, Actor.holder(account), now, policy.facts(given))
    answers = [_answer(policy, name, standing, asked) for name in policy.capabilities]
    support = _support(policy, standing, now)
    if as_json:
        said = {"policy": doc.of_policy(policy), "account": doc.of_account(standing), "at": doc.moment(now)}
        voice.document("may", {**said, "may": [_document(each) for each in answers], "support": support})
        return FINE
    zone = zone_of(policy)
    voice.say(Text(f"What account {account} may do", style="bold"))
    since = f" since {when(standing.since, zone)}" if standing.since else ""
    voice.say(Text(f"It is {standing.state.words}{since}. Asked for {when(now, zone)} {zone_name(zone)}.", style="dim"))
    for answer in sorted(answers, key=lambda each: (True, None, False).index(each.may)):
        _tell(voice, answer)
    if support is not None:
        voice.say()
        voice.say(Text("Support", style="bold"))
        for line in _told(standing, support, zone):
            voice.say(line, indent=2, hang=2)
    return FINE


def _answer(policy: Policy, name: str, account: Account, asked: Command) -> _Answer:
    if not policy.capabilities[name][account.state]:
        return _Answer(name, may=False)
    verdicts, needs = [], []
    for guard in policy.narrowed.get(name, ()):
        try:
            verdicts.append(judge(guard, account, asked, policy.parameters))
        except FactMissing as missing:
            needs.append(str(missing.args[0]))
    if not all(verdict.met for verdict in verdicts):
        return _Answer(name, may=False, verdicts=tuple(verdicts))
    return _Answer(name, None if needs else True, tuple(verdicts), tuple(needs))


def _tell(voice: Voice, answer: _Answer) -> None:
    sign, style = _SIGNS[answer.may]
    depends = f"  depends on {listed(answer.needs)}" if answer.needs else ""
    voice.say(
        Text.assemble((f"{sign} ", STYLES[style]), plain(answer.name), (depends, STYLES[style])), indent=2, hang=2
    )
    for verdict in answer.verdicts:
        if verdict.met is False:
            text = Text.assemble(("not so: ", STYLES[style]), verdict.sentence, (f" [{verdict.code}]", "dim"))
            voice.say(text, indent=6, hang=2)
            for line in filter(None, (seen(verdict), verdict.remedy)):
                voice.say(line, indent=8)


def _document(answer: _Answer) -> dict[str, Any]:
    guards = [doc.of_reason(verdict) for verdict in answer.verdicts]
    return {"name": answer.name, "may": answer.may, "guards": guards, "needs": list(answer.needs)}


def _support(policy: Policy, account: Account, now: dt.datetime) -> dict[str, Any] | None:
    """How support stands to the account, as JSON data; None for a policy that has other parameters than the guides'."""
    if not may_change(policy):
        return None
    p, case = policy.parameters, account.support_case
    answers_by = support_answers_by(account, p)
    return {
        "case": None if case is None else {"kind": case.case_kind, "status": case.status, "urgent": case.urgent},
        "sale": sale_on(now, p),
        "chat_wait": str(chat_wait(now, p)),
        "takes": str(support_time(account, p)),
        "answers_by": doc.moment(answers_by),
    }


def _told(account: Account, support: dict[str, Any], zone: dt.tzinfo) -> list[str]:
    case, sale = account.support_case, support["sale"]
    lines = []
    if case is not None:
        urgent = ", urgent" if case.urgent else ""
        by = when(dt.datetime.fromisoformat(support["answers_by"]), zone) if support["answers_by"] else ""
        lines.append(
            f"· the case about {plain(case.case_kind)} is {_WHERE.get(case.status, case.status)}{urgent}, opened {when(case.since, zone)}"
            + (f"; usually answered by {by}" if by else "")
        )
    lines.append(f"· it usually takes {support['takes']}")
    during = f", as long as the sale {plain(sale)} lasts" if sale else ""
    lines.append(f"· a person in the chat usually comes after {support['chat_wait']}{during}")
    return lines
