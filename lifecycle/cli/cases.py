"""The commands about cases and the policy: `replay`, `check`, `policy`.

Knows what each prints and when it fails. Does not know how a case runs, nor how a policy is put into words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from rich.text import Text

from lifecycle import documents as doc
from lifecycle.cases import Case
from lifecycle.cli import FAILED, FINE, UNUSABLE, complain
from lifecycle.cli.covered import Covered
from lifecycle.cli.output import Desk, Ticker, Voice
from lifecycle.cli.places import Unusable, account_ids, case_files, cases_in, policy_of
from lifecycle.cli.telling import fact, tell_case, tell_failures, tell_summary
from lifecycle.cli.words import count, plain, zone_of
from lifecycle.prose import sentence
from lifecycle.prose.grounds import told_grounds
from lifecycle.replay import CaseResult, run, simulated
from lifecycle.rows import Policy

CASES = Path("tests") / "cases"
"""Where a project keeps its cases, if nobody says otherwise."""


def replayed(cases: Sequence[Case], policy: Policy, url: str = "memory:", secret: str = "") -> Iterator[CaseResult]:
    """Run *cases* one after the other, each on an account of its own, in the database at *url*."""
    with simulated(policy, url, **({"secret": secret} if secret else {})) as accounts:
        for case, account_id in zip(cases, account_ids(cases), strict=True):
            yield run(case, accounts, account_id=account_id)


def replay(desk: Desk, paths: Sequence[Path], *, as_json: bool, quiet: bool) -> int:
    """Replay the cases at *paths* and tell them."""
    if not paths:
        raise Unusable("Name case files or folders, or a database with --database.")
    voice, policy = desk.voice, policy_of(desk.policy_name)
    cases, unreadable = cases_in(case_files(paths), policy)
    results = []
    ticker = Ticker(f"of {count(len(cases), 'case')} replayed", quiet=not (quiet or as_json))
    for result in ticker.each(replayed(cases, policy)):
        results.append(result)
        if not (quiet or as_json):
            tell_case(voice, result, zone_of(policy))
    covered = Covered(policy, tuple(results))
    if as_json:
        told = [doc.of_case(result) for result in results]
        said = {"policy": doc.of_policy(policy), "cases": told, "unreadable": unreadable}
        voice.document("replay", {**said, "summary": covered.document()})
    else:
        _tell_end(voice, covered, unreadable)
    return _code(covered, unreadable)


def _tell_end(voice: Voice, covered: Covered, unreadable: Sequence[str]) -> None:
    tell_failures(voice, covered.failed)
    for message in unreadable:
        complain(message)
    tell_summary(voice, covered)


def _code(covered: Covered, unreadable: Sequence[str]) -> int:
    return UNUSABLE if unreadable else FAILED if covered.failed else FINE


def check(desk: Desk, paths: Sequence[Path], *, as_json: bool) -> int:
    """Build and check the policy, then hold every case against it, and say what no case covers."""
    voice, policy = desk.voice, policy_of(desk.policy_name)
    chosen = [*paths] or ([CASES] if CASES.is_dir() else [])
    cases, unreadable = cases_in(case_files(chosen), policy)
    ticker = Ticker(f"of {count(len(cases), 'case')} replayed")
    covered = Covered(policy, tuple(ticker.each(replayed(cases, policy))))
    if as_json:
        said = {"policy": doc.of_policy(policy), "unreadable": unreadable, "summary": covered.document()}
        problems = [
            {"file": str(r.case.path), "title": r.case.title, "problems": [*r.problems]} for r in covered.failed
        ]
        voice.document("check", {**said, "failed": problems})
        return _code(covered, unreadable)
    fact(voice, "policy", f"{policy.name} {policy.version} does not contradict itself: {_size(policy)}")
    if not chosen:
        voice.say(f"There is no folder {CASES} here, so no case was replayed. Name one: lifecycle check PATH")
        return FINE
    _tell_end(voice, covered, unreadable)
    _tell_uncovered(voice, covered)
    return _code(covered, unreadable)


def _tell_uncovered(voice: Voice, covered: Covered) -> None:
    policy, names = covered.policy, {*covered.uncovered_rows, *covered.uncovered_guards}
    rows = [(row.trigger, row.title) for row in policy.rows if row.name in names]
    guards = [(guard.name, guard.sentence) for guard in policy.guards if guard.name in names]
    for what, lines in (
        (count(len(rows), "row is taken by no case", "rows are taken by no case"), rows),
        (count(len(guards), "guard is asked by no case", "guards are asked by no case"), guards),
    ):
        if lines:
            fact(voice, "uncovered", f"{what}:")
        for name, says in lines:
            voice.say(Text.assemble((name, "bold"), f"  {says}"), indent=12, hang=2)


def _size(policy: Policy) -> str:
    parts = (
        count(len(policy.rows), "row"),
        count(len(policy.guards), "guard"),
        count(len(policy.timers), "timer"),
        count(len(policy.notices), "notice"),
    )
    return ", ".join(parts)


def tell_policy(desk: Desk, *, as_json: bool) -> int:
    """Say every row as one sentence, chapter by chapter, then every ground and kind of evidence."""
    voice, policy = desk.voice, policy_of(desk.policy_name)
    if as_json:
        voice.document("policy", doc.of_rules(policy))
        return FINE
    voice.say(Text(f"Policy {policy.name} {policy.version}: {_size(policy)}", style="bold"))
    for chapter, group in groupby(policy.rows, key=lambda row: row.chapter):
        voice.say()
        voice.say(Text(plain(chapter or "rows").upper(), style="bold underline"))
        for row in group:
            voice.say()
            for paragraph in sentence(row, policy).splitlines():
                if paragraph:
                    item = paragraph.startswith("- ")
                    voice.say(_from_markdown(paragraph), indent=2 if item else 0, hang=2 if item else 0)
    if policy.grounds or policy.evidence:
        voice.say()
        voice.say(Text("GROUNDS AND EVIDENCE", style="bold underline"))
    for name, said_of_it in told_grounds(policy):
        voice.say()
        voice.say(Text.assemble((plain(name), "bold"), f" ({name}): {said_of_it}"))
    return FINE


_MARKS = re.compile(r"\*\*(.+?)\*\*|<sub>`(.+?)`</sub>|`(.+?)`|\*(\(.+?\))\*")


def _from_markdown(text: str) -> Text:
    """Return a sentence without its marks, in the styles they stand for."""
    made, done = Text(), 0
    for mark in _MARKS.finditer(text):
        made.append(text[done : mark.start()])
        strong, code, name, cites = mark.groups()
        if strong:
            made.append(strong, style="bold")
        elif code:
            made.append(f"[{code}]", style="dim")
        else:
            made.append(name or cites, style="cyan" if name else "dim")
        done = mark.end()
    return made.append(text[done:])
