"""The command plan: every way told on a terminal, and as one JSON document."""

from __future__ import annotations

import datetime as dt
import re
import shlex
from pathlib import Path

import pytest
from command_line import DAY, MONDAY, cli

from lifecycle.calendar import BusinessDays
from lifecycle.cli.planning import length
from lifecycle.replay import simulated

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
CONFIRMED = {"deletion": {"confirmed_at": MONDAY}, "timers": {"complete_deletion": MONDAY + 3 * DAY}}
AT = ("--at", "2020-03-03T10:00Z")


@pytest.fixture
def database(tmp_path):
    """A database with an account in each situation people ask about."""
    path = tmp_path / "accounts.db"
    suspended = {"author": "reviewer:r9"}
    with simulated(url=f"sqlite:///{path}") as accounts:
        for name, state, given in (
            ("locked", "security_locked", {"ground": "unusual_logins"}),
            ("disputes", "suspended", {"ground": "buyer_protection", **suspended}),
            ("unpaid", "suspended", {"ground": "unpaid_orders", **suspended}),
            ("struck", "suspended", {"ground": "coupon_abuse", "strikes": ["legal_threat"], **suspended}),
            ("banned", "suspended", {"ground": "harassment", "permanent": True, **suspended}),
            ("held", "pending_deletion", CONFIRMED | {"holds": ["court_case"]}),
            ("waiting", "under_appeal", {"ground": "harassment", **suspended}),
            ("fine", "active", {}),
            ("paused", "deactivated", {}),
        ):
            accounts.import_account(name, state=state, given={"contacts": ["email", "phone"], **given}, at=MONDAY)
    return path


def test_ways_are_numbered_with_their_steps(database):
    """The heading says how many ways there are; each way has a number, a date, and who does what."""
    ran = cli("plan", "locked", *AT, "--database", database)
    assert ran.code == 0
    assert ran.lines[0] == "From security locked to active: 2 ways for account locked"
    assert "It is security locked since 02 Mar 2020 10:05. Asked for 03 Mar 2020 10:00 UTC." in ran.words
    assert "1  send unlock code → verify" in ran.out
    assert "within 15 min, by Tue 03 Mar 2020 10:15" in ran.words
    assert "holder      Type in the code, or follow the link.  5 to 15 minutes" in ran.out
    assert "agent       Ask support to unlock the account, and ask what locked it." in ran.out
    assert "? has to be so: All fields of the identity check match. [identity_is_shown]" in ran.words
    assert "Say more, and it becomes clearer what is in the way: --fact packet_fields=…" in ran.words
    assert max(map(len, ran.lines)) <= 80


def test_sections_tell_what_is_shut_and_what_to_do(database):
    """What is not open comes after the ways, then what to avoid, to do and to know."""
    ran = cli("plan", "locked", *AT, "--database", database)
    titles = ["1  send unlock code", "2  unlock", "Not open", "What to avoid", "What to do", "Good to know"]
    assert [ran.out.index(title) for title in titles] == sorted(ran.out.index(title) for title in titles)
    assert "✗ appeal  Appeal against a security lock" in ran.out
    assert "[self_service_failed]" in ran.words
    assert "✗ Do not open another account. You would lose sight of orders" in ran.words
    assert "✓ Follow your parcels on any tracking site" in ran.words


def test_a_sale_is_counted_with(database):
    """With the time of a sale each way says whether it is in time, and the advice for that comes first."""
    ran = cli("plan", "locked", *AT, "--sale-at", "2020-03-03T22:00Z", "--database", database)
    assert "The sale, 03 Mar 2020 22:00, is in 12 h." in ran.words
    assert "by Tue 03 Mar 2020 10:15; in time for the sale" in ran.words
    assert "perhaps in time for the sale" in ran.words
    assert ran.words.index("Try by yourself within 1 hour") < ran.words.index("Follow your parcels")
    late = cli("plan", "disputes", *AT, "--sale-at", "2020-03-03T22:00Z", "--database", database)
    assert "too late for the sale" in late.words
    over = cli("plan", "locked", *AT, "--sale-at", "2020-03-01T22:00Z", "--database", database)
    assert "The sale, 01 Mar 2020 22:00, is over." in over.words
    busy = cli("plan", "locked", *AT, "--peak", "--database", database)
    assert "45 minutes to 2 days" in busy.words
    assert "sale," not in busy.lines[2]


def test_papers_and_working_days_are_told(database):
    """An appeal names what to bring in words, and its answer is dated in working days."""
    ran = cli("plan", "disputes", *AT, "--database", database)
    assert (
        "Bring: a photograph of a passport; a short explanation in the holder's own words; "
        "every dispute with its order number and a short account"
    ) in ran.words
    assert "between Fri 06 Mar 2020 10:00 and Tue 10 Mar 2020 10:00" in ran.words
    assert "3 to 5 working days" in ran.words
    # The supervisor's own reasons are nothing the holder could bring.
    assert ran.out.count("Bring:") == 1


def test_what_stands_in_the_way_is_told_with_what_to_do(database):
    """A fact that is not as it should be is refused with what the ground asks for; one that is right disappears."""
    ran = cli("plan", "unpaid", *AT, "--fact", "cause_remedied=false", "--database", database)
    assert "✗ not yet: What the ground asks to be put right has been put right. [cause_is_remedied]" in ran.words
    assert "Cancel every unpaid order, then ask support to confirm it." in ran.words
    right = cli("plan", "unpaid", *AT, "--fact", "cause_remedied=true", "--database", database)
    assert "cause_is_remedied" not in right.words
    owing = cli("plan", "fine", *AT, "--to", "deleted", "--fact", "open_orders=2", "--fact", "orders_in_transit=0",
                "--database", database)  # fmt: skip
    assert "open_orders = 2, needs 0" in owing.words
    assert owing.words.count("Wait for the open orders to arrive, or cancel them, then ask again.") == 1


def test_a_condition_for_whoever_judges_is_no_advice(database):
    """What a reviewer is told to do about a guard is not told to the person they judge."""
    ran = cli("plan", "disputes", *AT, "--database", database)
    assert "? has to be so: The documents name the account's holder, letter by letter." in ran.words
    assert "Reject it" not in ran.words


def test_the_outlook_comes_first(database):
    """What is on file is told before the ways, and odds are left out then."""
    ran = cli("plan", "struck", *AT, "--database", database)
    outlook = "✗ A lasting reinstatement is nearly impossible: legal action was threatened."
    assert ran.words.index(outlook) < ran.words.index("1 ")
    assert "60 %" not in ran.words
    assert "ends well" not in ran.words


def test_a_permanent_suspension_is_told_plainly(database):
    """What is left is told, with why every door is shut and what a new account needs."""
    ran = cli("plan", "banned", *AT, "--database", database)
    assert "From suspended to active: 1 way for account banned" in ran.out
    assert "✗ No way is anybody's right; only the last resort is left." in ran.words
    assert "nobody tells how long it takes" in ran.words
    assert "A permanent suspension stands; only a supervisor can reverse it." in ran.words
    assert "You may still ask for the cause" in ran.words


def test_ends_without_a_way(database):
    """No way and nothing to do are told apart; a step whose time nobody tells is named."""
    assert cli("plan", "held", *AT, "--database", database).lines[0].endswith("no way for account held")
    assert cli("plan", "fine", *AT, "--database", database).lines[0].endswith("nothing to do for account fine")
    held = cli("plan", "held", *AT, "--to", "deleted", "--database", database)
    assert "Have the hold on the account released; whoever placed it decides. nobody tells how long" in held.words
    assert "nobody tells when" in held.words
    paused = cli("plan", "paused", *AT, "--database", database)
    assert "1  reactivate\n   at once\n" in paused.out
    late = cli("plan", "waiting", "--at", "2020-06-01T10:00Z", "--database", database)
    assert late.code == 0


def test_a_way_may_have_to_wait_first(tmp_path):
    """Where nothing may be done before a moment, the step says so; where the usual time is over, it says that."""
    path = tmp_path / "accounts.db"
    with simulated(url=f"sqlite:///{path}") as accounts:
        sent = {"form": "digits", "channels": ["phone"], "expires_at": MONDAY, "since": MONDAY}
        given = {"ground": "new_device", "contacts": ["phone"], "unlock_code": sent}
        accounts.import_account("ann", state="security_locked", given=given, at=MONDAY)
        papers = {"ground": "harassment", "author": "reviewer:r9", "appeal": {"escalated": True}}
        accounts.import_account("bob", state="under_appeal", given=papers, at=MONDAY)
    soon = cli("plan", "ann", "--at", "2020-03-02T10:06Z", "--database", path)
    assert "at once; not before Mon 02 Mar 2020 10:15" in soon.words
    late = cli("plan", "bob", "--at", "2020-06-01T10:00Z", "--database", path)
    assert "the usual time is over" in late.words


def test_one_document_for_other_programs(database):
    """The JSON document has every way, leg, guard, date, share and hint, with where each comes from."""
    ran = cli("plan", "disputes", *AT, "--sale-at", "2020-03-09T10:00Z", "--database", database, "--json")
    said = ran.document
    assert (said["schema"], said["from"], said["to"], said["peak"]) == ("lifecycle/plan/1", "suspended", "active", True)
    appeal, reversal = said["ways"]
    assert [leg["trigger"] for leg in appeal["legs"]] == ["appeal", "grant"]
    assert (appeal["before_sale"], reversal["before_sale"], reversal["latest"]) == (None, None, None)
    grant = appeal["legs"][1]
    assert (grant["least"], grant["most"]) == ({"business_days": 3}, {"business_days": 10})
    assert grant["guards"][0]["code"] == "name_matches_the_account"
    assert grant["guards"][0]["met"] is None
    assert "G3-40" in grant["cites"]
    assert {hint["name"] for hint in grant["hints"]} >= {"look_into_spam"}
    assert [door["trigger"] for door in said["shut"]] == ["reinstate", "escalate"]
    assert said["outlook"]["level"] == "open"
    assert said["needs"] == ["name_matches"]
    locked = cli("plan", "locked", *AT, "--database", database, "--json").document
    assert locked["ways"][0]["legs"][1]["most"] == {"seconds": 900}
    assert locked["ways"][0]["before_sale"] is None


def test_mistakes_are_one_sentence(database):
    """A state nobody plans for, a time that is none and an unknown account end with code 2 and one sentence."""
    for words, says in (
        (("locked", "--to", "suspended"), "nobody plans to be suspended"),
        (("locked", "--sale-at", "tomorrow"), "--sale-at must be a time with its offset"),
        (("nobody",), 'there is no account "nobody"'),
    ):
        ran = cli("plan", *words, "--database", database)
        assert ran.code == 2
        assert says in ran.err
        assert ran.err.count("\n") == 1


@pytest.mark.parametrize(
    ("least", "most", "said"),
    [
        (None, None, "at once"),
        (None, dt.timedelta(minutes=3), "up to 3 minutes"),
        (dt.timedelta(minutes=5), dt.timedelta(minutes=15), "5 to 15 minutes"),
        (dt.timedelta(minutes=5), DAY, "5 minutes to 1 day"),
        (2 * DAY, 3 * DAY, "2 to 3 days"),
        (BusinessDays(5), BusinessDays(10), "5 to 10 working days"),
        (DAY, None, "from 1 day on"),
    ],
)
def test_lengths_in_words(least, most, said):
    """A length of time is said no longer than it has to be."""
    assert length(least, most) == said


def test_the_readme_shows_what_is_printed(tmp_path, monkeypatch, capsys):
    """The README's example of a plan runs, and prints what stands below it."""
    monkeypatch.chdir(tmp_path)
    (code, printed) = re.findall(r"```python\n([^`]*accounts\.plan\([^`]*)```\n\n```text\n([^`]*)```", README)[0]
    exec(compile(code, "README.md", "exec"), {})
    assert capsys.readouterr().out == printed
    (command,) = re.findall(r"^lifecycle (plan .*?) +#", README, re.MULTILINE)
    words = [{"ACCOUNT": "acc_7", "sqlite:///shop.db": "blocked.db"}.get(word, word) for word in shlex.split(command)]
    assert cli(*words, "--at", "2026-02-10T09:30Z").code == 0
