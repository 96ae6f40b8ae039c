"""Running the command line inside a test: its words in, its exit code and both outputs out."""

import contextlib
import datetime as dt
import io
import json
import os
import sqlite3
from unittest import mock

from attrs import frozen
from leaks import note

from lifecycle import Actor, Evidence
from lifecycle.cli import main
from lifecycle.replay import SimulatedClock, simulated

MONDAY = dt.datetime(2020, 3, 2, 10, 5, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)

STORY = """
[[case]]
title  = "A timer fires, a code is mistyped, and the new year begins"
cites  = ["P-20"]
about  = "Told to see every kind of line."
chosen = ["Everything."]
tags   = ["made_up"]
starts = "security_locked"
begins = 2019-12-30T10:00:00Z
given  = { ground = "unusual_logins", author = "system:rules", contacts = ["email", "phone"] }

[[case.step]]
after = { minutes = 5 }
by    = "holder"
does  = "send_unlock_code"
then  = "security_locked"

[[case.step]]
after = { seconds = 30 }
by    = "holder"
does  = "verify"
with  = ["wrong_code"]
then  = "security_locked"

[[case.step]]
until = 2020-01-02T10:00:00Z
then  = "security_locked"

[[case.step]]
until = 2020-01-02T11:00:00Z
then  = "security_locked"
note  = "Still nothing."

[[case.step]]
meanwhile = "The holder writes to support."
after     = { minutes = 1 }

[[case.step]]
by    = "agent:a7"
does  = "unlock"
facts = { packet_fields = 4, cause_remedied = true }
with  = [{ kind = "passport", ref = "scan-7" }, "bank_statement"]
then  = "active"
"""
"""A case with every kind of line."""

WRONG = """
[[case]]
title = "What it says is not what happens"
cites = ["P-01"]

[[case.step]]
at      = 2020-03-02T09:00:00Z
by      = "holder"
does    = "deactivate"
facts   = { signed_in = false, identifier_matches = true }
then    = "deactivated"
"""
"""A case that does not come out as it says."""

SETTINGS = ("NO_COLOR", "FORCE_COLOR", "LIFECYCLE_DATABASE", "TERM", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "CLICOLOR")


@frozen
class Ran:
    """What came of one run."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        """The output, line by line."""
        return self.out.splitlines()

    @property
    def words(self) -> str:
        """The output as one line, so that a sentence is found wherever it was wrapped."""
        return " ".join(self.out.replace("│", " ").split())

    def says(self, words: str) -> bool:
        """Whether the output holds *words*, wherever it was wrapped, even within a long path."""
        return "".join(words.split()) in "".join(self.out.replace("│", " ").split())

    @property
    def document(self) -> dict:
        """The output read as JSON."""
        return json.loads(self.out)


def environment(**changes: str) -> dict[str, str]:
    """The environment of a terminal of 80 columns that says nothing else about itself."""
    return {k: v for k, v in os.environ.items() if k not in SETTINGS} | {"COLUMNS": "80"} | changes


def cli(*words: str, encoding: str = "utf-8", **settings: str) -> Ran:
    """Run ``lifecycle`` with these words; *settings* are environment variables."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding=encoding, write_through=True) for _ in range(2))
    with (
        mock.patch.dict(os.environ, environment(**settings), clear=True),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        code = main([str(word) for word in words])
    said = [stream.buffer.getvalue().decode(encoding) for stream in (out, err)]
    for each in said:
        note(each)
    return Ran(code, *said)


def some_accounts(path):
    """Make a database at *path* with a few accounts; see `told_accounts`."""
    told_accounts(f"sqlite:///{path}")
    return path


def told_accounts(url):
    """Make a locked account, one whose suspension has run out, and one suspended by a named reviewer, in the database at *url*."""
    with simulated(url=url) as accounts:
        assert isinstance(accounts.clock, SimulatedClock)
        accounts.clock.now = MONDAY
        signal = {"ground": "unusual_logins", "signal": "distinct_addresses"}
        accounts.register("ann", facts={"registration_fields": 4, "verified_by": "link", "contacts": ["email"]})
        accounts.clock.now = MONDAY + HOUR
        accounts.submit("lock", account="ann", by=Actor.system(), facts=signal | {"signal_count": 5})
        accounts.clock.now = MONDAY + DAY
        accounts.submit("lock", account="ann", by=Actor.system(), facts=signal | {"signal_count": 6})
        accounts.submit("send_unlock_code", account="ann", by=Actor.holder("ann"), facts={"channel": "email_link"})
        given = {"ground": "platform_rules", "author": "reviewer:r9", "contacts": ["email"]}
        accounts.import_account("bob", state="suspended", given=given | {"ends": MONDAY + 7 * DAY}, at=MONDAY)
        documents = [Evidence(kind, kind) for kind in ("passport", "written_commitment", "explanation")]
        accounts.import_account("eve", state="suspended", given=given, at=MONDAY)
        accounts.submit("appeal", account="eve", by=Actor.holder("eve"), evidence=documents, at=MONDAY + HOUR)


def edited(database, statement):
    """Change what is stored behind the service's back."""
    with sqlite3.connect(database) as connection:
        assert connection.execute(statement).rowcount > 0
    connection.close()
