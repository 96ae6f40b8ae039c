"""The pytest plugin: what it collects, how a case is chosen, and how a failure reads."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from lifecycle import pytest_plugin, replay

pytest_plugins = "pytester"

CASE = """
[[case]]
title = "Asked without a lock"
cites = ["P-05", "C-02"]
tags  = ["quick"]

[[case.step]]
at      = 2026-03-02T09:00:00Z
by      = "holder"
does    = "send_unlock_code"
refused = ["not_from_this_state"]

[[case]]
title = "Appealed without a suspension"
cites = ["P-28"]

[[case.step]]
at      = 2026-03-02T09:00:00Z
by      = "holder"
does    = "appeal"
refused = ["not_from_this_state"]

[[case.step]]
after   = { hours = 1 }
by      = "holder"
does    = "enquire"
refused = ["not_from_this_state"]
"""

POLICY = """
import attrs
from lifecycle.policy import policy

guides = policy()
POLICY = attrs.evolve(guides, notices={**guides.notices, "hello": attrs.evolve(guides.notices["welcome"], name="hello")})
NOTHING = 3

def make():
    return POLICY

def broken():
    raise ValueError("no such calendar")
"""


@pytest.fixture
def project(pytester):
    """A user's project with one case file, among other TOML files, in a folder of its own."""
    (pytester.path / "stories").mkdir()
    (pytester.path / "stories" / "first.case.toml").write_text(CASE, encoding="utf-8")
    (pytester.path / "stories" / "settings.toml").write_text("not = 'a case'", encoding="utf-8")
    (pytester.path / "rules.py").write_text(POLICY, encoding="utf-8")
    pytester.syspathinsert()
    return pytester


def run(project, *options):
    """Run the project's tests, without the plugins that take long to load and have no part in it."""
    return project.runpytest("-p", "no:hypothesispytest", "-p", "no:cov", *options)


def write(project, text):
    """Put *text* in place of the project's case file."""
    (project.path / "stories" / "first.case.toml").write_text(text, encoding="utf-8")


def test_every_case_is_a_test(project):
    """Case files are collected anywhere, one test for each case; other TOML files are left alone."""
    result = run(project, "-v")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(
        [
            "stories/first.case.toml::asked-without-a-lock[[]P-05,C-02[]] PASSED*",
            "stories/first.case.toml::appealed-without-a-suspension[[]P-28[]] PASSED*",
        ]
    )


@pytest.mark.parametrize("expression", ["C-02", "P-05", "quick", "without-a-lock", "lock and not appealed"])
def test_a_case_is_chosen_by_what_it_says(project, expression):
    """-k chooses by title, by path and case cited, and by tag."""
    result = run(project, "-v", "-k", expression)
    result.assert_outcomes(passed=1, deselected=1)
    result.stdout.fnmatch_lines(["*asked-without-a-lock*PASSED*"])


def test_what_a_report_is_told(project):
    """A JUnit report carries how many steps a case has and what it cites."""
    run(project, "--junitxml=report.xml").assert_outcomes(passed=2)
    report = (project.path / "report.xml").read_text(encoding="utf-8")
    assert '<property name="steps" value="2" />' in report
    assert '<property name="cites" value="P-05 C-02" />' in report


def test_a_failure_reads_like_a_sentence(project):
    """A failed case names file, line, case and step, and shows no traceback."""
    write(project, CASE.replace('refused = ["not_from_this_state"]', 'refused = ["role_may_never"]', 1))
    result = run(project)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            'first.case.toml:7, case 1 "Asked without a lock":',
            'step 1, the holder does send_unlock_code at *: * "role_may_never"; * refused for "not_from_this_state".',
        ]
    )
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stdout.no_fnmatch_line("*pytest_plugin.py*")


def test_an_unexpected_refusal_says_why(project):
    """Where a step was to be taken and is refused, the reasons and remedies are told as well."""
    write(project, CASE.replace('refused = ["not_from_this_state"]', 'then = "active"', 1))
    result = run(project)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "the account holder may not send_unlock_code account first.1 now:",
            "*not yet: The account is in a state this can be done from.*",
            "*[[]not_from_this_state[]]",
        ]
    )


def test_a_case_that_cannot_begin_is_told_with_its_line(project):
    """What an import refuses is a failure that names the case's own line."""
    write(project, CASE.replace('tags  = ["quick"]', 'starts = "suspended"'))
    result = run(project)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(['first.case.toml:2, case 1 "Asked without a lock":', '*needs "ground"'])


def test_a_case_whose_lines_are_unsure_is_told_without(project):
    """Where headers cannot be counted for sure, the file is named without a line."""
    text = CASE.replace('tags  = ["quick"]', 'starts = "suspended"\nabout = """\n[[case]]\n"""')
    write(project, text)
    result = run(project)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(['first.case.toml, case 1 "Asked without a lock":'])


def test_another_error_keeps_its_traceback(project, monkeypatch):
    """An error that is no failed case is shown as pytest shows errors."""

    def broken(case, lifecycle):
        raise RuntimeError("the shop is on fire")

    monkeypatch.setattr(replay, "run", broken)
    result = run(project)
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["*RuntimeError: the shop is on fire*"])


def test_a_broken_file_is_an_error_of_the_collection(project):
    """A file with mistakes is not run at all; each mistake is told."""
    write(project, CASE.replace("does ", "dose ", 1))
    result = run(project)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        [
            "*first.case.toml has 2 mistakes:*",
            '*case 1 "Asked without a lock", step 1: "dose" is no key of a step. Did you mean "does"?*',
        ]
    )
    result.stdout.no_fnmatch_line("*Traceback*")


@pytest.mark.parametrize("named", ["rules:POLICY", "rules:make"])
def test_a_project_names_its_own_policy(project, named):
    """The setting names a policy, or a function that makes one; its words are then the words of the cases."""
    write(project, CASE.replace("refused =", "sends = []\nrefused =", 1))
    project.makeini(f"[pytest]\nlifecycle_policy = {named}")
    run(project).assert_outcomes(passed=2)
    write(project, CASE.replace("refused =", 'sends = ["helo"]\nrefused =', 1))
    run(project).stdout.fnmatch_lines(['*no notice is called "helo". Did you mean "hello"?*'])


@pytest.mark.parametrize(
    ("named", "says"),
    [
        ("rules", '*lifecycle_policy must be a TOML file of parameters, or be written module:NAME, *; it is "rules".*'),
        ("nowhere_at_all:POLICY", '*lifecycle_policy: there is no module "nowhere_at_all".*'),
        ("rules:POLICI", '*lifecycle_policy: the module "rules" has no "POLICI". Did you mean "POLICY"?*'),
        ("rules:NOTHING", "*lifecycle_policy: rules:NOTHING is a int, not a Policy, nor a function that returns one.*"),
        ("rules:broken", "*rules:broken could not be built: ValueError: no such calendar*"),
        ("missing.toml", "*missing.toml cannot be read: No such file or directory*"),
    ],
)
def test_a_policy_that_cannot_be_had(project, named, says):
    """A wrong setting is an error of the collection that says what is wrong with it."""
    project.makeini(f"[pytest]\nlifecycle_policy = {named}")
    result = run(project)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([says])


def test_the_command_line_names_a_policy_too(project):
    """The option comes before the setting; a file that names its own policy is held against that."""
    write(project, CASE.replace("refused =", "sends = []\nrefused =", 1).replace("sends = []", 'not_sent = ["hello"]'))
    project.makeini("[pytest]\nlifecycle_policy = nowhere:POLICY")
    run(project, "--lifecycle-policy", "rules:POLICY").assert_outcomes(passed=2)
    (project.path / "shop.toml").write_text('policy = "rules:POLICY"\n', encoding="utf-8")
    run(project, "--lifecycle-policy", "shop.toml").assert_outcomes(passed=2)
    write(project, 'policy = "rules:make"\n' + CASE.replace("refused =", 'not_sent = ["hello"]\nrefused =', 1))
    project.makeini("[pytest]\n")
    run(project).assert_outcomes(errors=1)
    (project.path / "rules.py").write_text(POLICY.replace("attrs.evolve(guides,", 'attrs.evolve(guides, name="rules",'))
    run(project).assert_outcomes(passed=2)


def test_a_policy_that_contradicts_itself_is_an_error_of_the_collection(project):
    """A contradictory policy is refused once, before any case is read, with all its mistakes."""
    (project.path / "wrong.py").write_text(
        "import attrs\nfrom lifecycle.policy import policy\nPOLICY = attrs.evolve(policy(), rows=policy().rows * 2)\n",
        encoding="utf-8",
    )
    project.makeini("[pytest]\nlifecycle_policy = wrong:POLICY")
    result = run(project)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*the policy has * mistakes:*"])


def test_the_plugin_imports_inside_its_hooks():
    """Loading the plugin's module imports nothing else of the package: that happens once coverage is measured."""
    tree = ast.parse(Path(pytest_plugin.__file__).read_text(encoding="utf-8"))
    loaded = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {alias.name for node in loaded for alias in node.names if isinstance(node, ast.Import)}
    names |= {node.module for node in loaded if isinstance(node, ast.ImportFrom)}
    assert "pytest" in names
    assert not {name for name in names if name.startswith("lifecycle")}
