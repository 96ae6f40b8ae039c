"""The pictures: generated from the rows, the same everywhere, complete, and noticed when stale."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import attrs
import pytest
from pictures import all_told

from lifecycle import diagrams
from lifecycle.diagrams import DiagramExtraMissing, check, dot, drawing, generated, mermaid, svg, write
from lifecycle.diagrams.look import COLOURS
from lifecycle.diagrams.moves import cards, counts
from lifecycle.model import MACHINES, Role, State
from lifecycle.policy import shipped
from lifecycle.rows import Dest, Guard, Policy, Selector, Transition

REAL = shipped()
ROOT = Path(__file__).parent.parent
SVG = "{http://www.w3.org/2000/svg}"
CHAPTERS = sorted({row.chapter for row in REAL.rows})
MACHINE_FILES = [f"{name}.{ending}" for name in MACHINES for ending in ("dot", "md", "svg")]
TOP = sorted(["README.md", "policy.md", "trace.md", *MACHINE_FILES])
FILES = sorted([*TOP, *(f"chapters/{name}.{ending}" for name in CHAPTERS for ending in ("md", "svg"))])
SOME = [*TOP, "chapters/support.md", "chapters/support.svg"]

CODE = Selector("code", "Is it right?", {"right": "the code is right"}, lambda account, command, p: "right")
DRY = Guard("door_is_dry", "The door is dry.", "Wait.", lambda account, command, p: True)


def row(trigger: str, source: Any, dest: Any, *actors: Role, **more: Any) -> Transition:
    """Return a made-up row."""
    return Transition(more.pop("title", trigger), actors or (Role.HOLDER,), trigger, source, dest=dest, **more)


def made_up(*rows: Transition) -> Policy:
    """Return the real policy with these rows in place of its own."""
    return attrs.evolve(REAL, rows=rows)


def moves(rows: tuple[Transition, ...]) -> set[tuple[str, str, str]]:
    """Return every (source, dest, trigger) that the rows allow, worked out without the code under test."""
    found = set()
    for one in rows:
        for source in one.source or (None,):
            for dest in one.dests:
                found.add((source.value if source else "none", dest.value, one.trigger))
    return found


def drawn(text: str) -> ET.Element:
    """Return the drawn picture of DOT text, parsed."""
    return ET.fromstring(svg(text, title="T", description="D"))


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the files of the real policy as they were first written; nobody changes it."""
    kept = tmp_path_factory.mktemp("written") / "diagrams"
    write(REAL, kept)
    return kept


@pytest.fixture
def folder(tmp_path: Path, written: Path) -> Path:
    """Return a folder of the test's own that holds the up-to-date files of the real policy."""
    return Path(shutil.copytree(written, tmp_path / "diagrams"))


# --- what is in a picture ---------------------------------------------------------------------------------------


def test_dot_holds_every_move_once() -> None:
    """Each source, destination and trigger of a moving row is exactly one line of one card."""
    lines = re.findall(r' ID="t\.([a-z_]+)\.([a-z_]+)\.([a-z_]+)"', dot(REAL))
    assert len(lines) == len(set(lines))
    assert set(lines) == moves(REAL.of("account"))


def test_mermaid_holds_every_move_once() -> None:
    """The Mermaid text names the same moves as the rows, each once."""
    words = {state.words: state.value for state in State}
    found = []
    for ends, label in re.findall(r'^ +([a-z_]+__[a-z_]+)\["(.*)"\]:::card$', mermaid(REAL), flags=re.MULTILINE):
        first, second = ends.split("__")
        for heading, lines in re.findall(r"<i>→ ([^<]*)</i>((?:<br/><b>[^<]*</b>[^<]*)+)", label):
            dest = words[heading.split(",")[0]]
            source = second if dest == first else first
            found += [(source, dest, one.replace(" ", "_")) for one in re.findall(r"<b>([^<]*)</b>", lines)]
    assert len(found) == len(set(found))
    assert set(found) == moves(REAL.of("account"))


def test_the_table_beside_the_picture_holds_every_move_once() -> None:
    """Who cannot see pictures finds each move as one line of a table, with all its roles."""
    page = str(generated(REAL)["account.md"])
    lines = [line for line in page.splitlines() if line.startswith("| ") and "| from |" not in line]
    assert len(lines) == len(moves(REAL.of("account")))
    assert any(line.startswith("| suspended | active | reinstate | agent |") for line in lines)
    assert any(line.startswith("| suspended | security locked, while a lock stands | reinstate |") for line in lines)


def test_roles_of_one_trigger_share_a_line() -> None:
    """Two rows that differ in who may act are one line naming both roles, in the order of the roles."""
    rows = (
        row("suspend", State.ACTIVE, State.SUSPENDED, Role.SYSTEM),
        row("suspend", State.ACTIVE, State.SUSPENDED, Role.REVIEWER),
    )
    (card,) = cards(rows)
    (line,) = card.lines
    assert line.roles == (Role.REVIEWER, Role.SYSTEM)
    assert line.rows == rows


def test_a_destination_worked_out_from_records_makes_two_cards() -> None:
    """A row that releases leads to active, and to security locked with the remark that a lock stands."""
    first, second = cards((row("reinstate", State.SUSPENDED, Dest.RELEASE),))
    assert (first.dest, first.lines[0].remark) == (State.ACTIVE, "")
    assert (second.dest, second.lines[0].remark) == (State.SECURITY_LOCKED, "while a lock stands")
    text = dot(made_up(row("reject", State.UNDER_APPEAL, Dest.RESTRICTION)))
    assert "if only a lock stands:" in text


def test_the_legend_counts_rules_not_lines() -> None:
    """A rule that leads to two states, from two states, counts once for each role that may use it."""
    rows = (
        row("reverse", (State.SUSPENDED, State.UNDER_APPEAL), Dest.RELEASE, Role.SUPERVISOR, Role.SYSTEM),
        row("end", State.SUSPENDED, Dest.RELEASE, Role.SYSTEM),
    )
    assert counts(cards(rows))[Role.SYSTEM] == 2
    text = dot(made_up(*rows))
    assert "1 rule<" in text
    assert "2 rules<" in text
    assert "<B>holder</B>" not in text


def test_staying_rows_are_drawn_only_when_asked_for() -> None:
    """A row that leaves the account where it is makes a dashed loop, if staying is asked for."""
    rows = (row("lock", State.ACTIVE, State.SECURITY_LOCKED), row("warn", State.ACTIVE, None))
    assert "warn" not in dot(made_up(*rows)) + mermaid(made_up(*rows))
    assert '"active" -> "active.active" [id="e.active.active.1"' in dot(made_up(*rows), staying=True)
    assert "style=dashed" in dot(made_up(*rows), staying=True)
    assert (
        '    active__active["<i>stays active</i><br/><b>warn</b> holder"]:::card\n    active -.- active__active\n'
        in (mermaid(made_up(*rows), staying=True))
    )


def test_guards_tell_apart_what_is_one_line_without_them() -> None:
    """With guards asked for, rows of one trigger with other conditions are lines and ids of their own."""
    rows = (
        row("verify", State.SECURITY_LOCKED, State.ACTIVE, when=(CODE.is_("right"),), guards=(DRY,)),
        row("verify", State.SECURITY_LOCKED, State.ACTIVE, Role.AGENT),
    )
    assert len(cards(rows)[0].lines) == 1
    text = dot(made_up(*rows), guards=True)
    assert 'ID="t.security_locked.active.verify.1"' in text
    assert 'ID="t.security_locked.active.verify.2"' in text
    assert text.index("if the code is right") < text.index("and door is dry")
    assert "if the code is right<br/>and door is dry" in mermaid(made_up(*rows), guards=True)
    assert "door is dry" not in dot(made_up(*rows))


def test_rows_restrict_the_picture() -> None:
    """Only the rows given are drawn, and only the states they touch."""
    text = dot(REAL, rows=[one for one in REAL.rows if one.trigger == "reactivate"])
    assert set(re.findall(r'id="s\.([a-z_]+)"', text)) == {"active", "deactivated"}
    assert "none((" not in mermaid(REAL, rows=[one for one in REAL.rows if one.trigger == "reactivate"])


def test_every_number_of_roles_fits_its_bar() -> None:
    """A line of one to five roles fills the six columns of its bar."""
    for number in range(1, len(Role) + 1):
        text = dot(made_up(row("wave", State.ACTIVE, State.DEACTIVATED, *list(Role)[:number])))
        assert sum(map(int, re.findall(r'<TD COLSPAN="(\d)" WIDTH', text))) == 6
        drawn(text)


def test_return_arrows_are_laid_the_other_way() -> None:
    """A way back up is declared downwards, so that it does not stretch the picture; its arrow still points up."""
    text = dot(made_up(row("back", State.DEACTIVATED, State.ACTIVE)))
    assert re.search(r'"active" -> "deactivated.active" \[id="e.deactivated.active.2" [^]]*dir=back\]', text)
    assert re.search(r'"deactivated.active" -> "deactivated" \[id="e.deactivated.active.1" [^]]*dir=none\]', text)


def test_mermaid_points_one_way_or_both() -> None:
    """Ways there and back share a card between two heads; a single way has one head at its end."""
    both = mermaid(made_up(row("go", State.ACTIVE, State.SUSPENDED), row("back", State.SUSPENDED, State.ACTIVE)))
    assert "active <--> active__suspended <--> suspended" in both
    up = mermaid(made_up(row("grant", State.UNDER_APPEAL, State.ACTIVE)))
    assert "under_appeal --- under_appeal__active --> active" in up


def test_the_final_state_stands_out() -> None:
    """Deleted has a double border, in both formats."""
    assert re.search(r'"deleted" \[[^]]*peripheries=2', dot(REAL))
    assert '    deleted((("deleted"))):::state\n' in mermaid(REAL)


def test_hostile_words_stay_words() -> None:
    """Titles, triggers and guards with markup in them can neither break a picture nor run in a browser."""
    evil = '<script>alert("1")</script> & \\N | ]]> `x`'
    guard = attrs.evolve(DRY, name=evil)
    rows = made_up(row(evil, State.ACTIVE, State.SUSPENDED, title=evil, guards=(guard,)))
    picture = svg(dot(rows, guards=True, title=evil), title=evil, description=evil)
    root = ET.fromstring(picture)
    assert "<script" not in picture
    assert root.findtext(f"{SVG}title") == evil
    hovered = [group.findtext(f"{SVG}title") for group in root.iter(f"{SVG}g") if (group.get("id") or "")[:2] == "t."]
    assert hovered == [evil]
    text = mermaid(rows, guards=True)
    assert "<script" not in text
    assert text.count("\n    active__suspended[") == 1


# --- the drawing ------------------------------------------------------------------------------------------------


def test_ids_are_unique_and_name_what_they_mark() -> None:
    """No id occurs twice; every state, card, line and arrow has the id a page would look for."""
    root = drawn(dot(REAL))
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    wanted = {f"s.{state.value}" for state in State} | {"s.none", "legend", "title", "description"}
    for source, dest, trigger in moves(REAL.of("account")):
        pair = f"{source}.{dest}"
        wanted |= {f"c.{pair}", f"e.{pair}.1", f"e.{pair}.2", f"t.{pair}.{trigger}"}
    assert wanted <= set(ids)
    assert {one for one in set(ids) - wanted if one} == {"graph0"}


def test_the_picture_speaks_to_screen_readers() -> None:
    """It is one image with a title and a description, has no size in points and no links."""
    root = drawn(dot(REAL))
    assert (root.get("role"), root.get("aria-labelledby")) == ("img", "title description")
    assert (root.findtext(f"{SVG}title"), root.findtext(f"{SVG}desc")) == ("T", "D")
    width, height = int(root.get("width", "")), int(root.get("height", ""))
    assert root.get("viewBox") == f"0 0 {width} {height}"
    assert 0.6 < width / height < 1.6
    assert not list(root.iter(f"{SVG}a"))


def test_hovering_a_line_shows_what_the_rows_are_called() -> None:
    """Each line carries the titles of its rows, and each state its name in words."""
    titles = {group.get("id"): group.findtext(f"{SVG}title") for group in drawn(dot(REAL)).iter(f"{SVG}g")}
    reinstate = next(one for one in REAL.rows if one.trigger == "reinstate")
    assert titles["t.suspended.active.reinstate"] == reinstate.title


def test_every_colour_has_its_dark_counterpart() -> None:
    """No colour of the drawing is missing from the style sheet for the dark, and no two purposes share one."""
    picture = svg(dot(REAL), title="T", description="D")
    used = set(re.findall(r'(?:fill|stroke)="(#[0-9a-f]{6})"', picture))
    assert used <= {colour.light for colour in COLOURS}
    assert len({colour.light for colour in COLOURS}) == len(COLOURS)
    for colour in used:
        assert f'[fill="{colour}"]{{fill:' in picture
    assert "prefers-color-scheme:dark" in picture


def test_text_names_fonts_of_the_same_width() -> None:
    """A browser without Liberation Sans falls back to a font its text was measured for."""
    families = set(re.findall(r'font-family="([^"]*)"', svg(dot(REAL), title="T", description="D")))
    assert families == {"Liberation Sans,Arial,Helvetica,sans-serif"}


def test_every_card_keeps_its_distance() -> None:
    """No state, card or legend lies over another."""
    boxes = {}
    for group in drawn(dot(REAL)).iter(f"{SVG}g"):
        if (group.get("class") or "").startswith("node"):
            points = re.findall(r"(-?[\d.]+),(-?[\d.]+)", " ".join(_shapes(group)))
            xs, ys = [float(x) for x, _ in points], [float(y) for _, y in points]
            boxes[group.get("id")] = (min(xs), min(ys), max(xs), max(ys))
    assert len(boxes) > len(State)
    names = sorted(str(name) for name in boxes)
    for place, one in enumerate(names):
        for other in names[place + 1 :]:
            a, b = boxes[one], boxes[other]
            assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1], (one, other)


def _shapes(group: ET.Element) -> list[str]:
    points = [shape.get("points", "") for shape in group.iter(f"{SVG}polygon")]
    paths = [shape.get("d", "") for shape in group.iter(f"{SVG}path")]
    dots = [f"{shape.get('cx')},{shape.get('cy')}" for shape in group.iter(f"{SVG}ellipse")]
    return points + paths + dots


def test_drawing_twice_gives_the_same_bytes() -> None:
    """Neither ids nor coordinates depend on what the process drew before."""
    first = generated(REAL)
    svg("digraph { a -> b }", title="T", description="D")
    assert generated(REAL) == first


def test_drawing_in_threads_gives_the_same_bytes() -> None:
    """Graphviz is not made for threads; drawings wait for each other and come out alike."""
    text = dot(REAL)
    with ThreadPoolExecutor(6) as pool:
        pictures = list(pool.map(lambda n: svg(text, title="T", description="D"), range(6)))
    assert set(pictures) == {svg(text, title="T", description="D")}


@pytest.mark.parametrize("fonts", ["system", "none"])
def test_a_fresh_process_gives_the_same_bytes_with_and_without_fonts(fonts: str, tmp_path: Path) -> None:
    """The picture of another process is the same, also where no font is installed at all."""
    (tmp_path / "none.conf").write_text('<?xml version="1.0"?><fontconfig></fontconfig>')
    env = {"PYTHONHASHSEED": "3", "HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    if fonts == "none":
        env["FONTCONFIG_FILE"] = str(tmp_path / "none.conf")
    code = (
        "import hashlib; from lifecycle.policy import policy; from lifecycle.diagrams import generated;"
        "print({n: hashlib.sha256(c if isinstance(c, bytes) else c.encode()).hexdigest()"
        " for n, c in sorted(generated(policy()).items())})"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env)
    here = {
        name: hashlib.sha256(content if isinstance(content, bytes) else content.encode()).hexdigest()
        for name, content in sorted(generated(REAL).items())
    }
    assert ran.stdout.strip() == str(here)


def test_drawing_leaves_nothing_behind(tmp_path: Path) -> None:
    """Neither the installed package nor the folder for temporary files keeps anything of a drawing."""
    package = Path(drawing.__file__).parent.parent / "fonts"
    before = sorted(package.iterdir())
    code = "from lifecycle.diagrams import svg; svg('digraph { a }', title='T', description='D')"
    env = {"HOME": str(tmp_path), "TMPDIR": str(tmp_path), "PATH": os.environ["PATH"]}
    subprocess.run([sys.executable, "-c", code], check=True, env=env, capture_output=True)
    assert list(tmp_path.iterdir()) == []
    assert sorted(package.iterdir()) == before


@pytest.mark.parametrize("before", [None, "host.conf"])
def test_the_hosts_font_settings_are_given_back(before: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Drawing leaves the environment as it was."""
    if before is None:
        monkeypatch.delenv("FONTCONFIG_FILE", raising=False)
    else:
        monkeypatch.setenv("FONTCONFIG_FILE", before)
    svg("digraph { a }", title="T", description="D")
    assert os.environ.get("FONTCONFIG_FILE") == before


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without pygraphviz, drawing fails with the command that installs it."""
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    with pytest.raises(DiagramExtraMissing, match=r"pip install 'account-lifecycle\[diagram\]'"):
        svg("digraph { a }", title="T", description="D")


# --- the files --------------------------------------------------------------------------------------------------


def test_writing_makes_every_file_and_then_rests(tmp_path: Path) -> None:
    """The first write makes all files, the second one none, and the check is content."""
    assert write(REAL, tmp_path / "new" / "diagrams") == FILES
    assert write(REAL, tmp_path / "new" / "diagrams") == []
    assert check(REAL, tmp_path / "new" / "diagrams") == []


def test_the_committed_files_are_up_to_date() -> None:
    """The folder of this checkout holds what the policy and the cases say now."""
    assert check(REAL, ROOT / "diagrams", all_told()) == []


def test_the_index_links_every_file(folder: Path) -> None:
    """The index leads to every other file."""
    index = (folder / "README.md").read_text(encoding="utf-8")
    pages = {name for name in FILES if "/" not in name or name.endswith(".md")}
    assert set(re.findall(r"\]\(([^)]*)\)", index)) == pages - {"README.md"}


@pytest.mark.parametrize("name", SOME)
def test_a_missing_file_is_found(folder: Path, name: str) -> None:
    """A file that is not there is named."""
    (folder / name).unlink()
    assert check(REAL, folder) == [name]


@pytest.mark.parametrize("name", SOME)
def test_an_edited_file_is_found_and_mended(folder: Path, name: str) -> None:
    """A file changed by hand is named, and written again."""
    (folder / name).write_bytes((folder / name).read_bytes() + b"\n")
    assert check(REAL, folder) == [name]
    assert write(REAL, folder) == [name]
    assert check(REAL, folder) == []


def test_a_changed_policy_makes_every_picture_stale(folder: Path) -> None:
    """A row more changes the drawing, its pages and the picture."""
    more = attrs.evolve(REAL, rows=(*REAL.rows, row("vanish", State.ACTIVE, State.DELETED, title="Vanish")))
    assert check(more, folder) == ["account.dot", "account.md", "account.svg", "policy.md"]


def test_a_file_nobody_generates_is_found_and_left_alone(folder: Path) -> None:
    """A left-over is named, never deleted; hidden files and pictures of the console are nobody's business."""
    (folder / "old.svg").write_text("")
    (folder / "console_account.png").write_bytes(b"")
    (folder / ".keep").write_text("")
    (folder / ".git").mkdir()
    (folder / ".git" / "config").write_text("")
    (folder / "paths").mkdir()
    (folder / "paths" / "p-99.svg").write_text("")
    assert check(REAL, folder) == ["old.svg", "paths/p-99.svg"]
    assert write(REAL, folder) == []
    assert (folder / "old.svg").exists()


def test_a_folder_that_is_not_there_misses_everything(tmp_path: Path) -> None:
    """Every file is missing where there is no folder."""
    assert check(REAL, tmp_path / "nowhere") == FILES


def test_line_ends_of_another_system_are_no_change(folder: Path) -> None:
    """A checkout with other line ends is still up to date."""
    for name in FILES:
        (folder / name).write_bytes((folder / name).read_bytes().replace(b"\n", b"\r\n"))
    assert check(REAL, folder) == []


def test_staleness_is_found_without_graphviz(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where pygraphviz is missing, the digest in the picture tells what it was drawn from."""

    def gone(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    monkeypatch.setattr("lifecycle.diagrams.drawing.metadata.version", gone)
    assert check(REAL, folder) == []
    picture = (folder / "account.svg").read_text(encoding="utf-8")
    (folder / "account.svg").write_text(re.sub(r'data-dot="[0-9a-f]', 'data-dot="x', picture), encoding="utf-8")
    assert check(REAL, folder) == ["account.svg"]


@pytest.mark.parametrize(
    ("version", "system", "same"), [("2.0.4", "linux", True), ("2.0.3", "linux", False), ("2.0.4", "win32", False)]
)
def test_bytes_are_compared_only_with_the_pinned_graphviz(
    folder: Path, monkeypatch: pytest.MonkeyPatch, version: str, system: str, same: bool
) -> None:
    """An edited picture with the right digest is caught where the same bytes can be drawn, and let pass elsewhere."""
    monkeypatch.setattr("lifecycle.diagrams.drawing.metadata.version", lambda name: version)
    monkeypatch.setattr("lifecycle.diagrams.drawing.sys.platform", system)
    picture = (folder / "account.svg").read_text(encoding="utf-8")
    (folder / "account.svg").write_text(picture.replace("</svg>", "<!-- edited --></svg>"), encoding="utf-8")
    assert check(REAL, folder) == (["account.svg"] if same else [])


def test_the_description_counts() -> None:
    """The sentence for those who cannot see the picture tells how much of the policy it shows."""
    rows = made_up(row("go", State.ACTIVE, State.SUSPENDED), row("warn", State.ACTIVE, None))
    assert diagrams.description(rows).startswith("1 of the 2 rules about an account ")
