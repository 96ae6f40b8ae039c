"""Chapter: benefits. What each level is good for; the fast refund, and the anniversary of the registration.

Most benefits are asked about, not recorded: the table says which stand open to an account at a moment, and the shop
grants them. The birthday is never recorded at all, since the date of such an event would tell it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType

from lifecycle.model import Account, Command, Level, Role, State
from lifecycle.policy import ledger
from lifecycle.policy.parameters import Parameters
from lifecycle.rows import Benefit, Guard, Notify, StartTimer, Transition, guard, not_before

FIRST_BRAND = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
"""A Monday from which the turns of the featured brands are counted."""


DISCOUNTS: Mapping[str, str] = MappingProxyType(
    {
        "silver": "discount_silver",
        "gold": "discount_gold",
        "platinum": "discount_platinum",
        "diamond": "discount_diamond",
    }
)
"""The parameters that say the discount of the guides' levels."""

CAPS: Mapping[str, str] = MappingProxyType(
    {"platinum": "fast_refund_cap_platinum", "diamond": "fast_refund_cap_diamond"}
)
"""The parameters that say up to what an order is refunded fast at the guides' levels."""


def discounts(p: Parameters) -> Mapping[Level, int]:
    """The discount of each level on the featured brand, in per cent."""
    return {level: _told(rung.discount, DISCOUNTS.get(rung.name), p) or 0 for level, rung in p.rungs.items()}


def fast_refund_caps(p: Parameters) -> Mapping[Level, int]:
    """The most an order may cost that is refunded fast, for each level that has it, in US cents (X-32)."""
    caps = {level: _told(rung.fast_refund_cap, CAPS.get(rung.name), p) for level, rung in p.rungs.items()}
    return {level: cap for level, cap in caps.items() if cap is not None}


def _told(value: int | None, name: str | None, p: Parameters) -> int | None:
    """What the level itself says, or else the parameter of this name."""
    return getattr(p, name) if value is None and name is not None else value


def event_levels(p: Parameters) -> tuple[Level, ...]:
    """The levels with exclusive prices at the sales of the year (G5-10, G5-11, G5-18)."""
    return tuple(level for level, rung in p.rungs.items() if rung.exclusive_prices)


def coupon_levels(p: Parameters) -> tuple[Level, ...]:
    """The levels with coupons every day (G5-11)."""
    return tuple(level for level, rung in p.rungs.items() if rung.daily_coupons)


def brand_changes(at: dt.datetime, p: Parameters) -> dt.datetime:
    """The moment after *at* at which another brand is featured (G5-12)."""
    turn = max(p.calendar.add(FIRST_BRAND, p.brand_rotation) - FIRST_BRAND, dt.timedelta(hours=1))
    return FIRST_BRAND + ((at - FIRST_BRAND) // turn + 1) * turn


def next_anniversary(account: Account, command: Command, p: Parameters) -> dt.datetime:
    """A year after the anniversary that is due, or after now where none is."""
    timer = account.timer("anniversary")
    return ledger.months_later(timer.due if timer else command.at, 12)


def first_anniversary(account: Account, command: Command, p: Parameters) -> dt.datetime:
    """A year after now, when the account is opened; of 29 February the 28th."""
    return ledger.months_later(command.at, 12)


@guard(
    "The account is in use.",
    otherwise="Bring the account back first: benefits rest while it is blocked, paused or about to go.",
    sees=lambda account, command, p: {"state": account.state.words},
    limit=State.ACTIVE.words,
    cites=("G3-03", "A-30", "A-31"),
)
def account_is_in_use(account: Account, command: Command, p: Parameters) -> bool:
    return account.state is State.ACTIVE


@guard(
    "The level has fast refunds.",
    otherwise="Ask for an ordinary refund, or rise to a level that has fast ones.",
    sees=lambda account, command, p: {"level": account.level.words},
    limit=lambda account, command, p: [level.words for level in fast_refund_caps(p)],
    cites=("G5-13", "X-32"),
)
def level_has_fast_refunds(account: Account, command: Command, p: Parameters) -> bool:
    return account.level in fast_refund_caps(p)


@guard(
    "The order costs no more than the level refunds fast.",
    otherwise="Ask for an ordinary refund of this order.",
    needs=("order_total",),
    limit=lambda account, command, p: f"at most {fast_refund_caps(p).get(account.level)} US cents",
    applies=lambda account, command, p: account.level in fast_refund_caps(p),
    cites=("G5-14", "A-26", "X-32"),
)
def order_is_within_the_fast_cap(account: Account, command: Command, p: Parameters) -> bool:
    return command.facts.order_total <= fast_refund_caps(p)[account.level]


@not_before(
    "The anniversary of the registration has come.",
    otherwise="Wait for the day: it comes once a year.",
    cites=("G5-15",),
)
def anniversary_has_come(account: Account, command: Command, p: Parameters) -> dt.datetime | None:
    timer = account.timer("anniversary")
    return timer.due if timer else None


@guard(
    "The profile has a date of birth.",
    otherwise="Fill in the date of birth in the profile.",
    needs=("birth_date_on_file",),
    limit=True,
    cites=("G5-17",),
)
def birth_date_is_on_file(account: Account, command: Command, p: Parameters) -> bool:
    return command.facts.birth_date_on_file


@guard(
    "It is the birthday itself.",
    otherwise="Wait for the day: the gift is for the birthday itself.",
    needs=("is_birthday",),
    limit=True,
    applies=lambda account, command, p: command.facts.birth_date_on_file,
    cites=("G5-16",),
)
def birthday_is_today(account: Account, command: Command, p: Parameters) -> bool:
    return command.facts.is_birthday


@guard(
    "The level has exclusive prices.",
    otherwise="Rise to a level that has them.",
    sees=lambda account, command, p: {"level": account.level.words},
    limit=lambda account, command, p: [level.words for level in event_levels(p)],
    cites=("G5-10", "G5-11", "G5-18"),
)
def level_has_exclusive_prices(account: Account, command: Command, p: Parameters) -> bool:
    return account.level in event_levels(p)


@guard(
    "A sale of the year is on.",
    otherwise="Wait for one of the sales.",
    needs=("sale",),
    limit=lambda account, command, p: list(p.promo_points),
    cites=("G5-18",),
)
def sale_is_on(account: Account, command: Command, p: Parameters) -> bool:
    return command.facts.sale in p.promo_points


@guard(
    "The level has coupons every day.",
    otherwise="Rise to the level that has them.",
    sees=lambda account, command, p: {"level": account.level.words},
    limit=lambda account, command, p: [level.words for level in coupon_levels(p)],
    cites=("G5-11",),
)
def level_has_daily_coupons(account: Account, command: Command, p: Parameters) -> bool:
    return account.level in coupon_levels(p)


@guard(
    "The account stands in the current programme.",
    otherwise="Bring it over from the old programme first.",
    sees=lambda account, command, p: {"level": account.level.words},
    limit=lambda account, command, p: [level.words for level in p.ladder],
    cites=("G5-01", "G5-06"),
)
def programme_is_current(account: Account, command: Command, p: Parameters) -> bool:
    return account.level in p.ladder


def guards(p: Parameters) -> tuple[Guard, ...]:
    """The guards of the rows below; those of the benefits alone are asked when somebody asks what stands open."""
    refunding = (account_is_in_use, level_has_fast_refunds, order_is_within_the_fast_cap) if p.ladder else ()
    return (*refunding, anniversary_has_come)


_EVERYBODY = (account_is_in_use, programme_is_current)

BENEFITS: tuple[Benefit, ...] = (
    Benefit(
        name="use_brand_discount",
        says="A discount on the brand that is featured, another one each week.",
        guards=_EVERYBODY,
        worth=lambda account, command, p: {
            "per_cent": discounts(p)[account.level],
            "until": brand_changes(command.at, p),
        },
        cites=("G5-08", "G5-09", "G5-10", "G5-11", "G5-12", "G5-31"),
    ),
    Benefit(
        name="have_birthday_gift",
        says="A message and special discounts on the birthday itself.",
        guards=(*_EVERYBODY, birth_date_is_on_file, birthday_is_today),
        cites=("G5-08", "G5-09", "G5-10", "G5-11", "G5-16", "G5-17"),
    ),
    Benefit(
        name="use_anniversary_coupons",
        says="A message and several coupons on each anniversary of the registration.",
        guards=_EVERYBODY,
        worth=lambda account, command, p: {"on": timer.due if (timer := account.timer("anniversary")) else None},
        cites=("G5-08", "G5-09", "G5-10", "G5-11", "G5-15"),
    ),
    Benefit(
        name="see_exclusive_prices",
        says="Prices for selected goods at the sales of the year that nobody else gets.",
        guards=(*_EVERYBODY, level_has_exclusive_prices, sale_is_on),
        cites=("G5-10", "G5-11", "G5-18"),
    ),
    Benefit(
        name="take_daily_coupons",
        says="Coupons every day, as long as there are any.",
        guards=(*_EVERYBODY, level_has_daily_coupons),
        cites=("G5-11",),
    ),
    Benefit(
        name="have_fast_refunds",
        says="Money back at once for an order that is not too large.",
        guards=(*_EVERYBODY, level_has_fast_refunds),
        worth=lambda account, command, p: {"cents": fast_refund_caps(p)[account.level]},
        cites=("G5-10", "G5-11", "G5-13", "G5-14", "X-32"),
    ),
)
"""What a level is good for. Each is also a capability of its name, so that `Lifecycle.allows` answers as well."""

CONDITIONS: Mapping[str, tuple[Guard, ...]] = MappingProxyType(
    {each.name: tuple(guard for guard in each.guards if guard is not account_is_in_use) for each in BENEFITS}
)
"""What must hold besides the state."""

_RESTING = tuple(state for state in State if state not in (State.ACTIVE, State.DELETED))


def rows(p: Parameters) -> tuple[Transition, ...]:
    """The rows of this chapter under *p*."""
    again = StartTimer("anniversary", at=next_anniversary)
    refunding = Transition(
        title="Ask for a fast refund",
        actors=(Role.HOLDER,),
        trigger="request_fast_refund",
        source=p.ladder,
        guards=(account_is_in_use, level_has_fast_refunds, order_is_within_the_fast_cap),
        effects=(Notify("fast_refund_due"),),
        cites=("G5-13", "G5-14", "A-26", "X-32"),
    )
    return (
        *((refunding,) if p.ladder else ()),
        Transition(
            title="Greet the holder on the anniversary of the registration",
            actors=(Role.SYSTEM,),
            trigger="greet_anniversary",
            source=(State.ACTIVE,),
            guards=(anniversary_has_come,),
            effects=(again, Notify("anniversary")),
            cites=("G5-15",),
        ),
        Transition(
            title="Let an anniversary pass while the account rests",
            actors=(Role.SYSTEM,),
            trigger="greet_anniversary",
            source=_RESTING,
            guards=(anniversary_has_come,),
            effects=(again,),
            cites=("G5-15", "A-31"),
        ),
    )
