"""The rooms of the package: what each may import, what only one of them may touch, and how long it may grow."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import lifecycle

ROOT = Path(lifecycle.__file__).parent
MODULES = sorted(ROOT.rglob("*.py"))

MODEL = {"errors", "facts", "model"}
RULES = MODEL | {"calendar", "lengths", "rows"}
BRAIN = RULES | {"fold", "effects", "machine", "decide", "settle"}
MAY_IMPORT: dict[str, set[str]] = {
    "errors": set(),
    "facts": {"errors"},
    "model": {"errors", "facts"},
    "calendar": set(),
    "lengths": {"calendar"},
    "rows": MODEL | {"calendar", "lengths"},
    "policy": RULES,
    "place": {"errors", "calendar", "lengths"},
    "entries_file": {"errors", "calendar", "lengths", "place", "policy"},
    "parameters_file": RULES | {"place", "policy", "entries_file"},
    "policy_check": RULES | {"doors_check"},
    "doors_check": RULES,
    "composing": RULES | {"policy", "policy_check"},
    "choosing": RULES | {"parameters_file", "place", "policy", "policy_check"},
    "engine": set(),
    "machine": RULES | {"engine", "policy_check"},
    "fold": MODEL,
    "effects": RULES | {"fold"},
    "decide": RULES | {"fold", "effects", "machine"},
    "settle": RULES | {"fold", "machine", "decide"},
    "plan": BRAIN,
    "imports": RULES | {"fold", "effects"},
    "trace": RULES,
    "prose": RULES | {"policy", "decide", "trace"},
    "diagrams": RULES | {"decide", "prose", "cases", "trace"},
    "cases": RULES | {"choosing", "identity", "parameters_file", "place", "policy", "decide"},
    "vault": MODEL,
    "store": MODEL | {"fold"},
    "identity": {"errors"},
    "linking": MODEL | {"identity", "store", "vault"},
    "request": RULES | {"store", "vault", "identity"},
    "answers": MODEL | {"request"},
    "gathering": MODEL,
    "log": MODEL | {"store"},
    "telemetry": MODEL | {"store"},
    "loyalty": RULES | {"machine", "policy"},
    "reading": BRAIN | {"loyalty", "gathering", "request", "store", "vault"},
    "advising": BRAIN | {"gathering", "plan", "reading", "request"},
    "submitting": BRAIN
    | {
        "advising",
        "policy",
        "log",
        "telemetry",
        "store",
        "vault",
        "request",
        "answers",
        "gathering",
        "identity",
        "linking",
        "reading",
    },
    "counting": RULES | {"store"},
    "observing": BRAIN | {"answers", "counting", "gathering", "reading", "request", "store", "submitting"},
    "service": BRAIN
    | {
        "policy",
        "imports",
        "log",
        "telemetry",
        "store",
        "vault",
        "request",
        "gathering",
        "identity",
        "linking",
        "reading",
        "submitting",
    }
    | {"observing"},
    "awaiting": {"errors", "service"},
    "bulk": {"decide", "errors", "imports", "model", "reading", "request", "service", "store"},
    "redeciding": BRAIN | {"imports", "store"},
    "export": {"model", "store"},
    "worker": MODEL | {"settle", "log", "health", "service", "store", "telemetry"},
    "health": {"calendar", "service", "store"},
    "simulating": RULES | {"gathering", "service"},
    "replay": BRAIN | {"simulating"} | {"cases", "gathering", "prose", "service", "store", "submitting", "vault"},
    "retelling": BRAIN | {"cases", "parameters_file", "imports", "store", "submitting"},
    "casebook": BRAIN | {"cases", "place", "replay", "retelling", "service", "store"},
    "showing": BRAIN | {"casebook", "cases", "gathering", "replay", "service", "simulating", "store"},
    "documents": BRAIN | {"cases", "plan", "prose", "store"},
    "webhooks": {"errors", "worker"},
    "http": BRAIN
    | {"awaiting", "casebook", "cases", "diagrams", "documents", "export", "health", "identity", "imports", "log"}
    | {"parameters_file", "place", "plan", "policy", "policy_check", "prose", "redeciding", "replay", "request"}
    | {"retelling", "service", "showing", "store", "trace"},
    "stories": RULES | {"cases", "diagrams", "replay"},
    "pytest_plugin": BRAIN | {"choosing", "cases", "replay", "service"},
    "cli": BRAIN
    | {
        "policy",
        "policy_check",
        "cases",
        "diagrams",
        "log",
        "prose",
        "replay",
        "service",
        "store",
        "stories",
        "vault",
        "trace",
    }
    | {"choosing", "parameters_file", "place", "retelling", "plan", "loyalty", "counting", "observing"}
    | {"gathering", "health", "telemetry", "worker", "bulk", "export", "redeciding"}
    | {"casebook", "documents", "http", "showing", "simulating", "webhooks"},
    "__init__": BRAIN | {"choosing", "composing", "observing", "parameters_file", "plan", "policy", "service"},
    "__main__": {"cli"},
}
"""Each room and the rooms it may import. Whatever is not here may not be imported."""

ONLY_IN: dict[str, set[str]] = {
    "transitions": {"engine", "machine"},
    "sqlite3": {"store"},
    "psycopg": {"store"},
    "psycopg_pool": {"store"},
    "cryptography": {"vault"},
    "holidays": {"calendar"},
    "pygraphviz": {"diagrams"},
    "rich": {"cli"},
    "cyclopts": {"cli"},
    "structlog": {"service", "log", "cli"},
    "opentelemetry": {"telemetry"},
    "pytest": {"pytest_plugin"},
    "litestar": {"http", "cli"},
    "uvicorn": {"cli"},
    "jinja2": {"http"},
    "cattrs": {"http"},
    "jwt": {"http"},
    "standardwebhooks": {"webhooks"},
}
"""Packages that only these rooms may touch."""

PURE = (
    "errors",
    "facts",
    "model",
    "calendar",
    "rows",
    "policy",
    "policy_check",
    "machine",
    "fold",
    "effects",
    "decide",
)
PURE_TOO = ("settle", "plan", "imports", "prose", "trace", "counting")
IMPURE = {
    *("time", "random", "secrets", "uuid", "os", "sys", "io", "pathlib", "tempfile", "shutil", "glob"),
    *("socket", "ssl", "http", "urllib", "sqlite3", "subprocess", "threading", "multiprocessing", "asyncio", "logging"),
}
CLOCKS = {"now", "utcnow", "today", "time", "monotonic", "getenv", "environ", "urandom", "open", "input", "print"}

LONGEST = 350
"""How many lines a module may have; most stay under 300."""


def room_of(module: Path) -> str:
    """The room a module belongs to: a file, or a folder directly under the package."""
    return module.relative_to(ROOT).parts[0].removesuffix(".py")


@functools.cache
def imported(module: Path) -> tuple[str, ...]:
    """Every dotted name a module imports, also inside functions."""
    return tuple(_imported(module))


def _imported(module: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports relatively; write the whole name"
            if node.module == "lifecycle":
                yield from (f"lifecycle.{alias.name}" for alias in node.names)
            else:
                yield str(node.module)


def rooms_imported(module: Path) -> set[str]:
    """The other rooms of the package that a module imports."""
    found = {name.split(".")[1] if "." in name else "__init__" for name in imported(module) if _ours(name)}
    return found - {room_of(module)}


def _ours(name: str) -> bool:
    return name == "lifecycle" or name.startswith("lifecycle.")


def of(module: Path) -> str:
    """How a module is called in the output of the tests."""
    return module.relative_to(ROOT).as_posix()


def test_every_room_is_in_the_table() -> None:
    """A new module must say in the table above which rooms it may import."""
    unknown = {room_of(module) for module in MODULES} - set(MAY_IMPORT)
    assert not unknown, f"say in MAY_IMPORT what {sorted(unknown)} may import, as few rooms as it can do with"


@pytest.mark.parametrize("module", MODULES, ids=of)
def test_imports_run_one_way(module: Path) -> None:
    """A room imports only the rooms that the table allows it."""
    too_many = rooms_imported(module) - MAY_IMPORT.get(room_of(module), set())
    assert not too_many, f"{of(module)} may not import {sorted(too_many)}"


def test_the_table_has_no_circle() -> None:
    """The rooms can be put in an order in which each imports only earlier ones."""
    left = {room: set(others) for room, others in MAY_IMPORT.items()}
    while ready := {room for room, others in left.items() if not others & set(left)}:
        left = {room: others for room, others in left.items() if room not in ready}
    assert not left, f"these rooms import each other: {sorted(left)}"


@pytest.mark.parametrize("package", ONLY_IN)
def test_packages_keep_to_their_rooms(package: str) -> None:
    """A third-party package is imported in its own rooms and nowhere else."""
    users = {room_of(m) for m in MODULES if any(name.split(".")[0] == package for name in imported(m))}
    assert users <= ONLY_IN[package]
    assert users or package in ("pygraphviz", "rich", "cyclopts", "structlog", "pytest"), f"nobody uses {package}"


@pytest.mark.parametrize("module", [m for m in MODULES if room_of(m) in (*PURE, *PURE_TOO)], ids=of)
def test_pure_rooms_read_nothing(module: Path) -> None:
    """A pure room reads no clock, chance, environment, file, network or database."""
    assert not {name.split(".")[0] for name in imported(module)} & IMPURE
    called = {
        node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
    }
    assert not called & CLOCKS


@pytest.mark.parametrize("module", MODULES, ids=of)
def test_modules_are_short_and_say_what_they_know(module: Path) -> None:
    """Every module has a docstring, a length one can read, and no note to do something later."""
    text = module.read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(text)), f"{of(module)} has no docstring"
    assert text.count("\n") <= LONGEST, f"{of(module)} is too long: split it"
    assert not re.search(r"\b(TODO|FIXME|XXX|HACK)\b|pragma: no cover", text)
