"""What became of a notice comes back as a step of its account, where the policy asks for it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import attrs
import pytest
from shop import SECRET

from lifecycle import Actor, Evidence, Lifecycle, Parameters, extended, policy
from lifecycle.errors import PolicyError, StoreUnavailable
from lifecycle.model import Role, State
from lifecycle.policy.clock_terms import Window
from lifecycle.rows import Doors, Notice, Notify, Report, Transition
from lifecycle.store.delivery import Outcome
from lifecycle.worker import Backoff, Undeliverable, Void, Worker

DAY = dt.timedelta(days=1)
MINUTE = dt.timedelta(minutes=1)
REVIEWER = Actor.reviewer("r1")
SOON = Backoff(first=MINUTE, longest=MINUTE, chance=lambda: 1.0)
REASONS = [Evidence("statement_of_reasons", ref="why")]
WINDOW = {"appeal": Window("appeal", 14 * DAY, counted_from="delivery")}


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def opened(request, shop, tmp_path):
    """Opens a service under some parameters, over each kind of store."""
    if request.param == "postgres":
        url = request.getfixturevalue("postgres_url")
    else:
        url = "memory:" if request.param == "memory" else f"sqlite:///{tmp_path / 'accounts.db'}"
    services: list[Lifecycle] = []

    def opens(**parameters: Any) -> Lifecycle:
        rules = policy(Parameters(**parameters))
        service = Lifecycle.open(url, policy=rules, secret=SECRET, gather=shop.gather, clock=shop.clock)
        services.append(service)
        return service

    yield opens
    for service in services:
        service.close()


def worker(accounts: Lifecycle, handlers: Any = lambda delivery: None, **more: Any) -> Worker:
    """A worker that tries again after a minute."""
    return Worker(accounts, handlers, **{"backoff": SOON, **more})


def suspended(accounts: Lifecycle) -> str:
    """An account suspended for harassment, whose notices wait."""
    accounts.import_account("ann", state="active", at=accounts.clock())
    decision = accounts.submit("suspend", account="ann", by=REVIEWER, facts={"ground": "harassment"}, evidence=REASONS)
    assert decision.allowed
    return "ann"


def triggers(accounts: Lifecycle, account: str = "ann") -> list[str]:
    """What happened to the account."""
    return [event.trigger for event in accounts.events(account)]


def results(accounts: Lifecycle, account: str = "ann") -> list[tuple[Any, ...]]:
    """What its events tell of deliveries: notice, outcome, try, why."""
    names = ("notice", "delivery_outcome", "delivery_attempt", "delivery_why")
    found = (event.facts for event in accounts.events(account) if event.trigger == "note_delivery")
    return [tuple(facts.get(name) for name in names) for facts in found]


class Killed(BaseException):
    """Stands for the end of the process."""


def killed(accounts: Lifecycle, monkeypatch: pytest.MonkeyPatch, method: str, after: bool) -> None:
    """Let a worker deliver and die where it calls *method* for the account's report, before it or after it."""
    whole = getattr(accounts.store if method == "told_reports" else accounts, method)

    def cut(*args: Any, **kwargs: Any) -> Any:
        if method == "submit" and kwargs.get("dry_run"):
            return whole(*args, **kwargs)
        if after:
            whole(*args, **kwargs)
        raise Killed

    with monkeypatch.context() as now:
        now.setattr(accounts.store if method == "told_reports" else accounts, method, cut)
        with pytest.raises(Killed):
            worker(accounts).run_once()


# --- the time to appeal, counted from the delivery --------------------------------------------------------------------


def test_the_worker_starts_the_time_to_appeal(opened, shop):
    """Where it is counted from the delivery, it runs from the moment the notice of the decision went out, and is told."""
    accounts = opened(windows=WINDOW)
    ann = suspended(accounts)
    shop.passes(days=2)
    delivered = shop.now
    got: list[str] = []
    counts = worker(accounts, lambda delivery: got.append(delivery.notice)).run_once()
    assert counts.reported == {"report_delivery": 1}
    assert accounts.account(ann).suspension.appeal_until == delivered + 14 * DAY
    assert (got[0], got[-1], got.count("appeal_time_runs")) == ("account_suspended", "appeal_time_runs", 1)
    assert triggers(accounts).count("report_delivery") == 1
    assert worker(accounts).run_once().reported == {}
    assert accounts.verify().damage == ()


def test_a_notice_that_never_arrived_starts_nothing(opened):
    """No time runs from a notice that is dead; once a person has it sent again and it goes out, it does."""
    accounts = opened(windows=WINDOW)
    ann = suspended(accounts)

    def refuses(delivery: Any) -> None:
        raise Undeliverable("address_unknown")

    worker(accounts, refuses).run_once()
    assert accounts.account(ann).suspension.appeal_until is None
    (dead, *_) = [
        posted for posted in accounts.store.posted(ann, stands="dead") if posted.notice == "account_suspended"
    ]
    assert accounts.store.retry_notice(ann, dead.version, dead.n, at=accounts.clock())
    worker(accounts).run_once()
    assert accounts.account(ann).suspension.appeal_until == accounts.clock() + 14 * DAY


def test_a_notice_of_an_older_decision_starts_nothing(opened, shop):
    """After a rejection the time waits for the rejection's own notice, not for one about the suspension sent again."""
    accounts = opened(windows=WINDOW)
    ann = suspended(accounts)
    worker(accounts).run_once()
    shop.passes(days=1)
    brought = [Evidence("passport", ref="p1"), Evidence("explanation", ref="e1")]
    assert accounts.submit("appeal", account=ann, by=Actor.holder(ann), evidence=brought).allowed
    shop.passes(days=1)
    reasons = [Evidence("reasons", ref="r1")]
    assert accounts.submit("reject", account=ann, by=Actor.reviewer("r2"), evidence=reasons).allowed
    first = next(posted for posted in accounts.store.posted(ann) if posted.notice == "account_suspended")
    for posted in accounts.store.posted(ann, stands="waiting"):
        accounts.store.drop_notice(ann, posted.version, posted.n, at=shop.now)
    accounts.store.retry_notice(ann, first.version, first.n, at=shop.now)
    before = accounts.account(ann).version
    worker(accounts).run_once()
    assert accounts.account(ann).suspension.appeal_until is None
    assert accounts.account(ann).version == before
    assert list(accounts.denials(ann)) == []
    rejection = next(posted for posted in accounts.store.posted(ann) if posted.notice == "appeal_rejected")
    accounts.store.retry_notice(ann, rejection.version, rejection.n, at=shop.now)
    worker(accounts).run_once()
    assert accounts.account(ann).suspension.appeal_until == shop.now + 14 * DAY


def test_a_report_that_comes_too_late_is_no_trouble(opened, shop):
    """Where the account moved on meanwhile, nothing follows, no refusal is recorded, and nobody asks again."""
    accounts = opened(windows=WINDOW)
    ann = suspended(accounts)

    def reversing(delivery: Any) -> None:
        if delivery.notice == "account_suspended":
            by, told = Actor.supervisor("s1"), {"lifts": "suspension"}
            asked = {"facts": told, "evidence": [Evidence("reasons", ref="r")]}
            assert accounts.submit("reverse_decision", account=ann, by=by, **asked).allowed

    counts = worker(accounts, reversing).run_once()
    assert (accounts.account(ann).state, counts.reported, counts.failed) == (State.ACTIVE, {}, {})
    assert list(accounts.denials(ann)) == []
    assert accounts.store.claim_reports(shop.now + DAY, until=shop.now + DAY, limit=9) == ()


def test_by_default_nothing_is_reported(opened):
    """Under the guides a delivery leaves the account as it is: the version that people decide on does not move."""
    accounts = opened()
    ann = suspended(accounts)
    before = accounts.account(ann).version
    counts = worker(accounts).run_once()
    assert (counts.reported, accounts.account(ann).version) == ({}, before)
    assert accounts.store.claim_reports(accounts.clock() + DAY, until=accounts.clock() + DAY, limit=9) == ()


# --- killed between the result and its report -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "after"),
    [("submit", False), ("submit", True), ("told_reports", False), ("told_reports", True)],
    ids=["before the report", "after the report", "before its mark goes", "after its mark went"],
)
def test_a_report_that_was_cut_off_is_made_once(opened, shop, monkeypatch, method, after):
    """Wherever a worker dies, the next one tells the account: once, and as of the moment of the delivery."""
    accounts = opened(windows=WINDOW)
    ann = suspended(accounts)
    delivered = shop.now
    killed(accounts, monkeypatch, method, after)
    assert next(tried.outcome for tried in accounts.store.tries(ann)) is Outcome.SENT
    shop.passes(minutes=5)
    worker(accounts).run_once()
    assert triggers(accounts).count("report_delivery") == 1
    assert accounts.account(ann).suspension.appeal_until == delivered + 14 * DAY
    assert sum(row.notice == "appeal_time_runs" for row in accounts.outbox(ann)) == 1
    shop.passes(minutes=5)
    before = accounts.account(ann).version
    worker(accounts).run_once()
    assert accounts.account(ann).version == before
    assert accounts.verify().damage == ()


def test_an_account_that_moved_on_before_its_report_is_told_now(opened, shop, monkeypatch):
    """A report found later than another event of the account is made with the time of now."""
    accounts = opened(windows=WINDOW)
    ann = suspended(accounts)
    killed(accounts, monkeypatch, "submit", after=False)
    shop.passes(minutes=3)
    evidence = [Evidence("passport", ref="p1")]
    assert accounts.submit("add_evidence", account=ann, by=Actor.holder(ann), evidence=evidence).allowed
    worker(accounts).run_once()
    assert accounts.account(ann).suspension.appeal_until == shop.now + 14 * DAY


def test_what_cannot_be_told_now_is_told_later(opened, shop, monkeypatch):
    """An account that cannot be told is passed over, counted by the kind of the error, and told after a minute."""
    accounts = opened(deliveries_in_log=True)
    ann = suspended(accounts)
    whole = accounts.submit

    def fails(*args: Any, **kwargs: Any) -> Any:
        raise RuntimeError("ann@example.org")

    monkeypatch.setattr(accounts, "submit", fails)
    counts = worker(accounts).run_once()
    assert set(counts.failed) == {"RuntimeError"}
    monkeypatch.setattr(accounts, "submit", whole)
    assert worker(accounts).run_once().reported == {}
    shop.passes(minutes=2)
    assert worker(accounts).run_once().reported["note_delivery"] == len(list(accounts.store.posted(ann)))

    def gone(*args: Any, **kwargs: Any) -> Any:
        raise StoreUnavailable("the database is gone")

    assert accounts.submit("deactivate", account=ann, by=Actor.holder(ann)).allowed is False
    accounts.import_account("bob", state="active", at=shop.now)
    accounts.submit("deactivate", account="bob", by=Actor.holder("bob"))
    monkeypatch.setattr(accounts, "submit", gone)
    with pytest.raises(StoreUnavailable):
        worker(accounts).run_once()


# --- every result in the account's log --------------------------------------------------------------------------------


def test_deliveries_in_log(opened, shop):
    """Under the parameter each notice that was sent, is dead or is void leaves one event: which, how, at which try, why."""
    accounts = opened(deliveries_in_log=True)
    ann = suspended(accounts)
    first = next(accounts.store.posted(ann)).id.removeprefix("ann:")
    tries: list[str] = []

    def handler(delivery: Any) -> None:
        tries.append(delivery.notice)
        if len(tries) == 1:
            raise ConnectionError("ann@example.org refused")

    counts = worker(accounts, handler).run_once()
    shop.passes(minutes=2)
    counts = worker(accounts, handler).run_once()
    posted = [each.notice for each in accounts.store.posted(ann)]
    assert [found[0] for found in results(accounts)] == posted
    assert results(accounts)[0] == ("account_suspended", "sent", 2, None)
    noted = next(event for event in accounts.events(ann) if event.trigger == "note_delivery")
    assert (noted.facts["notice_ref"], noted.by, noted.dest) == (first, Actor.system("delivery"), State.SUSPENDED)
    assert counts.reported == {"note_delivery": len(posted)}
    assert "example.org" not in repr([*accounts.events(ann)])
    assert accounts.verify().damage == ()


def test_dead_and_void_notices_too(opened):
    """A dead notice is recorded with its reason, a void one as well, and an error without a proper name as unnamed."""
    accounts = opened(deliveries_in_log=True)

    class _Odd(Exception):
        pass

    raised = {"dead": Undeliverable("address_unknown"), "void": Void("code_void"), "odd": _Odd("ann@example.org")}

    def handler(delivery: Any) -> None:
        raise raised[delivery.account]

    for account in raised:
        accounts.import_account(account, state="active", at=accounts.clock())
        assert accounts.submit("deactivate", account=account, by=Actor.holder(account)).allowed
    worker(accounts, handler, tries=1).run_once()
    assert results(accounts, "dead") == [("account_deactivated", "dead", 1, "address_unknown")]
    assert results(accounts, "void") == [("account_deactivated", "void", 1, "code_void")]
    assert results(accounts, "odd") == [("account_deactivated", "dead", 1, "unnamed")]


def test_a_notice_sent_again_is_recorded_again(opened, shop):
    """Dead, sent again by a person and then sent: two results, two events."""
    accounts = opened(deliveries_in_log=True)
    accounts.import_account("ann", state="active", at=accounts.clock())
    accounts.submit("deactivate", account="ann", by=Actor.holder("ann"))

    def refuses(delivery: Any) -> None:
        raise Undeliverable("mailbox_full")

    worker(accounts, refuses).run_once()
    (posted,) = accounts.store.posted("ann")
    shop.passes(minutes=1)
    accounts.store.retry_notice("ann", posted.version, posted.n, at=shop.now)
    worker(accounts).run_once()
    assert [found[1:] for found in results(accounts)] == [("dead", 1, "mailbox_full"), ("sent", 1, None)]


@pytest.mark.parametrize("state", [*State])
def test_in_every_state(opened, shop, state):
    """The step stays where the account is, whatever state that is, a deleted one included; without a notice it is refused."""
    accounts = opened(deliveries_in_log=True)
    given = {"security_locked": {"ground": "unusual_logins"}, "suspended": {"ground": "harassment"}}
    given["under_appeal"] = {"ground": "harassment", "against": "suspension"}
    given["pending_deletion"] = {"track": "request"}
    told = given.get(state.value, {})
    accounts.import_account("ann", state=state, given=told, at=shop.now)
    facts = {"notice": "welcome", "delivery_outcome": "sent"}
    decision = accounts.submit("note_delivery", account="ann", by=Actor.system("delivery"), facts=facts)
    assert decision.allowed
    assert decision.account.state is state
    for wrong in ({}, {"notice": "welcome"}, {"notice": "welcome", "delivery_outcome": "failed"}):
        again = accounts.submit("note_delivery", account="ann", by=Actor.system("delivery"), facts=wrong)
        assert [refusal.code for refusal in again.refusals] == ["result_is_told"]


def test_both_together(opened):
    """A delivery that starts the time to appeal is recorded as well; each of the notices once, and then it is quiet."""
    accounts = opened(deliveries_in_log=True, windows=WINDOW)
    ann = suspended(accounts)
    worker(accounts).run_once()
    assert triggers(accounts).count("report_delivery") == 1
    assert sorted(found[0] for found in results(accounts)) == sorted(p.notice for p in accounts.store.posted(ann))
    before = accounts.account(ann).version
    assert worker(accounts).run_once().reported == {}
    assert accounts.account(ann).version == before


# --- a policy that reports --------------------------------------------------------------------------------------------


def _reporting(*reports: Report, **more: Any) -> Any:
    row = Transition("Say so", (Role.SYSTEM,), "say_so", State.ACTIVE, effects=(Notify("said"),), cites=("S",))
    parts = {"rows": (row,), "notices": (Notice("said", "It was said."),), "citations": {"S": "We say so."}, **more}
    base = policy()
    return extended(base, name="s", version="1", doors=attrs.evolve(base.doors, reports=reports), **parts)


def test_a_report_that_reports_itself_is_refused():
    """A report whose own notice is reported by it, or by what that leads to, would never end; the policy is refused."""
    with pytest.raises(PolicyError, match='"say_so" would never end: it sends "said"'):
        _reporting(Report("say_so"))
    assert _reporting(Report("say_so", notices=("welcome",))).doors.reports
    other = Transition("Echo", (Role.SYSTEM,), "echo", State.ACTIVE, effects=(Notify("welcome"),), cites=("S",))
    row = Transition("Say so", (Role.SYSTEM,), "say_so", State.ACTIVE, effects=(Notify("said"),), cites=("S",))
    with pytest.raises(PolicyError, match="would never end"):
        _reporting(Report("say_so", notices=("welcome",)), Report("echo", notices=("said",)), rows=(row, other))


def test_a_report_that_cannot_be_is_refused():
    """An unknown trigger, notice or outcome, none at all, or what the system may not do: all told at once."""
    with pytest.raises(PolicyError) as refused:
        _reporting(Report("say_no"), Report("appeal"), Report("say_so", ("gone",), ("welcom",)), Report("lock", ()))
    said = str(refused.value)
    assert 'by "say_no" names an unknown trigger. Did you mean "say_so"?' in said
    assert 'by "appeal" names something the system may not do' in said
    assert 'names an unknown outcome "gone". Known: sent, dead, void.' in said
    assert 'names an unknown notice "welcom". Did you mean "welcome"?' in said
    assert 'by "lock" names no outcome' in said


def test_what_is_taken_away_is_reported_no_more():
    """A policy without the notice, or without the row, does not report it either."""
    base = policy(Parameters(windows=WINDOW, deliveries_in_log=True))
    less = extended(base, name="s", version="1", without=("notice account_locked",))
    assert "account_locked" not in less.doors.reports[0].notices
    names = [row.name for row in base.rows if row.trigger == "note_delivery"]
    gone = [f"row {name}" for name in names]
    none = extended(base, name="s", version="1", without=[*gone, "guard result_is_told"])
    assert [each.trigger for each in none.doors.reports] == ["report_delivery"]
    assert Doors().reporting("welcome", "sent") == ()
    assert base.doors.reporting("account_suspended", "sent") == ("report_delivery", "note_delivery")
    assert base.doors.reporting("account_suspended", "dead") == ("note_delivery",)
    assert base.doors.reporting("account_suspended", "failed") == ()
