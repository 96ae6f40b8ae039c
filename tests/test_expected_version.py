"""Deciding on what one saw: a request that names a version is decided at that version only, on every store."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from shop import SECRET

from lifecycle import Actor, Lifecycle
from lifecycle.errors import BadRequest, OutOfDate

AGENT = Actor.agent("a1")
LOCK = {"ground": "new_device"}


@pytest.fixture
def ann(accounts):
    """An active account at version 1."""
    accounts.import_account("ann", state="active")
    return accounts


def test_at_the_version_that_was_seen(ann):
    """A request that names the account's version is decided as usual."""
    assert ann.submit("lock", account="ann", by=AGENT, facts=LOCK, expected=1).allowed


@pytest.mark.parametrize("expected", [0, 2, 99])
def test_at_another_version(ann, expected):
    """One that names another is not decided at all: no event, no denial."""
    with pytest.raises(OutOfDate, match=f"at version 1, not {expected}") as raised:
        ann.submit("lock", account="ann", by=AGENT, facts=LOCK, expected=expected, key="k")
    assert raised.value.version == 1
    assert (ann.account("ann").version, list(ann.denials("ann"))) == (1, [])
    assert ann.submit("lock", account="ann", by=AGENT, facts=LOCK, expected=1, key="k").allowed


def test_a_repeated_request_is_answered_whatever_the_version_is_now(ann):
    """Under its key a request is the same whatever version it names, and is answered as before."""
    ann.submit("lock", account="ann", by=AGENT, facts=LOCK, expected=1, key="k")
    assert ann.submit("lock", account="ann", by=AGENT, facts=LOCK, expected=1, key="k").repeated


def test_a_dry_run_looks_too(ann):
    """A dry run on another version is out of date as well."""
    with pytest.raises(OutOfDate):
        ann.submit("lock", account="ann", by=AGENT, facts=LOCK, expected=7, dry_run=True)


@pytest.mark.parametrize("expected", [-1, True, "1", 1.0])
def test_what_is_no_version(ann, expected):
    """A version is a whole number."""
    with pytest.raises(BadRequest, match="expected="):
        ann.submit("lock", account="ann", by=AGENT, facts=LOCK, expected=expected)


def test_many_who_saw_the_same(shop, tmp_path, request):
    """Of many who decide at once on the same version one is heard; the others are out of date, refused ones included."""
    with Lifecycle.open(f"sqlite:///{tmp_path / 'a.db'}", secret=SECRET, clock=shop.clock) as accounts:
        accounts.import_account("ann", state="active")

        def ask(number):
            try:
                return accounts.submit(
                    "lock", account="ann", by=Actor.agent(f"a{number}"), facts=LOCK, expected=1
                ).allowed
            except OutOfDate:
                return None

        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(ask, range(24)))
        assert sorted(found, key=str) == [None] * 23 + [True]
        assert accounts.account("ann").version == 2
        assert list(accounts.denials("ann")) == []
