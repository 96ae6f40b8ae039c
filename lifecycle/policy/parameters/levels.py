"""Parameters: member levels and points."""

from __future__ import annotations

from attrs import frozen


@frozen(kw_only=True, slots=False)
class Levels:
    """Member levels and points."""
