"""Parameters: the paid VIP membership."""

from __future__ import annotations

from attrs import frozen


@frozen(kw_only=True, slots=False)
class Memberships:
    """The paid VIP membership."""
