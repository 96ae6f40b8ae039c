"""The command line on a PostgreSQL database: it says the same as on a SQLite file, and never a password."""

import psycopg
import pytest
from command_line import cli, some_accounts, told_accounts
from postgres import PASSWORD

QUESTIONS = (
    ("events", "ann"),
    ("events", "ann", "--json"),
    ("events", "nobody"),
    ("explain", "appeal", "bob", "--by", "holder", "--at", "2020-03-04T10:00Z"),
    ("options", "ann", "--at", "2020-03-04T10:00Z"),
    ("plan", "ann", "active", "--at", "2020-03-04T10:00Z"),
    ("may", "eve", "--at", "2020-03-04T10:00Z"),
    ("level", "ann", "--at", "2020-03-04T10:00Z"),
    ("signals", "ann", "--at", "2020-03-04T10:00Z"),
    ("verify",),
    ("verify", "bob", "--json"),
    ("refold",),
    ("outbox",),
)


@pytest.fixture
def both(tmp_path, postgres_url):
    """The same accounts in a SQLite file and in a PostgreSQL database: the names of both."""
    told_accounts(postgres_url)
    return some_accounts(tmp_path / "accounts.db"), postgres_url


def test_the_same_is_said_of_both(both):
    """Whatever is asked of an account, PostgreSQL answers as SQLite does, word for word."""
    path, url = both
    for words in QUESTIONS:
        expected = cli(*words, "--database", path)
        ran = cli(*words, "--database", url)
        assert (words, ran.code, ran.out, ran.err) == (words, expected.code, expected.out, expected.err)


def test_what_was_seen_is_kept(both, tmp_path):
    """What the command line writes is written to PostgreSQL as well."""
    secret = tmp_path / "secret.txt"
    secret.write_text("thirty-two letters of test secret")
    words = ("bob", "--at", "2020-03-04T10:00Z", "--secret-file", secret, "--database")
    seen = [cli("observe", "distinct_addresses", *words, name, "--about", "home") for name in both]
    assert [(ran.code, ran.err) for ran in seen] == [(0, ""), (0, "")]
    told = [cli("signals", *words[:3], "--database", name).out for name in both]
    assert told[0] == told[1]


def test_health(both):
    """How the service stands is told of PostgreSQL as well."""
    _, url = both
    ran = cli("health", "--database", url)
    assert ran.code == 1
    assert "3 timers due" in ran.out
    assert "4 notices waiting" in ran.out


def test_the_address_may_be_a_setting(both):
    """LIFECYCLE_DATABASE keeps an address off the command line, where others could read it."""
    _, url = both
    assert cli("verify", LIFECYCLE_DATABASE=url).out == cli("verify", "--database", url).out


def test_damage_is_told(both):
    """A log that was edited is found in PostgreSQL, and the exit code says so."""
    _, url = both
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE lifecycle_event SET trigger = 'x' WHERE account_id = 'ann' AND version = 2")
    ran = cli("verify", "--database", url)
    assert ran.code == 1
    assert "ann" in ran.out


def test_a_database_without_accounts_is_left_as_it_is(server, database):
    """A database without our tables is named, and gets none; one that is not there is not made."""
    for command in (("events", "ann"), ("options", "ann"), ("verify",), ("refold",)):
        ran = cli(*command, "--database", server.url(database))
        assert ran.code == 2
        assert "holds no accounts. Nothing was changed" in ran.err
    with server.connect(database) as connection:
        assert connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (0,)
    ran = cli("verify", "--database", server.url("missing_shop"))
    assert ran.code == 2
    assert "does not exist on this server" in ran.err


def test_no_password_is_said(server, database):
    """Whatever goes wrong, neither the password nor a piece of it is on any output."""
    wrong = (
        server.tcp_url(database, password="planted-guess"),
        f"postgresql://shop:{PASSWORD}@127.0.0.1:1/shop",
        f"postgresql://shop:{PASSWORD}%zz@h/shop",
        f"postgres://shop:{PASSWORD}@h:port/shop",
        f"postgresql://shop:{PASSWORD}@h/shop?pool_size=none",
    )
    for url in wrong:
        ran = cli("verify", "--database", url)
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.startswith("lifecycle: ")
        assert "planted" not in ran.err
