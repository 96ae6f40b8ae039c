"""Parameters: by when support answers, until when an appeal may be sent, and what deliveries tell. None by default."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from attrs import frozen

from lifecycle.policy.clock_terms import SupportDue, Window
from lifecycle.policy.parameters.naming import named, table


@frozen(kw_only=True, slots=False)
class Clocks:
    """By when support answers, until when an appeal may be sent, and whether deliveries are told to the account."""

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
    deliveries_in_log: bool = named(
        False,
        "whether what became of each notice, sent, dead or void, is an event of its account too; each one moves the "
        "account's version, so a person who decides on what they saw may have to look again",
        "deliveries",
        ours=True,
        choices=(False, True),
    )
