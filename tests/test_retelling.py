"""Logs retold as cases: names, what was said in refused attempts, waits, beginnings, and what cannot be told."""

from __future__ import annotations

import datetime as dt
import tomllib

import attrs
import pytest

from lifecycle import Actor, Evidence
from lifecycle.cases import read_cases
from lifecycle.cases.writing import case_text
from lifecycle.errors import CaseError
from lifecycle.model import Role
from lifecycle.policy import policy
from lifecycle.policy.parameters import Parameters
from lifecycle.replay import run, simulated
from lifecycle.retelling import NotRetold, attempts, retold
from lifecycle.retelling.names import Neutral
from lifecycle.retelling.search import ABSENT, found
from lifecycle.store import Denial

AT = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
SIGN_UP = {"registration_fields": 4, "verified_by": "link"}
AGREED = {"signed_in": True, "identity_proven": True, "consequences_read": True}
OWED = ("open_orders", "refunds_in_flight", "open_disputes", "wallet_balance", "outstanding_charges")
CLEAR = dict.fromkeys((*OWED, "active_subscriptions", "orders_in_transit"), 0)


@pytest.fixture
def accounts():
    """A service in memory whose clock and shop a test sets."""
    with simulated() as service:
        service.clock.now = AT
        yield service


def told(accounts, account="a", denials=None):
    """The tables of an account's case."""
    found = accounts.denials(account) if denials is None else denials
    return retold(accounts.machine, [*accounts.events(account)], found)


def again(tables, tmp_path):
    """The log of the case, written, read and replayed."""
    path = tmp_path / "again.case.toml"
    path.write_text(case_text(tables), encoding="utf-8")
    (case,) = read_cases(path)
    with simulated() as service:
        result = run(case, service)
        assert result.passed, result.problems
        return [*service.events(case.account_id)], service.account(case.account_id, at=case.steps[-1].at)


def story(events):
    """What happened, without who."""
    return [(event.trigger, event.dest, event.at, event.row) for event in events]


# --- names ---------------------------------------------------------------------------------------------------------


def test_a_person_keeps_one_name_in_every_role():
    """Whoever acts in two roles is one person still; the package's own processes keep their names."""
    names = Neutral("a", DAY)
    people = [Actor.holder("a"), Actor.holder("b"), Actor.agent("x"), Actor.agent("y"), Actor.supervisor("x")]
    said = [names.actor(by) for by in people]
    assert said == ["holder", "holder:holder-1", "agent:agent-1", "agent:agent-2", "supervisor:agent-1"]
    assert [names.actor(Actor.system(id)) for id in ("rules", "timer", "import", "fraud-7")] == [
        *("system", "system:timer", "system:import", "system:system-1"),
    ]
    assert [names.author(who) for who in ("system:rules", "holder:a", "agent:y", "system:timer")] == [
        *("system:rules", "holder:holder", "agent:agent-2", "system:timer"),
    ]


def test_documents_are_numbered_by_their_reference():
    """The same reference is the same document, whatever it is called; what is unusual about one is said."""
    names = Neutral("a", DAY)
    brought = [Evidence("passport", "p"), Evidence("bill", "q", readable=False, words=3), Evidence("visa", "p")]
    assert [names.evidence(each) for each in brought] == [
        {"kind": "passport", "ref": "doc-1"},
        {"kind": "bill", "ref": "doc-2", "readable": False, "words": 3},
        {"kind": "visa", "ref": "doc-1"},
    ]


def test_values_are_shifted_and_nothing_is_left_out():
    """A moment among the facts moves with the case; what is none is not said."""
    names = Neutral("a", DAY)
    assert names.facts({"ends_at": AT, "contacts": ("email",), "signal": None, "open_orders": 0}) == {
        "ends_at": AT + DAY,
        "contacts": ["email"],
        "open_orders": 0,
    }


# --- searching -----------------------------------------------------------------------------------------------------


def test_a_search_finds_the_shortest_nearby():
    """What is not needed is not said; where it began is kept as far as it fits."""
    things = {"a": (1, 2, 3, ABSENT), "b": (True, False, ABSENT), "c": ("x", ABSENT)}
    wanted = {"a": 3, "b": False}
    misses = lambda choice: sum(choice[name] != value for name, value in wanted.items())  # noqa: E731
    assert found(things, misses, {"a": 2, "c": "x"}) == wanted
    assert found(things, lambda choice: 0, {"a": 2}) == {}


def test_a_search_begins_anew_where_it_is_stuck():
    """Two things that are right only together are found by beginning elsewhere; what is nowhere is not found."""
    things = dict.fromkeys("abc", (True, ABSENT))
    together = lambda choice: 0 if choice.get("a") is choice.get("b") is True else 2  # noqa: E731
    assert found(things, together, {}) == {"a": True, "b": True}
    assert found(things, lambda choice: 1, {}) is None


def test_what_a_fact_might_have_been(accounts):
    """As it was nearby first, then anything its kind allows, at last not said at all."""
    accounts.register("a", facts=SIGN_UP | {"contacts": ["phone"]}, at=AT)
    account, near = accounts.account("a", at=AT), [*accounts.events("a")]
    might = lambda name: attempts._values(accounts.machine, account, AT, name, near)  # noqa: E731
    assert might("contacts")[:2] == (["phone"], ("email",))
    assert might("registration_fields")[0] == 4
    assert might("signed_in") == (True, False, ABSENT)
    assert might("lifts")[:3] == ("lock", "suspension", "both")
    assert might("ends_at") == (AT + 7 * DAY, AT, ABSENT)


# --- writing -------------------------------------------------------------------------------------------------------


def test_what_is_written_reads_back():
    """Signs, quotes, line ends, nested tables, dates and lists come back from TOML as they were."""
    step = {"at": AT, "does": 'a "b" \\ c', "with": ["right_code", {"kind": "k", "words": 3}], "facts": {}}
    case = {"title": "tab\there, \x7f and ✓", "chosen": ["One line.", "Two."], "given": {"a b": {"c": [1, True]}}}
    read = tomllib.loads(case_text({**case, "step": [step, {"until": AT + DAY, "then": ["active", "deleted"]}]}))
    assert read == {"case": [{**case, "step": [step, {"until": AT + DAY, "then": ["active", "deleted"]}]}]}


# --- refusals ------------------------------------------------------------------------------------------------------


def test_a_refusal_that_nothing_explains_is_told(accounts):
    """Where no facts are refused for the recorded reasons, the attempt is told and not done."""
    accounts.register("a", facts=SIGN_UP, at=AT)
    strange = Denial("a", "reactivate", Actor.agent("x"), AT + HOUR, ("signed_in",))
    step = told(accounts, denials=[strange])["step"][-1]
    due = {timer.name: timer.due for timer in accounts.account("a", at=AT + HOUR).timers}
    assert step == {
        "due": due,
        "at": AT + HOUR,
        "meanwhile": "A support agent tries to reactivate, which is refused: signed_in.",
    }


def test_a_refusal_of_the_same_moment(accounts, tmp_path):
    """What was refused just before an event of the same moment stands before it, and further ones are counted."""
    accounts.register("a", facts=SIGN_UP, at=AT)
    by = Actor.holder("a")
    accounts.submit("reactivate", account="a", by=by, facts={"signed_in": True}, at=AT + HOUR)
    accounts.submit("deactivate", account="a", by=by, facts=AGREED | {"identifier_matches": True}, at=AT + HOUR)
    (denial,) = accounts.denials("a")
    assert denial.codes == ("not_from_this_state",)
    tables = told(accounts, denials=[attrs.evolve(denial, more=2)])
    assert [step["does"] for step in tables["step"]] == ["register", "reactivate", "deactivate"]
    assert tables["step"][1]["note"] == "And 2 more of that day."
    assert "chosen" not in tables
    assert story(again(tables, tmp_path)[0]) == story(accounts.events("a"))


def test_codes_that_were_typed(accounts, tmp_path):
    """A right code, a wrong one and one that came too late are typed again, each as it was."""
    accounts.import_account(
        "a", state="security_locked", given={"ground": "unusual_logins", "contacts": ["email"]}, at=AT
    )
    by = Actor.holder("a")
    accounts.submit("verify", account="a", by=by, code="nothing", at=AT)
    accounts.submit("send_unlock_code", account="a", by=by, facts={"channel": "email_link"}, at=AT)
    accounts.submit("verify", account="a", by=by, code="wrong", at=AT + HOUR / 60)
    code = accounts.code_for("a", "unlock_code", at=AT + HOUR / 60)
    accounts.submit("verify", account="a", by=by, code=code, at=AT + 30 * DAY)
    accounts.submit("send_unlock_code", account="a", by=by, facts={"channel": "email_link"}, at=AT + 31 * DAY)
    code = accounts.code_for("a", "unlock_code", at=AT + 31 * DAY)
    assert accounts.submit("verify", account="a", by=by, code=code, at=AT + 31 * DAY).allowed
    tables = told(accounts)
    assert [step.get("with", [""])[-1] for step in tables["step"] if step["does"] == "verify"] == [
        *("wrong_code", "wrong_code", "right_code", "right_code"),
    ]
    assert story(again(tables, tmp_path)[0]) == story(accounts.events("a"))


# --- waits ---------------------------------------------------------------------------------------------------------


def closing(accounts):
    """An account whose closing was asked for and confirmed, its deletion waiting for a timer."""
    accounts.register("a", facts=SIGN_UP | {"contacts": ["email"]}, at=AT)
    by = Actor.holder("a")
    facts = AGREED | CLEAR
    accounts.submit("request_closure", account="a", by=by, facts=facts, at=AT + HOUR).raise_for_denial()
    link = accounts.code_for("a", "closure_link", at=AT + HOUR)
    accounts.submit("confirm_closure", account="a", by=by, code=link, facts=facts, at=AT + 2 * HOUR).raise_for_denial()


@pytest.mark.parametrize("owed", [0, 3])
def test_timers_become_waits(accounts, tmp_path, owed):
    """What timers did is waited for with what the shop then answered, also where all they did was to try again."""
    closing(accounts)
    shop = CLEAR | {"open_orders": owed}
    accounts.settle("a", at=AT + 60 * DAY, gather=lambda account, names: {n: shop[n] for n in names if n in shop})
    log = [*accounts.events("a")]
    assert len(log) > 3
    tables = told(accounts)
    assert any("until" in step for step in tables["step"])
    assert story(again(tables, tmp_path)[0]) == story(log)


def test_somebody_who_calls_himself_a_timer(accounts, tmp_path):
    """A step done under that name while no timer is due stays a step that somebody does."""
    accounts.register("a", facts=SIGN_UP, at=AT)
    facts = {"ground": "unusual_logins", "signal": "distinct_addresses", "signal_count": 6}
    accounts.submit("lock", account="a", by=Actor.system("timer"), facts=facts, at=AT + HOUR).raise_for_denial()
    tables = told(accounts)
    assert tables["step"][-1]["by"] == "system:timer"
    assert story(again(tables, tmp_path)[0]) == story(accounts.events("a"))


def test_an_event_without_its_facts_cannot_be_told(accounts):
    """A log of which a part was lost is not retold, and the event is named."""
    closing(accounts)
    first, second, *rest = accounts.events("a")
    with pytest.raises(NotRetold, match=r"event 2 \(request_closure, 2026-03-02 10:00\) would not come about"):
        retold(accounts.machine, [first, attrs.evolve(second, facts={}), *rest], [])
    with pytest.raises(NotRetold, match="event 2"):
        retold(accounts.machine, [first, attrs.evolve(second, row="another"), *rest], [])


# --- beginnings ----------------------------------------------------------------------------------------------------

BEGINNINGS = {
    "active": {"contacts": ["email"], "kind": "seller", "strikes": ["abuse"], "holds": ["audit"]},
    "security_locked": {
        "ground": "unusual_logins",
        "unlock_code": {"form": "digits", "channels": ["email"], "expires_at": AT + DAY},
    },
    "suspended": {"ground": "harassment", "author": "reviewer:r9", "permanent": True},
    "under_appeal": {"ground": "unusual_logins", "against": "lock", "author": "agent:a7"},
    "pending_deletion": {"track": "request", "ends": AT + DAY, "timers": {}, "closure_link": False},
    "deactivated": {"reason": "break", "timers": {}, "warning": {"ground": "harassment"}},
}


@pytest.mark.parametrize("state", BEGINNINGS)
def test_an_account_begins_as_it_was_taken_over(accounts, tmp_path, state):
    """Records, lists and timers stand in the replay as they stood; one who did no more has a case of one wait."""
    by = Actor.agent("migrator")
    before = accounts.import_account("a", state=state, given=BEGINNINGS[state], at=AT, by=by)
    tables = told(accounts)
    assert tables["title"] == f"From {before.state.words} to {before.state.words}, in 1 step"
    assert tables["step"] == [{"until": AT, "then": state}]
    _, after = again(tables, tmp_path)
    neutral = Neutral("a", dt.timedelta())
    for name in ("state", "since", "kind", "contacts", "strikes", "holds", "timers"):
        assert getattr(after, name) == getattr(before, name), name
    for name in ("lock", "suspension", "appeal", "unlock_code", "closure_link", "pause", "deletion", "warning"):
        stood, stands = getattr(before, name), getattr(after, name)
        named = stood and attrs.evolve(stood, author=neutral.author(stood.author))
        assert stands == named, name


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("timers = { nothing = 2026-03-03T09:00:00Z }", 'no timer is called "nothing"'),
        ("timers = { deletion = 2026-03-03T09:00:00 }", "without an offset"),
        ("timers = 3", "timers must be a table"),
        ("lock = true", "lock must be a table"),
    ],
)
def test_mistakes_in_what_is_given(tmp_path, given, says):
    """Timers of a beginning are held against the policy; a record is a table, or false."""
    path = tmp_path / "wrong.case.toml"
    path.write_text(f'[[case]]\ntitle = "x"\ncites = ["P-01"]\nbegins = 2026-03-02T09:00:00Z\n[case.given]\n{given}\n')
    with pytest.raises(CaseError, match=says):
        read_cases(path)


def test_roles_are_all_named():
    """Every role has a neutral name for somebody in it."""
    assert [Neutral("a", DAY).actor(Actor(role, "x")) for role in Role] == [f"{r.value}:{r.value}-1" for r in Role]


def test_the_case_says_under_which_parameters(tmp_path):
    """What another policy changed stands in the case, so that it comes out the same for whoever has the guides' own."""
    with simulated(policy(Parameters(wallet_policy="warn_and_forfeit", hold_recheck=2 * HOUR))) as accounts:
        accounts.clock.now = AT
        accounts.register("a", facts={**SIGN_UP, "contacts": ["email"]})
        rich = {**CLEAR, **AGREED, "wallet_balance": 500}
        accounts.submit("request_closure", account="a", by=Actor.holder("a"), facts=rich)
        tables = told(accounts)
    assert tables["parameters"] == {"wallet_policy": "warn_and_forfeit", "hold_recheck": "2 hours"}
    path = tmp_path / "again.case.toml"
    path.write_text(case_text(tables), encoding="utf-8")
    (case,) = read_cases(path)
    with simulated() as service:
        assert run(case, service).passed
