"""The cases on the shelf: every case file of the service, found by guide, kind and tag, and what came of its replay.

Knows files and remembers results for as long as a file stays as it is. Does not replay: that is `lifecycle.replay`.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from attrs import define, field, frozen

from lifecycle import casebook
from lifecycle.cases import Case, slug
from lifecycle.replay import CaseResult
from lifecycle.rows import Policy

STORY, REAL, PATH, OURS = "stories", "real cases", "paths of the guides", "our own"
KINDS = (STORY, REAL, PATH, OURS)
"""What kinds of cases there are, in the order they are listed."""

PAGE = 60
"""How many cases stand on one page of the list."""


@frozen
class Shelved:
    """A case on the shelf. ``key`` names it in addresses, ``guides`` are those whose rules it cites."""

    key: str
    case: Case
    kind: str
    guides: tuple[str, ...]

    @property
    def words(self) -> str:
        """Everything of it that a search looks through."""
        case = self.case
        return " ".join((self.key, case.title, case.label, case.about, *case.cites, *case.tags)).lower()


@frozen
class Wanted:
    """What somebody looks for; what is empty picks nothing out."""

    guide: str = ""
    kind: str = ""
    tag: str = ""
    q: str = ""
    stands: str = ""
    page: int = 1

    def query(self, **changes: object) -> str:
        """Return it as the query of an address, with *changes*."""
        from urllib.parse import urlencode  # noqa: PLC0415 - only here

        said = {"guide": self.guide, "kind": self.kind, "tag": self.tag, "q": self.q, "stands": self.stands}
        said |= {"number": "" if self.page == 1 else str(self.page)}
        return urlencode({key: value for key, value in {**said, **changes}.items() if value not in ("", None)})


@frozen
class Listed:
    """A page of the list: its cases, each with its result if it was replayed, and how many there are altogether."""

    wanted: Wanted
    cases: tuple[tuple[Shelved, CaseResult | None], ...]
    found: int
    whole: int
    pages: int
    guides: tuple[tuple[str, str, int], ...]
    kinds: tuple[tuple[str, int], ...]
    tags: tuple[tuple[str, int], ...]
    unreadable: tuple[str, ...]
    passed: int
    failed: int


@define
class Shelf:
    """The cases of some folders under one policy. Safe for several threads."""

    folders: Sequence[Path]
    policy: Policy
    _known: dict[str, Shelved] = field(factory=dict, init=False)
    _unreadable: tuple[str, ...] = field(default=(), init=False)
    _seen: tuple[tuple[str, int], ...] | None = field(default=None, init=False)
    _results: dict[str, CaseResult] = field(factory=dict, init=False)
    _lock: threading.RLock = field(factory=threading.RLock, init=False, repr=False)

    def all(self) -> tuple[Shelved, ...]:
        """Return every case; files that changed are read again."""
        with self._lock:
            now = _stamps(self.folders)
            if now != self._seen:
                self._read()
                self._seen = now
            return tuple(self._known.values())

    def _read(self) -> None:
        self._known.clear()
        self._results.clear()
        unreadable: list[str] = []
        for folder in self.folders:
            cases, wrong = casebook.in_folders([folder], self.policy)
            unreadable += wrong
            for case in cases:
                key = _key(case, self._known)
                self._known[key] = Shelved(key, case, _kind(folder, case), _guides(case, self.policy))
        self._unreadable = tuple(unreadable)

    def get(self, key: str) -> Shelved | None:
        """Return the case of this key."""
        self.all()
        return self._known.get(key)

    def result(self, shelved: Shelved) -> CaseResult:
        """Return what comes of a case, replaying it if nobody did yet."""
        with self._lock:
            known = self._results.get(shelved.key) if self._known.get(shelved.key) is shelved else None
        if known is not None:
            return known
        found = casebook.replayed(shelved.case, self.policy)
        self._keep(shelved, found)
        return found

    def replay(self, wanted: Wanted) -> int:
        """Replay every case that is wanted; return how many that were."""
        found = [each for each in self.all() if _fits(each, wanted)]
        self._replay(found)
        return len(found)

    def _replay(self, found: Iterable[Shelved]) -> None:
        known = self._known_results()
        new = [each for each in found if each.key not in known]
        for each, result in zip(new, casebook.replayed_all([one.case for one in new], self.policy), strict=True):
            self._keep(each, result)

    def _known_results(self) -> Mapping[str, CaseResult]:
        with self._lock:
            return dict(self._results)

    def _keep(self, shelved: Shelved, result: CaseResult) -> None:
        with self._lock:
            if self._known.get(shelved.key) is shelved:
                self._results[shelved.key] = result

    def listed(self, wanted: Wanted) -> Listed:
        """Return one page of what is wanted; the cases on it are replayed if nobody did yet."""
        every = self.all()
        results = self._known_results()
        found = [each for each in every if _fits(each, wanted) and _stands(results.get(each.key), wanted.stands)]
        pages = max(1, -(-len(found) // PAGE))
        page = min(max(1, wanted.page), pages)
        shown = found[(page - 1) * PAGE : page * PAGE]
        self._replay(shown)
        results = self._known_results()
        done = [results[each.key].passed for each in found if each.key in results]
        guides = Counter(guide for each in every for guide in each.guides)
        kinds, tags = Counter(each.kind for each in every), Counter(tag for each in every for tag in each.case.tags)
        about: Mapping[str, str] = self.policy.sources.guides
        return Listed(
            wanted,
            tuple((each, results.get(each.key)) for each in shown),
            len(found),
            len(every),
            pages,
            tuple((guide, said, guides[guide]) for guide, said in about.items()),
            tuple((kind, kinds[kind]) for kind in KINDS if kinds[kind]),
            tuple(sorted(tags.items())),
            self._unreadable,
            sum(done),
            len(done) - sum(done),
        )

    def cites(self) -> Iterable[tuple[str, tuple[str, ...]]]:
        """Return what each case is called and cites, for the trace."""
        return [(each.case.label, each.case.cites) for each in self.all()]


def _stamps(folders: Iterable[Path]) -> tuple[tuple[str, int], ...]:
    files = [
        path for folder in folders for path in (sorted(folder.rglob("*.case.toml")) if folder.is_dir() else [folder])
    ]
    return tuple((str(path), path.stat().st_mtime_ns) for path in files if path.exists())


def _key(case: Case, known: Mapping[str, object]) -> str:
    stem = slug(case.path.name.partition(".")[0])
    key, number = f"{stem}.{case.number}" if case.number > 1 else stem, 2
    while key in known:
        key, number = f"{stem}.{case.number}-{number}", number + 1
    return key


def _kind(folder: Path, case: Case) -> str:
    if case.guide is not None:
        return STORY
    if re.match(r"c-\d", case.path.name):
        return REAL
    return PATH if re.match(r"p-\d", case.path.name) else OURS


def _guides(case: Case, policy: Policy) -> tuple[str, ...]:
    named = [case.guide] if case.guide else []
    named += [cite.partition("-")[0] for cite in case.cites]
    return tuple(guide for guide in policy.sources.guides if guide in named)


def _fits(each: Shelved, wanted: Wanted) -> bool:
    return (
        (not wanted.guide or wanted.guide in each.guides)
        and (not wanted.kind or wanted.kind == each.kind)
        and (not wanted.tag or wanted.tag in each.case.tags)
        and all(word in each.words for word in wanted.q.lower().split())
    )


def _stands(result: CaseResult | None, stands: str) -> bool:
    if stands == "failed":
        return result is not None and not result.passed
    if stands == "passed":
        return result is not None and result.passed
    return stands != "new" or result is None
