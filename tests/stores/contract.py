"""What every store must do. A store's own test file subclasses `StoreContract` and gives it two fixtures.

``store`` is an empty store; ``small_store`` is one that takes 2048 bytes an account and 3 denials a day.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from contract_delivery import DeliveryContract
from contract_log import LogContract
from contract_requests import RequestContract, UpkeepContract
from contract_sightings import SightingContract
from contract_taking import TakingContract
from contract_turns import TurnContract
from story import SECOND, T0, Story, timer

from lifecycle.model import Change
from lifecycle.store import (
    Stale,
    Store,
)


class StoreContract(
    DeliveryContract, LogContract, RequestContract, SightingContract, TakingContract, TurnContract, UpkeepContract
):
    """Tests run by every store."""

    @pytest.fixture
    def story(self, store: Store) -> Story:
        """Begin the log of one account."""
        return Story(store)

    def test_concurrent_appenders(self, store: Store) -> None:
        """Eight threads on one account: each version has one winner, and the log has no gap."""
        rounds, threads = 12, 8
        Story(store).step()
        won: list[tuple[int, int]] = []

        def appender(number: int) -> None:
            taken = 0
            while taken < rounds:
                story = Story(store)
                story.events = story.stored()
                try:
                    story.step(Change("notify", f"thread_{number}"), timer("t", T0 + number * SECOND))
                except Stale:
                    continue
                won.append((story.version, number))
                taken += 1

        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(appender, range(threads)))
        assert sorted(version for version, _ in won) == list(range(2, rounds * threads + 2))
        told = {row.version: row.notice for row in store.outbox("acc_1")}
        assert told == {version: f"thread_{number}" for version, number in won}
        assert store.verify().damage == ()
