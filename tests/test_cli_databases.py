"""Databases and questions that cannot be used: each gets its sentence and exit code 2, and nothing is changed."""

import sqlite3
import subprocess
import sys

import pytest
from command_line import cli, edited, environment, some_accounts


@pytest.fixture
def database(tmp_path):
    """A database with a few accounts; see `some_accounts`."""
    return some_accounts(tmp_path / "accounts.db")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("events", "nobody"), 'there is no account "nobody"'),
        (("verify", "nobody"), 'there is no account "nobody"'),
        (("events", "no body"), "opaque id"),
        (("explain", "apeal", "eve", "--by", "holder"), 'Did you mean "appeal"?'),
        (("explain", "appeal", "eve", "--by", "janitor"), "Known: holder, agent, reviewer, supervisor, system."),
        (("explain", "appeal", "eve", "--by", "revewer:r1"), 'Did you mean "reviewer"?'),
        (("explain", "appeal", "eve", "--by", "agent:a b"), "an actor's id must be an opaque id"),
        (("explain", "appeal", "eve", "--by", "holder", "--fact", "x"), "--fact must be written name=value"),
        (("explain", "appeal", "eve", "--by", "holder", "--fact", "opn_orders=2"), 'Did you mean "open_orders"?'),
        (("explain", "appeal", "eve", "--by", "holder", "--fact", "open_orders=two"), "must be a whole number"),
        (("explain", "appeal", "eve", "--by", "holder", "--fact", "open_orders=-1"), "cannot be negative"),
        (("explain", "appeal", "eve", "--by", "holder", "--fact", "signed_in=yes"), "must be true or false"),
        (("explain", "appeal", "eve", "--by", "holder", "--fact", "ends_at=2020-01-01"), "without an offset"),
        (("explain", "appeal", "eve", "--by", "holder", "--fact", "code_right=true"), "cannot be given"),
        (("explain", "appeal", "eve", "--by", "holder", "--evidence", "a passport"), "evidence"),
        (("explain", "appeal", "eve", "--by", "holder", "--at", "yesterday"), "--at must be a time with its offset"),
        (("explain", "appeal", "eve", "--by", "holder", "--at", "2020-03-04T10:00"), "--at must be a time"),
        (("options", "eve", "--at", "2019-01-01T00:00Z"), "lies before the last event"),
    ],
)
def test_what_cannot_be_asked_is_answered_with_a_sentence(database, words, says):
    """Every mistake in a question exits with 2, says what was wrong, and writes nothing on the output."""
    ran = cli(*words, "--database", database)
    assert ran.code == 2
    assert ran.out == ""
    assert says in ran.err
    assert ran.err.startswith("lifecycle: ")


def test_a_database_that_does_not_exist_is_not_made(tmp_path):
    """A typo in the path leaves no empty file behind."""
    for command in (("events", "ann"), ("options", "ann"), ("verify",), ("refold",)):
        ran = cli(*command, "--database", tmp_path / "typo.db")
        assert ran.code == 2
        assert "there is no database at" in ran.err
    assert [*tmp_path.iterdir()] == []


def test_a_file_without_accounts_is_left_as_it_is(tmp_path):
    """An empty file or another program's database is named, and gets no tables of ours."""
    empty, foreign, text = (tmp_path / name for name in ("empty.db", "foreign.db", "text.db"))
    empty.touch()
    with sqlite3.connect(foreign) as connection:
        connection.execute("CREATE TABLE shop (name TEXT)")
    connection.close()
    text.write_text("this is no database, but it is long enough to look like one " * 20)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    for path, says in (
        (empty, "holds no accounts"),
        (foreign, "holds no accounts"),
        (text, "is not a SQLite database"),
    ):
        ran = cli("verify", "--database", path)
        assert ran.code == 2
        assert says in ran.err
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_database_of_a_newer_version_is_refused(database):
    """A file written by a later version is not read wrongly but named."""
    edited(database, "UPDATE lifecycle_meta SET value = '99' WHERE name = 'schema'")
    ran = cli("events", "ann", "--database", database)
    assert ran.code == 2
    assert "newer version" in ran.err


@pytest.mark.parametrize("address", ["memory:", "mysql://user:planted@host/shop"])
def test_other_kinds_of_addresses_are_refused(address):
    """Only SQLite and PostgreSQL can be named, since anything in memory would be empty; a password is not repeated."""
    ran = cli("verify", "--database", address)
    assert ran.code == 2
    assert "--database must be the path of a SQLite file" in ran.err
    assert "planted" not in ran.err


def test_a_folder_is_no_database(tmp_path):
    """Naming the folder instead of the file in it is answered with just that."""
    ran = cli("verify", "--database", tmp_path)
    assert ran.code == 2
    assert "is a folder" in ran.err


def test_the_database_may_be_an_address_or_a_setting(database):
    """``sqlite:///path`` names the same file, and LIFECYCLE_DATABASE saves typing it."""
    plain = cli("verify", "--database", database)
    assert cli("verify", "--database", f"sqlite:///{database}").out == plain.out
    assert cli("verify", LIFECYCLE_DATABASE=str(database)).out == plain.out


def test_a_damaged_log_is_a_sentence_for_those_who_read_it(database):
    """Reading an event that cannot be read says where the damage is, without a traceback."""
    edited(database, "UPDATE lifecycle_event SET body = 'nonsense' WHERE account_id = 'ann' AND version = 2")
    program = "import sys; from lifecycle.cli import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", program, "events", "ann", "--database", str(database)],
        capture_output=True,
        text=True,
        env=environment(),
        check=False,
    )
    assert done.returncode == 2
    assert 'the log of account "ann" is damaged at event 2' in done.stderr
    assert "Traceback" not in done.stderr
