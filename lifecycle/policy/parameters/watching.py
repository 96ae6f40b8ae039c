"""Parameters: what is watched, and what leads to a warning or a restriction."""

from __future__ import annotations

from attrs import frozen

from lifecycle.calendar import Period
from lifecycle.policy.parameters.naming import days, hours, named


@frozen(kw_only=True, slots=False)
class Watching:
    """What is watched, and what leads to a warning or a restriction."""

    # sign-ins and devices
    ip_login_threshold: int = named(
        6, "logins from different addresses in the window that lock", "G3-21", unit="addresses", least=1
    )
    ip_login_window: Period = named(days(3), "time in which logins from different addresses are counted", "G3-21")
    travel_note: str = named(
        "support_case",
        "where a traveller tells of a journey: to an open support case, or also without one",
        "G3-124",
        "X-41",
        choices=("support_case", "profile"),
    )
    accounts_per_device_threshold: int = named(3, "accounts on one device that lock", "G3-17", unit="accounts", least=1)
    accounts_per_device_window: Period = named(
        days(30), "time in which the accounts on one device are counted", "G3-17", "A-35", ours=True
    )
    shared_device_release: str = named(
        "own_device",
        "from where a holder must verify before a shared device is accepted: a device of their own, or a computer",
        "G3-74",
        "G3-75",
        "A-60",
        ours=True,
        choices=("own_device", "own_desktop"),
    )
    accounts_per_person: int = named(1, "accounts one person may have", "G3-120", unit="accounts", least=1)
    multi_account_policy: str = named(
        "one_per_person_flag_only_abuse",
        "whether several accounts of one person are held against them",
        "X-24",
        choices=("one_per_person_flag_only_abuse", "strict", "tolerated"),
    )
    # payments
    failed_payments_threshold: int = named(
        5, "failed payments in the window that lock", "G3-67", unit="payments", least=1
    )
    failed_payments_window: Period = named(
        hours(24), "time in which failed payments are counted, by whatever means they were made", "G3-67", "A-32"
    )
    decline_wait_min: Period = named(hours(24), "wait after failed payments before the lock opens by itself", "G3-68")
    decline_wait_max: Period = named(
        hours(48), "time after a lock for failed payments in which another means must be used", "G3-68", "G3-69"
    )
    decline_lock_release: str = named(
        "timer", "how a lock for failed payments opens", "A-56", ours=True, choices=("timer", "verification")
    )
    decline_retry_window: Period = named(
        hours(24), "time after a single declined payment in which it is tried again", "G3-127"
    )
    decline_retry_rule: str = named(
        "by_block",
        "whether a single declined payment is tried again soon, or waits as after a lock",
        "X-21",
        choices=("by_block", "always_wait"),
    )
    unpaid_orders_threshold: int = named(3, "orders awaiting payment that suspend", "G3-63", unit="orders", least=1)
    unpaid_order_age: Period = named(
        hours(0), "age from which an order awaiting payment counts", "G3-63", ours=True, unit="hours"
    )
    negative_signals_threshold: int = named(
        10,
        "expired cards, failed payments and unpaid orders together that warn",
        "G3-126",
        unit="signals",
        ours=True,
        least=1,
    )
    negative_signals_window: Period = named(
        days(30), "time in which expired cards, failed payments and unpaid orders add up", "G3-126", ours=True
    )
    chargeback_grace: Period = named(
        hours(0), "time between a chargeback and the suspension", "G3-73", "A-44", unit="hours"
    )
    # disputes
    open_disputes_threshold: int = named(
        5, "disputes open at once that suspend", "G3-12", "A-33", unit="disputes", least=1
    )
    dispute_percent_threshold: int = named(
        30, "per cent of orders disputed that suspend", "G3-122", unit="per cent", least=1
    )
    dispute_ratio_min_orders: int = named(
        5, "orders of which a share of disputes is taken at least", "G3-122", "A-34", unit="orders", least=1, ours=True
    )
    dispute_ratio_window: Period = named(
        days(365), "time in which orders and disputes count for the share", "G3-122", "A-34", ours=True
    )
    lost_dispute_weight: int = named(
        2, "how often a dispute that the seller won counts for the share", "G3-12", "A-53", unit="times", ours=True
    )
    seller_silence_before_dispute: Period = named(
        days(3), "silence of a seller after which a dispute is fair, as advised", "G3-123", kind="estimate"
    )
    # warnings and conduct
    warning_lead_min: Period = named(
        hours(48), "time a warning leaves before a restriction may follow", "G3-130", "A-42"
    )
    warning_lead_max: Period = named(
        hours(72), "time after a warning at which the restriction follows by itself", "G3-130", "A-42", "A-43"
    )
    harassment_grace: Period = named(
        hours(0), "time between harassment and the suspension", "G3-128", "A-44", unit="hours"
    )
    social_pressure_weight: int = named(
        1, "what pressure in public weighs against reinstatement", "G3-115", unit="strikes", choices=(1, 0)
    )
    release_grace: Period = named(
        hours(0),
        "time after a person lifted a measure in which the system does not act on the same ground",
        "release-grace",
        ours=True,
        unit="hours",
    )
    judgements_limit: int = named(
        50,
        "measures that were lifted or served which an account remembers",
        "judged-once",
        ours=True,
        unit="measures",
        least=1,
    )
    strikes_may_be_final: bool = named(
        False,
        "whether conduct that makes reinstatement nearly impossible may by itself make a suspension permanent",
        "G3-98",
        "G3-116",
        ours=True,
        choices=(False, True),
    )
