"""An account with points told as a case: the orders are numbered, and the case comes out as the log says."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from command_line import cli

from lifecycle import Actor, Lifecycle
from lifecycle.cases import read_cases
from lifecycle.replay import run, simulated

MARCH = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)
HOLDER = Actor.holder("ann")


def test_orders_are_numbered_and_the_case_replays(tmp_path: Path) -> None:
    """References of orders lead to a person, so the case has numbers in their place, the same order always the same."""
    database = tmp_path / "shop.db"
    orders = [{"month": "2026-02", "each": 5, "days": [3], "refs": ["berlin-17"]}]
    points = [{"source": "purchase", "month": "2026-02", "each": 5, "days": [3]}]
    with Lifecycle.open(f"sqlite:///{database}", clock=lambda: MARCH) as accounts:
        given = {"level": "gold", "points": points, "orders": orders}
        accounts.import_account("ann", state="active", given=given, at=MARCH)
        facts = {"points_source": "purchase", "order": "munich-4", "order_total": 900, "purchase_succeeded": True}
        accounts.submit("earn", account="ann", by=HOLDER, facts=facts, at=MARCH)
        for order in ("berlin-17", "munich-4"):
            back = accounts.submit("revoke_points", account="ann", by=Actor.system(), facts={"order": order}, at=MARCH)
            assert back.allowed
        accounts.settle("ann", at=MARCH + dt.timedelta(days=60))
    told = cli("cases", "new", "ann", "--database", database).out
    assert "berlin" not in told
    assert "munich" not in told
    assert told.count("order-1") == 2
    assert told.count("order-2") == 2
    path = tmp_path / "ann.case.toml"
    path.write_text(told, encoding="utf-8")
    (case,) = read_cases(path)
    with simulated() as accounts:
        assert run(case, accounts).problems == ()
