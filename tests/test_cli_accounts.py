"""The commands about accounts in a database: explain, options, events, verify, refold."""

import datetime as dt
import sqlite3

import pytest
from command_line import DAY, MONDAY, cli, edited, some_accounts

from lifecycle.replay import simulated


@pytest.fixture
def database(tmp_path):
    """A database with a few accounts; see `some_accounts`."""
    return some_accounts(tmp_path / "accounts.db")


def test_explain_shows_every_guard_met_or_not_with_what_to_do(database):
    """A refusal lists met and unmet guards alike, with sentence, code, what is needed, and the remedy."""
    ran = cli("explain", "escalate", "bob", "--by", "holder", "--at", "2020-03-03T00:00Z", "--database", database)
    assert ran.code == 0
    assert ran.lines[0] == "May the account holder escalate account bob now?  ✗ no"
    assert "It is suspended since 02 Mar 2020 10:05. Asked for 03 Mar 2020 00:00 UTC." in ran.words
    assert "✓ The suspension is not permanent. [suspension_is_not_permanent]" in ran.words
    assert "✗ not so: An appeal was rejected, or support declined the case. [refusal_is_on_record]" in ran.words
    assert "appeal = none, support_case = none, needs rejected or declined" in ran.words


def test_explain_says_from_when_something_is_possible(database):
    """Where only time is missing, the earliest moment is named."""
    words = ("explain", "send_unlock_code", "ann", "--by", "holder", "--database", database)
    ran = cli(*words, "--at", "2020-03-03T10:06:00Z")
    assert "✗ no" in ran.lines[0]
    assert "possible from 03 Mar 2020 10:15" in ran.words
    assert "✓ yes" in cli(*words, "--at", "2020-03-03T10:15:00Z").lines[0]


def test_explain_names_the_facts_nobody_has_said(database):
    """Without the shop's facts the answer is that it depends, and on what."""
    ran = cli("explain", "lock", "eve", "--by", "system", "--database", database)
    assert "? it depends" in ran.lines[0]
    assert "? not known: The ground is one that calls for a security lock." in ran.words
    assert "Whether it may be done depends on what nobody has said. Add: --fact ground=…" in ran.words


def test_facts_on_the_command_line_are_read_as_what_they_are(database):
    """Numbers, yes and no, codes, lists, times and nothing at all arrive with the type the fact is declared with."""
    facts = {
        "ground": "new_device",
        "signal": "none",
        "signal_count": "6",
        "device_recognised": "false",
        "contacts": "email, phone",
        "ends_at": "2020-04-01T00:00:00Z",
        "reason": "4711",
    }
    given = [word for name, value in facts.items() for word in ("--fact", f"{name}={value}")]
    ran = cli("explain", "lock", "eve", "--by", "system", *given, "--database", database, "--json")
    assert ran.code == 0, ran.err
    verdicts = {guard["code"]: guard["met"] for guard in ran.document["guards"]}
    assert verdicts["ground_calls_for_a_lock"] is True
    assert None not in verdicts.values()


def test_explain_knows_when_only_the_service_can_tell(database):
    """Whether a code is right is not for the command line to know, and it says so instead of asking for a fact."""
    ran = cli("explain", "verify", "ann", "--by", "holder", "--database", database, "--at", "2020-03-03T10:06Z")
    assert "? it depends" in ran.lines[0]
    assert "only the service itself can tell" in ran.words
    assert "--fact" not in ran.out


def test_explain_tells_refusals_that_come_before_any_guard(database):
    """A role that may never do it is answered without a row, and with what is left to say once the rest is known."""
    ran = cli("explain", "unlock", "ann", "--by", "holder", "--database", database)
    assert "✗ no" in ran.lines[0]
    assert "[role_may_never]" in ran.words
    signal = ("--fact", "ground=unusual_logins", "--fact", "signal=distinct_addresses")
    ran = cli("explain", "lock", "ann", "--by", "agent", "--database", database)
    assert "[not_from_this_state]" in ran.words
    ran = cli("explain", "suspend", "ann", "--by", "system", *signal, "--database", database)
    assert "✗ no" in ran.lines[0]
    assert "The rest depends on what nobody has said. Add: --fact signal_count=…" in ran.words


def test_evidence_counts_for_an_explanation(database):
    """Documents named on the command line are seen by the guards, by kind or with a reference."""
    words = ("explain", "add_evidence", "bob", "--by", "holder", "--at", "2020-03-03T00:00Z", "--database", database)
    assert "✗ no" in cli(*words).lines[0]
    assert "✓ yes" in cli(*words, "--evidence", "passport").lines[0]
    assert "✓ yes" in cli(*words, "--evidence", "passport=scan-7").lines[0]


def test_a_named_person_is_told_from_the_role_alone(database):
    """Whoever decided before may not decide again, while somebody of the same role may."""
    words = ("explain", "grant", "eve", "--fact", "name_matches=true", "--database", database, "--json", "--by")
    four_eyes = [
        {guard["code"]: guard["met"] for guard in cli(*words, who).document["guards"]}["decider_is_somebody_else"]
        for who in ("reviewer", "reviewer:r9")
    ]
    assert four_eyes == [True, False]


def test_options_of_one_actor_tell_what_is_possible_first(database):
    """What can be done comes first, then what depends on something, then the rest with its reasons."""
    ran = cli("options", "bob", "--by", "holder", "--at", "2020-03-03T00:00Z", "--database", database)
    marks = [line[2] for line in ran.lines if line[2:3] in "✓?✗" and line.startswith("  ") and line[2:3].strip()]
    assert marks == sorted(marks, key="✓?✗".index)
    assert {"✓", "✗"} <= set(marks)
    assert "✓ now      appeal  Appeal against a suspension → under appeal" in ran.out
    assert "[refusal_is_on_record]" in ran.words


def test_options_without_an_actor_go_through_every_role(database):
    """Each role is told what it may do, also where that is nothing."""
    ran = cli("options", "ann", "--at", "2020-03-03T10:06Z", "--database", database)
    heads = [line for line in ran.lines if line.endswith(" may")]
    assert len(heads) == 5
    assert "? depends on the code that was sent" in ran.words
    assert "? depends  unlock" in ran.out
    assert "not so: The wait since the last code is over. [resend_wait_is_over]" in ran.words
    nothing = cli("options", "eve", "--by", "holder:bob", "--database", database)
    assert "· nothing in this state" in nothing.out


def test_events_tell_the_log_as_a_timeline(database):
    """States are stops, refused attempts stand among the events, and nothing is wider than the terminal."""
    ran = cli("events", "ann", "--database", database)
    assert ran.code == 0
    assert "3 events from 02 Mar 2020 10:05, 1 refused attempt. Times are UTC." in ran.words
    order = [
        "● no account yet",
        "✓ register",
        "▼ active",
        "✗ lock",
        "✓ lock",
        "▼ security locked",
        "✓ send unlock code",
    ]
    places = [ran.out.index(each) for each in (*order, "■ still security locked")]
    assert places == sorted(places)
    assert "not so: The signal was seen often enough. [signal_reached_its_limit]" in ran.words
    assert "+22 h 55 min" not in ran.out
    assert "│ +23 h\n" in ran.out
    assert "✉ tells the holder: account locked" in ran.out
    assert max(map(len, ran.lines)) <= 80


def test_events_tell_due_and_standing_timers(database):
    """A due timer that nobody has written yet is named, and so is one that stands."""
    late = cli("events", "bob", "--database", database)
    assert "◷ 1 due timer will be written with the next submission: by now it is active." in late.words
    assert "◷ sets a timer: suspension ends, 09 Mar 2020 10:05" in late.words
    with simulated(url=f"sqlite:///{database}") as accounts:
        soon = dt.datetime.now(dt.UTC) + DAY
        accounts.import_account("zoe", state="suspended", given={"ground": "platform_rules", "ends": soon}, at=MONDAY)
    assert f"◷ suspension ends is due {soon:%d %b %Y}" in cli("events", "zoe", "--database", database).words


def test_more_refused_attempts_than_were_kept_are_counted(database):
    """Attempts beyond the daily limit have no line of their own but are not forgotten."""
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE lifecycle_denial SET more = 2, codes = '[\"role_may_never\"]'")
    connection.close()
    ran = cli("events", "ann", "--database", database)
    assert "3 refused attempts" in ran.words
    assert "not so: [role_may_never]" in ran.words
    assert "and 2 more attempts that day" in ran.words


def test_every_reading_command_gives_one_document(database):
    """Each document names its schema, and stands alone on the output."""
    at = ("--at", "2020-03-03T10:06Z", "--database", database, "--json")
    explained = cli("explain", "send_unlock_code", "ann", "--by", "holder", *at).document
    assert explained["schema"] == "lifecycle/explain/1"
    assert explained["allowed"] is False
    assert [g["earliest"] for g in explained["guards"] if g["met"] is False] == ["2020-03-03T10:15:00Z"]
    options = cli("options", "ann", *at).document
    assert options["schema"] == "lifecycle/options/1"
    assert {option["by"] for option in options["options"]} >= {"holder:ann", "agent:somebody"}
    events = cli("events", "ann", "--database", database, "--json").document
    assert events["schema"] == "lifecycle/events/1"
    assert [event["trigger"] for event in events["events"]] == ["register", "lock", "send_unlock_code"]
    assert events["denials"][0]["codes"] == ["signal_reached_its_limit"]
    assert events["account"]["state"] == "security_locked"
    verified = cli("verify", "--database", database, "--json").document
    assert verified == {"schema": "lifecycle/verify/1", "accounts": 3, "events": 6, "damage": []}
    refolded = cli("refold", "--database", database, "--json").document
    assert refolded == {"schema": "lifecycle/refold/1", "accounts": 3, "changed": [], "damage": None}


def test_a_sound_database_is_verified(database):
    """Verifying says how much was walked, for all accounts or for one."""
    ran = cli("verify", "--database", database)
    assert (ran.code, ran.out) == (0, "✓ 3 accounts, 6 events: every log holds\n")
    assert cli("verify", "ann", "--database", database).out == "✓ 1 account, 3 events: every log holds\n"


def test_an_edited_log_fails_the_verification(database):
    """Every finding is one sentence that names account and event, and the exit code is 1."""
    edited(database, "UPDATE lifecycle_event SET body = replace(body, ':6', ':9') WHERE account_id = 'ann'")
    edited(database, "UPDATE lifecycle_account SET state = 'active' WHERE account_id = 'eve'")
    ran = cli("verify", "--database", database)
    assert ran.code == 1
    assert "✗ account ann, event 2: " in ran.out
    assert "✗ account eve: " in ran.out
    assert "✗ 3 accounts, 6 events: 2 findings" in ran.out
    document = cli("verify", "--database", database, "--json")
    assert document.code == 1
    assert {each["account"] for each in document.document["damage"]} == {"ann", "eve"}


def test_refold_repairs_rows_and_says_which(database):
    """An account row that is not as its log says is written anew and named; a second run finds nothing."""
    edited(database, "UPDATE lifecycle_account SET state = 'active' WHERE account_id = 'eve'")
    ran = cli("refold", "--database", database)
    assert (ran.code, ran.words) == (0, "✓ 3 accounts folded anew; 1 row was not as the log says: eve")
    assert cli("refold", "--database", database).words == "✓ 3 accounts folded anew; nothing changed by it"


def test_refold_does_not_fold_a_damaged_log(database):
    """A log that does not hold is left alone, with the command that shows what is wrong."""
    edited(database, "UPDATE lifecycle_event SET body = replace(body, ':6', ':9') WHERE account_id = 'ann'")
    ran = cli("refold", "--database", database)
    assert ran.code == 1
    assert 'the log of account "ann" is damaged at event 2' in ran.words
    assert ran.says(f"lifecycle verify --database {database}")
    document = cli("refold", "--database", database, "--json")
    assert (document.code, document.document["damage"]["account"]) == (1, "ann")
