"""The command `demo`: a story for each guide and the real cases, decided by the machine, written, told and drawn.

Knows its folder and what may lie in it: what an earlier demo left is replaced, anything else is never touched.
"""

from __future__ import annotations

import os
import secrets
import shlex
from collections.abc import Sequence
from pathlib import Path

from rich.text import Text

from lifecycle import diagrams as pictures
from lifecycle.cases import Case
from lifecycle.cli import FAILED, FINE
from lifecycle.cli.cases import CASES, replayed
from lifecycle.cli.covered import Covered
from lifecycle.cli.output import Desk, Voice, unheard
from lifecycle.cli.places import SQLITE, Unusable, accounts_at, case_files, cases_in, policy_of, real_cases, story_cases
from lifecycle.cli.telling import LEGEND, fact, tell_case, tell_failures, tell_summary
from lifecycle.cli.timeline import STYLES
from lifecycle.cli.words import count, listed, zone_name, zone_of
from lifecycle.model import Role, State
from lifecycle.prose import policy_page
from lifecycle.replay import CaseResult
from lifecycle.rows import Policy
from lifecycle.stories import story

DATABASE = "accounts.db"
SECRET = "secret.txt"  # noqa: S105 - the name of a file
TOKENS = "tokens.txt"
DIAGRAMS = "diagrams"
MARK = "made-by-lifecycle-demo.txt"

_DATABASE_FILES = (DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm", f"{DATABASE}-journal")

_MARK_TEXT = (
    'This folder was made by "lifecycle demo", which replaces it each time it runs.\n'
    f"{DATABASE} holds the accounts of the guides' stories and real cases, {SECRET} the secret their codes and texts "
    "are kept under.\n"
)


def demo(desk: Desk, folder: Path, *, keep: bool, chosen: Path | None = None) -> int:
    """Replay every story and real case into a fresh database, tell each, and say what it added up to.

    Of a policy of one's own these are the cases *chosen*, by default those of the project.
    """
    voice, policy = desk.voice, policy_of(desk.policy_name)
    shipped = policy.sources.shipped and chosen is None
    cases = told_cases(policy, *((story_cases(), real_cases()) if shipped else (chosen or CASES,)))
    folder, secret = fresh(folder, keep=keep)
    database = folder / DATABASE
    results: list[CaseResult] = []
    replaying = replayed(cases, policy, f"{SQLITE}{database}", secret)
    try:
        _introduce(voice, policy, cases, database)
        for result in replaying:
            _head(voice, result.case, [each.case for each in results], policy)
            results.append(result)
            tell_case(voice, result, zone_of(policy), chosen=False)
    except BrokenPipeError:
        # Nobody listens any more, but a database with half of the cases would puzzle whoever looks at it next.
        results += replaying
        raise
    covered = Covered(policy, tuple(results))
    tell_failures(voice, covered.failed)
    tell_summary(voice, covered)
    sound = _verified(voice, database, policy)
    fact(voice, "database", str(database))
    told = [story(result) for result in results if result.passed]
    fact(voice, "diagrams", _draw(policy, folder / DIAGRAMS, told))
    _suggest(voice, [result for result in results if result.case.guide is None], database, policy)
    return FAILED if covered.failed or not sound else FINE


def one_story(desk: Desk, guide: str) -> int:
    """Tell the story of one guide and nothing else; it is replayed in memory, so no folder is touched."""
    voice, policy, wanted = desk.voice, policy_of(desk.policy_name), guide.upper()
    if not policy.sources.shipped:
        raise Unusable(f'the policy "{policy.name}" comes without stories of guides. Leave out --guide.')
    if wanted not in policy.sources.guides:
        known = listed(f"{name} ({about})" for name, about in policy.sources.guides.items())
        raise Unusable(f'no guide is called "{guide}". Known: {known}.')
    stories = [case for case in told_cases(policy, story_cases()) if case.guide == wanted]
    results: list[CaseResult] = []
    voice.say(Text(LEGEND, style="dim"))
    voice.say()
    for result in replayed(stories, policy):
        _head(voice, result.case, [each.case for each in results], policy)
        results.append(result)
        tell_case(voice, result, zone_of(policy), chosen=False)
    return FINE if all(result.passed for result in results) else FAILED


def told_cases(policy: Policy, *folders: Path) -> list[Case]:
    """Return the cases in *folders*.

    Raises:
        Unusable: one of them cannot be told of this policy.
    """
    cases, unreadable = cases_in(case_files(folders), policy)
    if unreadable:
        whose = "of the guides" if policy.sources.shipped else "told"
        raise Unusable(f"the cases {whose} do not fit this policy.\n" + "\n".join(unreadable))
    return cases


def _head(voice: Voice, case: Case, before: Sequence[Case], policy: Policy) -> None:
    """Say what begins with *case*: another guide, or the real cases."""
    guides = policy.sources.guides
    if (before and before[-1].guide == case.guide) or not guides:
        return
    about = "What happened to real people" if case.guide is None else f"Guide {case.guide}: {guides[case.guide]}"
    voice.say(Text(about, style="bold underline"))
    voice.say()


def fresh(folder: Path, *, keep: bool) -> tuple[Path, str]:
    """Make a folder for a demo, where *keep* says so beside an earlier one; return it, and the secret that lies in it.

    Raises:
        Unusable: it holds something that no demo wrote; nothing is deleted then.
    """
    folder = _free(folder) if keep else folder
    _prepare(folder)
    secret = secrets.token_hex(32)
    write_private(folder / SECRET, secret)
    return folder, secret


def _free(folder: Path) -> Path:
    """Return *folder* if there is nothing yet, else the first one beside it with a number that is free."""
    number, free = 2, folder
    while free.exists():
        free, number = folder.with_name(f"{folder.name}-{number}"), number + 1
    return free


def _prepare(folder: Path) -> None:
    """Make the folder, or take the database of an earlier demo out of it; its diagrams are written over.

    Raises:
        Unusable: it holds something that no demo wrote; nothing is deleted then.
    """
    if folder.exists() and not folder.is_dir():
        raise Unusable(f"{folder} is a file. Name a folder for the demo: lifecycle demo --folder PATH")
    if folder.is_dir():
        ours = {*_DATABASE_FILES, SECRET, TOKENS, MARK, DIAGRAMS}
        found = {path.name for path in folder.iterdir()}
        strange = sorted(found - ours) if MARK in found else sorted(found)
        if strange:
            raise Unusable(
                f"{folder} holds {listed(strange[:3])}, which no demo wrote, so nothing in it was touched. "
                "Name another folder: lifecycle demo --folder PATH"
            )
        for name in _DATABASE_FILES:
            (folder / name).unlink(missing_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).write_text(_MARK_TEXT, encoding="utf-8")


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read."""
    # Readable by its owner only, from its first moment on.
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(text)


def _introduce(voice: Voice, policy: Policy, cases: Sequence[Case], database: Path) -> None:
    stories = sum(case.guide is not None for case in cases)
    told = (
        f"{count(stories, 'story', 'stories')}, one for each guide, then {len(cases) - stories} accounts of real people"
        if stories
        else count(len(cases), "case")
    )
    voice.say(Text(told, style="bold"))
    voice.say(
        f"Each step is put to the policy {policy.name} {policy.version} with the clock set to its day, and written to "
        f"{database}. Times are {zone_name(zone_of(policy))}."
    )
    voice.say(Text(LEGEND, style="dim"))
    voice.say()


def _verified(voice: Voice, database: Path, policy: Policy) -> bool:
    with accounts_at(str(database), policy) as accounts:
        found = accounts.verify()
    walked = f"{count(found.events, 'event')} of {count(found.accounts, 'account')}"
    if found.damage:
        fact(voice, "verify", Text(f"✗ {count(len(found.damage), 'finding')} in {walked}", style=STYLES["failed"]))
        return False
    fact(voice, "verify", Text.assemble(("✓ every log holds", STYLES["taken"]), f": {walked}"))
    return True


def _draw(policy: Policy, folder: Path, told: Sequence[pictures.Told]) -> str:
    """Write the pictures, without the drawn ones where Graphviz is missing, and say where they are."""
    try:
        with unheard():
            pictures.write(policy, folder, told)
    except pictures.DiagramExtraMissing:
        folder.mkdir(exist_ok=True)
        title = pictures.title_of("account")
        drawing = pictures.dot(policy, title=title)
        mermaid = f"# {title}\n\n```mermaid\n{pictures.mermaid(policy, title=title)}```\n"
        for name, text in (("account.dot", drawing), ("account.md", mermaid), ("policy.md", policy_page(policy))):
            (folder / name).write_text(text, encoding="utf-8")
        return f"{folder} (as text; for the picture: pip install 'account-lifecycle[diagram]')"
    return f"{folder / 'account.svg'}; the README.md beside it links every path and chapter, and the policy in words"


def _suggest(voice: Voice, results: Sequence[CaseResult], database: Path, policy: Policy) -> None:
    """Name a few commands that show something on this very database."""
    ends = {result.account_id: result.states[-1] for result in results if result.states}
    stuck = next((name for name, state in ends.items() if state is State.SUSPENDED), next(iter(ends), "C-01"))
    trigger = _asked_for(policy, ends.get(stuck, State.ACTIVE))
    where = f"--database {shlex.quote(str(database))}"
    if policy.address is not None:
        where += f" --policy {shlex.quote(policy.address)}"
    voice.say()
    voice.say(Text("Try next", style="bold"))
    asked = (f"explain {trigger} {stuck} --by holder", f"options {stuck} --by holder", f"events {stuck}")
    for command in (f"plan {stuck}", *asked):
        # A backslash at the end of a line keeps the command one that can be copied.
        whole = f"  lifecycle {command} {where}"
        split = f"  lifecycle {command} \\\n      {where}"
        voice.console.print(whole if len(whole) <= voice.width else split, soft_wrap=True)


def _asked_for(policy: Policy, state: State) -> str:
    """Return what a holder could ask for who wants out of *state*: what moves the account comes first."""
    rows = [row for row in policy.rows if state in row.source and Role.HOLDER in row.actors]
    moving = [row.trigger for row in rows if state not in row.dests and row.dests]
    return next(iter((*moving, *(row.trigger for row in rows), *policy.triggers)))
