"""The commands about cases and the policy: replay, check, policy, diagrams."""

import datetime as dt
import textwrap

import pytest
from command_line import STORY, WRONG, cli

from lifecycle.cases import read_cases
from lifecycle.cli.places import account_ids
from lifecycle.cli.stories import log_items
from lifecycle.decide import LAPSE
from lifecycle.model import Actor, Change, Event, State

LEAVING = """
[[case]]
title = "A closure that lapses"
cites = ["A-14"]
facts = { signed_in = true, consequences_read = true, identity_proven = true, open_orders = 0, orders_in_transit = 0, refunds_in_flight = 0, open_disputes = 0, wallet_balance = 0, outstanding_charges = 0, active_subscriptions = 0 }
given = { contacts = ["email"] }

[[case.step]]
at   = 2020-03-02T09:00:00Z
by   = "holder"
does = "request_closure"
then = "pending_deletion"

[[case.step]]
waits = { days = 4 }
then  = "active"
fires = ["closure_lapses"]
"""


@pytest.fixture
def written(tmp_path):
    """Write a case file and return its path."""

    def write(text, name="my.case.toml"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_a_case_is_told_as_a_timeline(written):
    """Heading, stops, gaps, actors, codes, waits, remarks and the year: everything stands where it happened."""
    ran = cli("replay", written(STORY))
    assert ran.code == 0
    expected = textwrap.dedent("""\
        P-20  A timer fires, a code is mistyped, and the new year begins
        ✓ passed · 6 steps over 3 d 1 h from 30 Dec 2019 10:00 · account P-20
        Told to see every kind of line.
          ● security locked  given ground: unusual logins, author: system:rules,
                             contacts: email and phone
          │ +5 min
          │ 30 Dec 10:05  ✓ send unlock code    holder
          │                 ✉ tells the holder: unlock code
          │ +30 s
          │ 30 Dec 10:05  ✓ verify              holder
          │                 brings a wrong code
          │ +2 d 23 h
          │ 2020
          │ 02 Jan 10:00  · nothing happens by itself
          │ +1 h
          │ 02 Jan 11:00  · nothing happens by itself
          │                 Still nothing.
          │ +1 min
          │ 02 Jan 11:01  · The holder writes to support.
          │ 02 Jan 11:01  ✓ unlock              agent a7
          │                 brings passport (scan-7), bank statement
          │                 packet fields: 4, cause remedied: yes
          │                 ✉ tells the holder: account unlocked
          ■ active
          Nobody told, so the case chose:
          · Everything.

        cases       1 case: ✓ 1 passed, ✗ 0 failed
        """)
    assert ran.out.startswith(expected)


def test_timers_that_fire_are_told_as_such(written):
    """What happened by itself has its own sign, the system as its actor, and the time at which it was due."""
    ran = cli("replay", written(LEAVING))
    assert ran.code == 0, ran.out
    assert "◷ sets a timer: closure lapses, 05 Mar 2020 09:00" in ran.words
    assert "05 Mar 09:00  ◷ closure lapses      system       by itself" in ran.out
    assert "1 timer fired" in ran.words
    assert ran.lines[0].startswith("a-closure-that-lapses  A closure that lapses")


def test_a_timer_that_could_not_do_its_work_is_told(written):
    """A timer that was let go, or looks again later, is told with its name and not as something that happened."""
    later = """
        [[case]]
        title = "The law still asks for the data"
        cites = ["P-01"]
        starts = "deleted"
        begins = 2020-03-02T09:00:00Z
        facts = { retention_duty = true, kept_by_law = [] }

        [[case.step]]
        waits = { days = 31 }
        then  = "deleted"
        """
    ran = cli("replay", written(later))
    assert ran.code == 0, ran.out
    assert "◷ let timer lapse system by itself erase cannot be done yet ◷ sets a timer: erase," in ran.words


def test_a_timer_let_go_is_told_by_its_name():
    """A timer that had nothing to do says so."""
    stopped = Change("stop", "mark_stalled")
    at, state = dt.datetime(2020, 3, 2, tzinfo=dt.UTC), State.ACTIVE
    event = Event("x", 2, LAPSE, state, state, Actor.system("timer"), at, changes=(stopped,))
    beat = log_items([event], [], dt.UTC, {})[1]
    assert [line.text for line in beat.lines] == ["mark stalled has nothing to do"]


def test_a_failed_case_is_told_in_sentences(written):
    """What the case says and what the policy says stand at the step, and again at the end with file and line."""
    path = written(WRONG)
    ran = cli("replay", path)
    assert ran.code == 1
    assert "✗ failed · 1 step" in ran.out
    assert "✗ deactivate          holder       refused\n" in ran.out
    assert "✗ failed: step 1, the holder does deactivate at 2020-03-02 09:00" in ran.words
    assert f"{path}:6" in ran.out.replace("\n", "").replace("  ", "")
    assert ran.words.count("the case says it becomes deactivated; the policy says it is refused") == 2
    assert "1 case: ✓ 0 passed, ✗ 1 failed" in ran.out


def test_a_case_that_cannot_begin_or_ask_is_told_too(written):
    """A case that gives the service too little says so in place of a story."""
    cannot_begin = WRONG.replace(
        'cites = ["P-01"]', 'cites = ["P-01"]\nstarts = "suspended"\nbegins = 2020-03-01T00:00:00Z'
    )
    ran = cli("replay", written(cannot_begin))
    assert ran.code == 1
    assert 'cannot begin: an account imported as suspended needs "ground"' in ran.words
    lacks_facts = WRONG.replace("{ signed_in = false, identifier_matches = true }", "{ }")
    ran = cli("replay", written(lacks_facts))
    assert ran.code == 1
    assert "✗ deactivate          holder       failed" in ran.out
    assert "cannot be decided without: identifier_matches, signed_in" in ran.words


def test_a_claim_that_fails_in_a_taken_step_is_told_below_it(written):
    """A step that was taken but sent something else is marked, as are waits and events that follow."""
    path = written(
        LEAVING.replace('fires = ["closure_lapses"]', "fires = []").replace(
            'then = "pending', 'sends = []\nthen = "pending'
        )
    )
    ran = cli("replay", path)
    assert ran.code == 1
    assert "✗ failed: step 1" in ran.words
    path = written(LEAVING.replace('fires = ["closure_lapses"]', "fires = []"))
    ran = cli("replay", path)
    assert "· the clock stands here" in ran.out
    assert "✗ failed: step 2" in ran.words


def test_quiet_tells_failures_and_the_summary_only(written):
    """With many cases one may want to see only what failed."""
    written(STORY, "good.case.toml")
    ran = cli("replay", written(WRONG, "bad.case.toml").parent, "--quiet")
    assert ran.code == 1
    assert "●" not in ran.out
    assert ran.lines[0] == "✗ What it says is not what happens"
    assert "2 cases: ✓ 1 passed, ✗ 1 failed" in ran.out


def test_replay_gives_one_document(written):
    """Every step with its events and refusals, and the summary, as JSON."""
    written(STORY, "good.case.toml")
    ran = cli("replay", written(WRONG, "bad.case.toml").parent, "--json")
    assert ran.code == 1
    document = ran.document
    assert document["schema"] == "lifecycle/replay/1"
    bad, good = document["cases"]
    assert (bad["passed"], good["passed"]) == (False, True)
    assert bad["steps"][0]["refusals"][0]["code"] == "signed_in"
    assert [step.get("does") for step in good["steps"]] == ["send_unlock_code", "verify", None, None, None, "unlock"]
    assert good["steps"][-1]["events"][0]["evidence"][0]["ref"] == "scan-7"
    assert good["starts"] == "security_locked"
    assert document["summary"]["failed"] == 1
    assert document["unreadable"] == []


def test_cases_of_one_label_get_accounts_of_their_own(written):
    """Two cases that follow the same path are told apart by a number."""
    path = written(STORY + STORY.replace("A timer fires", "A timer fires again"))
    assert account_ids(read_cases(path)) == ["P-20", "P-20-2"]
    assert "account P-20-2" in cli("replay", path).out


def test_a_typo_in_a_case_file_exits_with_2(written):
    """Every mistake of every file is named on the error output, and the readable files are replayed all the same."""
    written(STORY, "good.case.toml")
    folder = written(STORY.replace('"holder"', '"holdr"'), "typo.case.toml").parent
    ran = cli("replay", folder, "--quiet")
    assert ran.code == 2
    assert 'no role is called "holdr". Did you mean "holder"?' in ran.err
    assert "1 case: ✓ 1 passed, ✗ 0 failed" in ran.out
    assert cli("check", folder).code == 2
    document = cli("replay", folder, "--json")
    assert document.code == 2
    assert "typo.case.toml" in document.document["unreadable"][0]


def test_paths_that_hold_no_case_are_refused(tmp_path):
    """A path with nothing there, a folder without cases, and a file that is no case file, each get their sentence."""
    assert "there is no file or folder" in cli("replay", tmp_path / "nowhere").err
    assert "holds no case file" in cli("replay", tmp_path).err
    (tmp_path / "notes.txt").write_text("not = [toml")
    ran = cli("replay", tmp_path / "notes.txt")
    assert "is not TOML" in ran.err
    for path in (tmp_path / "nowhere", tmp_path, tmp_path / "notes.txt"):
        assert cli("check", path).code == 2
