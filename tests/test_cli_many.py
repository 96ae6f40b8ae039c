"""The commands over many accounts at once, run as somebody would type them."""

from __future__ import annotations

import json

import pytest
from command_line import cli as typed
from shop import SECRET
from test_bulk import GOOD, SUSPENDED, lines

from lifecycle import Lifecycle


@pytest.fixture
def shop(tmp_path):
    """A database with three suspended accounts and one that is not, and the secret in a file."""
    (tmp_path / "secret.txt").write_bytes(SECRET)
    with Lifecycle.open(f"sqlite:///{tmp_path / 'shop.db'}", secret=SECRET) as accounts:
        for number in range(3):
            accounts.import_account(f"acc_{number}", **SUSPENDED)
        accounts.import_account("free", state="active")
    return tmp_path


def at(shop):
    """The option that names the database."""
    return ["--database", str(shop / "shop.db")]


REVERSE = ["bulk", "reverse_decision", "--by", "supervisor:s1", "--run", "r1", "--fact", "lifts=suspension"]
REASONS = ["--evidence", "reasons=case-77"]


def test_bulk_tells_what_came_of_each(shop):
    """A dry run counts and writes nothing; the run itself decides; again, it does nothing twice."""
    tried = typed(*REVERSE, *REASONS, "--state", "suspended", "--dry-run", *at(shop))
    assert tried.code == 0
    assert "3 accounts tried; nothing was written" in tried.out
    assert "would be taken: 3" in tried.out
    (shop / "ids.txt").write_text("acc_0\nacc_1\n\nacc_1\nfree\nnobody\n", encoding="utf-8")
    run = typed(*REVERSE, *REASONS, "--accounts", str(shop / "ids.txt"), "--json", *at(shop))
    assert run.code == 1
    said = json.loads(run.out)
    assert (said["accounts"], said["taken"], said["failed"]) == (4, 2, 1)
    assert said["refused"] == {"not_from_this_state": 1}
    assert said["failures"][0]["account"] == "nobody"
    again = typed(*REVERSE, *REASONS, "--state", "suspended", *at(shop))
    assert "taken: 1" in again.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "--accounts FILE with their ids, or --state"),
        (["--state", "suspended", "--threads", "0"], "--threads is at least 1"),
        (["--state", "suspnded"], 'Did you mean "suspended"'),
        (["--state", "suspended", "--fact", "lift=both"], 'no fact is called "lift". Did you mean "lifts"?'),
        (["--state", "suspended", "--evidence", "reason=r"], 'no evidence is of the kind "reason".'),
        (["--accounts", "missing.txt"], "missing.txt cannot be read"),
    ],
)
def test_what_bulk_cannot_use_is_said(shop, words, said):
    """A run that names no accounts, none that can be found, or no threads, is refused in words."""
    found = typed(*REVERSE, *words, *at(shop))
    assert found.code == 2
    assert said in found.err


def test_nobody_is_a_holder_of_many(shop):
    """Bulk refuses an unknown trigger, and a holder."""
    found = typed("bulk", "revers_decision", "--by", "supervisor:s1", "--run", "r", "--state", "active", *at(shop))
    assert 'Did you mean "reverse_decision"' in found.err
    found = typed("bulk", "appeal", "--by", "holder", "--run", "r", "--state", "active", *at(shop))
    assert "A holder acts for one account only" in found.err


def test_accounts_are_taken_over_from_a_file(shop):
    """A dry run looks, the run takes over, a second one leaves all as they are."""
    file = shop / "accounts.jsonl"
    file.write_text("\n".join(lines(*GOOD)), encoding="utf-8")
    secret = ["--secret-file", str(shop / "secret.txt")]
    tried = typed("import", str(file), "--dry-run", *secret, *at(shop))
    assert "3 accounts could be taken over; nothing was written" in tried.out
    unkept = typed("import", str(file), *at(shop))
    assert (unkept.code, unkept.out) == (2, "")
    assert "needs the service's secret: name its file with --secret-file." in unkept.err
    assert "3 accounts taken over." in typed("import", str(file), *secret, *at(shop)).out
    assert "0 accounts taken over, 3 accounts left as they were" in typed("import", str(file), *secret, *at(shop)).out


def test_a_file_with_mistakes_is_not_begun(shop):
    """Every mistake is told by its line, and no account is written."""
    file = shop / "accounts.jsonl"
    odd = [{"account": "b1", "state": "activ"}, "{"]
    odd += [{"account": "b2", "state": "suspended", "given": {"ground": "harasment"}}]
    odd += [{"account": "b3", "state": "active", "identifiers": {"emial": "x"}}]
    file.write_text("\n".join(lines(*GOOD, *odd)), encoding="utf-8")
    found = typed("import", str(file), "--secret-file", str(shop / "secret.txt"), *at(shop))
    assert found.code == 1
    assert "line 4: no state is called" in found.out
    assert "line 5: it is no JSON" in found.out
    assert 'line 6: no ground is called "harasment". Did you mean "harassment"?' in found.out
    assert "line 7:" in found.out
    assert "4 mistakes. Nothing was written." in found.out
    with Lifecycle.open(f"sqlite:///{shop / 'shop.db'}") as accounts:
        assert len(list(accounts.accounts())) == 4


def test_accounts_are_taken_over_into_a_new_database(shop):
    """With --new the tables are made first; without it, or in a dry run, nothing is made of a mistyped name."""
    file = shop / "accounts.jsonl"
    file.write_text("\n".join(lines({"account": "n1", "state": "active"})), encoding="utf-8")
    fresh = shop / "fresh.db"
    assert "there is no database at" in typed("import", str(file), "--database", str(fresh)).err
    assert "name one of the two" in typed("import", str(file), "--new", "--dry-run", "--database", str(fresh)).err
    assert "begins with 'mysql'" in typed("import", str(file), "--new", "--database", "mysql://x").err
    assert "is a folder" in typed("import", str(file), "--new", "--database", str(shop)).err
    assert not fresh.exists()
    assert "1 account taken over." in typed("import", str(file), "--new", "--database", f"sqlite:///{fresh}").out
    again = typed("import", str(file), "--new", "--database", str(fresh))
    assert "0 accounts taken over, 1 account left as they were" in again.out


def test_due_timers_are_settled_once(shop):
    """The command says how many events it wrote; a timer it does not know is refused."""
    with Lifecycle.open(f"sqlite:///{shop / 'shop.db'}") as accounts:
        given = {"ground": "declined_payments", "timers": {"lock_expires": "2026-03-03T10:00:00+00:00"}}
        accounts.import_account("bob", state="security_locked", given=given)
    assert 'Did you mean "lock_expires"' in typed("settle", "--timer", "lock_expire", *at(shop)).err
    assert "1 event written" in typed("settle", "--timer", "lock_expires", *at(shop)).out
    assert "0 events written" in typed("settle", *at(shop)).out


@pytest.mark.parametrize("form", ["jsonl", "xes", "ocel"])
def test_the_log_is_exported(shop, form):
    """Into a file, or to the output; of one account or of all."""
    whole = typed("export", "--format", form, "--output", str(shop / "log"), *at(shop))
    assert "4 events of 4 accounts" in " ".join(whole.out.split())
    one = typed("export", "--format", form, "--account", "acc_1", *at(shop))
    assert one.out.count("reviewer:r1") <= (shop / "log").read_text(encoding="utf-8").count("reviewer:r1")
    assert "acc_2" not in one.out
    assert not list(shop.glob(".log*"))


def test_an_export_that_cannot_be_written_is_said(shop):
    """A folder that is not there is told; nothing is left."""
    found = typed("export", "--output", str(shop / "nowhere" / "log"), *at(shop))
    assert (found.code, "cannot be written" in found.err) == (2, True)


def test_a_log_is_decided_again(shop):
    """Under the same policy nothing differs; under another one the ways are told with accounts, and the code is 1."""
    with Lifecycle.open(f"sqlite:///{shop / 'shop.db'}", secret=SECRET) as accounts:
        from lifecycle import Actor

        accounts.submit("lock", account="free", by=Actor.agent("a1"), facts={"ground": "new_device"})
    same = typed("replay", *at(shop))
    assert same.code == 0
    assert "same: 1" in same.out
    (shop / "next.toml").write_text("grounds.new_device = false\n", encoding="utf-8")
    other = typed("--policy", str(shop / "next.toml"), "replay", *at(shop))
    assert other.code == 1
    assert "different: 1" in other.out
    assert "for instance free" in other.out
    said = json.loads(typed("--policy", str(shop / "next.toml"), "replay", "--json", *at(shop)).out)
    assert said["outcomes"] == {"same": 0, "different": 1, "unknown": 0}
    assert said["differences"][0]["accounts"] == ["free"]


def test_pending_timers_are_tried_under_a_policy(shop):
    """Each timer is told with what would become of it."""
    with Lifecycle.open(f"sqlite:///{shop / 'shop.db'}") as accounts:
        given = {"ground": "declined_payments", "timers": {"lock_expires": "2030-03-03T10:00:00+00:00"}}
        accounts.import_account("bob", state="security_locked", given=given)
    found = typed("check", *at(shop))
    assert found.code == 0
    assert "lock_expires  would fire" in found.out
    said = json.loads(typed("check", "--json", *at(shop)).out)
    assert [(each["timer"], each["fate"]) for each in said["timers"]] == [("lock_expires", "stands")]


def test_cases_or_a_database(shop):
    """Both at once, or neither, is refused."""
    assert "not both" in typed("replay", str(shop), *at(shop)).err
    assert "not both" in typed("check", str(shop), *at(shop)).err
    assert "--database" in typed("replay").err
