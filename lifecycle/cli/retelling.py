"""The command `cases new`: a case file from a real account, without the person.

Knows what it takes to be sure of the file: it is read and replayed before anybody sees it. Does not know how a log
becomes a case.
"""

from __future__ import annotations

import datetime as dt
import shlex
import tempfile
from collections.abc import Sequence
from pathlib import Path

from lifecycle.cases import SUFFIX, read_cases
from lifecycle.cases.writing import case_text
from lifecycle.cli import FINE
from lifecycle.cli.output import Desk
from lifecycle.cli.places import Unusable, accounts_at, policy_of
from lifecycle.cli.words import count
from lifecycle.errors import CaseError
from lifecycle.model import Event
from lifecycle.replay import run, simulated
from lifecycle.retelling import NotRetold, retold
from lifecycle.rows import Policy

_WEEK = 7


def new_case(desk: Desk, account: str, *, database: str, output: Path | None, shift_to: str | None) -> int:
    """Write the log of *account* as a case that comes out as it says, or say why that cannot be."""
    policy = policy_of(desk.policy_name)
    if output is not None and output.exists():
        raise Unusable(f"{output} exists already, and nothing was written over it. Name another file.")
    with accounts_at(database, policy) as accounts:
        log, denials = [*accounts.events(account)], [*accounts.denials(account)]
        case = retold(accounts.machine, log, denials, _shift(shift_to, log))
    text = case_text(case, policy.address)
    _come_true(text, policy)
    if output is None:
        desk.voice.verbatim(text.encode())
        return FINE
    output.write_text(text, encoding="utf-8")
    size = count(len(case["step"]), "step")
    desk.voice.say(f"✓ wrote {output}: {size}. Give it a title, and say what happened.", hang=2)
    desk.voice.say(f"Replay it: lifecycle replay {shlex.quote(str(output))}", indent=2)
    if not output.name.endswith(SUFFIX):
        desk.voice.say(f"In a folder it is found once its name ends in {SUFFIX}.", indent=2)
    return FINE


def _shift(to: str | None, log: Sequence[Event]) -> dt.timedelta:
    """Return by how much every moment moves: whole weeks, since rules that count working days know the weekday."""
    if to is None:
        return dt.timedelta()
    try:
        wanted = dt.date.fromisoformat(to)
    except ValueError:
        raise Unusable(f'--shift-to must be a day, such as 2026-03-02, not "{to}".') from None
    days = (wanted - log[0].at.date()).days
    return dt.timedelta(days=days + -days % _WEEK)


def _come_true(text: str, policy: Policy) -> None:
    """Replay the case that was written.

    Raises:
        NotRetold: it does not come out as it says.
    """
    with tempfile.TemporaryDirectory() as folder, simulated(policy) as accounts:
        path = Path(folder) / f"new{SUFFIX}"
        path.write_text(text, encoding="utf-8")
        try:
            problems: Sequence[str] = [p for case in read_cases(path, policy) for p in run(case, accounts).problems]
        except CaseError as error:
            # Its first line names a file that nobody will see.
            problems = str(error).splitlines()[1:]
    if problems:
        raise NotRetold(
            "the log cannot be told as a case under this policy, so nothing was written. It would not come out as it "
            f"says:\n  {problems[0].strip()}"
        )
