"""The pages of paths and the index: a story that reads aloud, every link right, the same bytes everywhere."""

from __future__ import annotations

import functools
import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

import attrs
import pytest
from pictures import BREAKS, REAL, ROOT, all_told, put_case

from lifecycle import diagrams
from lifecycle.diagrams import check, generated, write
from lifecycle.diagrams.index import guide_of, index, is_real
from lifecycle.diagrams.path_page import path_page
from lifecycle.diagrams.story import story
from lifecycle.diagrams.told import Happening, files
from lifecycle.errors import CaseError
from lifecycle.stories import tell


@pytest.fixture
def put(tmp_path):
    """Return a function that writes a case file and tells its cases."""
    return functools.partial(put_case, tmp_path)


@pytest.fixture
def breaks(put):
    """The case of two breaks, told."""
    return put(BREAKS)[0]


@pytest.fixture(scope="module")
def made():
    """Every file that is generated for this checkout."""
    return generated(REAL, all_told())


@pytest.fixture(scope="module")
def stories():
    """Every story of this checkout."""
    return [story(told, REAL) for told in all_told()]


# --- the page ---------------------------------------------------------------------------------------------------


def test_the_story_reads_aloud(breaks) -> None:
    """Every paragraph says when, who, what came of it and what follows, in the order of the case."""
    paragraphs = story(breaks, REAL).split("\n\n")
    assert paragraphs[0] == (
        "Somebody presses the button twice. It begins on Monday 11 May 2026 at 10:00. The account is **active**. "
        "Known of it: contacts email. What the shop answers when it is asked: signed in yes; "
        "identifier matches yes; open orders 1; refunds in flight 0."
    )
    assert paragraphs[1].startswith(
        "**1** · First the account holder presses Deactivate (`deactivate`). The account is then **deactivated**. "
        "The holder is sent “account deactivated”. *(G1-12, "
    )
    assert paragraphs[2:5] == [
        (
            "**\u00d7 2** · 1 minute and 30 seconds later, at 10:01:30, the account holder tries “press delete” and is "
            "**refused**. What does not hold:"
        ),
        (
            "- The warning that deletion cannot be undone was shown. Found: warned no. Needed: yes. Show the warning first, "
            "then ask again. <sub>`warning_was_shown`</sub>\n"
            "- Every order has been delivered or cancelled. Found: open orders 1. Needed: 0. Wait for the open orders to "
            "arrive, or cancel them, then ask again. <sub>`orders_are_settled`</sub>"
        ),
        "> Not yet.",
    ]
    assert paragraphs[5] == (
        "*Meanwhile, 2 days later, on Wednesday 13 May 2026 at 10:01:30:* The order arrives. "
        "The shop now answers: open orders 0."
    )
    assert paragraphs[6].startswith("**3** · At the same moment the account holder comes back from a deactivation")
    assert paragraphs[7] == "*Meanwhile:* The button is still where it was."
    assert paragraphs[9].startswith("**5** · At the same moment the system shows the warning that deletion cannot be")
    assert "The account stays **deactivated**." in paragraphs[9]
    assert paragraphs[10].startswith("**\u00d7 6** · At the same moment the holder of another account (stranger) tries")
    assert paragraphs[12].startswith("**\u00d7 7** · At the same moment a support agent (a7) tries “reactivate”")
    assert paragraphs[14] == "1 hour later, at 11:01:30, nothing more has happened by itself."
    assert paragraphs[15:] == ["At the end the account is **deactivated**."]


@pytest.mark.parametrize(
    "part",
    [
        "without anybody asking, the system ",
        "**. The holder is sent “",
        "The timer “chase appeal” is set to ",
        "The timer “chase appeal” is stopped.",
        "Possible from ",
        "Brought along: passport",
        "The code brought along is wrong.",
        "The code brought along is the right one.",
        "Stated: ground ",
        "At once, as a consequence, the system ",
        "The staff are sent “",
        "a reviewer (r4) ",
        "*To begin with:* ",
    ],
)
def test_the_cases_of_the_guides_tell(stories, part: str) -> None:
    """What can come of a step is told somewhere in the cases of this checkout."""
    assert any(part in text for text in stories)


def test_a_timer_that_went_off_is_not_said_to_be_stopped(stories) -> None:
    """A timer ends by going off; only one that was still waiting is stopped."""
    erased = [line for text in stories for line in text.split("\n\n") if "asking, the system erases the data" in line]
    assert erased
    assert not [line for line in erased if "“erase” is stopped" in line]


def test_a_wait_that_ends_with_a_timer_is_not_told_twice(stories) -> None:
    """Where a timer goes off at the end of a wait, nothing more needs saying of that moment."""
    assert any("nothing more has happened by itself" in text for text in stories)
    assert not any("At the same moment nothing more" in text for text in stories)


def test_a_timer_that_cannot_be_done_yet_is_told_without_a_number(put) -> None:
    """A timer whose own trigger is refused is told, with when it is tried again, and not drawn."""
    told = put(
        '[[case]]\ntitle = "Kept"\ncites = ["P-67"]\nstarts = "pending_deletion"\nbegins = 2026-05-11T10:00:00Z\n'
        'given = { track = "direct", contacts = ["email"], deletion_code = { expires_at = 2026-05-11T10:01:00Z } }\n'
        "facts = { open_orders = 0, orders_in_transit = 0, refunds_in_flight = 0, retention_duty = true, kept_by_law = [] }\n"
        '[[case.step]]\nby = "holder"\ndoes = "confirm_deletion"\nwith = ["right_code"]\nthen = "deleted"\n'
        '[[case.step]]\nwaits = { days = 32 }\nthen = "deleted"\n'
    )[0]
    text = story(told, REAL)
    assert re.search(
        r"^[^*\n]* the timer “erase” goes off; it cannot be done yet, and is tried again on ", text, re.MULTILINE
    )
    assert len(told.drawn) == 2


def test_the_page_holds_everything(breaks) -> None:
    """Picture, story, what was chosen, Mermaid text, the rules with their statements, file and policy."""
    page = path_page("p-65", [breaks], REAL)
    assert page.startswith("# P-65: Two breaks\n")
    assert "![Two breaks](p-65.svg)" in page
    assert "\n- The dates.\n" in page
    assert f"| G3-18 | {REAL.citations['G3-18']} |" in page
    assert f"| T-18 | {REAL.citations['T-18']} |" in page
    assert "| P-65 |" not in page
    assert "Taken here: 3 rules of the chapter [departure](../chapters/departure.md)." in page
    assert f"`p-65-two-breaks.case.toml`, replayed under policy guides {REAL.version}" in page
    assert str(ROOT) not in page


def test_several_cases_share_a_page_with_a_picture_each(put) -> None:
    """The cases of a file are sections of one page, linked from its head; their pictures are numbered."""
    told = put(BREAKS + BREAKS.replace("Two breaks", "Again, Ann's [breaks]"))
    made = generated(REAL, told)
    page = made["paths/p-65.md"]
    assert {"paths/p-65.svg", "paths/p-65.2.svg"} <= set(made)
    assert "2. [Again, Ann's [breaks]](#2-again-anns-breaks)" in page
    assert "\n## 2. Again, Ann's [breaks]\n\n![Again, Ann's (breaks)](p-65.2.svg)" in page


def test_a_page_on_which_nothing_is_done_tells_no_rules_taken(put) -> None:
    """Where everything is refused and no rule is cited, the page does not speak of rules."""
    nothing = BREAKS[: BREAKS.index("[[case.step]]")].replace(', "G3-18", "D-09"', "")
    refused = (
        '[[case.step]]\nby = "holder"\ndoes = "verify"\nwith = ["wrong_code"]\nrefused = ["not_from_this_state"]\n'
    )
    page = path_page("p-65", put(nothing + refused), REAL)
    assert "| rule |" not in page
    assert "Taken here" not in page


def test_rows_without_a_chapter_are_told_without_a_link(breaks) -> None:
    """A policy that knows no chapters has pages of its paths all the same."""
    plain = attrs.evolve(REAL, rows=tuple(attrs.evolve(row, chapter="") for row in REAL.rows))
    page = path_page("p-65", [breaks], plain)
    assert "## What else the steps taken rest on" in page
    assert "Taken here" not in page


def test_no_machines_path_stands_on_any_page(made) -> None:
    """What is generated does not depend on where the checkout lies."""
    assert not any(str(ROOT) in content for content in made.values() if isinstance(content, str))


def test_nobody_acts_where_nothing_was_done(breaks) -> None:
    """Asking who acted in what only happened outside is an error."""
    outside = next(one for one in breaks.happenings if one.trigger == "")
    assert isinstance(outside, Happening)
    with pytest.raises(ValueError, match="nobody acted"):
        _ = outside.actor


# --- names and index --------------------------------------------------------------------------------------------


def test_pages_are_named_after_the_path(put) -> None:
    """A file that begins with a path's or a real case's id is called by it; any other by its whole name."""
    put(BREAKS, "c-07-chargeback")
    put(BREAKS, "p-651")
    told = (*put(BREAKS, "Kim, and her break"), *put(BREAKS, "c-07-chargeback"), *put(BREAKS, "p-651"))
    assert list(files(told)) == ["c-07", "kim-and-her-break", "p-651"]
    assert path_page("kim-and-her-break", [told[0]], REAL).startswith("# Kim and her break: Two breaks\n")


def test_two_files_may_not_share_a_page(put) -> None:
    """Two files of one path are refused with both names, before anything is written."""
    told = (*put(BREAKS, "p-65-one"), *put(BREAKS, "p-65-two"))
    with pytest.raises(CaseError, match=r'p-65-one\.case\.toml and .*p-65-two\.case\.toml would share the page "p-65"'):
        generated(REAL, told)


def test_the_index_sorts_paths_by_the_guide_they_cite_most(put) -> None:
    """Each path stands under one guide, a real case under none, and one that cites no guide among the others."""
    third = put(BREAKS)
    first = put(BREAKS.replace('"G3-18"', '"G1-01", "G1-02", "G3-18"'), "p-67-x")
    none = put(BREAKS.replace('"G3-18", ', ""), "p-99-x")
    real = put(BREAKS.replace('"P-65"', '"C-01", "P-65"'), "c-01-x")
    assert [guide_of(one, REAL.sources) for one in (third, first, none)] == ["G3", "G1", None]
    assert [is_real(one, REAL.sources) for one in (third, real)] == [False, True]
    page = index(REAL, (*third, *first, *none, *real))
    parts = {part.splitlines()[0]: re.findall(r"\]\((paths/[^)]*)\)", part) for part in page.split("\n## ")[1:]}
    assert parts["Paths of guide G1: deleting an account directly"] == ["paths/p-67.md"]
    assert parts["Paths of guide G3: recovering a disabled account"] == ["paths/p-65.md"]
    assert parts["What no guide tells: our own decisions"] == ["paths/p-99.md"]
    assert parts["Real cases"] == ["paths/c-01.md"]


def test_every_link_leads_somewhere(made) -> None:
    """Every relative link of every page leads to a generated file."""
    for name, content in made.items():
        if name.endswith(".md"):
            for link in re.findall(r"\]\(([^)#]+)\)", str(content)):
                target = os.path.normpath(Path(name).parent / link)
                assert target in made, (name, link)


def test_every_case_file_is_linked_from_the_index(made) -> None:
    """The index leads to each path and real case of this checkout, and says in a line what happens."""
    page = str(made["README.md"])
    for name, several in files(all_told()).items():
        assert re.search(
            rf"^\| \[[^]]*\]\(paths/{name}\.md\) \| {re.escape(several[0].case.title)}", page, re.MULTILINE
        )


# --- the files --------------------------------------------------------------------------------------------------


def test_paths_are_written_checked_and_mended(tmp_path: Path, breaks) -> None:
    """A path's files are written once, noticed when changed or gone, and are extra when nobody tells their case."""
    folder = tmp_path / "diagrams"
    assert {"paths/p-65.md", "paths/p-65.svg"} < set(write(REAL, folder, [breaks]))
    assert write(REAL, folder, [breaks]) == []
    assert check(REAL, folder, (one for one in [breaks])) == []
    (folder / "paths" / "p-65.svg").write_text("")
    (folder / "paths" / "p-65.md").unlink()
    assert check(REAL, folder, [breaks]) == ["paths/p-65.md", "paths/p-65.svg"]
    assert write(REAL, folder, [breaks]) == ["paths/p-65.md", "paths/p-65.svg"]
    extra = {"paths/p-65.md", "paths/p-65.svg", "README.md", "chapters/departure.md", "trace.md"}
    assert set(check(REAL, folder)) == extra


def test_paths_are_the_same_bytes_in_every_process(tmp_path: Path) -> None:
    """Another process, another hash seed, another order of files and no font at all make the same files."""
    (tmp_path / "none.conf").write_text('<?xml version="1.0"?><fontconfig></fontconfig>')
    env = {"PYTHONHASHSEED": "5", "HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    env["FONTCONFIG_FILE"] = str(tmp_path / "none.conf")
    cases = ROOT / "tests" / "cases"
    some = sorted(cases.rglob("*.case.toml"))[::6]
    code = (
        "import hashlib, sys; from lifecycle.policy import policy; from lifecycle.diagrams import generated;"
        "from lifecycle.stories import tell; p = policy();"
        "made = generated(p, tell(p, sys.argv[:0:-1]));"
        "print({n: hashlib.sha256(c if isinstance(c, bytes) else c.encode()).hexdigest()"
        " for n, c in sorted(made.items())})"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, *map(str, some)], capture_output=True, text=True, check=True, env=env
    )
    here = {
        name: hashlib.sha256(content if isinstance(content, bytes) else content.encode()).hexdigest()
        for name, content in sorted(generated(REAL, tell(REAL, some)).items())
    }
    assert ran.stdout.strip() == str(here)


def test_what_the_room_offers_is_there() -> None:
    """Every public name can be used."""
    assert all(hasattr(diagrams, name) for name in diagrams.__all__)
