"""Codes under attack, on each database: many guesses at once, many right entries at once, and where a code is ever to be found."""

from __future__ import annotations

import sqlite3
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from shop import SECRET, Shop

from lifecycle import Actor, Lifecycle, LifecycleError, State

ANN = Actor.holder("ann")
AT_ONCE = 50


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def accounts(request, tmp_path):
    """A service over each kind of store."""
    shop = Shop()
    if request.param == "memory":
        url = "memory:"
    elif request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'accounts.db'}"
    else:
        url = request.getfixturevalue("postgres_url")
    with Lifecycle.open(url, secret=SECRET, gather=shop.gather, clock=shop.clock, synchronous="NORMAL") as service:
        service.url, service.shop = url, shop
        given = {"ground": "new_device", "contacts": ["email", "phone"]}
        service.import_account("ann", state="security_locked", given=given)
        yield service


def sent(accounts, channel="sms"):
    """Have a code or link sent, and return it."""
    accounts.submit("send_unlock_code", account="ann", by=ANN, facts={"channel": channel})
    return accounts.code_for("ann", "unlock_code")


def all_at_once(accounts, codes):
    """Type every code in at the same moment, each in a thread of its own; return the decisions."""

    def type_in(code):
        return accounts.submit("verify", account="ann", by=ANN, code=code)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(type_in, codes))


def test_fifty_guesses_at_once_never_pass_the_cap(accounts):
    """Of fifty wrong guesses at one moment as many count as are allowed, and no more is ever looked at."""
    right = sent(accounts)
    wrong = [f"{number:06}" for number in range(AT_ONCE + 1) if f"{number:06}" != right][:AT_ONCE]
    decisions = all_at_once(accounts, wrong)
    cap = accounts.policy.parameters.challenge_max_attempts
    assert sum(decision.allowed for decision in decisions) == cap
    assert accounts.account("ann").unlock_code.tries == cap
    assert accounts.account("ann").state is State.SECURITY_LOCKED
    refused = Counter(refusal.code for decision in decisions for refusal in decision.refusals)
    assert refused == {"tries_are_left": AT_ONCE - cap}
    late = accounts.submit("verify", account="ann", by=ANN, code=right)
    assert {refusal.code for refusal in late.refusals} == {"tries_are_left"}
    assert not accounts.verify().damage


def test_fifty_right_entries_at_once_succeed_once(accounts):
    """Of fifty right entries at one moment one opens the account; the others find nothing left to open."""
    decisions = all_at_once(accounts, [sent(accounts)] * AT_ONCE)
    assert sum(decision.allowed for decision in decisions) == 1
    assert [event.trigger for event in accounts.events("ann")].count("verify") == 1
    assert accounts.account("ann").state is State.ACTIVE
    assert not accounts.verify().damage


def test_a_right_entry_among_guesses_succeeds_at_most_once(accounts):
    """However guesses and the right code are mixed, the cap holds and the account opens at most once."""
    right = sent(accounts)
    wrong = "000000" if right != "000000" else "000001"
    decisions = all_at_once(accounts, [wrong, right] * (AT_ONCE // 2))
    opened = [decision for decision in decisions if decision.allowed and decision.events[0].dest is State.ACTIVE]
    counted = [decision for decision in decisions if decision.allowed and decision.events[0].dest is not State.ACTIVE]
    assert len(opened) <= 1
    assert len(counted) <= accounts.policy.parameters.challenge_max_attempts
    assert not accounts.verify().damage


@pytest.mark.parametrize("channel", ["sms", "email_link"])
def test_a_code_is_nowhere_at_rest(accounts, channel, caplog, capsys):
    """A code or link, right or wrong, is in no event, no row of the database, no log line, and no exception's words."""
    caplog.set_level("DEBUG")
    right = sent(accounts, channel)
    wrong = "987654" if channel == "sms" else "planted-wrong-link"
    accounts.submit("verify", account="ann", by=ANN, code=wrong, key="k1")
    said = []
    for key, code in (("k1", right), ("k" * 500, wrong)):
        with pytest.raises(LifecycleError) as caught:
            accounts.submit("verify", account="ann", by=ANN, code=code, key=key)
        said += [str(caught.value), repr(caught.value), repr(caught.value.__cause__), repr(caught.value.__context__)]
    accounts.submit("verify", account="ann", by=ANN, code=right, key="k2")
    assert accounts.account("ann").state is State.ACTIVE
    everywhere = [
        *said,
        *map(repr, accounts.events("ann")),
        *map(repr, accounts.outbox()),
        repr(accounts.account("ann")),
        caplog.text,
        "".join(capsys.readouterr()),
        *dump(accounts),
    ]
    for text in everywhere:
        assert right not in text
        assert wrong not in text


def dump(accounts):
    """Every value of every row of every table; of a file the bytes as well, deleted rows among them."""
    if accounts.url.startswith("sqlite"):
        path = accounts.url.removeprefix("sqlite:///")
        connection = sqlite3.connect(path)
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = [repr(row) for table in tables for row in connection.execute(f"SELECT * FROM {table}")]
        connection.close()
        with Path(path).open("rb") as file, Path(f"{path}-wal").open("rb") as log:
            return [*rows, repr(file.read()), repr(log.read())]
    if accounts.url.startswith("postgres"):
        with psycopg.connect(accounts.url) as connection:
            tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
            return [repr(row) for (table,) in tables for row in connection.execute(f"SELECT * FROM {table}").fetchall()]
    return [repr(vars(accounts.store))]
