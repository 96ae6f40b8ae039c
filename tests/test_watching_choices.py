"""Both readings of every choice about what is watched: journeys, devices, declined payments, strikes."""

from __future__ import annotations

from typing import Any

import attrs
import pytest
import support as s
from scenarios_watching import ACCOUNTS, JOURNEY, declined, travelling
from support import AGENT, DAY, HOLDER, HOUR, REVIEWER, START, SYSTEM

from lifecycle.model import State
from lifecycle.policy.parameters import Parameters
from lifecycle.policy.strikes import OUTLOOKS, STRIKES, outlook

SHARED = {"ground": "shared_device", "signal": "accounts_on_device", "signal_count": 3}


@pytest.mark.parametrize("value", ["support_case", "profile"])
def test_travel_note(value: str) -> None:
    """A journey is told to an open support case, or also where none is open; either way the note keeps the case."""
    refused = s.active(travel_note=value).codes("note_travel", HOLDER, JOURNEY)
    assert refused == (["journey_is_told_to_support"] if value == "support_case" else [])
    world = s.active(travel_note=value).do("open_case", HOLDER)
    noted = world.do("note_travel", HOLDER, JOURNEY).account.travel
    assert (noted.case, noted.countries) == (2, ("FR",))


@pytest.mark.parametrize(("country", "at", "covered"), [
    ("FR", START, True), (None, START, True), ("BR", START, False), ("FR", START + 10 * DAY + HOUR, False),
])  # fmt: skip
def test_a_journey_covers_its_countries_and_days(country: str | None, at: Any, covered: bool) -> None:
    """A sign-in from where the journey leads, on a day of it, locks nothing; an agent may lock all the same."""
    world, facts = travelling(), {"ground": "new_device", "country": country}
    assert world.codes("lock", SYSTEM, facts, at=at) == (["no_travel_note_covers_this"] if covered else [])
    assert world.codes("lock", AGENT, facts, at=at) == []


def test_a_journey_without_countries_covers_every_country() -> None:
    """Whoever tells only the days is believed wherever the sign-in comes from; and a stolen card is no journey."""
    world = s.active().do("open_case", HOLDER).do("note_travel", HOLDER, {**JOURNEY, "countries": []})
    assert world.codes("lock", SYSTEM, {"ground": "new_device", "country": "BR"}) == ["no_travel_note_covers_this"]
    failed = {"ground": "declined_payments", "signal": "failed_payments", "signal_count": 5}
    assert world.codes("lock", SYSTEM, failed) == []


@pytest.mark.parametrize("value", ["own_device", "own_desktop"])
def test_shared_device_release(value: str) -> None:
    """A shared device is accepted once its holder verified on a device of their own; where asked for, on a desktop."""
    on_a_phone = {"code_right": True, "device_is_own": True}
    world = s.code_sent(ground="shared_device", shared_device_release=value).do("verify", HOLDER, on_a_phone)
    assert bool(world.account.shared_devices) is (value == "own_device")
    desktop = {**on_a_phone, "device_class": "desktop"}
    world = s.code_sent(ground="shared_device", shared_device_release=value).do("verify", HOLDER, desktop)
    assert world.codes("lock", SYSTEM, SHARED) == ["devices_are_not_recognised"]


def test_a_shared_device_is_remembered_by_its_name() -> None:
    """The device that was verified brings no further lock; another one does, and is remembered beside it."""
    world = s.active()
    for device in ("phone-1", "tablet-2"):
        world.do("lock", SYSTEM, {**SHARED, "device": device}).do("send_unlock_code", HOLDER)
        world.do("verify", HOLDER, {"code_right": True, "device_is_own": True}).wait(HOUR)
    assert [each.device for each in world.account.shared_devices] == ["phone-1", "tablet-2"]
    assert world.codes("lock", SYSTEM, {**SHARED, "device": "phone-1"}) == ["devices_are_not_recognised"]
    assert world.codes("lock", SYSTEM, {**SHARED, "device": "laptop-3"}) == []


def test_a_device_is_remembered_once() -> None:
    """Verifying the same shared device again, after an agent locked it by hand, replaces what was remembered."""
    world = s.active()
    for _ in range(2):
        world.do("lock", AGENT, {"ground": "shared_device", "device": "phone-1"}).do("send_unlock_code", HOLDER)
        world.do("verify", HOLDER, {"code_right": True, "device_is_own": True}).wait(HOUR)
    (only,) = world.account.shared_devices
    assert only.number == world.account.version


def test_verifying_on_the_shared_device_remembers_nothing() -> None:
    """The right code opens the lock from anywhere, but only a device of one's own settles that the other is shared."""
    world = s.code_sent(ground="shared_device").do("verify", HOLDER, {"code_right": True})
    assert (world.state, world.account.shared_devices) == (State.ACTIVE, ())
    assert world.codes("lock", SYSTEM, SHARED) == []


@pytest.mark.parametrize("value", ["one_per_person_flag_only_abuse", "strict", "tolerated"])
def test_multi_account_policy(value: str) -> None:
    """A second account is held against a person only if coupons were taken with it; or always; or never."""
    world = s.active(multi_account_policy=value)
    plain = {"one_per_person_flag_only_abuse": False, "strict": True, "tolerated": False}[value]
    assert (world.codes("warn", SYSTEM, ACCOUNTS) == []) is plain
    assert (world.codes("warn", SYSTEM, {**ACCOUNTS, "coupons_taken": True}) == []) is (value != "tolerated")
    alone = world.codes("warn", SYSTEM, {**ACCOUNTS, "signal_count": 1, "coupons_taken": True})
    assert "signal_reached_its_limit" in alone


@pytest.mark.parametrize("value", ["by_block", "always_wait"])
def test_decline_retry_rule(value: str) -> None:
    """A single declined payment is tried again within a day once the bank cleared it, or waits a day in any case."""
    world, cleared = declined(decline_retry_rule=value), {"bank_cleared": True}
    soon = world.codes("retry_payment", HOLDER, cleared, at=START + HOUR)
    late = world.codes("retry_payment", HOLDER, cleared, at=START + 2 * DAY)
    assert (soon, late) == (([], ["retry_comes_in_time"]) if value == "by_block" else (["retry_wait_is_over"], []))


def test_another_means_may_be_used_at_once() -> None:
    """Whoever pays a single declined payment by another means need not ask the bank."""
    world = declined().do("retry_payment", HOLDER, {"other_means": True})
    assert world.account.declined is None


def test_after_a_lock_the_declined_card_waits_twice_as_long() -> None:
    """Between 24 and 48 hours after the declines another means is asked for; then the first one will do again."""
    world = s.locked("declined_payments").tick(DAY)
    assert world.account.declined.declined_at == START
    assert world.codes("retry_payment", HOLDER, at=START + 2 * DAY - s.INSTANT) == ["another_means_is_used"]
    assert world.codes("retry_payment", HOLDER, at=START + 2 * DAY) == []


@pytest.mark.parametrize("value", [1, 0])
def test_social_pressure_weight(value: int) -> None:
    """Pressure in public makes reinstatement harder, or changes nothing; it never helps."""
    world = s.appealed(social_pressure_weight=value).do("strike", AGENT, {"strike": "social_pressure"})
    assert outlook(world.account, Parameters(social_pressure_weight=value)) == ("harder" if value else "ordinary")


@pytest.mark.parametrize("value", [False, True])
def test_strikes_may_be_final(value: bool) -> None:
    """A legal threat alone makes a suspension permanent only where the policy says so; a reviewer decides it."""
    world = s.suspended(strikes_may_be_final=value).do("strike", AGENT, {"strike": "legal_threat"})
    refused = world.codes("make_permanent", REVIEWER, None, [s.REASONS])
    assert refused == ([] if value else ["breach_was_knowing_or_appeals_failed"])


@pytest.mark.parametrize(("strikes", "wanted"), [
    ((), "ordinary"), (("multi_account_during_appeal",), "harder"), (("unheard_of",), "harder"),
    *(((name,), "nearly_impossible") for name in ("legal_threat", "angry_review", "many_new_accounts")),
    (("social_pressure", "angry_review"), "nearly_impossible"),
])  # fmt: skip
def test_the_outlook_is_told_by_the_strikes(strikes: tuple[str, ...], wanted: str) -> None:
    """Grave conduct alone makes a lasting reinstatement nearly impossible; any other makes it harder."""
    account = attrs.evolve(s.suspended().account, strikes=strikes)
    assert outlook(account, Parameters()) == wanted
    assert wanted in OUTLOOKS


def test_every_strike_says_where_it_comes_from() -> None:
    """Each kind of conduct has a sentence and a rule of the guides that the policy knows."""
    for name, strike in STRIKES.items():
        assert strike.name == name
        assert strike.says
        assert set(strike.cites) <= set(s.machine_of().policy.citations)
