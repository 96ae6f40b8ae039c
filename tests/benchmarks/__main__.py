"""Measures this library beside others: ``.venv/bin/python tests/benchmarks``. Needs the [bench] extra.

The sides of a group take turns in one run, each group in a process of its own, so that none finds the memory as another
left it; what is printed are medians and ratios, for only ratios carry over to another machine. ``--write`` puts the table
into the README.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import warnings
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parent.parent
sys.path[0] = str(TESTS)

from benchmarks import table  # noqa: E402 - found once the tests' folder is on the path
from benchmarks.groups import GROUPS, missing  # noqa: E402
from benchmarks.measuring import Measured, measure  # noqa: E402

README = TESTS.parent / "README.md"


def main() -> int:
    """Run the groups asked for; return 2 if something to compare with is not installed."""
    asked = _arguments()
    chosen = [group for group in GROUPS if not asked.only or group.name in asked.only]
    if absent := missing(chosen):
        sys.stderr.write(
            f"not installed: {', '.join(absent)}. Nothing is left out silently, so nothing was measured.\n"
            "Install what is compared with: .venv/bin/pip install -e '.[bench]'\n"
        )
        return 2
    found = []
    for group in chosen:
        sys.stderr.write(f"{group.title} …\n")
        with ProcessPoolExecutor(1, multiprocessing.get_context("fork")) as apart:
            times, notes, waits = apart.submit(_measured, group.name, quick=asked.quick).result()
        found.append(Measured(group, times, notes, waits))
    text = table.table(found)
    sys.stdout.write(text)
    if asked.write:
        table.write(README, text)
    return 0


def _measured(name: str, *, quick: bool) -> tuple[Any, Any, Any]:
    group = next(group for group in GROUPS if group.name == name)
    found = measure(group, 0.1 if quick else 1.0, 5 if quick else None)
    return found.times, found.notes, found.waits


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python tests/benchmarks", description=__doc__)
    names = [group.name for group in GROUPS]
    parser.add_argument("--only", action="append", choices=names, metavar="NAME", help=f"one of {', '.join(names)}")
    parser.add_argument("--quick", action="store_true", help="a tenth of the work, to see that it runs")
    parser.add_argument("--write", action="store_true", help="put the table into README.md; needs a full run")
    asked = parser.parse_args()
    if asked.write and (asked.only or asked.quick):
        parser.error("--write goes with neither --only nor --quick: the table shows one whole run")
    return asked


if __name__ == "__main__":
    # what rivals warn about is their own business
    warnings.simplefilter("ignore")
    sys.exit(main())
