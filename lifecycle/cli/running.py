"""The commands that keep a service running: `worker`, `outbox` and `health`.

Knows how they are asked and what they say. Decides nothing: due timers come back through the service.
"""

from __future__ import annotations

import datetime as dt
import importlib
import sys
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from rich.text import Text

from lifecycle.cli import FAILED, FINE
from lifecycle.cli.output import Desk, Voice
from lifecycle.cli.places import Unusable, accounts_at, policy_of, time_of
from lifecycle.cli.timeline import STYLES
from lifecycle.cli.words import count, when, zone_of
from lifecycle.errors import closest
from lifecycle.health import health as health_of
from lifecycle.health import spoken_roughly
from lifecycle.service import Lifecycle
from lifecycle.store.delivery import STANDINGS, WAITING, Posted
from lifecycle.telemetry import Telemetry, serve_metrics
from lifecycle.worker import Counts, Worker, printing

_STYLES = {"sent": "taken", "dead": "failed", "dropped": "refused", "void": "refused", WAITING: "unknown"}
_SIGNS = {"sent": "✓", "dead": "✗", WAITING: "◷"}


def worker(
    desk: Desk,
    *,
    database: str,
    handlers: str | None,
    webhook: str | None,
    webhook_secret: Path | None,
    prints: bool,
    gather: str | None,
    secret_file: Path | None,
    once: bool,
    threads: int,
    tries: int,
    limit: float,
    poll: float | None,
    metrics_port: int | None,
    as_json: bool,
) -> int:
    """Settle due timers and deliver notices, once or until told to stop."""
    voice = desk.voice
    if handlers and prints:
        raise Unusable("--handlers deliver the notices, --print writes them down instead: name one of the two.")
    if webhook and (handlers or prints):
        raise Unusable("--webhook posts the notices: name neither --handlers nor --print beside it.")
    functions = printing if prints else named(handlers, "--handlers") if handlers else None
    if webhook:
        functions = webhooks(webhook, webhook_secret)
    gathering = named(gather, "--gather") if gather else None
    for name, number in (("--limit", limit), ("--poll", poll)):
        if number is not None and not 0 < number < 10**6:
            raise Unusable(f"{name} is a number of seconds, more than none.")
    for name, least in (("--threads", threads), ("--tries", tries)):
        if least < 1:
            raise Unusable(f"{name} is at least 1.")
    policy, secret = policy_of(desk.policy_name), secret_in(secret_file)
    with accounts_at(database, policy, secret, gather=gathering) as accounts:
        if metrics_port is not None:
            accounts.telemetry = Telemetry(metrics=True)
            _show_metrics(metrics_port)
        made = Worker(
            accounts,
            functions,
            threads=threads,
            tries=tries,
            limit=dt.timedelta(seconds=limit),
            poll=None if poll is None else dt.timedelta(seconds=poll),
        )
        if not as_json and functions is None:
            voice.say("Only timers are settled; notices wait. Name --handlers to deliver them.")
        if once:
            made.run_once(signals=True)
        else:
            if not as_json:
                voice.say("Working. Stop with Ctrl-C or SIGTERM; what is under way is finished first.")
                sys.stdout.flush()
            made.run()
        _tell_counts(voice, made.counts, as_json=as_json)
    return FINE


def _show_metrics(port: int) -> None:
    try:
        serve_metrics(port)
    except (OSError, OverflowError) as error:
        why = getattr(error, "strerror", None) or "it is a number from 1 to 65535"
        raise Unusable(f"--metrics-port: {port} cannot be used: {why}.") from None


def webhooks(url: str, secret_file: Path | None) -> Any:
    """Return the handler that posts notices to *url*.

    Raises:
        Unusable: there is no secret, or the library is missing.
        BadRequest: the address is not safe, or a secret is too short.
    """
    if secret_file is None:
        raise Unusable("--webhook needs --webhook-secret, a file with the secret that messages are signed with.")
    try:
        from lifecycle.webhooks import Webhooks  # noqa: PLC0415 - the [webhooks] extra may be missing
    except ModuleNotFoundError:
        raise Unusable("webhooks need the extra [webhooks]: pip install 'account-lifecycle[webhooks]'") from None
    return Webhooks(url, (secret_in(secret_file) or "").split())


def _tell_counts(voice: Voice, counts: Counts, *, as_json: bool) -> None:
    if as_json:
        voice.document("worker", counts.as_data())
        return
    for trigger, number in sorted(counts.settled.items()):
        voice.say(f"◷ {count(number, 'timer')} settled as {trigger}")
    for (notice, outcome), number in sorted(counts.delivered.items()):
        sign = _SIGNS.get(outcome, "·")
        style = STYLES[_STYLES.get(outcome, "failed")]
        voice.say(Text(f"{sign} {notice}: {outcome} {count(number, 'time')}", style=style))
    for trigger, number in sorted(counts.reported.items()):
        voice.say(f"✓ {count(number, 'result')} told to accounts as {trigger}")
    for kind, number in sorted(counts.failed.items()):
        voice.say(Text(f"✗ {count(number, 'account')} could not be settled or told: {kind}", style=STYLES["failed"]))
    if not (counts.settled or counts.delivered or counts.failed):
        voice.say("Nothing was due.")


def outbox_list(desk: Desk, *, database: str, account: str | None, stands: str | None, most: int, as_json: bool) -> int:
    """List notices and how they stand; those that are dead or wait, unless others are asked for."""
    if stands is not None and stands not in STANDINGS:
        near = closest(stands, STANDINGS)
        raise Unusable(f'no notice stands "{stands}".{near} Known: {", ".join(STANDINGS)}.')
    voice, policy = desk.voice, policy_of(desk.policy_name)
    wanted = (stands,) if stands else ("dead", WAITING)
    with accounts_at(database, policy) as accounts:
        found = [*islice((p for each in wanted for p in accounts.store.posted(account, stands=each)), most + 1)]
    more, found = len(found) > most, found[:most]
    if as_json:
        voice.document("outbox", {"notices": [_data(each) for each in found], "more": more})
        return FINE
    zone = zone_of(policy)
    for each in found:
        _tell_notice(voice, each, zone)
    if more:
        voice.say(Text("There are more: ask for them with --most.", style="dim"))
    if not found:
        voice.say(f"No notice is {' or '.join('waiting' if each == WAITING else each for each in wanted)}.")
    return FINE


def _tell_notice(voice: Voice, each: Posted, zone: dt.tzinfo) -> None:
    style = STYLES[_STYLES[each.stands]]
    said = [f"of {when(each.at, zone)}", count(each.attempts, "try", "tries")]
    said += [f"next at {when(each.next_try, zone)}"] if each.next_try else []
    said += [each.why] if each.why else []
    line = Text.assemble((f"{_SIGNS.get(each.stands, '·')} {each.stands:<9}", style), (each.id, "bold"))
    voice.say(line.append(f"  {each.notice}, {', '.join(said)}"), hang=2)


def outbox_retry(desk: Desk, ids: Sequence[str], *, database: str, dead: bool, as_json: bool) -> int:
    """Let notices be sent again: those named, or all that are dead."""
    return _change(desk, "retry", ids, database, "dead" if dead else None, None, as_json=as_json)


def outbox_drop(desk: Desk, ids: Sequence[str], *, database: str, dead: bool, before: str | None, as_json: bool) -> int:
    """Send notices no more: those named, all that are dead, or all that wait and were written before a time."""
    if dead and before:
        raise Unusable("--dead drops those that are dead, --before those that wait: name one of the two.")
    until = time_of(before, "--before")
    return _change(desk, "drop", ids, database, "dead" if dead else WAITING if until else None, until, as_json=as_json)


def _change(
    desk: Desk,
    what: str,
    ids: Sequence[str],
    database: str,
    all_that: str | None,
    until: dt.datetime | None,
    *,
    as_json: bool,
) -> int:
    if bool(ids) == (all_that is not None):
        all_of = "--dead for all that are dead"
        all_of = all_of if what == "retry" else f"{all_of}, or --before for all that wait"
        raise Unusable(f"name either the notices to {what}, each as account:version:n, or {all_of}.")
    with accounts_at(database, policy_of(desk.policy_name)) as accounts:
        names = [*_split(ids)]
        if all_that is not None:
            every = [*accounts.store.posted(stands=all_that)]
            names = [(p.account_id, p.version, p.n) for p in every if until is None or p.at < until]
        change = _changing(accounts, what)
        done = [change(*name) for name in names]
    missed = [":".join(map(str, name)) for name, changed in zip(names, done, strict=True) if not changed]
    verb = {"retry": "will be sent again", "drop": "dropped"}[what]
    if as_json:
        desk.voice.document("outbox", {what: sum(done), "missed": missed})
    else:
        desk.voice.say(f"{count(sum(done), 'notice')} {verb}.")
        for id in missed:
            desk.voice.say(Text(f"✗ {id}: there is no such notice to {what}", style=STYLES["failed"]))
    return FAILED if missed else FINE


def _changing(accounts: Lifecycle, what: str) -> Callable[[str, int, int], bool]:
    now = accounts.clock()
    store = accounts.store
    change = store.retry_notice if what == "retry" else store.drop_notice
    return lambda account_id, version, n: change(account_id, version, n, at=now)


def _split(ids: Iterable[str]) -> Iterable[tuple[str, int, int]]:
    for id in ids:
        account_id, *numbers = id.rsplit(":", 2)
        if len(numbers) != 2 or not all(number.isdecimal() and len(number) < 16 for number in numbers):
            raise Unusable(f'a notice is named account:version:n, such as C-05:3:1, not "{id}".')
        yield account_id, int(numbers[0]), int(numbers[1])


def health(desk: Desk, *, database: str, late: float, as_json: bool) -> int:
    """Say how the service stands: 0 if all is well, 1 if somebody should look."""
    if not 0 <= late < 10**9:
        raise Unusable("--late is a number of seconds.")
    voice = desk.voice
    with accounts_at(database, policy_of(desk.policy_name)) as accounts:
        found = health_of(accounts, late=dt.timedelta(seconds=late))
    if as_json:
        voice.document("health", found.as_data())
        return FAILED if found.problems else FINE
    left = found.left
    voice.say(f"The database answers; its tables are of version {found.schema}.")
    voice.say(f"{count(left.due, 'timer')} due{_oldest(left.due, found.lag)}.")
    voice.say(f"{count(left.waiting, 'notice')} waiting{_oldest(left.waiting, found.waited)}; {left.dead} dead.")
    voice.say(f"{count(found.overdue_appeals, 'appeal')} overdue.")
    for problem in found.problems:
        voice.say(Text(f"✗ {problem}", style=STYLES["failed"]), hang=2)
    if not found.problems:
        voice.say(Text("✓ all is well", style=STYLES["taken"]))
    return FAILED if found.problems else FINE


def _oldest(number: int, age: dt.timedelta) -> str:
    return f", the oldest for {spoken_roughly(age)}" if number else ""


# --- from words to things ------------------------------------------------------------------------------------------


def secret_in(path: Path | None) -> str | None:
    """Return the secret that a file holds.

    Raises:
        Unusable: the file cannot be read.
    """
    if path is None:
        return None
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise Unusable(f"the secret cannot be read from {path}: {error.strerror or type(error).__name__}.") from error
    except UnicodeDecodeError as error:
        raise Unusable(f"the secret cannot be read from {path}: it is no text in UTF-8.") from error


def named(words: str, option: str) -> Any:
    """Return what ``module:NAME`` names.

    Raises:
        Unusable: there is no such module or name, or the module cannot be imported.
    """
    module_name, _, attribute = words.partition(":")
    if not module_name or not attribute:
        raise Unusable(f'{option} must be written module:NAME, such as shop.mail:HANDLERS; it is "{words}".')
    # Unlike "python -m", an installed command does not look for modules in the folder it is started from.
    if (here := str(Path.cwd())) not in sys.path:
        sys.path.insert(0, here)
    try:
        found: Any = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name and (module_name == error.name or module_name.startswith(f"{error.name}.")):
            raise Unusable(
                f'{option}: there is no module "{module_name}". Start lifecycle where it can be imported.'
            ) from None
        raise Unusable(f"{option}: {words} cannot be imported: {error}.") from error
    except Exception as error:
        raise Unusable(f"{option}: {words} cannot be imported: {type(error).__name__}.") from error
    for part in attribute.split("."):
        if not hasattr(found, part):
            near = closest(part, vars(found)) if hasattr(found, "__dict__") else ""
            raise Unusable(f'{option}: the module "{module_name}" has no "{attribute}".{near}')
        found = getattr(found, part)
    return found


def _data(each: Posted) -> dict[str, Any]:
    def moment(at: dt.datetime | None) -> str | None:
        return None if at is None else at.isoformat(timespec="seconds")

    return {
        "id": each.id,
        "account": each.account_id,
        "notice": each.notice,
        "stands": each.stands,
        "at": moment(each.at),
        "attempts": each.attempts,
        "next_try": moment(each.next_try),
        "ended_at": moment(each.ended_at),
        "why": each.why,
    }
