"""A picture and a page for each chapter: complete, conditions in words, nothing over anything else."""

from __future__ import annotations

import re
from pathlib import Path

import attrs
import pytest
from pictures import REAL, apart, boxes

from lifecycle.diagrams import generated, svg
from lifecycle.diagrams.chapters import (
    chapter_description,
    chapter_dot,
    chapter_page,
    chapter_size,
    chapters,
)
from lifecycle.model import MACHINES, Role, State
from lifecycle.prose import sentence
from lifecycle.rows import Guard, Transition
from lifecycle.stories import tell

NAMES = sorted({row.chapter for row in REAL.rows})


def made_up(*rows: Transition):
    """Return the real policy with these rows in place of its own, all of one chapter unless they say otherwise."""
    return attrs.evolve(REAL, rows=tuple(row if row.chapter else attrs.evolve(row, chapter="doors") for row in rows))


def row(trigger, source, dest, **more):
    """Return a made-up row of the holder's."""
    return Transition(trigger.replace("_", " "), (Role.HOLDER,), trigger, source, dest=dest, **more)


def test_every_chapter_has_a_picture_and_a_page() -> None:
    """The chapters of the policy, and no others, are files."""
    files = {name for name in generated(REAL) if name.startswith("chapters/")}
    assert files == {f"chapters/{name}.{ending}" for name in NAMES for ending in ("md", "svg")}


def test_rows_without_a_chapter_have_none() -> None:
    """A policy that knows no chapters gets the whole machine only."""
    plain = attrs.evolve(REAL, rows=tuple(attrs.evolve(one, chapter="") for one in REAL.rows))
    assert sorted(generated(plain)) == sorted(
        [
            "README.md",
            "policy.md",
            "trace.md",
            *(f"{name}.{ending}" for name in MACHINES for ending in ("dot", "md", "svg")),
        ]
    )
    assert "chapter by chapter" not in generated(plain)["README.md"]


@pytest.mark.parametrize("name", NAMES)
def test_every_row_of_the_chapter_is_drawn_with_its_guards(name: str) -> None:
    """Each trigger of the chapter is a line, each guard and each choice of it stands in words, none of others'."""
    text = re.sub(r'&#160;<(?:/FONT>)?|<BR ALIGN="LEFT"/>', " ", chapter_dot(name, REAL))
    rows = chapters(REAL)[name]
    lines = set(re.findall(r' ID="t\.[a-z_]+\.[a-z_]+\.([a-z_]+)', text))
    assert lines == {one.trigger for one in rows}
    for one in rows:
        for guard in one.guards:
            assert re.search(rf">(if|and) {guard.label[:40]}", text), guard.name


@pytest.mark.parametrize("name", NAMES)
def test_the_page_tells_every_row_of_the_chapter(name: str) -> None:
    """The page holds the sentence of each row, the picture, and the same in Mermaid."""
    page = chapter_page(name, REAL)
    assert all(sentence(one, REAL) in page for one in chapters(REAL)[name])
    assert f"]({name}.svg)" in page
    assert "```mermaid\n---\n" in page


@pytest.mark.parametrize("name", NAMES)
def test_nothing_of_a_chapter_lies_over_anything_else(name: str) -> None:
    """No state, card or legend touches another one."""
    found = sorted(boxes(svg(chapter_dot(name, REAL), title="T", description="D")).items())
    assert len(found) > 2
    for place, (one, box) in enumerate(found):
        for other, second in found[place + 1 :]:
            assert apart(box, second), (one, other)


def test_what_stays_is_dashed_and_what_moves_is_not() -> None:
    """The card of a row that leaves the account where it is has a dashed border and a dashed arrow."""
    text = chapter_dot("doors", made_up(row("knock", State.ACTIVE, None), row("go", State.ACTIVE, State.DELETED)))
    stays, moves = (re.search(rf'"active.{dest}" \[.*', text)[0] for dest in ("active", "deleted"))
    assert 'STYLE="DASHED"' in stays
    assert "DASHED" not in moves
    assert re.search(r'"active" -> "active.active" \[[^]]*style=dashed\]', text)


def test_a_long_condition_goes_on_in_the_next_line() -> None:
    """A condition too long for a card is broken between words, and goes on indented."""
    name = "door_that_leads_from_the_garden_to_the_kitchen_and_to_the_cellar_is_dry"
    guard = Guard(name, "The door is dry.", "Wait.", lambda account, command, p: True)
    text = chapter_dot("doors", made_up(row("go", State.ACTIVE, State.DELETED, guards=(guard,))))
    assert "if door that leads from the garden to the kitchen and&#160;<" in text
    assert ">&#160;&#160;&#160;&#160;to the cellar is dry&#160;<" in text


@pytest.mark.parametrize(
    ("dests", "says"),
    [
        ([None], "1 rule, which leaves the account where it is"),
        ([None, None], "2 rules, which leave the account where it is"),
        ([State.DELETED], "1 rule, which moves the account"),
        ([State.DELETED, State.SUSPENDED], "2 rules, which move the account"),
        ([State.DELETED, None], "2 rules, 1 of which moves the account"),
        ([State.DELETED, State.SUSPENDED, None], "3 rules, 2 of which move the account"),
    ],
)
def test_the_size_of_a_chapter_is_good_english(dests, says: str) -> None:
    """Singular and plural agree, and what moves is counted apart only where something stays."""
    rows = tuple(row("go", State.ACTIVE, dest) for dest in dests)
    assert chapter_size(rows) == says
    assert chapter_description("doors", made_up(*rows)).startswith(says)


def test_a_chapter_names_the_paths_that_walk_through_it(tmp_path: Path) -> None:
    """The page links every case file of which a case took one of its rows, and no other."""
    (tmp_path / "p-65-break.case.toml").write_text(
        '[[case]]\ntitle = "A break"\ncites = ["P-65"]\n[[case.step]]\nat = 2026-05-11T10:00:00Z\nby = "holder"\n'
        'does = "deactivate"\nfacts = { signed_in = true, identifier_matches = true }\nthen = "deactivated"\n'
    )
    told = tell(REAL, [tmp_path])
    assert "## Where it is walked\n\n- [A break](../paths/p-65.md)\n" in chapter_page("departure", REAL, told)
    assert "Where it is walked" not in chapter_page("closure", REAL, told)
