"""What tests of several rooms share: a shop that knows facts, and a service over each kind of store."""

from __future__ import annotations

import gc

import pytest
from hypothesis import settings
from postgres import Server
from shop import SECRET, Shop

from lifecycle import Lifecycle
from lifecycle.cases import read_cases
from lifecycle.replay import run, simulated

# A shared machine may be slow for a moment; that is no reason for a test to fail.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

pytest_plugins = ["lifecycle.pytest_plugin", "leaks"]
"""Loaded here and not by its entry point (see the pytest settings), so that coverage sees the package being imported."""


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """Collect ten thousand tests without looking for garbage in them, then or later: that took half of every run."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.set_threshold(20_000, 20, 20)
        gc.enable()


@pytest.fixture(scope="session")
def server():
    """A PostgreSQL server, one for each process that runs tests."""
    server = Server()
    yield server
    server.close()


@pytest.fixture
def database(server):
    """The name of a PostgreSQL database of the test's own, without any table."""
    with server.database() as name:
        yield name


@pytest.fixture
def postgres_url(server):
    """The address of a PostgreSQL database with the tables of a store, all of them empty."""
    with server.shared() as name:
        yield server.url(name)


@pytest.fixture
def shop():
    """A shop at nine o'clock on a Monday, with nothing owed."""
    return Shop()


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def accounts(request, shop, tmp_path):
    """A service over each kind of store, with the shop's clock and facts."""
    url = "memory:" if request.param == "memory" else f"sqlite:///{tmp_path / 'accounts.db'}"
    if request.param == "postgres":
        url = request.getfixturevalue("postgres_url")
    with Lifecycle.open(url, secret=SECRET, gather=shop.gather, clock=shop.clock) as service:
        yield service


@pytest.fixture
def ann(accounts):
    """A registered account with an e-mail and a phone number."""
    accounts.register(
        "ann",
        identifiers={"email": "ann@example.org", "phone": "+49 30 1234"},
        facts={"registration_fields": 4, "verified_by": "link"},
    )
    return "ann"


@pytest.fixture
def read(tmp_path):
    """Read a text that holds one case."""

    def reading(text):
        path = tmp_path / "story.case.toml"
        path.write_text(text, encoding="utf-8")
        (case,) = read_cases(path)
        return case

    return reading


@pytest.fixture
def replayed(read):
    """Read a text and replay its case on a fresh service."""

    def replaying(text):
        with simulated() as lifecycle:
            return run(read(text), lifecycle)

    return replaying
