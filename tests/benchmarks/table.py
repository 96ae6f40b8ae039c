"""The table: what was measured, as Markdown, and its place in the README.

Knows how figures are written. Does not know what they mean.
"""

from __future__ import annotations

import os
import platform
import sqlite3
import sys
from collections.abc import Iterable
from pathlib import Path

from benchmarks.measuring import Group, Measured, Target

BEGIN, END = "<!-- figures -->", "<!-- /figures -->"


def machine() -> str:
    """What this ran on."""
    python = f"{platform.python_implementation()} {platform.python_version()}"
    cores = f"{os.cpu_count()} cores, {platform.machine()} {platform.system()}"
    return f"{python}, SQLite {sqlite3.sqlite_version}, {cores}"


def table(found: Iterable[Measured]) -> str:
    """Return all groups as one Markdown table, and under it what was counted besides."""
    found = tuple(found)
    lines = ["| what | µs a step, median (quartiles) | ratio | target |", "| --- | ---: | ---: | --- |"]
    for one in found:
        lines += [_head(one.group), *(_row(one, name) for name in one.group.names)]
    notes = [f"{note[0].upper()}{note[1:]}" for one in found for note in one.notes]
    return "\n".join([*lines, "", *notes, f"Measured with {machine()}.", ""])


def _head(group: Group) -> str:
    return f"| **{group.title}**: {group.says} | {group.clock} time | of the first | |"


def _row(one: Measured, name: str) -> str:
    low, middle, high = map(_short, one.quartiles(name))
    wanted = "; ".join(_wanted(one, target) for target in one.group.targets if target.side == name)
    return f"| {name} | {middle} ({low} to {high}) | {one.ratio(name, one.group.names[0]):.2f} | {wanted} |"


def _wanted(one: Measured, target: Target) -> str:
    ratio = one.ratio(target.side, target.against)
    verdict = "met" if ratio <= target.limit else "**missed**"
    if target.against == one.group.names[0]:
        return f"≤ {target.limit:.2f}: {verdict}"
    return f"≤ {target.limit:.2f} of {target.against}: {ratio:.2f}, {verdict}"


def _short(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:.0f}"


def write(readme: Path, text: str) -> None:
    """Put *text* between the markers of the README.

    Raises:
        SystemExit: the markers are not there.
    """
    said = readme.read_text(encoding="utf-8")
    before, begin, rest = said.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        sys.exit(f"{readme} has no place for the table: {BEGIN} and {END} are missing")
    readme.write_text(f"{before}{BEGIN}\n{text}{END}{after}", encoding="utf-8")
