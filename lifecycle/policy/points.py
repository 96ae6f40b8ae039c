"""Chapter: points. What earns them, and how many a month brings at most."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import attrs

from lifecycle.model import Account, Command, Level, Role, State
from lifecycle.policy import ledger, standing
from lifecycle.policy.ledger import FAN
from lifecycle.policy.parameters import Parameters
from lifecycle.policy.parameters.programme import CATEGORIES, CLUB, PROMOTION, PURCHASE, REVIEW, VISIT
from lifecycle.rows import Effect, Guard, Selector, StartTimer, Then, Transition, guard, not_before

points_source = Selector(
    name="points_source",
    sentence="What earns the points?",
    answers={
        PURCHASE: "the points come from a purchase",
        REVIEW: "the points come from a review",
        VISIT: "the points come from a visit",
        CLUB: "the points come from a post in the club",
        CATEGORIES: "the points come from buying in different categories",
        PROMOTION: "the points come from a sale of the year",
    },
    read=lambda account, command, p: command.facts.points_source,
    needs=("points_source",),
)


@guard(
    "The account is not deleted.",
    otherwise="Leave it: what a deleted account had earned is gone.",
    sees=lambda account, command, p: {"state": account.state.words},
    cites=("G5-04", "A-30"),
)
def account_still_stands(account: Account, command: Command, p: Parameters) -> bool:
    return account.state is not State.DELETED


@guard(
    "The purchase was successful.",
    otherwise="Wait until the order is paid for; one that is called off earns nothing.",
    needs=("purchase_succeeded",),
    limit=True,
    cites=("G5-22",),
)
def purchase_is_successful(account: Account, command: Command, p: Parameters) -> bool:
    return command.facts.purchase_succeeded


@guard(
    "The purchase is large enough to earn points.",
    otherwise="Buy for more at a time: smaller purchases earn nothing.",
    needs=("order_total",),
    limit=lambda account, command, p: f"at least {p.purchase_min_value} US cents",
    cites=("G5-22",),
)
def purchase_is_large_enough(account: Account, command: Command, p: Parameters) -> bool:
    return command.facts.order_total >= p.purchase_min_value


@guard(
    "The order neither earned points nor came back before.",
    otherwise="Leave it: an order earns points once.",
    needs=("order",),
    cites=("G5-22", "G5-23"),
)
def order_is_new_to_the_ledger(account: Account, command: Command, p: Parameters) -> bool:
    # An order is remembered for as long as it may come back (return_window).
    return not ledger.is_known(account, command.facts.order)


@guard(
    "The product reviewed was received.",
    otherwise="Wait until the product has arrived, then review it.",
    needs=("product_received",),
    limit=True,
    cites=("G5-24",),
)
def product_is_received(account: Account, command: Command, p: Parameters) -> bool:
    return command.facts.product_received


@not_before(
    "It is the first time on this day.",
    otherwise="Come back tomorrow: this earns points once a day, and the day ends at midnight in UTC.",
    needs=("points_source",),
    cites=("G5-25", "G5-28", "A-28"),
)
def first_time_today(account: Account, command: Command, p: Parameters) -> dt.datetime | None:
    before = ledger.earned_today(account, command.at, command.facts.points_source)
    return ledger.next_day(command.at) if before else None


@not_before(
    "The fan points of this month are not used up.",
    otherwise="Wait for the next month: reviews and visits together earn only so much in one.",
    needs=("points_source",),
    cites=("G5-26", "X-34"),
)
def fan_points_are_left(account: Account, command: Command, p: Parameters) -> dt.datetime | None:
    more = p.visit_points if command.facts.points_source == VISIT else p.review_points
    full = ledger.earned_this_month(account, command.at, FAN) + more > p.fan_monthly_cap
    return ledger.next_month(command.at) if full else None


@not_before(
    "The club points of this month are not used up.",
    otherwise="Wait for the next month: posts in the club earn only so much in one.",
    cites=("G5-30",),
)
def club_points_are_left(account: Account, command: Command, p: Parameters) -> dt.datetime | None:
    full = ledger.earned_this_month(account, command.at, (CLUB,)) + p.club_points > p.club_monthly_cap
    return ledger.next_month(command.at) if full else None


@guard(
    "The purchases of the day come from different categories.",
    otherwise="Buy from another category on the same day.",
    needs=("categories_bought",),
    limit=lambda account, command, p: f"at least {p.category_min}",
    cites=("G5-28",),
)
def categories_are_different(account: Account, command: Command, p: Parameters) -> bool:
    return command.facts.categories_bought >= p.category_min


@guard(
    "The sale gives bonus points.",
    otherwise="Leave it: no bonus is set for this sale.",
    needs=("sale",),
    limit=lambda account, command, p: (
        [name for name, points in p.promo_points.items() if points] or "a sale for which points are set"
    ),
    cites=("G5-27", "A-29"),
)
def sale_gives_points(account: Account, command: Command, p: Parameters) -> bool:
    return bool(sale_points(account, command, p))


def sale_points(account: Account, command: Command, p: Parameters) -> int:
    """The bonus points of the sale that the command names."""
    return p.promo_points.get(command.facts.sale or "", 0)


@guard(
    "The bonus points of the sale are still to come this year.",
    otherwise="Leave it: a sale gives its bonus once a year.",
    needs=("sale",),
    cites=("G5-27", "A-29"),
)
def sale_is_new_this_year(account: Account, command: Command, p: Parameters) -> bool:
    given = (entry for entry in account.points if entry.source == _sale(account, command, p))
    return not any(entry.month.startswith(f"{command.at.year}-") for entry in given)


_ALL = (
    account_still_stands,
    purchase_is_successful,
    purchase_is_large_enough,
    order_is_new_to_the_ledger,
    product_is_received,
    first_time_today,
    fan_points_are_left,
    club_points_are_left,
    categories_are_different,
    sale_gives_points,
    sale_is_new_this_year,
)


def guards(p: Parameters) -> tuple[Guard, ...]:
    """The guards of this chapter under *p*."""
    return _ALL if p.ladder else ()


def first_recount(account: Account, command: Command, p: Parameters) -> dt.datetime | None:
    """The next review, such as the end of this month, unless the level is reviewed then anyway."""
    if p.level_review == "on_entry" or account.timer("recount_level") is not None:
        return None
    return standing.next_review(account, command.at, p)


def counts_entries(p: Parameters) -> bool:
    """Whether an entry can raise the level at once."""
    return p.level_review == "on_entry" or p.level_upgrades == "at_once"


def then_counted(p: Parameters) -> tuple[Effect, ...]:
    """What follows an entry at once."""
    return (Then("count_entry"),) if counts_entries(p) else ()


Worth = Callable[[Account, Command, Parameters], int]


def entered(source: Any, worth: Worth, spent: Any = 0) -> tuple[Effect, ...]:
    """The effects that enter points of *source* on the ledger today, beside what this month brought from it.

    What was *spent* is entered as well, where there is anything.
    """
    same = {"source": source, "month": this_month, "each": worth, **({"spent": spent} if spent else {})}
    return ledger.joined("points", same=same, more={"days": today}, after=standing.start)


def this_month(account: Account, command: Command, p: Parameters) -> str:
    """The month of the command, as an entry names it."""
    return ledger.month_of(command.at)


def today(account: Account, command: Command, p: Parameters) -> int:
    """The day of the command."""
    return command.at.day


def order_named(account: Account, command: Command, p: Parameters) -> str:
    """The order that the command names."""
    return command.facts.order


def _sale(account: Account, command: Command, p: Parameters) -> str:
    return f"{PROMOTION}:{command.facts.sale}"


def _bought_points(account: Account, command: Command, p: Parameters) -> int:
    return p.purchase_points


def order_cost(account: Account, command: Command, p: Parameters) -> int:
    """What the order of the command cost."""
    return command.facts.order_total


def _ordered(spent: Any) -> tuple[Effect, ...]:
    """The order is kept for as long as it may come back."""
    same = {"month": this_month, "each": _bought_points, "returned": False, **({"spent": spent} if spent else {})}
    return ledger.joined("orders", same=same, more={"days": today, "refs": order_named}, after=standing.start)


def rows(p: Parameters) -> tuple[Transition, ...]:
    """The rows of this chapter under *p*; without levels, nobody earns anything."""
    return tuple(attrs.evolve(row, effects=(*row.effects, *then_counted(p))) for row in _rows(p)) if p.ladder else ()


def _rows(p: Parameters) -> tuple[Transition, ...]:
    bought = (purchase_is_successful, purchase_is_large_enough, order_is_new_to_the_ledger)
    spent = order_cost if p.level_measure == "money" else 0
    return (
        _earns(
            "Earn points with a purchase",
            PURCHASE,
            _bought_points,
            bought,
            "G5-22",
            spent=spent,
            also=_ordered(spent),
            levels=p.ladder,
        ),
        _earns(
            "Earn fan points with a review",
            REVIEW,
            lambda a, c, p: p.review_points,
            (product_is_received, fan_points_are_left),
            *("G5-24", "G5-26", "X-34"),
            levels=p.ladder,
        ),
        _earns(
            "Earn fan points with the first visit of a day",
            VISIT,
            lambda a, c, p: p.visit_points,
            (first_time_today, fan_points_are_left),
            *("G5-25", "G5-26", "X-34", "A-28"),
            levels=p.ladder,
        ),
        _earns(
            "Earn points with a post in the club",
            CLUB,
            lambda a, c, p: p.club_points,
            (club_points_are_left,),
            *("G5-29", "G5-30"),
            levels=p.ladder,
        ),
        _earns(
            "Earn points by buying from different categories on one day",
            CATEGORIES,
            lambda a, c, p: p.category_points,
            (categories_are_different, first_time_today),
            "G5-28",
            levels=p.ladder,
        ),
        _earns(
            "Earn the bonus points of a sale",
            PROMOTION,
            sale_points,
            (sale_gives_points, sale_is_new_this_year),
            *("G5-27", "A-29"),
            levels=p.ladder,
            entry=_sale,
        ),
    )


def _earns(
    title: str,
    source: str,
    worth: Worth,
    guards: tuple[Guard, ...],
    *cites: str,
    levels: tuple[Level, ...],
    entry: Any = None,
    spent: Any = 0,
    also: tuple[Effect, ...] = (),
) -> Transition:
    return Transition(
        title=title,
        actors=(Role.HOLDER, Role.SYSTEM),
        trigger="earn",
        source=levels,
        when=(points_source.is_(source),),
        guards=(account_still_stands, *guards),
        effects=(*entered(entry or source, worth, spent), *also, StartTimer("recount_level", at=first_recount)),
        cites=("G5-05", *cites),
    )
