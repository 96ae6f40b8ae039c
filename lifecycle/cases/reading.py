"""Reading a `*.case.toml` file: the file, its cases, and what each begins with.

Knows the keys of a file and of a case. Does not know the keys of a step: see `lifecycle.cases.steps`.
Every mistake of a file is listed at once, with the number and title of the case and the number of the step.
"""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import Any

from lifecycle.cases.others import beginning, check_accounts, read_facts, read_identifiers, read_others
from lifecycle.cases.policies import read_changes, read_values, stated
from lifecycle.cases.steps import read_steps
from lifecycle.cases.story import Case, spoken_time
from lifecycle.cases.vocabulary import NO_ACCOUNT, Vocabulary
from lifecycle.errors import CaseError
from lifecycle.model import State
from lifecycle.place import Place, tables_of, text_of
from lifecycle.policy import shipped
from lifecycle.rows import Policy

SUFFIX = ".case.toml"
"""How the name of a case file ends."""

_CASE_KEYS = (
    *("title", "cites", "about", "chosen", "tags", "parameters", "policy", "worker", "starts", "begins", "given"),
    *("facts", "identifiers", "also", "step"),
)

_HEADER = re.compile(r"^\s*\[\[\s*case\s*(\.\s*step\s*)?\]\]")


def read_cases(path: Path | str, policy: Policy | None = None) -> tuple[Case, ...]:
    """Return the cases of the file at *path*, its words held against *policy*, by default the guides' own.

    A file that says ``policy = "module:NAME"`` is held against that policy instead, unless *policy* has the same name:
    then it is the same with other values.

    Raises:
        CaseError: the file cannot be read, is not TOML, or says something that no case may say; the message lists
            every mistake with case, step, key, and the nearest word that would be right.
    """
    path = Path(path)
    text = text_of(path, CaseError)
    said = tables_of(text, str(path), CaseError)
    mistakes: list[str] = []
    file = Place(said, "the file", mistakes)
    file.only(("policy", "case"), "a case file")
    given = policy if policy is not None else _guides_words().policy
    own = stated(file, given, path)
    words = _guides_words() if policy is None and own is given else Vocabulary.of(own)
    tables = _tables(file)
    lines = _lines(text, tables)
    cases = [
        _Reader(path, n, table, words, mistakes, lines, own is not given).case()
        for n, table in enumerate(tables, start=1)
    ]
    titles = [table.get("title") for table in tables]
    for twice in dict.fromkeys(title for title in titles if isinstance(title, str) and titles.count(title) > 1):
        file.wrong(f'two cases have the title "{twice}"')
    if mistakes:
        count = f"{len(mistakes)} mistake{'s' if len(mistakes) > 1 else ''}"
        raise CaseError("\n  ".join([f"{path} has {count}:", *mistakes]))
    return tuple(case for case in cases if case is not None)


@functools.cache
def _guides_words() -> Vocabulary:
    return Vocabulary.of(shipped())


def _tables(file: Place) -> list[dict[str, Any]]:
    tables = file.table.get("case")
    if tables is None:
        file.wrong("it holds no case. Begin one with [[case]].")
    elif not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        file.wrong("case must be written as [[case]], in double brackets")
    else:
        return tables
    return []


def _lines(text: str, tables: list[dict[str, Any]]) -> list[list[int | None]]:
    """Return for each case its line and those of its steps; None everywhere if the headers cannot be told for sure."""
    headers = [n for n, line in enumerate(text.splitlines(), start=1) if _HEADER.match(line)]
    sizes = [1 + len(steps) if isinstance(steps := table.get("step"), list) else 1 for table in tables]
    found: list[int | None] = list(headers) if len(headers) == sum(sizes) else [None] * sum(sizes)
    return [[found.pop(0) for _ in range(size)] for size in sizes]


class _Reader:
    """One case being read."""

    def __init__(
        self,
        path: Path,
        number: int,
        table: dict[str, Any],
        words: Vocabulary,
        mistakes: list[str],
        lines: list[list[int | None]],
        stated: bool = False,
    ) -> None:
        title = table.get("title")
        self.path = path
        self.number = number
        self.place = Place(table, f'case {number} "{title}"' if isinstance(title, str) else f"case {number}", mistakes)
        self.policy = words.policy if stated else None
        self.parameters = read_values(self.place, words.policy)
        self.words = Vocabulary.of(words.policy.changed(self.parameters)) if self.parameters else words
        self.line, *self.step_lines = lines[number - 1]

    def case(self) -> Case | None:
        """Return the case, or None after a mistake."""
        place = self.place
        before = len(place.mistakes)
        place.only(_CASE_KEYS, "a case")
        self._required()
        starts = self._word("starts", "starting state") or State.ACTIVE.value
        changes, words = read_changes(place, self.words)
        others = read_others(place, self.words)
        steps, begins = read_steps(place, words, self.step_lines, [other.name for other in others])
        check_accounts(place, starts, others, steps, begins, self.words.policy.opening)
        for change in changes:
            if begins is not None and change.at < begins:
                place.wrong(f"policy: it changes at {spoken_time(change.at)}, before the case begins")
        worker = place.of("worker", bool)
        read: dict[str, Any] = {
            "title": place.text("title"),
            "cites": self._words("cites", "path, case or rule"),
            "about": place.text("about"),
            "chosen": self._words("chosen"),
            "tags": self._words("tags"),
            "given": beginning(place, starts, self.words),
            "facts": read_facts(place, self.words),
            "identifiers": read_identifiers(place),
            "also": others,
            "parameters": self.parameters,
            "policy": self.policy,
            "changes": changes,
            "worker": worker is not False,
            "guide": self._guide(),
        }
        if len(place.mistakes) > before or begins is None:
            return None
        state = None if starts == NO_ACCOUNT else State(starts)
        told = tuple(cite for cite in read["cites"] if cite in self.words.policy.sources.stories)
        return Case(self.path, self.number, begins=begins, steps=steps, starts=state, line=self.line, told=told, **read)

    def _guide(self) -> str | None:
        """The guide whose story the file tells, as its name says: ``G3`` for ``g3-locked.case.toml``."""
        first = self.path.name.partition("-")[0].upper()
        return first if first in self.words.policy.sources.guides else None

    def _required(self) -> None:
        for key, why in (("title", "give it a sentence"), ("cites", "name the path, case or rule it follows")):
            if key not in self.place.table:
                self.place.wrong(f"{key} is missing: {why}")
            elif self.place.table[key] == []:
                self.place.wrong(f"{key} is empty: {why}")

    def _word(self, key: str, kind: str) -> str | None:
        return self.place.word(key, functools.partial(self.words.unknown, kind))

    def _words(self, key: str, kind: str | None = None) -> tuple[str, ...]:
        check = functools.partial(self.words.unknown, kind) if kind else lambda word: ""
        return self.place.words(key, check) or ()
