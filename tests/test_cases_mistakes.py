"""Mistakes in case files: each is found, with its place, and told in a sentence that helps."""

from __future__ import annotations

import re

import pytest
from stories import MARKED, SHORT

from lifecycle.cases import SUFFIX, read_cases
from lifecycle.errors import CaseError


@pytest.fixture
def read(tmp_path):
    """Read a text as a case file."""

    def reading(text, rules=None):
        path = tmp_path / f"story{SUFFIX}"
        path.write_text(text, encoding="utf-8")
        return read_cases(path, rules)

    return reading


@pytest.fixture
def mistakes(read, tmp_path):
    """Return the mistakes of a text, without the heading."""

    def found(text):
        with pytest.raises(CaseError) as error:
            read(text)
        heading, *lines = str(error.value).splitlines()
        assert heading.startswith(f"{tmp_path / 'story.case.toml'} has {len(lines)} mistake")
        return [line.strip() for line in lines]

    return found


def test_every_mistake_of_a_file_is_listed(mistakes):
    """Mistakes of several cases and steps come together, each with its case and step."""
    found = mistakes(SHORT.replace('"P-05"', '"P-99999"') + SHORT.replace('"Short"', '"Long"').replace("does", "dose"))
    assert len(found) == 3
    assert found[0].startswith('case 1 "Short": cites: no path, case or rule is called "P-99999".')
    assert found[1] == 'case 2 "Long", step 1: "dose" is no key of a step. Did you mean "does"?'
    assert found[2] == 'case 2 "Long", step 1: nothing happens in it: say does, waits, until or meanwhile'


WORDS = re.findall("<(.*?)>", MARKED)


@pytest.mark.parametrize(("number", "word"), [pytest.param(n, word, id=f"{n}-{word}") for n, word in enumerate(WORDS)])
def test_a_typo_in_any_word_is_found(mistakes, number, word):
    """A slip in any key or word is told with the case, the slip itself, and the word that was probably meant."""
    pieces = re.split("<.*?>", MARKED)
    slips = [f"{each}x" if n == number else each for n, each in enumerate(WORDS)]
    found = mistakes("".join(a + b for a, b in zip(pieces, [*slips, ""], strict=True)))
    (about,) = [mistake for mistake in found if f'"{word}x"' in mistake]
    assert about.startswith("case 1")
    assert f'Did you mean "{word}"?' in about


def test_the_typos_are_many():
    """The slips tried above are at least as many as a case has keys and kinds of words."""
    assert len(WORDS) > 90
    assert {"title", "does", "refused", "expect", "reviewer", "P-29", "passport", "suspension_ends"} <= set(WORDS)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('title = "Short"', "", "case 1: title is missing: give it a sentence"),
        ('title = "Short"', 'title = " "', 'case 1 " ": title is empty'),
        ('title = "Short"', "title = 3", "case 1: title must be a text, not a whole number"),
        ('cites = ["P-05"]', "", "cites is missing: name the path, case or rule it follows"),
        ('cites = ["P-05"]', "cites = []", "cites is empty: name the path, case or rule it follows"),
        ('cites = ["P-05"]', 'cites = "P-05"', "cites must be a list, not a text"),
        ('cites = ["P-05"]', "cites = [5]", "cites must list texts, not a whole number"),
        ('cites = ["P-05"]', 'cites = ["P-05"]\nstarts = 4', "starts must be a text, not a whole number"),
        ('cites = ["P-05"]', 'cites = ["P-05"]\nstarts = "none"', "begins with the trigger register"),
        ('cites = ["P-05"]', 'cites = ["P-05"]\nstarts = "none"\ngiven = {}', "given says what is imported"),
        ('cites = ["P-05"]', 'cites = ["P-05"]\ngiven = 3', "given must be a table, not a whole number"),
        ('cites = ["P-05"]', 'cites = ["P-05"]\ngiven.author = "bob:1"', 'no role is called "bob"'),
        ('cites = ["P-05"]', 'cites = ["P-05"]\ngiven.author = "agent"', "an actor's id must be an opaque id"),
        ('cites = ["P-05"]', 'cites = ["P-05"]\ngiven.track = "fast"', '"fast" is not possible here. Known: direct'),
        ('cites = ["P-05"]', 'cites = ["P-05"]\ngiven.permanent = 1', "permanent must be true or false"),
        ('cites = ["P-05"]', 'cites = ["P-05"]\ngiven.ends = 2026-01-01', "ends must be a date-time, not a date"),
        (
            'cites = ["P-05"]',
            'cites = ["P-05"]\ngiven.lock.since = 2026-01-01T00:00:00',
            "since is a date-time without",
        ),
        ('cites = ["P-05"]', 'cites = ["P-05"]\ngiven.lock.sense = 1', '"sense" is no key of the record lock'),
        (
            'cites = ["P-05"]',
            'cites = ["P-05"]\nfacts.open_orders = "2"',
            'facts: the fact "open_orders" must be a whole',
        ),
        ('cites = ["P-05"]', 'cites = ["P-05"]\nfacts.code_right = true', 'the fact "code_right" is never given'),
        ('cites = ["P-05"]', 'cites = ["P-05"]\nfacts.ends_at = 2026-01-01T00:00:00', "without an offset"),
        (
            'cites = ["P-05"]',
            'cites = ["P-05"]\nbegins = 2026-02-14T00:00:00Z',
            "time runs backwards: at is 2026-02-13 16:30, begins is 2026-02-14 00:00",
        ),
        ("at   = 2026-02-13T16:30:00Z", "", "the first step says at when"),
        ("at   = 2026-02-13T16:30:00Z", "after = { hours = 1 }", "the first step says at when"),
        (
            "at   = 2026-02-13T16:30:00Z",
            "at = 2026-02-13T16:30:00",
            "at is a date-time without an offset. Write 2026-02-13T16:30:00Z if it is meant in UTC.",
        ),
        ("at   = 2026-02-13T16:30:00Z", 'at = "friday"', "at must be a date-time, not a text"),
        ("at   = 2026-02-13T16:30:00Z", "at = 16:30:00", "at must be a date-time, not a time without a date"),
        ("then = ", "after = { hours = 1 }\nthen = ", "at and after both say when; keep one of them"),
        ("then = ", "waits = { hours = 1 }\nthen = ", "does and waits or until do not go together"),
        ("by   = ", "#", "by is missing: who does it?"),
        ('"holder"', "7", "by must be a text, not a whole number"),
        ('"holder"', '"agent:a b"', "by: an actor's id must be an opaque id"),
        ('then = "under_appeal"', "", "says neither then nor refused: what comes of it?"),
        ("then = ", 'refused = ["role_may_never"]\nthen = ', "says then and refused; only one of them can come true"),
        ('then = "under_appeal"', "then = []", "then is empty"),
        ('then = "under_appeal"', "refused = []", "refused is empty"),
        (
            "then = ",
            "earliest = 2026-02-13T16:30:00Z\nthen = ",
            "earliest says when a refused step could first be taken",
        ),
        ("then = ", "with = [3]\nthen = ", "with must list kinds of evidence"),
        ("then = ", 'with = ["right_code", "wrong_code"]\nthen = ', "with holds right_code and wrong_code; one code"),
        ("then = ", 'with = ["rihgt_code"]\nthen = ', 'Did you mean "right_code"?'),
        ("then = ", 'with = [{ ref = "a" }]\nthen = ', "step 1, with: evidence needs a kind"),
        ("then = ", "with = [{ kind = 3 }]\nthen = ", "kind must be a text, not a whole number"),
        ("then = ", 'with = [{ kind = "passport", text = "Me." }]\nthen = ', '"passport" is a document: give a ref'),
        ("then = ", 'with = [{ kind = "passport", ref = "a b" }]\nthen = ', "the ref of evidence must be a code"),
        (
            "then = ",
            'with = [{ kind = "passport", corners = 3.5 }]\nthen = ',
            "corners must be a whole number, not a number with",
        ),
        ("then = ", "due = { chase_appeal = 4 }\nthen = ", "step 1, due: chase_appeal must be a date-time"),
        ("then = ", "may = { buy = 4 }\nthen = ", "may: buy must be true or false"),
        (
            "then = ",
            "expect = { lock = 4 }\nthen = ",
            "expect: lock is a record: give a table of its fields, or true or false",
        ),
        ("then = ", "expect = { strikes = {} }\nthen = ", "strikes is no record: give a value, not a table"),
        (
            "then = ",
            "expect = { lock.since = 2026-01-01T00:00:00 }\nthen = ",
            "lock.since is a date-time without an offset",
        ),
        ("then = ", 'note = ""\nthen = ', "note is empty"),
    ],
)
def test_each_mistake_has_its_sentence(mistakes, old, new, says):
    """A mistake is told with its case, its step and what is wrong."""
    assert SHORT.count(old) == 1
    assert any(says in mistake for mistake in mistakes(SHORT.replace(old, new)))


@pytest.mark.parametrize(
    ("step", "says"),
    [
        ("waits = { hours = -1 }\nthen = 'active'", "waits: hours cannot be negative"),
        ("waits = {}\nthen = 'active'", "waits: it is empty. Write for instance { hours = 48 }."),
        ("waits = { hours = 1.5 }\nthen = 'active'", "hours must be a whole number, not a number with a point"),
        ("waits = { hours = true }\nthen = 'active'", "hours must be a whole number, not true or false"),
        ("waits = { fortnights = 1 }\nthen = 'active'", '"fortnights" is no key of a length of time'),
        ("waits = { hours = 1, business_days = 1 }\nthen = 'active'", "business_days stands alone"),
        ("waits = 3\nthen = 'active'", "waits must be a table, not a whole number"),
        ("waits = { weeks = 999999999999 }\nthen = 'active'", "waits: it is too long"),
        ("waits = 'a while'\nthen = 'active'", 'waits: "a while" is no length of time. Write for instance "48 hours"'),
        ("waits = { hours = 1 }", "says no then: which state is the account in after the wait?"),
        ("waits = { hours = 1 }\nthen = 'active'\nby = 'agent'", "by makes no sense in a step that waits"),
        (
            "until = 2026-01-01T00:00:00Z\nthen = 'active'",
            "time runs backwards: until is 2026-01-01 00:00, the step before",
        ),
        (
            "meanwhile = 'Rain.'\nthen = 'active'",
            "then makes no sense in a step that only tells what happens meanwhile",
        ),
        ("meanwhile = 'Rain.'\nmay = { fly = true }", 'may: no capability is called "fly"'),
        ("note = 'Rain.'", "nothing happens in it: say does, waits, until or meanwhile"),
    ],
)
def test_each_mistake_of_a_later_step_has_its_sentence(mistakes, step, says):
    """A wait and a meanwhile have keys and mistakes of their own, told with the number of the step."""
    found = [mistake for mistake in mistakes(f"{SHORT}\n[[case.step]]\n{step}\n") if says in mistake]
    assert found
    assert found[0].startswith('case 1 "Short", step 2')


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "the file: it holds no case. Begin one with [[case]]."),
        ("case = 3", "the file: case must be written as [[case]], in double brackets"),
        ("[case]\ntitle = 'x'", "the file: case must be written as [[case]], in double brackets"),
        ("[[cases]]\n", 'the file: "cases" is no key of a case file. Did you mean "case"?'),
        ("[[case]]\ntitle = 'x'\ncites = ['P-05']\n", "it has no step. Begin one with [[case.step]]."),
        ("[[case]]\ntitle = 'x'\ncites = ['P-05']\nstep = 4\n", "step must be a list, not a whole number"),
        ("[[case]]\ntitle = 'x'\ncites = ['P-05']\nstep = [4]\n", "it has no step. Begin one with [[case.step]]."),
        (SHORT + SHORT, 'the file: two cases have the title "Short"'),
    ],
)
def test_each_mistake_of_a_file_has_its_sentence(mistakes, text, says):
    """A file without cases, or with two of one title, is told as such."""
    assert any(says in mistake for mistake in mistakes(text))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[[case]]\ntitle = \n", "is not TOML: Invalid value (at line 2, column 9)"),
        ("[[case]]\ntitle = 'x", "(at line 2, column 11, where the file ends)"),
    ],
)
def test_broken_toml_is_told_with_line_and_column(read, text, says):
    """What is not TOML says where."""
    with pytest.raises(CaseError) as error:
        read(text)
    assert says in str(error.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    """A missing file, a folder and bytes that are no text are each told with the path."""
    with pytest.raises(CaseError, match=r"gone\.case\.toml cannot be read: No such file"):
        read_cases(tmp_path / "gone.case.toml")
    with pytest.raises(CaseError, match="cannot be read: Is a directory"):
        read_cases(tmp_path)
    (tmp_path / "latin.case.toml").write_bytes(b"title = '\xe4'")
    with pytest.raises(CaseError, match="is not text in UTF-8: byte 10 cannot be read"):
        read_cases(tmp_path / "latin.case.toml")
