"""The commands about accounts in a database: `explain`, `options`, `events`, `verify`, `refold`.

Knows what each says. Decides nothing and moves no account: a real decision belongs to the host, with its facts.
"""

from __future__ import annotations

import datetime as dt
import shlex
from collections.abc import Iterable, Sequence

from rich.text import Text

from lifecycle import documents as doc
from lifecycle.cli import FAILED, FINE
from lifecycle.cli.output import Desk, Ticker, Voice
from lifecycle.cli.places import accounts_at, actor_of, evidence_of, facts_of, policy_of, time_of
from lifecycle.cli.stories import log_items
from lifecycle.cli.timeline import STYLES, draw
from lifecycle.cli.words import count, listed, plain, seen, when, zone_name, zone_of
from lifecycle.decide import Explanation, Option
from lifecycle.errors import LogDamaged
from lifecycle.model import Account, Refusal, Role, Verdict

_SIGNS = {True: ("✓", "taken"), False: ("✗", "refused"), None: ("?", "unknown")}


def explain(
    desk: Desk,
    trigger: str,
    account: str,
    *,
    database: str,
    by: str,
    facts: Sequence[str],
    evidence: Sequence[str],
    at: str | None,
    as_json: bool,
) -> int:
    """Say why, or why not: every guard with what it saw, what it needs and what to do."""
    voice, policy = desk.voice, policy_of(desk.policy_name)
    actor, given, moment = actor_of(by, account), facts_of(facts, policy), time_of(at)
    brought = evidence_of(evidence)
    with accounts_at(database, policy) as accounts:
        standing = accounts.account(account, at=moment)
        found = accounts.explain(trigger, account=account, by=actor, evidence=brought, facts=given, at=moment)
    if as_json:
        said = {"policy": doc.of_policy(policy), "account": doc.of_account(standing), **doc.of_explanation(found)}
        voice.document("explain", said)
        return FINE
    zone = zone_of(policy)
    sign, style = _SIGNS[found.allowed]
    answer = {True: "yes", False: "no", None: "it depends"}[found.allowed]
    question = f"May {actor.role.words} {trigger} account {account} now?  "
    voice.say(Text.assemble((question, "bold"), (f"{sign} {answer}", f"bold {STYLES[style]}")), hang=2)
    voice.say(Text(_stand(standing, found.command.at, zone), style="dim"))
    if found.row is not None:
        voice.say(Text(f"{found.row.title}. It rests on {listed(found.row.cites)}.", style="dim"))
    voice.say()
    reasons: tuple[Refusal | Verdict, ...] = (*found.refusals, *found.verdicts)
    for reason in reasons:
        _tell_reason(voice, reason, zone, remedies=True)
    _tell_need(voice, found)
    return FINE


def _stand(account: Account, at: dt.datetime, zone: dt.tzinfo) -> str:
    since = f" since {when(account.since, zone)}" if account.since else ""
    return f"It is {account.state.words}{since}. Asked for {when(at, zone)} {zone_name(zone)}."


def _tell_reason(voice: Voice, reason: Refusal | Verdict, zone: dt.tzinfo, *, remedies: bool) -> None:
    met = reason.met if isinstance(reason, Verdict) else False
    sign, style = _SIGNS[met]
    word = {True: "", False: "not so: ", None: "not known: "}[met]
    text = Text.assemble((f"{sign} {word}", STYLES[style]), reason.sentence, (f" [{reason.code}]", "dim"))
    indent = 2 if remedies else 6
    voice.say(text, indent=indent, hang=2)
    if met and isinstance(reason, Verdict) and reason.latest is not None:
        voice.say(f"possible until {when(reason.latest, zone)}", indent=indent + 4)
    if met:
        return
    shown = [seen(reason), f"possible from {when(reason.earliest, zone)}" if reason.earliest else ""]
    for line in (*filter(None, shown), *([reason.remedy] if remedies else [])):
        voice.say(Text(line, style="" if line is reason.remedy else STYLES[style]), indent=indent + 4)


def _tell_need(voice: Voice, found: Explanation) -> None:
    if needs := [name for name in found.needs if name != "code_right"]:
        voice.say()
        more = " ".join(f"--fact {name}=…" for name in needs)
        known = "The rest depends" if found.allowed is False else "Whether it may be done depends"
        voice.say(f"{known} on what nobody has said. Add: {more}", hang=2)
    if "code_right" in found.needs:
        voice.say()
        voice.say(
            "It takes the code or link that was sent, and only the service itself can tell whether that is right."
        )


def options(
    desk: Desk,
    account: str,
    *,
    database: str,
    by: str | None,
    facts: Sequence[str],
    at: str | None,
    as_json: bool,
) -> int:
    """Say what can happen next, and for everything that cannot, why not; for one actor, or for each role."""
    voice, policy = desk.voice, policy_of(desk.policy_name)
    people = [actor_of(by, account)] if by else [actor_of(role.value, account) for role in Role]
    given, moment = facts_of(facts, policy), time_of(at)
    with accounts_at(database, policy) as accounts:
        standing = accounts.account(account, at=moment)
        now = moment or max(filter(None, (dt.datetime.now(dt.UTC), standing.at)))
        found = [(who, accounts.options(account, by=who, facts=given, at=moment)) for who in people]
    if as_json:
        said = {"policy": doc.of_policy(policy), "account": doc.of_account(standing), "at": doc.moment(now)}
        listed_options = [doc.of_option(option, str(who)) for who, each in found for option in each]
        voice.document("options", {**said, "options": listed_options})
        return FINE
    zone = zone_of(policy)
    voice.say(Text(f"What can happen to account {account}", style="bold"))
    voice.say(Text(_stand(standing, now, zone), style="dim"))
    for who, each in found:
        voice.say()
        voice.say(Text(f"{who.role.words} may", style=f"bold {STYLES[who.role.value]}"))
        _tell_options(voice, each, zone)
    return FINE


def _tell_options(voice: Voice, found: Iterable[Option], zone: dt.tzinfo) -> None:
    ordered = sorted(found, key=lambda option: (True, None, False).index(option.allowed))
    if not ordered:
        voice.say("· nothing in this state", indent=2)
    for option in ordered:
        sign, style = _SIGNS[option.allowed]
        word = {True: "now", False: "not now", None: "depends"}[option.allowed]
        head = ((f"{sign} {word:<9}", STYLES[style]), (option.trigger, "bold"), f"  {option.title}")
        dests = " or ".join(state.words for state in option.row.dests)
        voice.say(Text.assemble(*head, (f" → {dests}" if dests else "", "dim")), indent=2, hang=11)
        for verdict in option.verdicts:
            if verdict.met is False:
                _tell_reason(voice, verdict, zone, remedies=False)
            elif verdict.latest is not None:
                voice.say(Text(f"possible until {when(verdict.latest, zone)}", style="dim"), indent=6, hang=2)
        if option.allowed is None:
            unsaid = ["the code that was sent" if name == "code_right" else name for name in option.needs]
            voice.say(Text(f"? depends on {listed(unsaid)}", style=STYLES[style]), indent=6, hang=2)


def events(desk: Desk, account: str, *, database: str, as_json: bool) -> int:
    """Tell the log of an account as a timeline, and how the account stands now."""
    voice, policy = desk.voice, policy_of(desk.policy_name)
    with accounts_at(database, policy) as accounts:
        log, denials = [*accounts.events(account)], [*accounts.denials(account)]
        standing = accounts.account(account)
    if as_json:
        said = {"account": doc.of_account(standing), "events": [doc.of_event(event) for event in log]}
        voice.document("events", {**said, "denials": [doc.of_denial(denial) for denial in denials]})
        return FINE
    zone = zone_of(policy)
    refused = sum(1 + denial.more for denial in denials)
    counts = f"{count(len(log), 'event')} from {when(log[0].at, zone)}, {count(refused, 'refused attempt')}"
    voice.say(Text(f"Account {account}", style="bold"))
    voice.say(Text(f"{counts}. Times are {zone_name(zone)}.", style="dim"))
    draw(voice, log_items(log, denials, zone, {guard.name: guard.sentence for guard in policy.guards}), zone)
    settled = standing.version - log[-1].version
    if settled:
        late = f"◷ {count(settled, 'due timer')} will be written with the next submission: by now it is "
        voice.say(Text(f"{late}{standing.state.words}.", style=STYLES["fired"]), indent=2, hang=2)
    for timer in standing.timers:
        voice.say(f"◷ {plain(timer.name)} is due {when(timer.due, zone)}", indent=2, hang=2)
    return FINE


def verify(desk: Desk, account: str | None, *, database: str, as_json: bool) -> int:
    """Walk the log and say everything that does not fit."""
    voice, ticker = desk.voice, Ticker("accounts walked")
    with accounts_at(database, policy_of(desk.policy_name)) as accounts:
        found = accounts.verify(account, progress=ticker)
    ticker.clear()
    if as_json:
        damage = [{"account": each.account_id, "event": each.version, "what": each.what} for each in found.damage]
        voice.document("verify", {"accounts": found.accounts, "events": found.events, "damage": damage})
        return FAILED if damage else FINE
    for each in found.damage:
        where = f"account {each.account_id}" + (f", event {each.version}" if each.version else "")
        voice.say(Text.assemble(("✗ ", STYLES["failed"]), f"{where}: {each.what}"), hang=2)
    walked = f"{count(found.accounts, 'account')}, {count(found.events, 'event')}"
    if found.damage:
        voice.say(Text(f"✗ {walked}: {count(len(found.damage), 'finding')}", style=STYLES["failed"]))
        return FAILED
    voice.say(Text(f"✓ {walked}: every log holds", style=STYLES["taken"]))
    return FINE


def refold(desk: Desk, *, database: str, as_json: bool) -> int:
    """Fold every account anew from its log."""
    voice, ticker = desk.voice, Ticker("accounts folded")
    with accounts_at(database, policy_of(desk.policy_name)) as accounts:
        try:
            found = accounts.refold(progress=ticker)
        except LogDamaged as error:
            ticker.clear()
            damage = {"account": error.account_id, "event": error.version, "what": str(error)}
            if as_json:
                voice.document("refold", {"accounts": None, "changed": [], "damage": damage})
            else:
                voice.say(
                    Text.assemble(("✗ ", STYLES["failed"]), f"{error}. Nothing trustworthy can be folded from it.")
                )
                voice.say(f"See what else is wrong: lifecycle verify --database {shlex.quote(database)}")
            return FAILED
    ticker.clear()
    if as_json:
        voice.document("refold", {"accounts": found.accounts, "changed": list(found.changed), "damage": None})
        return FINE
    changed = count(len(found.changed), "row was", "rows were")
    rest = f"; {changed} not as the log says: {listed(found.changed)}" if found.changed else "; nothing changed by it"
    voice.say(Text(f"✓ {count(found.accounts, 'account')} folded anew{rest}", style=STYLES["taken"]), hang=2)
    return FINE
