"""Parameters: what is watched, and what leads to a warning or a restriction."""

from __future__ import annotations

from attrs import frozen

from lifecycle.calendar import Period
from lifecycle.policy.parameters.naming import hours, named


@frozen(kw_only=True, slots=False)
class Watching:
    """What is watched, and what leads to a warning or a restriction."""

    ip_login_threshold: int = named(6, "logins from different addresses within 3 days that lock", "G3-21")
    accounts_per_device_threshold: int = named(3, "accounts on one device that lock", "G3-17")
    failed_payments_threshold: int = named(5, "failed payments within 24 hours that lock", "G3-67")
    open_disputes_threshold: int = named(5, "disputes open at once that suspend", "G3-12")
    dispute_percent_threshold: int = named(30, "per cent of orders disputed that suspend", "G3-122")
    unpaid_orders_threshold: int = named(3, "orders awaiting payment that suspend", "G3-63")
    decline_wait: Period = named(hours(24), "wait after failed payments before the lock opens by itself", "G3-68")
    decline_lock_release: str = named(
        "timer", "how a lock for failed payments opens", "A-56", ours=True, choices=("timer", "verification")
    )
    warning_lead: Period = named(hours(48), "time a warning leaves before a restriction may follow", "G3-130")
