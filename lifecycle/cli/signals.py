"""The commands `signals` and `observe`: what is counted about accounts, and keeping that something was seen.

Knows how counts, windows and limits are told. Counts nothing itself; what follows from a limit is decided as for a host.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.text import Text

from lifecycle import documents as doc
from lifecycle.calendar import Period, spoken
from lifecycle.cli import FINE
from lifecycle.cli.output import Desk, Voice
from lifecycle.cli.places import Unusable, accounts_at, facts_of, policy_of, time_of
from lifecycle.cli.running import secret_in
from lifecycle.cli.timeline import STYLES
from lifecycle.cli.words import listed, plain, when, zone_name, zone_of
from lifecycle.counting import Tally, limit_of, rule_of, trigger_of
from lifecycle.errors import SecretMissing
from lifecycle.observing import Observed
from lifecycle.rows import Policy, Signal


def signals(desk: Desk, account: str | None, *, database: str | None, at: str | None, as_json: bool) -> int:
    """Tell which signals the policy counts; of an account, how often each was seen."""
    voice, policy, moment = desk.voice, policy_of(desk.policy_name), time_of(at)
    if account is None:
        blank = [rule_of(policy, each) for each in policy.signals.values()]
        if as_json:
            voice.document(
                "signals", {"policy": doc.of_policy(policy), "signals": [_document(t, policy) for t in blank]}
            )
            return FINE
        voice.say(Text(f"Policy {policy.name} {policy.version} counts {len(blank)} signals", style="bold"))
        for each in blank:
            voice.say()
            _tell_rule(voice, each, policy)
        return FINE
    if database is None:
        raise Unusable("an account's signals are in a database: name it with --database.")
    with accounts_at(database, policy) as accounts:
        standing = accounts.account(account, at=moment)
        now = moment or accounts.clock()
        found = accounts.signals(account, at=now)
    if as_json:
        said = {"policy": doc.of_policy(policy), "account": doc.of_account(standing), "at": doc.moment(now)}
        voice.document("signals", {**said, "signals": [{**_document(t, policy), **_counted(t)} for t in found]})
        return FINE
    zone = zone_of(policy)
    voice.say(Text(f"What was seen of account {account}", style="bold"))
    voice.say(Text(f"It is {standing.state.words}. Counted for {when(now, zone)} {zone_name(zone)}.", style="dim"))
    voice.say()
    for each in found:
        _tell_count(voice, each)
    return FINE


def observe(
    desk: Desk,
    signal: str,
    account: str,
    *,
    database: str,
    about: str | None,
    ended: bool,
    outcome: str | None,
    key: str | None,
    facts: Sequence[str],
    at: str | None,
    secret_file: Path | None,
    as_json: bool,
) -> int:
    """Keep that something was seen, and tell the count and what followed."""
    voice, policy = desk.voice, policy_of(desk.policy_name)
    given, moment, secret = facts_of(facts, policy), time_of(at), secret_in(secret_file)
    with accounts_at(database, policy, secret) as accounts:
        try:
            observed = accounts.observe(
                signal, account=account, about=about, ended=ended, outcome=outcome, key=key, facts=given, at=moment
            )
        except SecretMissing:
            raise Unusable(
                "what was seen is kept as a keyed hash: name the secret's file with --secret-file."
            ) from None
    if as_json:
        voice.document("observe", {"policy": doc.of_policy(policy), "account": account, **_observed(observed, policy)})
        return FINE
    for each in (observed, *observed.also):
        _tell_count(voice, each.tally)
        _tell_decision(voice, each)
    if observed.repeated:
        voice.say(Text("This sighting was known under its key; nothing was counted again.", style="dim"))
    return FINE


def _within(window: Period | None) -> str:
    return f" within {spoken(window)}" if window is not None else ""


def _tell_rule(voice: Voice, found: Tally, policy: Policy) -> None:
    rule = found.signal
    voice.say(Text.assemble((rule.name, "bold"), f"  {rule.says}{_within(found.window)}"), hang=2)
    voice.say(_follows(found, policy), indent=2, hang=2)
    if rule.of:
        voice.say(Text(f"Worked out from {listed(rule.of)}.", style="dim"), indent=2)
    voice.say(Text(f"It rests on {listed(rule.cites)}.", style="dim"), indent=2)


def _follows(found: Tally, policy: Policy) -> str:
    trigger, ground = trigger_of(policy, found.signal), found.signal.ground
    if trigger is None or ground is None:
        return "Nothing follows from it alone."
    of = f", of at least {found.least}" if found.least is not None else ""
    return f"At {found.limit}{of} the system does: {trigger}, on the ground {plain(ground)}."


def _tell_count(voice: Voice, found: Tally) -> None:
    sign, style = ("✗", "refused") if found.reached else ("✓", "taken")
    limit = f" of {found.limit}" if found.limit is not None else ""
    sample = f", out of {found.sample}" if found.sample is not None else ""
    head = ((f"{sign} {found.count}{limit}".ljust(12), STYLES[style]), (found.signal.name, "bold"))
    reached = "  the limit is reached" if found.reached else ""
    tail = f"  {found.signal.says}{_within(found.window)}{sample}"
    voice.say(Text.assemble(*head, tail, (reached, STYLES[style])), indent=2, hang=12)


def _tell_decision(voice: Voice, observed: Observed) -> None:
    decision = observed.decision
    if decision is None:
        return
    trigger = decision.command.trigger
    if decision.allowed:
        sent = f", and sends {listed(map(plain, decision.notices))}" if decision.notices else ""
        taken = f"the account is {decision.dest.words}{sent}."
        voice.say(Text.assemble((f"✓ {trigger}: ", STYLES["taken"]), taken), indent=4, hang=2)
    for refusal in decision.refusals:
        why = (refusal.sentence, (f" [{refusal.code}]", "dim"))
        voice.say(Text.assemble((f"✗ {trigger}, not so: ", STYLES["refused"]), *why), indent=4, hang=2)


# --- for other programs --------------------------------------------------------------------------------------------


def _document(found: Tally, policy: Policy) -> dict[str, Any]:
    rule: Signal = found.signal
    return {
        "signal": rule.name,
        "counts": rule.counts,
        "says": rule.says,
        "of": list(rule.of),
        "ground": rule.ground,
        "does": trigger_of(policy, rule),
        "limit": limit_of(policy, rule),
        "window": None if found.window is None else spoken(found.window),
        "least_sample": found.least,
        "cites": list(rule.cites),
    }


def _counted(found: Tally) -> dict[str, Any]:
    return {"count": found.count, "sample": found.sample, "reached": found.reached}


def _observed(observed: Observed, policy: Policy) -> dict[str, Any]:
    decision = observed.decision
    said = None
    if decision is not None:
        said = {
            "does": decision.command.trigger,
            "taken": decision.allowed,
            "refusals": [doc.of_reason(refusal) for refusal in decision.refusals],
            "to": decision.account.state.value,
        }
    return {
        **_document(observed.tally, policy),
        **_counted(observed.tally),
        "decision": said,
        "also": [_observed(each, policy) for each in observed.also],
        "repeated": observed.repeated,
    }
