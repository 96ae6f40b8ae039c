"""Break the policy in every small way, and see that somebody notices: ``python tests/mutations``.

Exits with 1 if a mutant survives that the list of survivors does not know, or if a listed one is noticed after all.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import sys
import time
import tomllib
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from finding import find, write  # noqa: E402 - found beside this file
from judges import noticed  # noqa: E402 - found beside this file
from mutants import KINDS, Mutant, mutants  # noqa: E402
from replayed import accounts, replayed  # noqa: E402 - found beside this file

from lifecycle.policy import policy  # noqa: E402
from lifecycle.trace import trace  # noqa: E402

SURVIVORS = HERE / "survivors.toml"


def survivors() -> dict[str, str]:
    """Return the mutants nobody needs to notice, each with its reason."""
    return {str(key): str(why) for key, why in tomllib.loads(SURVIVORS.read_text(encoding="utf-8")).items()}


_mutants: dict[str, Mutant] = {}


def _judge(name: str) -> tuple[str, str]:
    return name, noticed(_mutants[name])


def judged(names: list[str], jobs: int, *, quiet: bool = False) -> dict[str, str]:
    """Return for each mutant of *names* who noticed it."""
    found: dict[str, str] = {}
    started = time.monotonic()
    # What every mutant is held against is read once, before the processes part.
    _mutants.update({mutant.name: mutant for mutant in mutants(policy())})
    accounts()
    with ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("fork")) as pool:
        for number, (name, who) in enumerate(pool.map(_judge, names, chunksize=4), start=1):
            found[name] = who
            if not quiet and sys.stderr.isatty():
                print(f"\r{number} of {len(names)} mutants", end="", file=sys.stderr, flush=True)
    if not quiet:
        print(f"\r{len(names)} mutants in {time.monotonic() - started:.0f} s", file=sys.stderr)
    return found


def mistakes(found: dict[str, str], listed: dict[str, str]) -> list[str]:
    """Return what is wrong with the list of survivors, held against what was *found*."""
    wrong = [f"nobody notices: {name}" for name, who in found.items() if not who and name not in listed]
    wrong += [f"listed, and yet noticed by {who}: {name}" for name, who in found.items() if who and name in listed]
    wrong += [f"listed without a reason: {name}" for name, why in listed.items() if not why.strip()]
    known = {mutant.name for mutant in mutants(policy())}
    return wrong + [f"listed, and no such mutant: {name}" for name in listed if name not in known]


def _find() -> int:
    found, missing = find()
    write(found)
    print(f"{len(found)} refused attempts written, {len(missing)} conditions without one")
    print(*missing, sep="\n")
    return 1 if missing else 0


def _drawn(number: int, seed: int | None) -> int:
    """Break rules drawn at random through what holds them; return 1 if that of one goes unnoticed."""
    seed = seed if seed is not None else random.randrange(10**6)
    cases = [(one.case.label, one.case.cites) for one in replayed()]
    held = [one for one in trace(policy(), cases).rules if one.primary and one.primary.kind in BREAKABLE]
    print(f"{number} of {len(held)} rules that a row, a guard or a parameter holds, drawn with --seed {seed}")
    unnoticed = 0
    for one in random.Random(seed).sample(held, number):
        holder = one.primary
        assert holder is not None
        broken = [m for m in mutants(policy()) if holder.name in (m.about, m.guard)]
        found = {mutant.name: noticed(mutant) for mutant in broken}
        caught = {name: who for name, who in found.items() if who}
        unnoticed += not caught
        print(f"{one.rule.id} {one.rule.says}\n    held by the {holder.words}")
        for name, who in list(caught.items())[:1]:
            print(f"    {name}: noticed by {who}")
        print(f"    {len(caught)} of {len(found)} ways to break it are noticed")
    return 1 if unnoticed else 0


BREAKABLE = ("row", "guard", "parameter")
"""What can be broken one thing at a time."""


def main() -> int:
    """Judge the mutants asked for and print what came of it."""
    asked = argparse.ArgumentParser(prog="python tests/mutations", description=__doc__)
    asked.add_argument("--kind", choices=KINDS, help="one kind of change only")
    asked.add_argument("--about", help="only mutants whose name holds this text")
    asked.add_argument("--every", type=int, default=1, metavar="N", help="every N-th mutant only")
    asked.add_argument("--jobs", type=int, default=2, help="how many processes judge at once")
    asked.add_argument("--show", action="store_true", help="say of each mutant who noticed it")
    asked.add_argument("--survivors", action="store_true", help="judge the listed survivors again as well")
    asked.add_argument("--rules", type=int, metavar="N", help="break N rules drawn at random, and say who noticed")
    asked.add_argument("--seed", type=int, help="draws the same rules again")
    asked.add_argument(
        "--find", action="store_true", help="write tests/refusals.toml anew, and say what lacks an attempt"
    )
    said = asked.parse_args()
    if said.find:
        return _find()
    listed = survivors()
    if said.rules:
        return _drawn(said.rules, said.seed)
    names = [
        mutant.name
        for mutant in mutants(policy())
        if said.kind in (None, mutant.kind) and (said.about or "") in mutant.name
        if said.survivors or mutant.name not in listed
    ][:: said.every]
    found = judged(names, said.jobs)
    for name, who in found.items():
        if said.show:
            print(f"{name}\n    {f'noticed by {who}' if who else 'noticed by nobody'}")
    wrong = mistakes(found, listed)
    counts = Counter(name.partition(" ")[0] for name in names)
    caught = Counter(name.partition(" ")[0] for name, who in found.items() if who)
    for kind in KINDS:
        if counts[kind]:
            print(f"{kind:<12} {counts[kind]:>5} mutants, {caught[kind]:>5} noticed, {counts[kind] - caught[kind]} not")
    print(*wrong, sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
