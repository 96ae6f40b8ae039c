"""The command `may`: what an account may do as it stands, and how long support takes to change that.

Knows how a capability, its conditions and a wait are told. Decides nothing and moves no account.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from attrs import frozen
from rich.text import Text

from lifecycle import documents as doc
from lifecycle.cli import FINE
from lifecycle.cli.output import Desk, Voice
from lifecycle.cli.places import accounts_at, facts_of, policy_of, time_of
from lifecycle.cli.timeline import STYLES
from lifecycle.cli.words import listed, plain, seen, when, zone_name, zone_of
from lifecycle.facts import FactMissing
from lifecycle.machine import judge
from lifecycle.model import Account, Actor, Command, Refusal, Verdict
from lifecycle.policy.proof_kinds import KNOWN
from lifecycle.policy.tries import closing, opens, ways_open
from lifecycle.rows import Policy
from lifecycle.rows.allowing import STATE, by_the_table

_WHERE = {"bot": "with the bot", "with_agent": "with an agent", "escalated": "with a supervisor"}
"""Where a support case is, in words; the other statuses say it themselves."""

_SIGNS = {True: ("✓", "taken"), False: ("✗", "refused"), None: ("?", "unknown")}


@frozen
class _Answer:
    """Whether an account may do something; None where a fact is missing to tell. ``needs`` names what is missing.

    ``why`` is what the table says where it says no, ``verdicts`` what the conditions say where it says yes.
    """

    name: str
    may: bool | None
    verdicts: tuple[Verdict, ...] = ()
    needs: tuple[str, ...] = ()
    why: Refusal | None = None


def may(desk: Desk, account: str, *, database: str, facts: Sequence[str], at: str | None, as_json: bool) -> int:
    """Tell what the account may do and what not, and how its support case stands."""
    voice, policy = desk.voice, policy_of(desk.policy_name)
    given, moment = facts_of(facts, policy), time_of(at)
    with accounts_at(database, policy) as accounts:
        standing = accounts.account(account, at=moment)
    now = moment or max(filter(None, (dt.datetime.now(dt.UTC), standing.at)))
    asked = Command("", account, Actor.holder(account), now, policy.facts(given))
    answers = [_answer(policy, name, standing, asked) for name in policy.capabilities]
    support, proofs = _support(policy, standing, now), _proofs(policy, standing, now)
    if as_json:
        said = {"policy": doc.of_policy(policy), "account": doc.of_account(standing), "at": doc.moment(now)}
        voice.document(
            "may", {**said, "may": [_document(each) for each in answers], "support": support, "proofs": proofs}
        )
        return FINE
    zone = zone_of(policy)
    voice.say(Text(f"What account {account} may do", style="bold"))
    since = f" since {when(standing.since, zone)}" if standing.since else ""
    voice.say(Text(f"It is {standing.state.words}{since}. Asked for {when(now, zone)} {zone_name(zone)}.", style="dim"))
    for answer in sorted(answers, key=lambda each: (True, None, False).index(each.may)):
        _tell(voice, answer, zone)
    for title, lines in (
        ("Proofs", [] if proofs is None else _proven(proofs, zone)),
        ("Support", [] if support is None else _told(standing, support, zone)),
    ):
        if lines:
            voice.say()
            voice.say(Text(title, style="bold"))
            for line in lines:
                voice.say(line, indent=2, hang=2)
    return FINE


def _answer(policy: Policy, name: str, account: Account, asked: Command) -> _Answer:
    why = by_the_table(policy, policy.capabilities[name], account, asked.at)
    if why is not None:
        return _Answer(name, may=False, why=why)
    verdicts, needs = [], []
    for guard in policy.narrowed.get(name, ()):
        try:
            verdicts.append(judge(guard, account, asked, policy.seen(account, asked)))
        except FactMissing as missing:
            needs.append(str(missing.args[0]))
    if not all(verdict.met for verdict in verdicts):
        return _Answer(name, may=False, verdicts=tuple(verdicts))
    return _Answer(name, None if needs else True, tuple(verdicts), tuple(needs))


def _tell(voice: Voice, answer: _Answer, zone: dt.tzinfo) -> None:
    sign, style = _SIGNS[answer.may]
    depends = f"  depends on {listed(answer.needs)}" if answer.needs else ""
    voice.say(
        Text.assemble((f"{sign} ", STYLES[style]), plain(answer.name), (depends, STYLES[style])), indent=2, hang=2
    )
    if answer.why is not None and answer.why.code != STATE:
        _tell_why(voice, answer.why, zone)
    elif answer.why is not None and answer.why.earliest is not None:
        voice.say(Text(f"possible from {when(answer.why.earliest, zone)}", style="dim"), indent=6, hang=2)
    for verdict in answer.verdicts:
        if verdict.met is False:
            text = Text.assemble(("not so: ", STYLES[style]), verdict.sentence, (f" [{verdict.code}]", "dim"))
            voice.say(text, indent=6, hang=2)
            for line in filter(None, (seen(verdict), verdict.remedy)):
                voice.say(line, indent=8)


def _tell_why(voice: Voice, why: Refusal, zone: dt.tzinfo) -> None:
    """Why the table says no, where that is more than the state."""
    text = Text.assemble(("not so: ", STYLES["refused"]), why.sentence, (f" [{why.code}]", "dim"))
    voice.say(text, indent=6, hang=2)
    possible = f"possible from {when(why.earliest, zone)}" if why.earliest else ""
    for line in filter(None, (seen(why), possible, why.remedy)):
        voice.say(line, indent=8)


def _document(answer: _Answer) -> dict[str, Any]:
    guards = [doc.of_reason(verdict) for verdict in answer.verdicts]
    why = None if answer.why is None else doc.of_reason(answer.why)
    return {"name": answer.name, "may": answer.may, "guards": guards, "needs": list(answer.needs), "why": why}


def _proofs(policy: Policy, account: Account, now: dt.datetime) -> dict[str, Any] | None:
    """Which proofs failures have closed, as JSON data; None where the policy counts none."""
    if not getattr(policy.parameters, "proofs", {}):
        return None
    p = policy.parameters
    closed = {name: kept for name in (*KNOWN, *p.proofs) if (kept := closing(account, name, now, p))}
    return {
        "closed": [{"proof": name, "opens_at": doc.moment(opens(kept))} for name, kept in closed.items()],
        "open": ways_open(account, now, p),
    }


def _proven(proofs: dict[str, Any], zone: dt.tzinfo) -> list[str]:
    lines = []
    for each in proofs["closed"]:
        at = each["opens_at"]
        until = f"until {when(dt.datetime.fromisoformat(at), zone)}" if at else "until support opens it"
        lines.append(f"· {plain(each['proof'])} is closed {until}")
    lines += [f"· open: {listed(map(plain, proofs['open']))}"] if proofs["open"] else []
    return lines


def _support(policy: Policy, account: Account, now: dt.datetime) -> dict[str, Any] | None:
    """How support stands to the account, as JSON data; None where the policy does not tell."""
    if policy.support is None:
        return None
    case, told = account.support_case, policy.support(account, now, policy.parameters)
    due = {} if case is None or case.due is None else {"due": doc.moment(case.due), "overdue": case.overdue}
    about = None if case is None else {"kind": case.case_kind, "status": case.status, "urgent": case.urgent, **due}
    return {
        "case": about,
        **told,
        "answers_by": doc.moment(told["answers_by"]),
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
        if case.due is not None:
            went_by = ", which went by: that counts as a refusal" if case.overdue else ""
            lines.append(f"· support has to answer it by {when(case.due, zone)}{went_by}")
    lines.append(f"· it usually takes {support['takes']}")
    during = f", as long as the sale {plain(sale)} lasts" if sale else ""
    lines.append(f"· a person in the chat usually comes after {support['chat_wait']}{during}")
    return lines
