"""Parameters: by when support answers, and until when an appeal may be sent. Nothing of it by default (A-40, X-40)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from attrs import frozen

from lifecycle.policy.clock_terms import SupportDue, Window
from lifecycle.policy.parameters.naming import table


@frozen(kw_only=True, slots=False)
class Clocks:
    """By when support answers, and until when an appeal may be sent."""

    support_due: Mapping[str, SupportDue] = table(
        MappingProxyType({}),
        SupportDue,
        "by when support answers a case, by its kind; silence until then counts as a failed step",
        "support-due",
        "X-40",
        "G3-83",
        ours=True,
    )
    windows: Mapping[str, Window] = table(
        MappingProxyType({}),
        Window,
        "until when an appeal may be sent, and documents that were asked for be handed in",
        "windows",
        "A-40",
        ours=True,
    )
