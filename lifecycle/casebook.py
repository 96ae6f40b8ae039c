"""Cases as people handle them: those that came with the package, those somebody wrote just now, one told from a log.

Knows where the shipped cases are, what a case from a stranger may not say, and how long one may be. Does not know who
asks. A case that somebody hands in is replayed in memory: it never touches the accounts of a service.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from lifecycle.cases import SUFFIX, Case, read_cases
from lifecycle.cases.writing import case_text
from lifecycle.errors import CaseError, LifecycleError
from lifecycle.place import tables_of
from lifecycle.replay import CaseResult, run, simulated
from lifecycle.retelling import NotRetold, retold
from lifecycle.rows import Policy
from lifecycle.service import Lifecycle

MOST_TEXT = 200_000
"""How many letters the text of a case may have that somebody hands in."""

MOST_CASES = 20
MOST_STEPS = 200

LONGEST = dt.timedelta(days=366 * 20)
"""How long a case may last that somebody hands in: a timer that is set again and again has its limits."""

_FOLDERS = (("stories", "story_cases"), ("real", "real_cases"), ("guides", ""))


class NoCase(LifecycleError):
    """A text that is no case, or one that is not taken; ``lines`` say why, one mistake a line."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = tuple(lines)
        super().__init__("\n".join(lines))


def shipped() -> tuple[Path, ...]:
    """Return the folders of the guides' cases: the stories and the real ones, in a checkout their paths as well."""
    package = Path(__file__).resolve().parent
    found = []
    for beside, inside in _FOLDERS:
        places = (package.parent / "tests" / "cases" / beside, *((package / inside,) if inside else ()))
        found += [folder for folder in places if folder.is_dir()][:1]
    return tuple(found)


def in_folders(folders: Iterable[Path], policy: Policy) -> tuple[list[Case], list[str]]:
    """Return the cases of every file below *folders*, and a message for each file that cannot be read."""
    cases: list[Case] = []
    unreadable: list[str] = []
    for folder in folders:
        for path in sorted(folder.rglob(f"*{SUFFIX}")) if folder.is_dir() else [folder]:
            try:
                cases += read_cases(path, policy)
            except CaseError as error:
                unreadable.append(str(error))
    return cases, unreadable


def written(text: str, policy: Policy) -> tuple[Case, ...]:
    """Return the cases that a stranger's *text* tells.

    Raises:
        NoCase: it is too long, cannot be read, or names a policy: that would make us run whatever it names.
    """
    if len(text) > MOST_TEXT:
        raise NoCase([f"the text is too long: at most {MOST_TEXT:,} letters are taken."])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"yours{SUFFIX}"
        path.write_text(text, encoding="utf-8")
        try:
            _refuse_a_policy(tables_of(text, "the text", CaseError))
            cases = read_cases(path, policy)
        except CaseError as error:
            raise NoCase(_lines(str(error), path)) from None
    return _bounded(tuple(attrs.evolve(case, path=Path(path.name)) for case in cases))


def _refuse_a_policy(said: Mapping[str, Any]) -> None:
    inside = said.get("case")
    tables = [said, *(inside if isinstance(inside, list) else [])]
    if any(isinstance(table, dict) and isinstance(table.get("policy"), str) for table in tables):
        raise CaseError("\npolicy: a case that is handed in here runs under this policy. Leave the line out.")


def _lines(message: str, path: Path) -> list[str]:
    # The first line names a file that nobody will see, unless it is the only one.
    first, *rest = message.splitlines()
    lines = [line.strip() for line in rest if line.strip()] or [first]
    return [line.replace(str(path), "the text") for line in lines]


def _bounded(cases: tuple[Case, ...]) -> tuple[Case, ...]:
    if len(cases) > MOST_CASES:
        raise NoCase([f"it holds {len(cases)} cases: at most {MOST_CASES} are replayed at a time."])
    for case in cases:
        if len(case.steps) > MOST_STEPS:
            raise NoCase([f"{case.words} has {len(case.steps)} steps: at most {MOST_STEPS} are replayed."])
        if max(step.at for step in case.steps) - case.begins > LONGEST:
            raise NoCase([f"{case.words} lasts for more than twenty years: nothing that long is replayed."])
    return cases


def replayed(case: Case, policy: Policy) -> CaseResult:
    """Replay *case* on an account of its own, in memory.

    Raises:
        GuardFault, StoreError: the policy failed, whatever the case says.
    """
    with simulated(policy) as accounts:
        return run(case, accounts)


def replayed_all(cases: Iterable[Case], policy: Policy) -> Iterator[CaseResult]:
    """Replay *cases* one after the other in memory, each on an account of its own."""
    with simulated(policy) as accounts:
        for number, case in enumerate(cases, start=1):
            yield run(case, accounts, account_id=f"case-{number}")


def account_ids(cases: Iterable[Case]) -> Iterator[tuple[Case, str]]:
    """Yield each case with an id for its account: its label, numbered where several cases share it."""
    taken: set[str] = set()
    for case in cases:
        label, number = case.label, 1
        while (wanted := label if number == 1 else f"{label}-{number}") in taken:
            number += 1
        taken.add(wanted)
        yield case, wanted


def loaded(cases: Iterable[Case], accounts: Lifecycle) -> list[CaseResult]:
    """Replay *cases* into a database, each on an account of its own, and return what came of them."""
    return [run(case, accounts, account_id=account_id) for case, account_id in account_ids(cases)]


def told_from(accounts: Lifecycle, account_id: str) -> str:
    """Return the log of an account as the text of a case file that comes out as it says; nobody is named in it.

    Raises:
        UnknownAccount: nobody of this id was ever registered.
        NotRetold: under this policy something else comes of what was done.
    """
    policy = accounts.policy
    log, denials = [*accounts.events(account_id)], [*accounts.denials(account_id)]
    text = case_text(retold(accounts.machine, log, denials), policy.address)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"new{SUFFIX}"
        path.write_text(text, encoding="utf-8")
        try:
            problems = [p for case in read_cases(path, policy) for p in replayed(case, policy).problems]
        except CaseError as error:
            problems = _lines(str(error), path)
    if problems:
        raise NotRetold(f"the log cannot be told as a case under this policy. {problems[0].strip()}")
    return text
