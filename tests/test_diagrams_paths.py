"""The picture of a path: only what was visited, numbered in order, and nothing over anything else."""

from __future__ import annotations

import functools
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import attrs
import pytest
from pictures import BREAKS, FILES, NEW, REAL, apart, boxes, put_case, told_in

from lifecycle.diagrams import path_description, path_dot, path_mermaid, svg
from lifecycle.diagrams.look import COLOURS
from lifecycle.diagrams.paths import not_so, path_size, path_subtitle
from lifecycle.diagrams.story import story
from lifecycle.model import Refusal


@pytest.fixture
def put(tmp_path):
    """Return a function that writes a case file and tells its cases."""
    return functools.partial(put_case, tmp_path)


@pytest.fixture
def breaks(put):
    """The case of two breaks, told."""
    return put(BREAKS)[0]


def lines_of(text: str) -> dict[str, str]:
    """Return the lines of a drawing by their ids, as text without marks."""
    found = re.findall(r'<TR>((?:(?!</TR>).)*? ID="([^"]*)".*?)</TR>', text)
    return {key: " ".join(re.sub(r"<[^>]*>|&#160;", " ", line).split()) for line, key in found}


def test_a_path_draws_only_what_was_visited_and_numbers_it(breaks) -> None:
    """Each row taken is one line with all its numbers, each refusal one with a cross, and no other state is drawn."""
    text = path_dot(breaks, REAL)
    assert set(re.findall(r'id="s\.([a-z_]+)"', text)) == {"active", "deactivated", "begin"}
    assert lines_of(text) == {
        "t.active.deactivated.deactivate": "1·4 deactivate holder 2026-05-11 10:00, 2026-05-14 10:01:30",
        "t.deactivated.active.reactivate": "3 reactivate holder 2026-05-13 10:01:30",
        "t.deactivated.deactivated.show_warning": "5 show warning system 2026-05-14 10:01:30",
        "t.deactivated.refused.press_delete": (
            "\u00d7 2 refused: press delete holder 2026-05-11 10:01:30 not so: warning was shown not so: orders are settled"
        ),
        "t.deactivated.refused.reactivate.1": "\u00d7 6 refused: reactivate holder 2026-05-14 10:01:30 not the holder",
        "t.deactivated.refused.reactivate.2": "\u00d7 7 refused: reactivate agent 2026-05-14 10:01:30 role may never",
    }


def test_staying_and_refused_cards_are_dashed(breaks) -> None:
    """What leaves the account where it is, taken or refused, has a dashed border; what moves it has not."""
    text = path_dot(breaks, REAL)
    dashed = {key: "DASHED" in card for key, card in re.findall(r'^"([a-z.]+)" \[id="c\.(.*)$', text, re.MULTILINE)}
    assert dashed == {
        "active.deactivated": False,
        "deactivated.active": False,
        "deactivated.deactivated": True,
        "deactivated.refused": True,
    }


def test_refusals_for_the_same_reasons_share_a_line(put) -> None:
    """A try repeated and refused alike carries both numbers; refused otherwise it is another line."""
    told = put(
        BREAKS.split("[[case.step]]\nafter = { days = 2 }", maxsplit=1)[0]
        + BREAKS.split('[[case.step]]\nby = "system"', maxsplit=1)[0][
            BREAKS.index("[[case.step]]\nafter = { seconds = 90 }") : BREAKS.index(
                "[[case.step]]\nafter = { days = 2 }"
            )
        ]
    )[0]
    assert lines_of(path_dot(told, REAL))["t.deactivated.refused.press_delete"].startswith("\u00d7 2·3 refused: press")


def test_three_times_of_a_line_take_two_lines(put) -> None:
    """More than two times of one line do not stretch its card."""
    back = '[[case.step]]\nby = "holder"\ndoes = "reactivate"\nthen = "active"\n'
    away = '[[case.step]]\nafter = { hours = 1 }\nby = "holder"\ndoes = "deactivate"\nthen = "deactivated"\n'
    head = BREAKS[: BREAKS.index("[[case.step]]\nafter")]
    text = path_dot(put(head + 2 * (back + away))[0], REAL)
    assert "2026-05-11 10:00, 2026-05-11 11:00&#160;<" in text
    assert ">2026-05-11 12:00&#160;<" in text


def test_the_mermaid_text_says_the_same(breaks) -> None:
    """The Mermaid text has the same numbers, states and refusals, and marks where it begins."""
    text = path_mermaid(breaks, REAL)
    assert "<b>1·4 deactivate</b> holder" in text
    assert "    deactivated -.-x deactivated__refused\n" in text
    assert "<i>refused while deactivated</i><br/><b>\u00d7 2 press delete</b> holder" in text
    assert "    begin --> active\n" in text
    assert re.findall(r"\[\"([a-z ]+)\"\]\):::state", text) == ["active", "deactivated"]


def test_a_case_that_begins_by_registering_begins_at_the_dot(put) -> None:
    """Where no account exists yet there is a dot; what was refused there stands at it."""
    told = put(NEW, "p-01-new")[0]
    text = path_dot(told, REAL)
    assert set(re.findall(r'id="s\.([a-z_]+)"', text)) == {"none", "active"}
    assert lines_of(text)["t.none.refused.register"].startswith("\u00d7 1 refused: register holder")
    assert 'tooltip="refused while no account yet"' in text
    assert lines_of(text)["t.none.active.register"].startswith("2 register holder")
    assert "none -.-x none__refused" in path_mermaid(told, REAL)
    assert path_subtitle(told) == "no account yet → active: 2 steps, 1 of them refused"
    assert "There is no account yet." in story(told, REAL)


def test_a_case_in_which_no_account_comes_to_be_can_be_told(put) -> None:
    """Somebody whose registration is refused has a picture too."""
    told = put(NEW[: NEW.rindex("[[case.step]]")], "p-01-new")[0]
    svg(path_dot(told, REAL), title="T", description="D")
    assert path_size(told) == "1 step, refused"
    assert path_description(told).startswith("The account stays no account yet, in 1 step, refused.")
    assert story(told, REAL).endswith("At the end there is still no account.")


def test_a_case_without_any_step_drawn_shows_where_it_is(put) -> None:
    """A case that only waits shows the one state it is in, and an empty legend."""
    told = put(BREAKS[: BREAKS.index("[[case.step]]")] + "[[case.step]]\nwaits = { days = 3 }\nthen = 'active'\n")[0]
    picture = svg(path_dot(told, REAL), title="T", description="D")
    assert {key for key in boxes(picture) if key.startswith("s.")} >= {"s.active"}
    assert path_size(told) == "0 steps"
    assert "3 days later, on Thursday 14 May 2026 at 10:00, nothing more has happened by itself." in story(told, REAL)
    assert story(told, REAL).endswith("At the end the account is still **active**.")


def test_sizes_are_good_english(breaks) -> None:
    """How much happened is told in one breath, with what was refused."""
    assert path_size(breaks) == "7 steps, 3 of them refused"
    assert path_size(attrs.evolve(breaks, steps=breaks.steps[:1])) == "1 step"
    assert path_size(attrs.evolve(breaks, steps=breaks.steps[6:8])) == "2 steps, all refused"


def test_a_refusal_by_a_selector_is_told_by_what_it_asks_for() -> None:
    """Where no row fits the situation, the picture says which situation was asked for."""
    refusal = Refusal("appeal_level", "…", "…", {"appeal_level": "escalated"}, ["review"])
    assert not_so(refusal, REAL) == "not so: the appeal is with the reviewers"
    assert not_so(attrs.evolve(refusal, limit=None), REAL) == "appeal level"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name.removesuffix(".case.toml"))
def test_every_path_can_be_followed_by_its_numbers(file: Path) -> None:
    """Every number from 1 stands exactly once in picture, Mermaid text and story."""
    for told in told_in(file):
        numbers = [one.number for one in told.drawn]
        for text, mark in ((path_dot(told, REAL), "B"), (path_mermaid(told, REAL), "b")):
            found = re.findall(rf"<{mark}>(?:\u00d7 )?(\d+(?:·\d+)*)[ <]", text)
            assert sorted(int(number) for each in found for number in each.split("·")) == numbers
        paragraphs = re.findall(r"^\*\*(?:\u00d7 )?(\d+)\*\* · ", story(told, REAL), re.MULTILINE)
        assert [int(number) for number in paragraphs] == numbers


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name.removesuffix(".case.toml"))
def test_nothing_of_a_path_lies_over_anything_else(file: Path) -> None:
    """No state, card or legend touches another one, ids are unique, and every colour is known in the dark."""
    for told in told_in(file):
        picture = svg(path_dot(told, REAL), title="T", description="D")
        ids = [element.get("id") for element in ET.fromstring(picture).iter() if element.get("id")]
        assert len(ids) == len(set(ids))
        assert set(re.findall(r'(?:fill|stroke)="(#[0-9a-f]{6})"', picture)) <= {colour.light for colour in COLOURS}
        places = sorted(boxes(picture).items())
        for place, (one, box) in enumerate(places):
            assert all(apart(box, second) for _, second in places[place + 1 :]), one
