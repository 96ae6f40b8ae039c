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

from benchmarks.measuring import Gain, Group, Measured, Target

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
    wanted = [_wanted(one, target) for target in one.group.targets if target.side == name]
    if one.group.gain is not None and one.group.gain.side == name:
        wanted.append(_gained(one, one.group.gain))
    pace = f", {1e6 / one.quartiles(name)[1]:,.0f} a second" if one.group.paced else ""
    ratios = [f"{one.ratio(name, one.group.names[0]):.2f}"]
    ratios += [f"{one.ratio(name, other):.2f} of {other}" for side, other in one.group.beside if side == name]
    times = f"{middle} ({low} to {high}){pace}{_waited(one, name)}"
    return f"| {name} | {times} | {'; '.join(ratios)} | {'; '.join(wanted)} |"


def _waited(one: Measured, name: str) -> str:
    if not one.group.waited:
        return ""
    usual, late = (_short(one.waited(name, percent) / 1000) for percent in (50, 99))
    return f"; answered in {usual} ms (p50), {late} ms (p99)"


def _wanted(one: Measured, target: Target) -> str:
    ratio = one.ratio(target.side, target.against)
    verdict = "met" if ratio <= target.limit else "**missed**"
    if target.against == one.group.names[0]:
        return f"≤ {target.limit:.2f}: {verdict}"
    return f"≤ {target.limit:.2f} of {target.against}: {ratio:.2f}, {verdict}"


def _gained(one: Measured, gain: Gain) -> str:
    part, mine, other = one.gained(gain), one.ratio(gain.alone, gain.side), one.ratio(gain.other_alone, gain.other)
    verdict = "met" if part >= gain.least else "**missed**"
    return f"gains {mine:.2f} over one, ≥ {gain.least:.2f} of the {other:.2f} by hand: {part:.2f}, {verdict}"


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
