"""The pytest plugin: every `*.case.toml` of a project is collected, and each case in it is a test.

Knows pytest. Does not know what a case says. A project with a policy of its own names it in its pytest settings:

    [tool.pytest.ini_options]
    lifecycle_policy = "shop.policy:POLICY"

or says ``--lifecycle-policy shop.toml`` on the command line; a case file that names its own policy is held against that.

The rest of the package is imported inside the hooks: a plugin is loaded before coverage is measured (D-25).
"""

# ruff: noqa: PLC0415

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from lifecycle.cases import Case
    from lifecycle.replay import CaseResult
    from lifecycle.rows import Policy

OPTION = "lifecycle_policy"
_ENDING = ".case.toml"
_POLICY = pytest.StashKey["Policy"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Announce the setting and the option that name the policy."""
    says = 'the policy that case files are held against: "module:NAME", or a TOML file of parameters'
    parser.addini(OPTION, says, default="")
    parser.getgroup("lifecycle").addoption("--lifecycle-policy", dest=OPTION, default=None, metavar="NAME", help=says)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect case files and nothing else."""
    if not file_path.name.endswith(_ENDING):
        return None
    collector: pytest.Collector = CaseFile.from_parent(parent, path=file_path)
    return collector


class CaseFailed(Exception):
    """A case did not come out as it says."""

    def __init__(self, result: CaseResult) -> None:
        self.result = result
        super().__init__("\n".join(result.problems))


class CaseFile(pytest.File):
    """One case file. A mistake in it is an error of the collection, told in full."""

    def collect(self) -> Iterator[pytest.Item]:
        """Yield a test for each case.

        Raises:
            CollectError: the file or the policy cannot be read.
        """
        from lifecycle.cases import read_cases
        from lifecycle.errors import LifecycleError

        try:
            cases = read_cases(self.path, _policy(self.config))
        except LifecycleError as error:
            raise self.CollectError(str(error)) from None
        for case in cases:
            name = f"{case.slug}[{','.join(case.cites)}]"
            yield CaseItem.from_parent(self, name=name, case=case)


class CaseItem(pytest.Item):
    """One case. It can be chosen with ``-k`` by its title, by what it cites, and by its tags."""

    def __init__(self, *, case: Case, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.case = case
        self.extra_keyword_matches.update({*case.cites, *case.tags})
        self.user_properties += [("steps", len(case.steps)), ("cites", " ".join(case.cites))]

    def runtest(self) -> None:
        """Replay the case on an account of its own.

        Raises:
            CaseFailed: something did not come out as the case says.
        """
        from lifecycle.replay import run, simulated

        with simulated(_policy(self.config)) as lifecycle:
            result = run(self.case, lifecycle)
        if not result.passed:
            raise CaseFailed(result)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Tell a failed case in sentences, without a traceback."""
        if not isinstance(excinfo.value, CaseFailed):
            return super().repr_failure(excinfo, style)
        result = excinfo.value.result
        last = result.steps[-1] if result.steps else None
        denial = last.decision if last and not last.step.refused else None
        why = [] if denial is None or denial.allowed else [str(denial)]
        where = (last.step.line if last else None) or self.case.line
        place = f"{self.path.name}:{where}" if where else self.path.name
        return "\n".join([f"{place}, {self.case.words}:", *result.problems, *why])

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Say where the case stands."""
        return self.path, self.case.line - 1 if self.case.line else None, self.case.title


def _policy(config: pytest.Config) -> Policy:
    """Return the policy that the command line or the settings name, made once for a run.

    Raises:
        CollectError: it cannot be had, or contradicts itself.
    """
    from lifecycle.choosing import policy_named
    from lifecycle.errors import LifecycleError

    if _POLICY not in config.stash:
        named = config.getoption(OPTION) or config.getini(OPTION) or None
        try:
            config.stash[_POLICY] = policy_named(named, called=OPTION, beside=config.rootpath)
        except LifecycleError as error:
            raise pytest.Collector.CollectError(str(error)) from None
    return config.stash[_POLICY]
