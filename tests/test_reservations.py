"""An identifier belongs to one account, and stays taken after it for as long as the policy says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from shop import SECRET, Shop

from lifecycle import Actor, Decision, Evidence, Lifecycle, State
from lifecycle.cases import read_cases
from lifecycle.cases.writing import case_text
from lifecycle.policy import policy
from lifecycle.policy.leaving_terms import RESERVATIONS, Reservation, Wait
from lifecycle.policy.parameters import Parameters
from lifecycle.replay import run, simulated
from lifecycle.retelling import retold

OK = {"registration_fields": 4, "verified_by": "link"}
NAMED = {"email": "ann@example.org", "phone": "+1 555 1", "payment": "card-1", "device": "device-1"}
KINDS = tuple(NAMED)
QUARTER = dt.timedelta(days=90)
HOLDER = Actor.holder("ann")


@contextmanager
def accounts_under(url: str = "memory:", **parameters: Any) -> Iterator[tuple[Lifecycle, Shop]]:
    """A service whose policy has these parameters, and the shop around it."""
    shop = Shop()
    rules = policy(Parameters(**parameters))
    with Lifecycle.open(url, policy=rules, secret=SECRET, gather=shop.gather, clock=shop.clock) as accounts:
        yield accounts, shop


def registered(accounts: Lifecycle, account: str, identifiers: Mapping[str, str], **more: Any) -> Decision:
    """What comes of a registration with these identifiers."""
    return accounts.register(account, identifiers=identifiers, facts=OK, **more)


def codes(decision: Decision) -> list[str]:
    """The codes of the refusals."""
    return [refusal.code for refusal in decision.refusals]


def leaves(accounts: Lifecycle, into: State = State.DELETED) -> None:
    """Ann deletes her account with the code, or begins to."""
    accounts.submit("deactivate", account="ann", by=HOLDER)
    accounts.submit("show_warning", account="ann", by=Actor.system())
    accounts.submit("press_delete", account="ann", by=HOLDER)
    code = accounts.code_for("ann", "deletion_code")
    decision = accounts.submit("confirm_deletion", account="ann", by=HOLDER, code=code)
    assert decision.dest is into


def kept(way: str, keeps: Any, period: dt.timedelta = dt.timedelta(0)) -> dict[str, Reservation]:
    """The guides' table, but for one way out."""
    return {**RESERVATIONS, way: Reservation(way, "x", keeps, period)}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("state", ["active", "security_locked", "suspended", "deactivated", "pending_deletion"])
def test_unique_identifiers(kind: str, state: str) -> None:
    """What a living account has, in whatever state, no other may have; the answer names neither account nor value."""
    given = {"ground": "harassment"} if state == "suspended" else {"ground": "new_device"}
    with accounts_under(unique_identifiers=KINDS) as (accounts, _):
        accounts.import_account("ann", state=state, given={**given, "contacts": ["email"]}, identifiers=NAMED)
        decision = registered(accounts, "bob", {kind: NAMED[kind]})
        assert codes(decision) == [f"{kind}_is_free"]
        text = str(decision)
        assert "ann" not in text
        assert NAMED[kind] not in text
        assert registered(accounts, "cid", {kind: f"{NAMED[kind]}7"}).allowed


@pytest.mark.parametrize("kind", KINDS)
def test_the_guides_keep_the_email_to_one_account(kind: str) -> None:
    """By default a phone number, a payment means and a device may be shared; an e-mail may not, unless the policy says."""
    with accounts_under() as (accounts, _):
        registered(accounts, "ann", NAMED)
        assert codes(registered(accounts, "bob", {kind: NAMED[kind]})) == (["email_is_free"] if kind == "email" else [])
    with accounts_under(unique_identifiers=()) as (accounts, _):
        registered(accounts, "ann", NAMED)
        assert registered(accounts, "bob", {kind: NAMED[kind]}).allowed


def test_nor_is_one_added_later() -> None:
    """What another account has is refused as well when an account names something more."""
    with accounts_under(unique_identifiers=KINDS) as (accounts, _):
        registered(accounts, "ann", NAMED)
        registered(accounts, "bob", {"email": "bob@example.org"})
        decision = accounts.identify("bob", {"phone": NAMED["phone"], "payment": NAMED["payment"]})
        assert codes(decision) == ["phone_is_free", "payment_is_free"]
        assert accounts.identify("ann", {"phone": NAMED["phone"]}).allowed


def test_a_family_member_s_number_is_not_the_holder_s() -> None:
    """A number that is borrowed links to nobody, also where a number belongs to one account."""
    with accounts_under(unique_identifiers=("email", "phone")) as (accounts, _):
        registered(accounts, "ann", NAMED)
        borrowed = {"phone": NAMED["phone"], "email": "bob@example.org"}
        decision = accounts.register("bob", identifiers=borrowed, facts={**OK, "phone_is_borrowed": True})
        assert decision.allowed


@pytest.mark.parametrize("erase_first", [True, False])
@pytest.mark.parametrize("stored", ["memory", "sqlite"])
def test_taken_for_a_time(stored: str, erase_first: bool, tmp_path: Path) -> None:
    """For ninety days nobody can sign up with it, erased or not; from then on anybody, also before a worker has run."""
    url = "memory:" if stored == "memory" else f"sqlite:///{tmp_path / 'accounts.db'}"
    both = ("email", "phone")
    with accounts_under(url, unique_identifiers=both, reservations=kept("direct", "for_a_time", QUARTER)) as (
        accounts,
        shop,
    ):
        shop.facts["retention_duty"] = not erase_first
        registered(accounts, "ann", NAMED)
        leaves(accounts)
        ending = accounts.account("ann").ending
        assert ending is not None
        assert (ending.way, ending.reserved_until) == ("direct", shop.now + QUARTER)
        shop.passes(days=2)
        accounts.settle("ann")
        assert accounts.account("ann").erased is erase_first
        refused = registered(accounts, "bob", {"email": "ann@example.org"})
        assert codes(refused) == ["identifiers_are_released"]
        assert "ann" not in str(refused).replace("ann@", "")
        assert codes(registered(accounts, "bob", {"phone": NAMED["phone"]})) == ["identifiers_are_released"]
        assert registered(accounts, "cid", {"device": NAMED["device"]}).allowed
        shop.passes(days=88)
        assert registered(accounts, "bob", {"email": "ann@example.org", "phone": NAMED["phone"]}).allowed
        events = accounts.settle("ann")
        assert "release_identifiers" in [event.trigger for event in events]
        assert not accounts.account("ann").reserved


def test_who_left_in_good_standing_is_no_suspect() -> None:
    """A number that stays taken after a deletion is refused at the form; it does not have a new account suspended."""
    with accounts_under(unique_identifiers=("email", "phone"), reservations=kept("direct", "for_good")) as (
        accounts,
        _,
    ):
        registered(accounts, "ann", NAMED)
        leaves(accounts)
        decision = registered(accounts, "bob", {"phone": NAMED["phone"]})
        assert codes(decision) == ["identifiers_are_released"]
        assert registered(accounts, "cid", {"payment": NAMED["payment"]}).dest is State.ACTIVE


def test_after_a_ban_everything_is_as_it_was() -> None:
    """What a banned account was known by has a new account suspended at once, also under a table of one's own."""
    with accounts_under(reservations=kept("direct", "for_a_time", QUARTER)) as (accounts, shop):
        banned = {"ground": "harassment", "permanent": True, "track": "suspended", "contacts": ["email"]}
        accounts.import_account("ann", state="pending_deletion", given=banned, identifiers=NAMED)
        shop.passes(days=3)
        accounts.settle("ann")
        assert accounts.account("ann").state is State.DELETED
        decision = registered(accounts, "bob", {"phone": NAMED["phone"]})
        assert decision.dest is State.SUSPENDED


def test_where_every_closed_account_keeps_its_own() -> None:
    """Where the identifiers of every closed account stay taken (X-43), another table takes nothing of that away."""
    with accounts_under(linkage_scope="all_closed", reservations=kept("request", "for_good")) as (accounts, _):
        registered(accounts, "ann", NAMED)
        leaves(accounts)
        assert accounts.account("ann").reserved
        assert codes(registered(accounts, "bob", {"email": NAMED["email"]})) == ["identifiers_are_released"]


def test_by_the_guides_a_deleted_account_leaves_nothing_taken() -> None:
    """Whoever has deleted an account signs up again with the same e-mail the same day (X-43)."""
    with accounts_under() as (accounts, _):
        registered(accounts, "ann", NAMED)
        leaves(accounts)
        assert accounts.account("ann").ending is None
        assert registered(accounts, "bob", NAMED).allowed


def test_a_log_of_all_of_it_is_told_as_a_case(tmp_path: Path) -> None:
    """A grace, a suspension in it, an announcement, a reinstatement and a release: told from the log, it replays."""
    waits = {"payout": Wait("payout", "The last payout lies two weeks back.", QUARTER, fact="last_payout_at")}
    with accounts_under(
        waits=waits,
        direct_deletion_grace=QUARTER,
        platform_deletion=("staff",),
        leaving_when_restricted="held",
        reservations=kept("direct", "for_a_time", QUARTER),
    ) as (accounts, shop):
        shop.facts |= {"last_payout_at": None, "kept_by_law": ()}
        registered(accounts, "ann", {"email": NAMED["email"]})
        shop.passes(hours=1)
        leaves(accounts, State.PENDING_DELETION)
        statement, reviewer = [Evidence("statement_of_reasons", "doc-1")], Actor.reviewer("1")
        shop.passes(days=1)
        accounts.submit("suspend", account="ann", by=reviewer, facts={"ground": "harassment"}, evidence=statement)
        accounts.submit("announce_removal", account="ann", by=reviewer, evidence=[Evidence(statement[0].kind, "doc-2")])
        shop.passes(days=1)
        lifted = {"facts": {"lifts": "suspension"}, "evidence": [Evidence("reasons", "doc-3")]}
        accounts.submit("reverse_decision", account="ann", by=Actor.supervisor("2"), **lifted)
        for _ in range(3):
            shop.passes(days=100)
            accounts.settle("ann")
        log = [*accounts.events("ann")]
        assert [event.trigger for event in log][-6:] == [
            *("suspend", "announce_removal", "reverse_decision", "complete_deletion", "erase", "release_identifiers"),
        ]
        path = tmp_path / "told.case.toml"
        path.write_text(case_text(retold(accounts.machine, log, ())), encoding="utf-8")
    (case,) = read_cases(path)
    with simulated() as service:
        result = run(case, service)
        assert result.passed, result.problems
