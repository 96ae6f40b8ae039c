"""The command `level`: how an account stands in the loyalty programme.

Knows how a level, its points and its benefits are told. Decides nothing and moves no account.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from rich.text import Text

from lifecycle import documents as doc
from lifecycle.cli import FINE
from lifecycle.cli.output import Desk, Voice
from lifecycle.cli.places import accounts_at, facts_of, policy_of, time_of
from lifecycle.cli.timeline import STYLES
from lifecycle.cli.words import count, listed, plain, said, seen, when, zone_name, zone_of
from lifecycle.loyalty import LevelCard, StandingBenefit
from lifecycle.model import LevelCount

_SIGNS = {True: ("✓", "taken"), False: ("✗", "refused"), None: ("?", "unknown")}


def level(desk: Desk, account: str, *, database: str, facts: Sequence[str], at: str | None, as_json: bool) -> int:
    """Tell level and points, what is missing to the next level, what runs out when, and every benefit."""
    voice, policy = desk.voice, policy_of(desk.policy_name)
    given, moment = facts_of(facts, policy), time_of(at)
    with accounts_at(database, policy) as accounts:
        card = accounts.level(account, facts=given, at=moment)
    if as_json:
        voice.document("level", {"policy": doc.of_policy(policy), **_document(card)})
        return FINE
    zone = zone_of(policy)
    voice.say(Text.assemble((f"Account {account} is ", "bold"), (card.level.words, f"bold {STYLES['taken']}")))
    voice.say(Text(f"Asked for {when(card.at, zone)} {zone_name(zone)}.", style="dim"))
    voice.say(_points(card), hang=2)
    voice.say(Text(_window(card, zone), style="dim"), hang=2)
    if card.valid_until is not None:
        voice.say(f"◷ the level is not lowered before {when(card.valid_until, zone)}", indent=2, hang=2)
    if card.recount is not None:
        voice.say(f"◷ the level is counted next on {when(card.recount, zone)}", indent=2, hang=2)
    for month, days in groupby(card.running_out, key=lambda each: f"{each[0]:%b %Y}"):
        told = [*days]
        span = f"{told[0][0]:%d}" if len(told) == 1 else f"{told[0][0]:%d} to {told[-1][0]:%d}"
        points = sum(points for _, points in told)
        voice.say(f"◷ {count(points, 'point')} will run out at the end of {span} {month}", indent=2, hang=2)
    voice.say()
    voice.say(Text("What stands open to it", style="bold"))
    for benefit in card.benefits:
        _tell(voice, benefit, zone)
    found = listed(f"{place} ({device})" for device, place in card.found_under.items())
    voice.say(Text(f"The holder finds it under My Account: {found}.", style="dim"))
    return FINE


def _points(card: LevelCard) -> str:
    held = f"It has {count(card.points, 'point')}"
    if card.measure != "points":
        counted = f"; {_MEASURED[card.measure].format(card.counted)} for the level"
    elif card.counted > card.points:
        counted = f"; {card.counted} count for the level"
    else:
        counted = f", {card.counted} of which count for the level" if card.counted != card.points else ""
    missing = f"; {card.missing} more make it {card.next_level.words}" if card.next_level and card.missing else ""
    enough = "; that is enough for more at the next count" if card.missing == 0 else ""
    return f"{held}{counted}{missing}{enough}."


_MEASURED = {"money": "{} US cents count", "counts": "{} times count"}
"""How a sum is told that is not of points."""


def _window(card: LevelCard, zone: dt.tzinfo) -> str:
    last = card.last
    now = f"Counted is what came from {when(card.begins, zone)} on."
    if last is None:
        return now
    window = f"from {when(last.begins, zone)} to {when(last.ends, zone)}"
    return f"{now} The last count, {window}, came to {last.counted}."


def _tell(voice: Voice, benefit: StandingBenefit, zone: dt.tzinfo) -> None:
    sign, style = _SIGNS[benefit.open]
    worth = {name: _worth(value, zone) for name, value in (benefit.worth or {}).items() if value is not None}
    told = ", ".join(
        f"{value} {plain(name)}" if value.isdigit() else f"{plain(name)} {value}" for name, value in worth.items()
    )
    head = ((f"{sign} ", STYLES[style]), (plain(benefit.name), "bold"), f"  {benefit.says}", (f" {told}" * bool(told)))
    voice.say(Text.assemble(*head), indent=2, hang=2)
    for verdict in benefit.verdicts:
        if verdict.met is False:
            text = Text.assemble(("not so: ", STYLES[style]), verdict.sentence, (f" [{verdict.code}]", "dim"))
            voice.say(text, indent=6, hang=2)
            voice.say(Text(seen(verdict), style=STYLES[style]), indent=8)
            voice.say(verdict.remedy, indent=8)
    if benefit.needs:
        voice.say(Text(f"depends on {listed(benefit.needs)}", style=STYLES[style]), indent=6, hang=2)


def _worth(value: Any, zone: dt.tzinfo) -> str:
    return when(value, zone) if isinstance(value, dt.datetime) else said(value)


def _document(card: LevelCard) -> Mapping[str, Any]:
    return {
        "account": card.account_id,
        "at": doc.moment(card.at),
        "level": card.level.value,
        "points": card.points,
        "measure": card.measure,
        "counted": card.counted,
        "begins": doc.moment(card.begins),
        "next_level": None if card.next_level is None else card.next_level.value,
        "missing": card.missing,
        "recount": doc.moment(card.recount),
        "valid_until": doc.moment(card.valid_until),
        "last_count": None if card.last is None else _count(card.last),
        "running_out": [{"after": f"{day}", "points": points} for day, points in card.running_out],
        "benefits": [
            {
                "name": each.name,
                "open": each.open,
                "worth": {name: _plain(value) for name, value in each.worth.items()} if each.worth else None,
                "guards": [doc.of_reason(verdict) for verdict in each.verdicts],
                "needs": list(each.needs),
            }
            for each in card.benefits
        ],
        "found_under": dict(card.found_under),
    }


def _count(last: LevelCount) -> Mapping[str, Any]:
    return {"sum": last.counted, "from": doc.moment(last.begins), "to": doc.moment(last.ends)}


def _plain(value: Any) -> Any:
    return doc.moment(value) if isinstance(value, dt.datetime) else value
