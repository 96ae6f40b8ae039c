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
from lifecycle.cases.steps import read_steps
from lifecycle.cases.story import Case
from lifecycle.cases.vocabulary import NO_ACCOUNT, Vocabulary
from lifecycle.errors import CaseError
from lifecycle.model import State
from lifecycle.parameters_file import values_of
from lifecycle.place import Place, tables_of, text_of
from lifecycle.policy import changed, may_change
from lifecycle.policy import policy as guides_policy
from lifecycle.rows import Policy

SUFFIX = ".case.toml"
"""How the name of a case file ends."""

_CASE_KEYS = (
    *("title", "cites", "about", "chosen", "tags", "parameters", "starts", "begins", "given", "facts", "identifiers"),
    *("also", "step"),
)

_HEADER = re.compile(r"^\s*\[\[\s*case\s*(\.\s*step\s*)?\]\]")


def read_cases(path: Path | str, policy: Policy | None = None) -> tuple[Case, ...]:
    """Return the cases of the file at *path*, its words held against *policy*, by default the guides' own.

    Raises:
        CaseError: the file cannot be read, is not TOML, or says something that no case may say; the message lists
            every mistake with case, step, key, and the nearest word that would be right.
    """
    path = Path(path)
    text = text_of(path, CaseError)
    said = tables_of(text, str(path), CaseError)
    words = _guides_words() if policy is None else Vocabulary.of(policy)
    mistakes: list[str] = []
    file = Place(said, "the file", mistakes)
    file.only(("case",), "a case file")
    tables = _tables(file)
    lines = _lines(text, tables)
    cases = [_Reader(path, n, table, words, mistakes, lines).case() for n, table in enumerate(tables, start=1)]
    titles = [table.get("title") for table in tables]
    for twice in dict.fromkeys(title for title in titles if isinstance(title, str) and titles.count(title) > 1):
        file.wrong(f'two cases have the title "{twice}"')
    if mistakes:
        count = f"{len(mistakes)} mistake{'s' if len(mistakes) > 1 else ''}"
        raise CaseError("\n  ".join([f"{path} has {count}:", *mistakes]))
    return tuple(case for case in cases if case is not None)


@functools.cache
def _guides_words() -> Vocabulary:
    return Vocabulary.of(guides_policy())


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
    ) -> None:
        title = table.get("title")
        self.path = path
        self.number = number
        self.place = Place(table, f'case {number} "{title}"' if isinstance(title, str) else f"case {number}", mistakes)
        self.parameters = self._parameters(words.policy)
        self.words = Vocabulary.of(changed(words.policy, self.parameters)) if self.parameters else words
        self.line, *self.step_lines = lines[number - 1]

    def case(self) -> Case | None:
        """Return the case, or None after a mistake."""
        place = self.place
        before = len(place.mistakes)
        place.only(_CASE_KEYS, "a case")
        self._required()
        starts = self._word("starts", "starting state") or State.ACTIVE.value
        steps, begins = read_steps(place, self.words, self.step_lines)
        others = read_others(place, self.words)
        check_accounts(place, starts, others, steps)
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
        }
        if len(place.mistakes) > before or begins is None:
            return None
        state = None if starts == NO_ACCOUNT else State(starts)
        return Case(self.path, self.number, begins=begins, steps=steps, starts=state, line=self.line, **read)

    def _parameters(self, policy: Policy) -> dict[str, Any]:
        """Return the values this case gives to parameters; none after a mistake."""
        said = self.place.of("parameters", dict)
        if said is None:
            return {}
        if not may_change(policy):
            self.place.wrong("parameters can be given only under the guides' own policy")
            return {}
        wrong: list[str] = []
        values = values_of(said, wrong, policy.parameters)
        for mistake in wrong:
            self.place.wrong(f"parameters: {mistake}")
        return {} if wrong else values

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
