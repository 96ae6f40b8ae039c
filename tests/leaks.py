"""A watch over the whole suite: no secret and no personal datum in anything that is logged or written by any test.

The test helpers use values that are recognised anywhere (`PLANTED`). While this is loaded, every line that the library
logs at any level is written into the reports, each report's output is searched for those values and for every code and
link that was derived meanwhile, and a run in which one is found fails, whatever its tests say. Tests that run the
command line themselves hand its output to `note`.
"""

from __future__ import annotations

import logging
import re

import pytest
from shop import SECRET

from lifecycle import vault

PLANTED = frozenset(
    {
        SECRET.decode(),
        "planted",  # every value of tests that look for leaks themselves has this word in it
        "ann@example.org",
        "bob@example.org",
        "+49 30 1234",
    }
)
"""What no line may hold."""

MAY_SAY = re.compile(
    r"test_\w*planted\w*"  # a test's own name
    r"|lc-pg-\w+"
)
"""What is taken out before it is searched."""

LOUDEST = 20
"""How many findings are told."""


class Watch:
    """What was noted in this process during one test, and the codes that were derived."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.codes: set[str] = set()

    def found(self, text: str) -> list[str]:
        """The planted values and derived codes in *text*; a code of few digits counts only where it stands alone."""
        text = MAY_SAY.sub("", text)
        words = set(re.findall(r"(?<![\d.:\-])\d{4,18}(?![\d.:\-])", text))
        return [each for each in PLANTED if each in text] + [
            code for code in self.codes if (code in words if code.isdecimal() else code in text)
        ]


WATCH = Watch()


class _Sieve(logging.Filter):
    """Notes every line of the library's, and lets through only what would have been written without us."""

    def filter(self, record: logging.LogRecord) -> bool:
        WATCH.lines.append(record.getMessage())
        return record.levelno >= logging.getLogger().level


def note(text: str) -> None:
    """Have *text*, which pytest does not see, searched as well."""
    WATCH.lines.append(text)


def pytest_configure(config: pytest.Config) -> None:
    """Listen to the library at every level, and to every code it derives."""
    logger = logging.getLogger("lifecycle")
    logger.addFilter(_Sieve())
    logger.setLevel(logging.DEBUG)
    derive = vault._code

    def heard(*args: object) -> str:
        code = derive(*args)
        WATCH.codes.add(code)
        return code

    vault._code = heard
    config.stash[LEAKS] = []


LEAKS: pytest.StashKey[list[str]] = pytest.StashKey()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):
    """Search what a test logged and wrote, and put what was found into its report."""
    outcome = yield
    report = outcome.get_result()
    written = [content for name, content in report.sections if name.startswith("Captured")]
    lines, WATCH.lines = WATCH.lines, []
    whole = "\n".join([*lines, *written])
    for line in whole.splitlines() if WATCH.found(whole) else ():
        if WATCH.found(line):
            hidden = line
            for each in WATCH.found(line):
                hidden = hidden.replace(each, "***")
            report.user_properties.append(("leak", f"{item.nodeid} ({call.when}): {hidden[:200]}"))
    if call.when == "teardown":
        WATCH.codes.clear()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Gather what was found; with several processes this runs in the one that tells."""
    FOUND.extend(str(value) for name, value in report.user_properties if name == "leak")


FOUND: list[str] = []


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A run in which anything was found has failed."""
    if FOUND:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell what was found, with the value itself left out."""
    if FOUND:
        findings = list(dict.fromkeys(FOUND))
        terminalreporter.section("secrets or personal data in what was written", sep="=", red=True)
        for each in findings[:LOUDEST]:
            terminalreporter.line(each)
        terminalreporter.line(f"{len(findings)} found in all")
