"""Values of the shipped policy that no case can tell, written down beside it: changing one changes somebody's rights."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from lifecycle.policy.parameters import Parameters

SHIPPED: dict[str, Any] = {
    "restricted_desktop_session": True,  # whoever is blocked over unpaid orders may cancel them on a desktop
    "support_calendar": "always",  # support is open day and night, review teams are not
    "social_pressure_weight": 1,  # G3-115: pressure in public weighs against the account
    "level_review_day": 1,  # ours: read once levels are reviewed on a day of the month
    "level_review_days": 30,  # ours: read once levels are reviewed every so many days
    "level_aged_to": 50,  # ours: read once what was counted ages after a review
    "judgements_limit": 50,  # ours: what people judged, kept on one account
    "evidence_limit": 100,  # ours: documents kept on one account
    "negative_signals_window": dt.timedelta(days=30),  # ours: how long declined payments and the like add up
}


@pytest.mark.parametrize("name", SHIPPED)
def test_the_shipped_value(name: str) -> None:
    """The parameter has the value that was decided on."""
    assert getattr(Parameters(), name) == SHIPPED[name]
