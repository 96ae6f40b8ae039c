"""For each guard about signing up and about what accounts share: an attempt it alone refuses, and one where it holds."""

from __future__ import annotations

from typing import Any

import attrs
import support as s
from scenarios import Pair, Scenario, by_fact, by_world
from scenarios_leaving import but
from support import AGENT, CLEAR, HOLDER, SYSTEM

from lifecycle.model import Evidence

COMMITTED = Evidence("written_commitment", "doc-commitment")


def _signing_up(world: s.World, **both: tuple[Any, Any]) -> Pair:
    (name,) = both
    return by_fact(world, "register", HOLDER, but(s.SIGN_UP, name), **both)


def through(provider: str) -> s.World:
    """An account opened through a provider, deactivated, its holder warned of the deletion."""
    world = s.warned_of_deletion()
    world.account = attrs.evolve(world.account, provider=provider)
    return world


def linked(**facts: Any) -> s.World:
    """An account that was opened with something a banned account is known by too: by default a device."""
    return s.World().do("register", HOLDER, {**s.SIGN_UP, "banned_links": ("device",), **facts})


def borrowing() -> s.World:
    """An account opened with a family member's phone number."""
    borrowed = {"phone_is_borrowed": True, "identifier_kinds": ("phone",)}
    return s.World().do("register", HOLDER, {**s.SIGN_UP, **borrowed})


def given_up() -> s.World:
    """An account suspended for good, whose claims the holder gave up."""
    return s.permanent().do("give_up_claims", HOLDER, {"unsalvageable_confirmed": True})


def cheated() -> s.World:
    """An account suspended because of coupons, whose holder has promised to keep to it."""
    world = s.suspended("coupon_abuse", s.active().do("warn", s.REVIEWER, {"ground": "coupon_abuse"}).wait(9 * s.DAY))
    return world.do("add_evidence", HOLDER, None, [COMMITTED])


JOINING: dict[str, Scenario] = {
    "identity_is_not_banned": lambda: _signing_up(s.World(), banned_links=(("email",), ())),
    "person_has_room_for_an_account": lambda: _signing_up(
        s.World(multi_account_policy="strict"), person_accounts=(1, 0)
    ),
    "signed_in_as_at_sign_up": lambda: by_fact(
        through("apple"), "press_delete", HOLDER, {**CLEAR, "signed_in": True}, sign_in_provider=("google", "apple")
    ),
    "link_is_closer_than_noted": lambda: by_fact(
        linked(cookies_cleared=True),
        "check_linkage",
        SYSTEM,
        {"banned_links": ("device",)},
        cookies_cleared=(True, False),
    ),
    "accounts_are_one_persons": lambda: by_fact(
        s.locked(),
        "note_further_account",
        SYSTEM,
        {"shared_links": ("device",), "strike": "multi_account_while_blocked"},
        cookies_cleared=(True, False),
    ),
    "suspension_is_final": lambda: by_world(
        s.suspended(), s.permanent(), "give_up_claims", HOLDER, {"unsalvageable_confirmed": True}
    ),
    "nothing_can_be_saved": lambda: by_fact(
        s.permanent(), "give_up_claims", HOLDER, unsalvageable_confirmed=(False, True)
    ),
    "claims_are_not_given_up": lambda: by_world(
        given_up(), s.permanent(), "give_up_claims", HOLDER, {"unsalvageable_confirmed": True}
    ),
    "phone_is_still_borrowed": lambda: by_world(s.active(), borrowing(), "ask_for_own_phone", SYSTEM),
    "duplicate_is_gone": lambda: by_fact(
        cheated(), "reinstate", AGENT, {"cause_remedied": True}, duplicate_unreachable=(False, True)
    ),
}
