"""Chapter: where somebody signs in. Journeys told of beforehand, devices that several accounts share.

A lock over places or devices reads both; how such a lock is opened stands in the chapter on the security lock.
"""

from __future__ import annotations

from lifecycle.model import Account, Command, Role, State
from lifecycle.policy.common import lock_ground, named_ground
from lifecycle.policy.parameters import Parameters
from lifecycle.policy.support import status
from lifecycle.rows import Drop, Effect, Notify, Open, Put, Selector, Transition, guard

UNNAMED = "unnamed"
"""What a shared device is called where the host does not tell one from another."""

SHARED = "shared_device"


def _device(account: Account) -> str:
    """The shared device the lock is about."""
    return (account.lock.device if account.lock else None) or UNNAMED


@guard(
    "The holder is not known to share these devices.",
    otherwise="Leave the account open: its holder has verified the shared devices before.",
    needs=("device", "device_recognised"),
    sees=lambda account, command, p: {"device_recognised": True},
    limit=False,
    applies=lambda account, command, p: command.facts.ground == SHARED,
    cites=("G3-74", "G3-75"),
)
def devices_are_not_recognised(account: Account, command: Command, p: Parameters) -> bool:
    remembered = {each.device for each in account.shared_devices}
    return not command.facts.device_recognised and (command.facts.device or UNNAMED) not in remembered


@guard(
    "No journey told of beforehand explains it.",
    otherwise="Leave the account open: the holder said where the journey leads, and when.",
    needs=("ground", "country"),
    sees=lambda account, command, p: {"travels_to": f"{account.travel.travels_to:%Y-%m-%d}" if account.travel else ""},
    limit="no journey at that time, or not to that country",
    applies=lambda account, command, p: account.travel is not None and _travel_explains(command, p),
    cites=("G3-22", "G3-124", "X-41"),
)
def no_travel_note_covers_this(account: Account, command: Command, p: Parameters) -> bool:
    travel, country = account.travel, command.facts.country
    if travel is None or not travel.travels_from <= command.at <= travel.travels_to:
        return True
    return country is not None and bool(travel.countries) and country not in travel.countries


def _travel_explains(command: Command, p: Parameters) -> bool:
    ground = named_ground(command, p)
    return ground is not None and ground.travel_explains


@guard(
    "The journey is told to support.",
    otherwise="Open a support case first and tell it there: the profile has no field for it.",
    sees=lambda account, command, p: {"support_case": status(account)},
    limit="bot, queued or with_agent",
    applies=lambda account, command, p: p.travel_note == "support_case",
    cites=("G3-124", "X-41"),
)
def journey_is_told_to_support(account: Account, command: Command, p: Parameters) -> bool:
    return status(account) in ("bot", "queued", "with_agent")


@guard(
    "The journey ends after it begins, and not in the past.",
    otherwise="Give the first and the last day of the journey.",
    needs=("travels_from", "travels_to"),
    sees=lambda account, command, p: {
        "travels_from": f"{command.facts.travels_from:%Y-%m-%d}",
        "travels_to": f"{command.facts.travels_to:%Y-%m-%d}",
    },
    cites=("G3-124",),
)
def journey_lies_ahead(account: Account, command: Command, p: Parameters) -> bool:
    return max(command.facts.travels_from, command.at) <= command.facts.travels_to


GUARDS = (devices_are_not_recognised, no_travel_note_covers_this, journey_is_told_to_support, journey_lies_ahead)


def _proof(account: Account, command: Command, p: Parameters) -> str:
    ground = lock_ground(account, p)
    if ground is None or ground.name != SHARED:
        return "other"
    on_desktop = p.shared_device_release == "own_device" or command.facts.device_class == "desktop"
    return "own_device" if command.facts.device_is_own and on_desktop else "other"


proof = Selector(
    name="proof",
    sentence="Does the proof settle that a device is shared?",
    answers={
        "own_device": "a device is shared, and the holder verifies on one of their own",
        "other": "the proof settles nothing about a shared device",
    },
    read=_proof,
    needs=("device_is_own", "device_class"),
)


def _known_before(account: Account, command: Command, p: Parameters) -> tuple[int, ...]:
    return tuple(each.number for each in account.shared_devices if each.device == _device(account))


REMEMBERED: tuple[Effect, ...] = (
    Drop("shared_devices", which=_known_before),
    Put("shared_devices", fixed={"device": lambda account, command, p: _device(account)}),
)
"""The account remembers the shared device of its lock: it brings no further one (G3-74, G3-75)."""


def _case_number(account: Account, command: Command, p: Parameters) -> int | None:
    return account.support_case.number if account.support_case else None


def rows(p: Parameters) -> tuple[Transition, ...]:
    """The rows of this chapter under *p*."""
    return (
        Transition(
            title="Tell of a journey beforehand",
            actors=(Role.HOLDER,),
            trigger="note_travel",
            source=(State.ACTIVE, State.SECURITY_LOCKED),
            guards=(journey_is_told_to_support, journey_lies_ahead),
            effects=(
                Open("travel", take=("countries", "travels_from", "travels_to"), fixed={"case": _case_number}),
                Notify("travel_noted"),
            ),
            cites=("G3-22", "G3-124", "X-41"),
        ),
    )
