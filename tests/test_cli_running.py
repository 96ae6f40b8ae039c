"""The commands that keep a service running: worker, outbox, health."""

import datetime as dt
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest
from command_line import cli, edited, environment, some_accounts
from shop import SECRET

from lifecycle import Lifecycle
from lifecycle.store.delivery import Outcome, Result

HANDLERS = """
import time

SENT = []

def note(delivery):
    with open("sent.txt", "a", encoding="ascii") as file:
        file.write(f"{delivery.id} {delivery.notice}\\n")

def slow(delivery):
    note(delivery)
    time.sleep(0.5)

def failing(delivery):
    raise OSError("ann@example.org")

def gather(account, names):
    return {"retention_duty": False, "kept_by_law": []}

HANDLERS = {"welcome": note, "*": note}
NOTHING = 3
ODD = {"welcom": note}
"""


@pytest.fixture
def database(tmp_path):
    """A database with a few accounts, long ago; see `some_accounts`."""
    return some_accounts(tmp_path / "accounts.db")


@pytest.fixture
def mail(tmp_path, monkeypatch):
    """A folder with the host's module in it, which is where the command is started."""
    (tmp_path / "shop_mail.py").write_text(HANDLERS, encoding="ascii")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    sys.modules.pop("shop_mail", None)


@pytest.fixture
def fresh(tmp_path):
    """A database with one account registered just now."""
    path = tmp_path / "fresh.db"
    with Lifecycle.open(f"sqlite:///{path}", secret=SECRET) as accounts:
        accounts.register("ann", facts={"registration_fields": 4, "verified_by": "link", "contacts": ["email"]})
    return path


def kill_notice(path, why="address_unknown"):
    """Mark the first waiting notice as dead."""
    with Lifecycle.open(f"sqlite:///{path}") as accounts:
        now = accounts.clock()
        (claimed, *_) = accounts.store.claim_notices(now, until=now + dt.timedelta(minutes=1), limit=1)
        accounts.store.record_deliveries([Result(claimed, Outcome.DEAD, now, why)])
    return claimed.id


# --- worker --------------------------------------------------------------------------------------------------------------


def test_once_settles_and_prints(database):
    """With --print --once, due timers are settled, each notice is one line, and what was done is told."""
    ran = cli("worker", "--print", "--once", "--database", database)
    assert ran.code == 0, ran.err
    assert "ann:1:1 to holder: welcome" in ran.out
    assert "settled as suspension_ends" in ran.out
    assert "welcome: sent 1 time" in ran.words
    again = cli("worker", "--print", "--once", "--database", database)
    assert again.out == "Nothing was due.\n"


def test_without_handlers_only_timers_are_settled(database):
    """Notices stay where nobody is named to deliver them, and that is said."""
    ran = cli("worker", "--once", "--database", database)
    assert ran.lines[0].startswith("Only timers are settled; notices wait.")
    assert "settled as suspension_ends" in ran.out
    listed = cli("outbox", "list", "--database", database, "--json").document["notices"]
    assert listed
    assert {each["stands"] for each in listed} == {"waiting"}


def test_handlers_are_found_by_name(database, mail):
    """A mapping in the host's own module delivers; the JSON says what was done."""
    ran = cli("worker", "--handlers", "shop_mail:HANDLERS", "--once", "--json", "--database", database)
    assert ran.code == 0, ran.err
    sent = (mail / "sent.txt").read_text(encoding="ascii").splitlines()
    assert "ann:1:1 welcome" in sent
    assert sum(ran.document["delivered"].values()) == len(sent)
    assert ran.document["settled"]["suspension_ends"] == 1


def test_a_failing_handler_is_told_of_by_its_kind(fresh, mail):
    """What went wrong is named, and not with the words of the error, which may hold an address."""
    ran = cli("worker", "--handlers", "shop_mail:failing", "--once", "--database", fresh)
    assert "welcome: failed 1 time" in ran.words
    listed = cli("outbox", "list", "--database", fresh)
    assert "ann:1:1" in listed.out
    assert "1 try" in listed.words
    assert "OSError" in listed.words
    assert "example.org" not in ran.out + ran.err + listed.out


def test_gather_is_found_by_name(fresh, mail):
    """Timers that need facts ask the function that is named."""
    words = ("worker", "--once", "--print", "--database", fresh)
    assert cli(*words, "--gather", "shop_mail:gather").code == 0
    assert cli(*words, "--gather", "shop_mail:gathr").err.endswith('has no "gathr". Did you mean "gather"?\n')


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--handlers", "shop_mail"), "--handlers must be written module:NAME, such as shop.mail:HANDLERS"),
        (("--handlers", "no_mail:HANDLERS"), 'there is no module "no_mail"'),
        (("--handlers", "shop_mail:HANDLER"), 'has no "HANDLER". Did you mean "HANDLERS"?'),
        (("--handlers", "shop_mail:NOTHING"), "must be a function that takes a delivery"),
        (("--handlers", "shop_mail:ODD"), 'no notice "welcom". Did you mean "welcome"?'),
        (("--handlers", "shop_mail:note", "--print"), "name one of the two"),
        (("--limit", "0"), "--limit is a number of seconds"),
        (("--poll", "nan"), "--poll is a number of seconds"),
        (("--metrics-port", "99999"), "--metrics-port: 99999 cannot be used: it is a number from 1 to 65535."),
        (("--tries", "0"), "--tries is at least 1."),
        (("--threads", "0"), "--threads is at least 1."),
        (("--secret-file", "nowhere.txt"), "the secret cannot be read from nowhere.txt"),
    ],
)
def test_what_cannot_be_used_is_said(fresh, mail, words, said):
    """A wrong name or number ends with 2 and a sentence, before anything is sent."""
    ran = cli("worker", "--once", "--database", fresh, *words)
    assert ran.code == 2
    assert said in ran.err
    assert not (mail / "sent.txt").exists()


def test_a_module_that_cannot_be_imported(fresh, mail):
    """A host's module that fails is named with the kind of its error, not with a traceback."""
    (mail / "broken_mail.py").write_text("import no_such_thing", encoding="ascii")
    (mail / "worse_mail.py").write_text("1 / 0", encoding="ascii")
    for name in ("broken_mail", "worse_mail"):
        ran = cli("worker", "--handlers", f"{name}:H", "--once", "--database", fresh)
        assert ran.code == 2
        assert "cannot be imported" in ran.err


def started(path, *words, cwd=None, **settings):
    """Start a worker as a process of its own."""
    program = "import sys; from lifecycle.cli import main; sys.exit(main())"
    return subprocess.Popen(
        [sys.executable, "-c", program, "worker", "--database", str(path), *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(**settings),
        cwd=cwd,
        text=True,
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(fresh, mail, number):
    """What is under way is finished and written down; then it ends with 0 and says what it did."""
    running = started(fresh, "--handlers", "shop_mail:slow", "--poll", "0.1", cwd=mail)
    until = time.monotonic() + 60
    while not (mail / "sent.txt").exists():
        assert time.monotonic() < until
        time.sleep(0.02)
    running.send_signal(number)
    out, err = running.communicate(timeout=60)
    assert (running.returncode, err) == (0, "")
    assert "welcome: sent 1 time" in out
    listed = cli("outbox", "list", "--stands", "sent", "--database", fresh, "--json").document["notices"]
    assert [each["id"] for each in listed] == ["ann:1:1"]


def test_metrics_are_shown_at_a_port(fresh):
    """Whoever asks at the port gets the worker's figures, without any account's id."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    running = started(fresh, "--print", "--poll", "0.1", "--metrics-port", str(port))
    try:
        until = time.monotonic() + 60
        text = ""
        while 'lifecycle_deliveries_total{notice="welcome",outcome="sent"} 1.0' not in text:
            assert time.monotonic() < until, text
            time.sleep(0.1)
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
                    text = answer.read().decode()
            except OSError:
                continue
        assert "lifecycle_timers_lag_seconds" in text
        assert "lifecycle_outbox_dead 0.0" in text
        assert not [line for line in text.splitlines() if '"ann' in line]
    finally:
        running.terminate()
        running.communicate(timeout=60)


# --- outbox --------------------------------------------------------------------------------------------------------------


def test_dead_notices_are_listed_sent_again_and_dropped(fresh):
    """A dead notice is seen, tried again by its id, and dropped when nobody wants it."""
    id = kill_notice(fresh)
    listed = cli("outbox", "list", "--database", fresh)
    assert f"✗ dead     {id}" in listed.out
    assert "address_unknown" in listed.words
    assert cli("outbox", "retry", id, "--database", fresh).out == "1 notice will be sent again.\n"
    assert cli("outbox", "list", "--stands", "dead", "--database", fresh).out == "No notice is dead.\n"
    assert cli("outbox", "drop", id, "--database", fresh).out == "1 notice dropped.\n"
    again = cli("outbox", "drop", id, "ann:9:9", "--database", fresh)
    assert again.code == 1
    assert f"✗ {id}: there is no such notice to drop" in again.out


def test_all_that_are_dead_at_once(fresh):
    """--dead takes all of them; the JSON counts them."""
    kill_notice(fresh)
    assert cli("outbox", "retry", "--dead", "--database", fresh, "--json").document["retry"] == 1
    kill_notice(fresh)
    assert cli("outbox", "drop", "--dead", "--database", fresh, "--json").document == {
        "schema": "lifecycle/outbox/1",
        "drop": 1,
        "missed": [],
    }


def test_old_notices_are_dropped_together(database):
    """A service that begins to deliver later need not send what is long over."""
    before = len(cli("outbox", "list", "--database", database, "--json").document["notices"])
    assert before > 0
    ran = cli("outbox", "drop", "--before", "2020-03-02T10:05:01Z", "--database", database, "--json")
    assert 0 < ran.document["drop"] < before
    cli("outbox", "drop", "--before", "2026-01-01T00:00Z", "--database", database)
    assert cli("outbox", "list", "--database", database).out == "No notice is dead or waiting.\n"


def test_a_list_has_an_end(database):
    """Only so many are listed, and it is said that there are more."""
    ran = cli("outbox", "list", "--most", "1", "--database", database)
    assert len(ran.lines) >= 2
    assert "There are more" in ran.out
    assert cli("outbox", "list", "--most", "1", "--database", database, "--json").document["more"] is True
    assert cli("outbox", "list", "--account", "nobody", "--database", database).out == "No notice is dead or waiting.\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("list", "--stands", "ded"), 'no notice stands "ded". Did you mean "dead"?'),
        (("retry",), "name either the notices to retry, each as account:version:n, or --dead for all"),
        (("retry", "a:1:1", "--dead"), "name either the notices to retry"),
        (("drop", "ann"), 'a notice is named account:version:n, such as C-05:3:1, not "ann"'),
        (("drop", "ann:1:x"), "is named account:version:n"),
        (("drop", "--dead", "--before", "2026-01-01T00:00Z"), "name one of the two"),
        (("drop", "--before", "soon"), "--before must be a time with its offset"),
    ],
)
def test_notices_that_are_not_named(fresh, words, said):
    """What names no notice is refused with what to type instead."""
    ran = cli("outbox", *words, "--database", fresh)
    assert ran.code == 2
    assert said in ran.err


# --- health --------------------------------------------------------------------------------------------------------------


def test_a_service_that_is_well(fresh):
    """Nothing is late: exit code 0, and the figures."""
    ran = cli("health", "--database", fresh)
    assert ran.code == 0, ran.out
    assert "✓ all is well" in ran.out
    found = cli("health", "--json", "--database", fresh).document
    assert found["well"] is True
    assert found["outbox"]["waiting"] == 1
    assert found["schema"] >= 3


def test_a_service_that_needs_a_look(database):
    """Late timers, notices that wait too long, dead ones and overdue appeals are named, and the exit code is 1."""
    kill_notice(database)
    ran = cli("health", "--database", database)
    assert ran.code == 1
    assert "✗ timers are due and not settled, the oldest for" in ran.words
    assert "✗ notices wait, the oldest for" in ran.words
    assert "✗ notices tried in vain: 1." in ran.words
    assert "✗ open appeals that wait too long for an answer: 1" in ran.words
    found = cli("health", "--json", "--database", database)
    assert found.code == 1
    assert found.document["appeals"] == {"overdue": 1}
    assert len(found.document["problems"]) == 4


def test_how_late_is_late_is_asked(fresh):
    """A service may say from when on a wait is a problem."""
    time.sleep(0.01)
    assert cli("health", "--late", "0", "--database", fresh).code == 1
    assert cli("health", "--late", "-1", "--database", fresh).code == 2


def test_a_database_that_is_not_there(tmp_path):
    """A database that cannot be used is exit code 2 and a sentence."""
    ran = cli("health", "--database", tmp_path / "no.db")
    assert ran.code == 2
    assert "there is no database" in ran.err
    assert not list(tmp_path.iterdir())


# --- prune -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def old(database):
    """The accounts of long ago, with all their notices sent just now."""
    assert cli("worker", "--print", "--once", "--database", database).code == 0
    return database


def test_prune_counts_before_it_forgets(old):
    """A dry run says what would go and since when it is too old, and leaves it; the run itself forgets just that."""
    tried = cli("prune", "--dry-run", "--database", old)
    assert (tried.code, tried.err) == (0, "")
    assert tried.lines[0].startswith("Would be forgotten, being older than ")
    assert tried.lines[1:] == ["  1 refused attempt"]
    ran = cli("prune", "--database", old)
    assert (ran.code, ran.lines[0][:10], ran.lines[1:]) == (0, "Forgotten,", tried.lines[1:])
    assert cli("prune", "--database", old).out.startswith("Nothing is older than ")
    assert cli("verify", "--database", old).code == 0


def test_prune_says_every_kind(old):
    """As a document it names every kind; in sentences each that went, one or several, in words."""
    for table, column in (("lifecycle_outbox", "ended_at"), ("lifecycle_delivery", "at")):
        edited(old, f"UPDATE {table} SET {column} = '2020-03-20T10:00:00.000000+00:00'")
    words = ("prune", "--older-than", "30 days", "--database", old)
    document = cli(*words, "--dry-run", "--json").document
    assert document["schema"] == "lifecycle/prune/1"
    assert document["dry_run"] is True
    number = document["forgotten"]["notices"]
    assert document["forgotten"] == {
        **dict.fromkeys(("idempotency_keys", "sightings", "claims", "readings"), 0),
        "denials": 1,
        "notices": number,
        "deliveries": number,
    }
    said = cli(*words).lines
    ended = f"  {number} notices that were sent, dropped or void"
    assert said[1:] == ["  1 refused attempt", ended, f"  {number} entries of the delivery log"]
    assert number > 1
    assert not any(cli(*words, "--json").document["forgotten"].values())


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--older-than", "3 hours"), "less than a day old is not forgotten"),
        (("--older-than", "soon"), '--older-than is a length of time, such as "90 days" or "48 hours", not "soon".'),
        (("--older-than", "7 working days"), 'such as "90 days" or "48 hours", not "7 working days".'),
        (("--older-than", "999999999 weeks"), 'not "999999999 weeks".'),
        (("--before", "yesterday"), "--before must be a time with its offset"),
        (("--before", "2999-01-01T00:00Z"), "less than a day old is not forgotten"),
        (("--before", "2020-01-01T00:00Z", "--older-than", "3 days"), "name one of the two"),
    ],
)
def test_prune_refuses_what_cannot_be_meant(old, words, says):
    """An age that is none, less than a day, or named twice is refused; nothing is forgotten."""
    ran = cli("prune", *words, "--database", old)
    assert (ran.code, ran.out) == (2, "")
    assert says in ran.err
    assert cli("prune", "--dry-run", "--database", old).lines[1:] == ["  1 refused attempt"]


def test_a_missing_database_is_asked_for():
    """A command that needs a database says so, and how else it can be named."""
    ran = cli("prune")
    assert (ran.code, ran.err) == (
        2,
        "lifecycle: --database is missing: give it, or set LIFECYCLE_DATABASE. See lifecycle prune --help.\n",
    )
