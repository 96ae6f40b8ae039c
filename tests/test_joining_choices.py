"""The parameters of signing up and of linkage: every choice has its effect, and every number is the one that counts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
import support as s
from scenarios_joining import borrowing, linked, through
from shop import SECRET, Shop
from support import CLEAR, DAY, HOLDER, SYSTEM

from lifecycle import Actor, Lifecycle, State
from lifecycle.errors import BadParameters
from lifecycle.model import MembershipState
from lifecycle.policy import policy
from lifecycle.policy.parameters import Parameters

PHONE = {"phone": "+1 555 1"}
OK = {"registration_fields": 4, "verified_by": "link"}


@contextmanager
def shop_with(**parameters: Any) -> Iterator[tuple[Lifecycle, Shop]]:
    """A service whose policy has these parameters, and the shop around it."""
    shop = Shop()
    shop.facts["kept_by_law"] = ()
    rules = policy(Parameters(**parameters))
    with Lifecycle.open("memory:", policy=rules, secret=SECRET, gather=shop.gather, clock=shop.clock) as accounts:
        yield accounts, shop


def registers(facts: Mapping[str, Any], **parameters: Any) -> list[str]:
    """What a registration comes to: the codes it is refused for, or the states it passes through."""
    decision = s.World(**parameters).ask("register", HOLDER, {**s.SIGN_UP, **facts})
    return [r.code for r in decision.refusals] or [event.dest.value for event in decision.events]


REFUSED = ["identity_is_not_banned"]
SUSPENDED = ["active", "suspended"]


@pytest.mark.parametrize(
    ("value", "email", "phone", "payment"),
    [
        ("email_refused", REFUSED, SUSPENDED, SUSPENDED),
        ("all_refused", REFUSED, REFUSED, REFUSED),
        ("all_suspended", SUSPENDED, SUSPENDED, SUSPENDED),
    ],
)
def test_banned_identity_policy(value: str, email: list[str], phone: list[str], payment: list[str]) -> None:
    """A banned identifier is refused at the form, or opens an account that is suspended at once; a device is neither."""
    found = [
        registers({"banned_links": (kind,)}, banned_identity_policy=value)
        for kind in ("email", "phone", "payment", "device")
    ]
    assert found == [email, phone, payment, ["active", "active"]]


@pytest.mark.parametrize("value", ["one_per_person_flag_only_abuse", "strict", "tolerated"])
def test_multi_account_policy_at_the_form(value: str) -> None:
    """A second account of one person is refused where one is all there may be, and opened without a word elsewhere."""
    second = registers({"person_accounts": 1, "living_links": ("phone",)}, multi_account_policy=value)
    assert second == (["person_has_room_for_an_account"] if value == "strict" else ["active"])
    assert registers({"person_accounts": 0}, multi_account_policy=value) == ["active"]


def test_accounts_per_person() -> None:
    """Where one person may have two accounts the third is refused, and the refusal names the number."""
    two = {"multi_account_policy": "strict", "accounts_per_person": 2}
    assert registers({"person_accounts": 1}, **two) == ["active"]
    (refusal,) = s.World(**two).ask("register", HOLDER, {**s.SIGN_UP, "person_accounts": 2}).refusals
    assert (refusal.value, refusal.limit) == ({"person_accounts": 2}, "fewer than 2")


@pytest.mark.parametrize("value", ["banned_only", "all_closed"])
@pytest.mark.parametrize("way", ["direct", "request"])
def test_linkage_scope(value: str, way: str) -> None:
    """After a deletion of one's own will e-mail and phone are free again, or stay taken for good."""
    with shop_with(linkage_scope=value) as (accounts, shop):
        ann = Actor.holder("ann")
        accounts.register("ann", identifiers={"email": "ann@example.org", **PHONE}, facts=OK)
        if way == "direct":
            accounts.submit("deactivate", account="ann", by=ann)
            accounts.submit("show_warning", account="ann", by=Actor.system())
            accounts.submit("press_delete", account="ann", by=ann)
            code = accounts.code_for("ann", "deletion_code")
            accounts.submit("confirm_deletion", account="ann", by=ann, code=code)
        else:
            accounts.submit("request_closure", account="ann", by=ann)
            code = accounts.code_for("ann", "closure_link")
            accounts.submit("confirm_closure", account="ann", by=ann, code=code)
        for days, erased in ((3, way == "direct"), (9, True)):
            shop.passes(days=days)
            accounts.settle("ann")
            assert (accounts.account("ann").state, accounts.account("ann").erased) == (State.DELETED, erased)
            mail = accounts.register("new", identifiers={"email": "Ann@example.org"}, facts=OK, dry_run=True)
            phone = accounts.register("new", identifiers=PHONE, facts=OK, dry_run=True)
            taken = value == "all_closed"
            assert [r.code for r in mail.refusals] == (REFUSED if taken else [])
            assert [event.dest.value for event in phone.events] == (SUSPENDED if taken else ["active"])


@pytest.mark.parametrize("kind", ["email", "phone", "payment", "device"])
def test_each_weight_counts(kind: str) -> None:
    """The weight of each kind is its own: made lighter than the limit it only warns, made heavier it suspends."""
    facts = {"banned_links": (kind,)}
    free = {"banned_identity_policy": "all_suspended", f"linkage_weight_{kind}": 99}
    assert registers(facts, **free) == ["active", "active"]
    assert registers(facts, **{**free, f"linkage_weight_{kind}": 100}) == SUSPENDED
    assert registers(facts, **{**free, f"linkage_weight_{kind}": 0}) == ["active"]


def test_weights_add_up() -> None:
    """Several kinds weigh together, each once; what is shared with others than the banned does not suspend."""
    light = {"linkage_weight_phone": 60}
    assert registers({"banned_links": ("phone",)}, **light) == ["active", "active"]
    assert registers({"banned_links": ("phone", "device")}, **light) == SUSPENDED
    assert registers({"banned_links": ("phone",), "restricted_links": ("device", "phone")}, **light) == [
        "active",
        "active",
    ]


@pytest.mark.parametrize(("limit", "states"), [(100, SUSPENDED), (101, ["active", "active"])])
def test_linkage_suspends_at(limit: int, states: list[str]) -> None:
    """Exactly at the limit a new account is suspended; one point below it is warned."""
    assert registers({"banned_links": ("phone",)}, linkage_suspends_at=limit) == states


@pytest.mark.parametrize(("relief", "score"), [(0, 40), (20, 20), (40, None), (60, None)])
def test_linkage_relief_cookies(relief: int, score: int | None) -> None:
    """Cleared cookies take their relief off the device and never more than the device weighs."""
    facts = {**s.SIGN_UP, "banned_links": ("device",), "cookies_cleared": True}
    account = s.World(linkage_relief_cookies=relief).do("register", HOLDER, facts).account
    assert (account.linkage and account.linkage.score) == score


@pytest.mark.parametrize(("limit", "codes"), [(40, []), (41, ["accounts_are_one_persons"])])
def test_linkage_same_person_at(limit: int, codes: list[str]) -> None:
    """Exactly at the limit two accounts count as one person's; one point below they do not."""
    facts = {"shared_links": ("device",), "strike": "multi_account_while_blocked"}
    assert s.locked(linkage_same_person_at=limit).codes("note_further_account", SYSTEM, facts) == codes


def test_borrowed_phone_for() -> None:
    """The time after which a number of one's own is asked for is the parameter's."""
    assert borrowing().account.timer("own_phone_wanted").due == s.START + 30 * DAY
    borrowed = {**s.SIGN_UP, "phone_is_borrowed": True, "identifier_kinds": ("phone",)}
    short = s.World(borrowed_phone_for=dt.timedelta(days=7)).do("register", HOLDER, borrowed)
    assert short.account.timer("own_phone_wanted").due == s.START + 7 * DAY
    assert [event.notices for event in short.tick(7 * DAY).events[-1:]] == [("own_phone_wanted",)]


def test_borrowing_twice_does_not_begin_anew() -> None:
    """Another borrowed number does not put off the day on which one's own is asked for."""
    again = {"signed_in": True, "phone_is_borrowed": True, "identifier_kinds": ("phone",)}
    world = borrowing().wait(DAY).do("add_identifier", HOLDER, again)
    assert world.account.timer("own_phone_wanted").due == s.START + 30 * DAY
    other = world.do("add_identifier", HOLDER, {"signed_in": True, "identifier_kinds": ("payment",)})
    assert other.account.borrowed_phone


@pytest.mark.parametrize(
    ("providers", "sign_in", "codes"),
    [
        (("facebook", "apple", "google"), "apple", []),
        (("facebook", "apple", "google"), None, ["signed_in_as_at_sign_up"]),
        (("facebook", "google"), None, []),
        (("facebook", "google"), "google", []),
    ],
)
def test_login_social_providers(providers: tuple[str, ...], sign_in: str | None, codes: list[str]) -> None:
    """An account opened with a provider is deleted after a sign-in with it, unless that provider offers none."""
    world = through("apple")
    world.machine = s.machine_of(login_social_providers=providers)
    asked = {**CLEAR, "signed_in": True, "sign_in_provider": sign_in}
    assert world.codes("press_delete", HOLDER, asked) == codes


def test_an_account_with_a_password_is_asked_for_no_provider() -> None:
    """Who signed up by e-mail signs in as they like."""
    asked = {**CLEAR, "signed_in": True, "sign_in_provider": "google"}
    assert s.warned_of_deletion().codes("press_delete", HOLDER, asked) == []


def test_social_providers() -> None:
    """Only a provider that is named vouches for anybody, and it is kept for the day of the deletion."""
    by_provider = {"registration_fields": 0, "verified_by": "google", "email_is_reserved": False}
    assert s.World().do("register", HOLDER, by_provider).account.provider == "google"
    codes = s.World(social_providers=("apple",)).codes("register", HOLDER, by_provider)
    assert codes == ["sign_up_is_complete", "sign_up_is_verified"]
    assert s.active().account.provider is None


def test_registration_required_fields() -> None:
    """As many fields as the parameter says are asked for."""
    asked = {**s.SIGN_UP, "registration_fields": 2}
    assert s.World(registration_required_fields=2).codes("register", HOLDER, asked) == []
    assert s.World(registration_required_fields=3).codes("register", HOLDER, asked) == ["sign_up_is_complete"]


def test_a_new_account_begins_with_nothing() -> None:
    """Whatever links it to, a new account has no history, level or membership of another."""
    account = linked(banned_links=("device",)).account
    assert (account.level.value, account.membership_state) == ("silver", MembershipState.NO_MEMBERSHIP)
    assert (account.strikes, account.evidence, account.holds, account.appeal, account.warning) == (
        (),
        (),
        (),
        None,
        None,
    )


def test_the_odds_of_giving_up_a_duplicate_are_told() -> None:
    """The share of accounts that come back this way is an estimate of the guides', in per cent."""
    assert Parameters().duplicate_success_rate == 60
    assert Parameters(duplicate_success_rate=55).duplicate_success_rate == 55
    with pytest.raises(BadParameters, match="duplicate_success_rate"):
        Parameters(duplicate_success_rate=101)
