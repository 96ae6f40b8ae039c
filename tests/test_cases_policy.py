"""The policy a case runs under, several accounts, a run without a worker, and everything a step can claim."""

from __future__ import annotations

import datetime as dt

import attrs
import pytest

from lifecycle.cases import read_cases
from lifecycle.cases.unchanged import wrong_name
from lifecycle.cases.vocabulary import PLAIN_FIELDS, Vocabulary, fields_of
from lifecycle.errors import CaseError
from lifecycle.model import LISTS, RECORDS, Account
from lifecycle.policy import policy
from lifecycle.replay import run, simulated

HEAD = """
[[case]]
title  = "It happened"
cites  = ["D-09"]
begins = 2026-03-02T09:00:00Z
"""

BANNED = (
    HEAD
    + """
starts = "suspended"
given  = { ground = "harassment", author = "reviewer:r1", ends = 2026-03-10T09:00:00Z, contacts = ["email"] }
"""
)


@pytest.fixture
def problems(tmp_path):
    """Read a text, replay its case, and return what did not come true."""

    def told(text):
        path = tmp_path / "story.case.toml"
        path.write_text(text, encoding="utf-8")
        (case,) = read_cases(path)
        with simulated() as lifecycle:
            return run(case, lifecycle).problems

    return told


@pytest.fixture
def mistakes(tmp_path):
    """Return the mistakes of a text that cannot be read as a case."""

    def told(text):
        path = tmp_path / "story.case.toml"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(CaseError) as refused:
            read_cases(path)
        return [line.strip() for line in str(refused.value).splitlines()[1:]]

    return told


# --- a change of policy ------------------------------------------------------------------------------------------

CHANGE = (
    BANNED.replace("2026-03-10", "2026-06-10")
    + """
facts = { name_matches = true, cause_remedied = true }

[[case.policy]]
from       = 2026-03-03T00:00:00Z
parameters = { appeal_words_hard = 250, appeal_words_soft = 150 }

[[case.policy]]
from       = 2026-03-05T00:00:00Z
parameters = { appeal_words_hard = 100, appeal_words_soft = 50 }
"""
)

APPEAL = """
[[case.step]]
at    = AT
by    = "holder"
does  = "appeal"
with  = ["passport", "written_commitment", { kind = "explanation", ref = "e", words = 220 }]
OUTCOME
"""


@pytest.mark.parametrize(
    ("at", "outcome"),
    [
        ("2026-03-02T23:59:59Z", 'refused = ["explanation_is_short_enough"]'),
        ("2026-03-03T00:00:00Z", 'then = "under_appeal"'),
        ("2026-03-04T23:59:59Z", 'then = "under_appeal"'),
        ("2026-03-05T00:00:00Z", 'refused = ["explanation_is_short_enough"]'),
    ],
)
def test_a_step_is_decided_under_the_policy_of_its_day(problems, at, outcome):
    """From its date on a change of policy holds, to the moment; each builds on the one before."""
    assert problems(CHANGE + APPEAL.replace("AT", at, 1).replace("OUTCOME", outcome)) == ()


def test_the_log_keeps_the_policy_of_each_event(tmp_path):
    """Events before and after a change carry different versions, those of the policies that decided them."""
    path = tmp_path / "story.case.toml"
    path.write_text(
        CHANGE
        + '[[case.step]]\nat = 2026-03-02T10:00:00Z\nby = "agent"\ndoes = "place_hold"\nfacts = { hold = "audit" }\nthen = "suspended"\n'
        + '[[case.step]]\nat = 2026-03-04T10:00:00Z\nby = "reviewer"\ndoes = "release_hold"\nfacts = { hold = "audit" }\nthen = "suspended"\n',
        encoding="utf-8",
    )
    text = path.read_text().replace('by = "agent"\ndoes = "place_hold"', 'by = "reviewer"\ndoes = "place_hold"')
    path.write_text(text, encoding="utf-8")
    (case,) = read_cases(path)
    with simulated() as lifecycle:
        result = run(case, lifecycle)
        assert result.passed, result.problems
        versions = [event.policy for step in result.steps for event in step.events]
        changed = lifecycle.policy.changed(case.changes[0].parameters).version
    assert versions == [lifecycle.policy.version, changed]


def test_a_log_of_several_policies_is_told_with_their_versions(tmp_path):
    """The log keeps versions, not values: a case made of it names them, and is told under the policy at hand."""
    from lifecycle.model import Actor
    from lifecycle.retelling import retold

    at = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
    url = f"sqlite:///{tmp_path / 'two.db'}"
    with simulated(url=url) as accounts:
        accounts.import_account("ann", state="active", at=at)
        old = accounts.policy
    new = old.changed({"evidence_limit": 7})
    with simulated(new, url=url) as accounts:
        by = Actor.reviewer("r1")
        accounts.submit("place_hold", account="ann", by=by, facts={"hold": "audit"}, at=at + dt.timedelta(days=1))
        told = retold(accounts.machine, [*accounts.events("ann")], [])
    assert told["about"].endswith(
        f"It was decided under the policies {old.version}, then {new.version}; what changed the log does not keep."
    )
    assert told["parameters"] == {"evidence_limit": 7}
    assert told["step"][-1]["expect"] == {"holds": ["audit"]}


TIMER = (
    HEAD
    + """
starts = "suspended"
given  = { ground = "harassment", author = "reviewer:r1", ends = 2026-03-04T09:00:00Z }
WORKER

[[case.policy]]
from       = 2026-03-05T00:00:00Z
parameters = { evidence_limit = 7 }

[[case.step]]
waits = "4 days"
then  = "active"
CLAIMS
"""
)


def timer(claims, worker=""):
    """A suspension that ends while the policy changes, with what is claimed of the wait."""
    return TIMER.replace("WORKER", worker).replace("CLAIMS", claims)


def test_what_was_due_before_a_change_was_done_before_it(problems):
    """With a worker a timer is applied under the policy of its day, and the step that passes it says so."""
    assert problems(timer('fires = ["suspension_ends"]\noverdue = []')) == ()


@pytest.mark.parametrize(
    ("tables", "says"),
    [
        ("[[case.policy]]\nparameters = { evidence_limit = 7 }\n", "from is missing: when does it begin to hold?"),
        ("[[case.policy]]\nfrom = 2026-03-05T00:00:00Z\n", "parameters is missing: what changes?"),
        (
            "[[case.policy]]\nfrom = 2026-03-05T00:00:00Z\nparameters = { evidence_limt = 7 }\n",
            'parameters: "evidence_limt" is no parameter. Did you mean "evidence_limit"?',
        ),
        (
            (
                "[[case.policy]]\nfrom = 2026-03-05T00:00:00Z\nparameters = { evidence_limit = 7 }\n"
                "[[case.policy]]\nfrom = 2026-03-05T00:00:00Z\nparameters = { evidence_limit = 8 }\n"
            ),
            "from is 2026-03-05 00:00, which is not after the change before",
        ),
        (
            "[[case.policy]]\nfrom = 2026-03-01T00:00:00Z\nparameters = { evidence_limit = 7 }\n",
            "it changes at 2026-03-01 00:00, before the case begins",
        ),
        ("[case.policy]\nfrom = 2026-03-05T00:00:00Z\n", "policy must be a list, not a table"),
        ("[[case.policy]]\nsince = 3\n", '"since" is no key of a change of policy.'),
    ],
)
def test_a_wrong_change_is_told(mistakes, tables, says):
    """What is missing, unknown, or out of order is named with its place, beside every other mistake."""
    told = mistakes(HEAD + tables + '[[case.step]]\nwaits = "1 day"\nthen = "activ"\n')
    assert any(says in each for each in told), told
    assert any('no state is called "activ"' in each for each in told)


# --- the policy a file names -------------------------------------------------------------------------------------

FORUM = """
policy = "tests.forum.policy:POLICY"

[[case]]
title = "Another house"
cites = ["F-15"]

[[case.step]]
at   = 2026-03-02T09:00:00Z
by   = "holder"
does = "take_leave"
then = "deactivated"
"""


def test_a_file_names_its_policy(problems):
    """Its words are held against that policy and it is replayed under it, whatever the run is about."""
    assert problems(FORUM) == ()


def test_a_file_that_names_no_policy(mistakes):
    """A name that leads nowhere is told as every other mistake is."""
    told = mistakes(FORUM.replace(":POLICY", ":POLICI").replace("F-15", "D-09"))
    assert 'the file: policy: the module "tests.forum.policy" has no "POLICI". Did you mean "POLICY"?' in told
    assert any('no trigger is called "take_leave"' in each for each in told)


def test_the_same_policy_with_other_values_is_kept(tmp_path):
    """Whoever runs a file under its own policy with other values tries these."""
    from forum.policy import POLICY

    path = tmp_path / "story.case.toml"
    path.write_text(FORUM, encoding="utf-8")
    (case,) = read_cases(path, POLICY.changed({"least_age": 3}))
    assert case.policy is None
    (case,) = read_cases(path)
    assert case.policy is not None
    assert case.policy.name == "forum"


# --- without a worker --------------------------------------------------------------------------------------------


def test_without_a_worker_nothing_happens_by_itself(problems):
    """A wait fires and sends nothing; what is due is told, whoever reads sees it, and the next request applies it."""
    text = timer('fires = []\nsends = []\noverdue = ["suspension_ends"]', worker="worker = false")
    asks = '[[case.step]]\nby = "holder"\ndoes = "reactivate"\nrefused = ["not_from_this_state"]\n'
    assert problems(text + asks + 'fires = ["suspension_ends"]\noverdue = []\n') == ()


def test_a_worker_can_be_missed(problems):
    """The same claims fail where a worker is there."""
    (told,) = problems(timer('fires = []\noverdue = ["suspension_ends"]'))[:1]
    assert 'the timers fire nothing; the policy says the timers fire "suspension_ends"' in told


# --- several accounts --------------------------------------------------------------------------------------------

TWO = """
[[case]]
title       = "Two of one person"
cites       = ["D-09"]
begins      = 2026-03-02T09:00:00Z
identifiers = { email = "person-1" }

[[case.also]]
account     = "older"
starts      = "suspended"
begins      = 2026-02-01T09:00:00Z
given       = { ground = "harassment", author = "reviewer:r1", ends = 2026-06-01T09:00:00Z, strikes = ["angry_review"] }
identifiers = { email = "person-2" }

[[case.step]]
account   = "older"
by        = "reviewer"
does      = "place_hold"
facts     = { hold = "audit" }
then      = "suspended"
unchanged = ["own", "suspension", "strikes", "suspension.ends_at", "timers.suspension_ends"]
expect    = { holds = ["audit"], strikes = ["angry_review"], since = 2026-02-01T09:00:00Z }

[[case.step]]
by        = "reviewer"
does      = "place_hold"
facts     = { hold = "audit" }
then      = "active"
unchanged = ["older"]
"""


def test_accounts_have_their_own_start_records_and_identifiers(problems):
    """Each is taken over when it is said, with what it has; what is done to one leaves the other alone."""
    assert problems(TWO) == ()
    assert 'it changes "own"' in problems(TWO.replace('unchanged = ["older"]', 'unchanged = ["own"]'))[0]


def test_an_account_that_begins_too_late(mistakes):
    """A further account is there when the case begins, and nobody calls it what steps call the case's own."""
    told = mistakes(TWO.replace("2026-02-01T09:00:00Z\ngiven", "2026-04-01T09:00:00Z\ngiven"))
    assert any("older begins at 2026-04-01 09:00, after the case does" in each for each in told), told
    told = mistakes(TWO.replace('"older"', '"own"'))
    assert any('"own" is what a step calls the case\'s own account' in each for each in told), told


# --- what a step can claim ---------------------------------------------------------------------------------------


def test_every_field_of_every_record_can_be_claimed():
    """Whatever an account is folded into can be asserted, or said to be unchanged; state and timers in their own way."""
    words = Vocabulary.of(policy())
    named = {*RECORDS, *LISTS, *PLAIN_FIELDS, "id", "state", "at", "timers"}
    assert {each.name for each in attrs.fields(Account)} == named
    for record in RECORDS:
        assert not wrong_name(words, (), record)
        assert [f"{record}.{field}" for field in fields_of(record) if wrong_name(words, (), f"{record}.{field}")] == []


REFUSED = (
    BANNED
    + """
[[case.step]]
at      = 2026-03-02T10:00:00Z
by      = "system"
does    = "suspension_ends"
refused = ["suspension_end_is_reached"]
CLAIMS
"""
)


@pytest.mark.parametrize(
    ("claims", "says"),
    [
        ("earliest = 2026-03-10T09:00:00Z", ""),
        ("earliest = { suspension_end_is_reached = 2026-03-10T09:00:00Z }", ""),
        ("earliest = 2026-03-10T09:00:01Z", "it could be done from 2026-03-10 09:00:01; the policy says it could be done from 2026-03-10 09:00."),
        ("earliest = {}", "time is not what is missing; the policy says it could be done as to"),
        ('unchanged = ["suspension", "timers", "own", "open_orders"]\nsends = []\nnot_sent = ["suspension_ended"]', ""),
        ("due = {}", 'no timer stands; the policy says the timers that stand are "suspension_ends" at 2026-03-10 09:00'),
    ],
)  # fmt: skip
def test_a_refusal_is_claimed_in_full(problems, claims, says):
    """All codes, all moments, nothing sent, nothing changed, everything due: each is held against what came."""
    told = problems(REFUSED.replace("CLAIMS", claims))
    assert (told == ()) if not says else (len(told) == 1 and says in told[0]), told


LIFTED = (
    BANNED
    + """
facts = { open_orders = 2 }

[[case.step]]
at    = 2026-03-02T10:00:00Z
by    = "supervisor"
does  = "reverse_decision"
with  = ["reasons"]
facts = { lifts = "suspension", open_orders = 1 }
then  = "active"
CLAIMS
"""
)


@pytest.mark.parametrize(
    ("claims", "says"),
    [
        ('not_sent = ["account_locked"]', ""),
        ('not_sent = ["account_locked", "decision_reversed"]', 'it does not send "decision_reversed"; the policy says it sends "decision_reversed"'),
        ('unchanged = ["lock", "strikes"]', ""),
        ('unchanged = ["lock", "suspension", "strikes"]', 'as before; the policy says it changes "suspension"'),
        ('unchanged = ["suspension.ground"]', 'it changes "suspension.ground"'),
        ('unchanged = ["timers.suspension_ends"]', 'it changes "timers.suspension_ends"'),
        ('unchanged = ["open_orders"]', 'it changes "open_orders"'),
        ('overdue = ["suspension_ends"]', 'the timers due that nobody has applied are "suspension_ends"; the policy says the timers due that nobody has applied are nothing'),
        ("expect = { since = 2026-03-02T10:00:00Z, suspension = false }", ""),
        ("expect = { since = 2026-03-02T10:00:01Z }", "since is 2026-03-02 10:00:01; the policy says since is 2026-03-02 10:00"),
    ],
)  # fmt: skip
def test_what_comes_of_a_step_is_claimed_in_full(problems, claims, says):
    """What is not sent, what is as it was, and what is late can be said, and fail where it is not so."""
    told = problems(LIFTED.replace("CLAIMS", claims))
    assert (told == ()) if not says else (len(told) == 1 and says in told[0]), told


def test_claims_that_cannot_be_made_are_told_together(mistakes):
    """Unknown names, contradictions and moments without an offset are named with their key, all at once."""
    told = mistakes(
        REFUSED.replace(
            "CLAIMS",
            "earliest = { end_is_near = 2026-03-10T09:00:00Z, suspension_end_is_reached = 2026-03-10T09:00:00 }\n"
            'unchanged = ["suspensoin", "suspension.grund", "timers.nothing", "nobody"]\n'
            'sends = ["decision_reversed"]\nnot_sent = ["decision_reversed", "decision_revresed"]\n'
            'overdue = ["never"]\nexpect = { since = 2026-03-02T09:00:00 }\n',
        )
    )
    for part in (
        'earliest: "end_is_near" is not among the reasons in refused',
        "suspension_end_is_reached is a date-time without an offset",
        'unchanged: no record, field, fact or account is called "suspensoin". Did you mean "suspension"?',
        'unchanged: the record suspension has no field "grund". Did you mean "ground"?',
        'unchanged: no timer is called "nothing"',
        'unchanged: no record, field, fact or account is called "nobody".',
        '"decision_reversed" stands in sends and in not_sent; only one of them can come true',
        'not_sent: no notice is called "decision_revresed". Did you mean "decision_reversed"?',
        'overdue: no timer is called "never"',
        "since is a date-time without an offset",
    ):
        assert any(part in each for each in told), (part, told)
