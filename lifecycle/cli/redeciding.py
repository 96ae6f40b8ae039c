"""What another policy would do to accounts in a database: `replay --database` and `check --database`.

Knows how the outcomes are told. What they are is in `lifecycle.redeciding`. Nothing is written.
"""

from __future__ import annotations

from collections import Counter

from rich.text import Text

from lifecycle import documents as doc
from lifecycle.cli import FAILED, FINE
from lifecycle.cli.output import Desk, Ticker
from lifecycle.cli.places import accounts_at, policy_of
from lifecycle.cli.timeline import STYLES
from lifecycle.cli.words import count
from lifecycle.redeciding import (
    DIFFERENT,
    ELSEWHERE,
    EXAMPLES,
    FORGOTTEN,
    REFUSED,
    SAME,
    STANDS,
    UNKNOWN,
    UNSURE,
    Tally,
    pending,
    redecide,
)

MOST_TOLD = 20
"""How many ways in which decisions differ are told, the most frequent first."""

_STYLES = {SAME: "taken", DIFFERENT: "failed", UNKNOWN: "unknown"}
_SIGNS = {SAME: "✓", DIFFERENT: "✗", UNKNOWN: "?"}


def replay_database(desk: Desk, database: str, *, as_json: bool) -> int:
    """Decide the whole log again under the present policy, and tell what would have come otherwise."""
    voice, policy, tally = desk.voice, policy_of(desk.policy_name), Tally()
    with accounts_at(database, policy) as accounts:
        ticker = Ticker("accounts decided again")
        for account in ticker.each(accounts.accounts()):
            redecide(accounts.machine, account.id, accounts.events(account.id), tally)
    if as_json:
        differences = [
            {"outcome": outcome, "trigger": trigger, "why": why, "events": number, "accounts": tally.examples[key]}
            for key, number in tally.why.most_common()
            for outcome, trigger, why in [key]
        ]
        counted = {"accounts": tally.accounts, "events": tally.events, "not_decided": tally.not_decided}
        outcomes = {name: tally.outcomes[name] for name in (SAME, DIFFERENT, UNKNOWN)}
        said = {"policy": doc.of_policy(policy), **counted, "outcomes": outcomes, "differences": differences}
        voice.document("replay-database", said)
        return FAILED if tally.outcomes[DIFFERENT] else FINE
    head = f"{count(tally.events, 'event')} of {count(tally.accounts, 'account')}, decided again under {policy.version}"
    voice.say(Text(head, style="bold"))
    for name in (SAME, DIFFERENT, UNKNOWN):
        voice.say(
            Text.assemble((f"{_SIGNS[name]} {name}: ", STYLES[_STYLES[name]]), str(tally.outcomes[name])), indent=2
        )
    if tally.not_decided:
        voice.say(f"taken over or let go, so nobody decided: {tally.not_decided}", indent=2)
    for (outcome, trigger, why), number in tally.why.most_common(MOST_TOLD):
        voice.say()
        named = ", ".join(tally.examples[outcome, trigger, why])
        sign = (f"{_SIGNS[outcome]} {number} ", STYLES[_STYLES[outcome]])
        voice.say(Text.assemble(sign, (trigger, "bold"), f"  {why}"), hang=2)
        voice.say(Text(f"for instance {named}", style="dim"), indent=4)
    if (more := len(tally.why) - MOST_TOLD) > 0:
        voice.say(f"and {count(more, 'more way', 'more ways')}; --json tells all")
    return FAILED if tally.outcomes[DIFFERENT] else FINE


_FATES = {
    STANDS: "would fire",
    UNSURE: "depends on facts",
    REFUSED: "would be refused as the account stands",
    ELSEWHERE: "does not live in this state",
    FORGOTTEN: "lapses: nobody knows it",
}


def check_database(desk: Desk, database: str, *, as_json: bool) -> int:
    """Tell what the present policy would do to each pending timer."""
    voice, policy = desk.voice, policy_of(desk.policy_name)
    fates: Counter[tuple[str, str, str]] = Counter()
    examples: dict[tuple[str, str, str], list[str]] = {}
    with accounts_at(database, policy) as accounts:
        ticker = Ticker("accounts looked at")
        for account in ticker.each(accounts.accounts()):
            for each in pending(accounts.machine, account):
                key = (each.timer, each.fate, each.why)
                fates[key] += 1
                if len(named := examples.setdefault(key, [])) < EXAMPLES:
                    named.append(account.id)
    lost = sum(number for (_, fate, _), number in fates.items() if fate in (FORGOTTEN, ELSEWHERE))
    order = [*_FATES]
    told = sorted(fates.items(), key=lambda item: (item[0][0], order.index(item[0][1]), item[0][2]))
    if as_json:
        timers = [
            {"timer": timer, "fate": fate, "why": why, "timers": number, "accounts": examples[timer, fate, why]}
            for (timer, fate, why), number in told
        ]
        voice.document("check-database", {"policy": doc.of_policy(policy), "timers": timers})
        return FAILED if lost else FINE
    voice.say(Text(f"{count(sum(fates.values()), 'pending timer')} under {policy.name} {policy.version}", style="bold"))
    for (timer, fate, why), number in told:
        bad = fate in (FORGOTTEN, ELSEWHERE)
        style = STYLES["failed" if bad else "taken" if fate == STANDS else "unknown"]
        sign = "✗" if bad else "✓" if fate == STANDS else "?"
        line = Text.assemble(
            (f"{sign} {number} ", style), (timer, "bold"), f"  {_FATES[fate]}{f': {why}' if why else ''}"
        )
        voice.say(line, indent=2, hang=2)
        if fate != STANDS:
            voice.say(Text(f"for instance {', '.join(examples[timer, fate, why])}", style="dim"), indent=6)
    return FAILED if lost else FINE
