"""Parameters: deactivation, deletion, closure, and the data that stay."""

from __future__ import annotations

from attrs import frozen

from lifecycle.calendar import Period
from lifecycle.policy.parameters.naming import days, hours, named


@frozen(kw_only=True, slots=False)
class Leaving:
    """Deactivation, deletion, closure, and the data that stay."""

    deactivate_button_effect: str = named(
        "two_stage", "what pressing Deactivate does", "X-05", choices=("two_stage", "deletion_only")
    )
    open_obligations_policy: str = named(
        "block", "whether open orders, refunds and disputes stop a deletion", "X-03", choices=("block", "warn")
    )
    in_transit_blocks: bool = named(True, "whether orders on their way count as open", "X-04", choices=(True, False))
    wallet_policy: str = named(
        "block", "whether money in the wallet stops a closure", "X-45", choices=("block", "warn_and_forfeit")
    )
    subscription_policy: str = named(
        "delay", "whether a running subscription delays a closure or refuses it", "X-31", choices=("delay", "block")
    )
    deletion_abandon_after: Period = named(
        hours(1), "time after the last deletion code before the deletion is dropped", "A-04", ours=True
    )
    closure_confirmation_ttl: Period = named(
        hours(72), "how long the link that confirms a closure is accepted", "G2-28", "A-16", ours=True
    )
    deletion_processing: Period = named(
        days(3), "time between confirmation and deletion, floor and due date alike", "G2-29", ours=True
    )
    stalled_after: Period = named(days(3), "time after which a confirmed closure counts as stalled", "G2-38", ours=True)
    hold_recheck: Period = named(days(1), "time between two looks at a deletion that is held", "G2-18", ours=True)
    data_erasure_delay: Period = named(days(1), "time between deletion and erasure of the data", "G1-33", ours=True)
    erasure_retry: Period = named(days(30), "time between two tries at an erasure that is stopped", "X-09", ours=True)
