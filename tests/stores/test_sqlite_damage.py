"""Whatever is changed behind the store's back is found, and what can be made again from the log is mended."""

from __future__ import annotations

import pathlib

import pytest
from attrs import evolve
from story import T0, Story, everything, fold, timer
from tampering import tamper

from lifecycle.errors import (
    LogDamaged,
    StoreError,
    StoreUnavailable,
)
from lifecycle.model import State
from lifecycle.store import Batch, Stale
from lifecycle.store.sqlite import SqliteStore

_EDITS = {
    "position": "UPDATE lifecycle_event SET position = 99 WHERE MINE AND version = 2",
    "account": "UPDATE lifecycle_event SET account_id = 'acc_9' WHERE MINE AND version = 2",
    "version": "UPDATE lifecycle_event SET version = 77 WHERE MINE AND version = 2",
    "version_kind": "UPDATE lifecycle_event SET version = 'two' WHERE MINE AND version = 2",
    "machine": "UPDATE lifecycle_event SET machine = 'level' WHERE MINE AND version = 2",
    "trigger": "UPDATE lifecycle_event SET trigger = 'x' WHERE MINE AND version = 2",
    "at": "UPDATE lifecycle_event SET at = '2020-01-01T00:00:00.000000+00:00' WHERE MINE AND version = 2",
    "recorded_at": "UPDATE lifecycle_event SET recorded_at = '' WHERE MINE AND version = 2",
    "policy": "UPDATE lifecycle_event SET policy = 'other' WHERE MINE AND version = 2",
    "body": "UPDATE lifecycle_event SET body = replace(body, 'step_2', 'step_9') WHERE MINE AND version = 2",
    "body_nonsense": "UPDATE lifecycle_event SET body = 'é' WHERE MINE AND version = 2",
    "body_kind": "UPDATE lifecycle_event SET body = x'00' WHERE MINE AND version = 2",
    "not_utf8": "UPDATE lifecycle_event SET policy = CAST(x'68756e74657232ff' AS TEXT) WHERE MINE AND version = 2",
    "hash": "UPDATE lifecycle_event SET hash = replace(hash, substr(hash, 1, 1), 'g') WHERE MINE AND version = 2",
    "hash_of_the_last": "UPDATE lifecycle_event SET hash = 'x' WHERE MINE AND version = 3",
    "first_missing": "DELETE FROM lifecycle_event WHERE MINE AND version = 1",
    "middle_missing": "DELETE FROM lifecycle_event WHERE MINE AND version = 2",
    "last_missing": "DELETE FROM lifecycle_event WHERE MINE AND version = 3",
    "two_missing": "DELETE FROM lifecycle_event WHERE MINE AND version < 3",
    "all_missing": "DELETE FROM lifecycle_event WHERE MINE",
    "extra": "INSERT INTO lifecycle_event SELECT 99, account_id, 4, machine, trigger, at, recorded_at, policy, body, "
    "hash FROM lifecycle_event WHERE MINE AND version = 3",
    "extra_before": "INSERT INTO lifecycle_event SELECT 99, account_id, 0, machine, trigger, at, recorded_at, policy, "
    "body, hash FROM lifecycle_event WHERE MINE AND version = 1",
    "row_missing": "DELETE FROM lifecycle_account WHERE MINE",
    "row_of_nobody": "INSERT INTO lifecycle_account SELECT 'acc_0', version, state, at, head, fold_version, snapshot "
    "FROM lifecycle_account WHERE MINE",
    "row_version": "UPDATE lifecycle_account SET version = 2 WHERE MINE",
    "row_state": "UPDATE lifecycle_account SET state = 'active' WHERE MINE",
    "row_at": "UPDATE lifecycle_account SET at = NULL WHERE MINE",
    "head": "UPDATE lifecycle_account SET head = 'x' WHERE MINE",
    "fold_version": "UPDATE lifecycle_account SET fold_version = 0 WHERE MINE",
    "snapshot_state": "UPDATE lifecycle_account SET snapshot = replace(snapshot, 'suspended', 'active')",
    "snapshot_state_and_row": "UPDATE lifecycle_account SET snapshot = replace(snapshot, 'suspended', 'active'), "
    "state = 'active'",
    "snapshot_version": "UPDATE lifecycle_account SET snapshot = replace(snapshot, '\"version\":3', '\"version\":2')",
    "snapshot_nonsense": "UPDATE lifecycle_account SET snapshot = '{}' WHERE MINE",
    "timer_missing": "DELETE FROM lifecycle_timer WHERE MINE",
    "timer_later": "UPDATE lifecycle_timer SET due = '2036-01-01T00:00:00.000000+00:00'",
    "timer_of_a_machine": "INSERT INTO lifecycle_timer (account_id, machine, name, due, number) VALUES ('acc_1', 'level', 't', '', 1)",
    "timer_of_nobody": "INSERT INTO lifecycle_timer (account_id, machine, name, due, number) VALUES ('acc_0', 'account', 't', '', 1)",
}
EDITS = {name: sql.replace("MINE", "account_id = 'acc_1'") for name, sql in _EDITS.items()}


@pytest.fixture
def three(store: SqliteStore) -> Story:
    """An account of three events that ends suspended, with a timer."""
    story = Story(store)
    story.step()
    story.step(timer("t", T0))
    story.step(dest=State.SUSPENDED)
    return story


class TestDamage:
    """Whatever is changed behind the store's back is found."""

    @pytest.mark.parametrize("edit", EDITS)
    @pytest.mark.usefixtures("three")
    def test_found(self, path: pathlib.Path, store: SqliteStore, edit: str) -> None:
        """An edited, missing or additional row is found, and one account's damage is not taken for another's."""
        other = Story(store, "acc_5")
        other.step()
        assert store.verify().damage == ()
        tamper(path, EDITS[edit])
        damaged = {d.account_id for d in store.verify().damage}
        assert damaged
        assert damaged <= {"acc_0", "acc_1", "acc_9"}

    @pytest.mark.parametrize(
        ("edit", "version", "words"),
        [
            ("body", 2, "the chain does not hold here"),
            ("trigger", 2, 'the column "trigger" differs'),
            ("body_nonsense", 2, "the chain does not hold here"),
            ("not_utf8", 2, "text that is not UTF-8"),
            ("version_kind", 4, "of another kind than written"),
            ("middle_missing", 2, "event 2 is missing"),
            ("two_missing", 1, "events 1 to 2 are missing"),
            ("last_missing", 3, "its last events are missing"),
            ("extra", 4, "the chain does not hold here"),
            ("extra_before", 0, "does not belong into the log"),
            ("row_missing", 3, "no account row"),
            ("row_version", 3, "the log goes on after event 2"),
            ("head", 3, "not the one the account row holds"),
            ("fold_version", 0, "lifecycle refold"),
            ("snapshot_state_and_row", 0, "state is not the one the log ends in"),
            ("timer_later", 0, "the timers are not those"),
        ],
    )
    @pytest.mark.usefixtures("three")
    def test_said(self, path: pathlib.Path, store: SqliteStore, edit: str, version: int, words: str) -> None:
        """What is wrong is said, with the event it concerns."""
        tamper(path, EDITS[edit])
        found = [d for d in store.verify().damage if words in d.what]
        assert [(d.account_id, d.version) for d in found] == [("acc_1", version)]

    @pytest.mark.usefixtures("three")
    def test_one_edit_is_one_finding(self, path: pathlib.Path, store: SqliteStore) -> None:
        """One changed event is reported once, not once for every event after it."""
        tamper(path, 'UPDATE lifecycle_event SET body = replace(body, \'"row":""\', \'"row":"x"\') WHERE version = 2')
        assert [d.version for d in store.verify().damage] == [2]

    def test_findings_are_bounded(self, path: pathlib.Path, store: SqliteStore) -> None:
        """A log damaged everywhere gives a thousand findings and no more."""
        for n in range(3):
            story = Story(store, f"acc_{n}")
            first = story.event()
            events = tuple(evolve(first, version=v) for v in range(1, 701))
            story.write(Batch(story.id, 0, fold(events), events))
        tamper(path, "UPDATE lifecycle_event SET trigger = 'x'")
        verified = store.verify()
        assert len(verified.damage) == 1000
        assert verified.accounts == 2

    @pytest.mark.parametrize("edit", ["body", "middle_missing", "last_missing", "head", "all_missing", "extra"])
    @pytest.mark.usefixtures("three")
    def test_nothing_is_folded_from_a_damaged_log(self, path: pathlib.Path, store: SqliteStore, edit: str) -> None:
        """A log that does not hold is not folded again: that would make the damage look right."""
        tamper(path, EDITS[edit])
        before = store.verify().damage
        with pytest.raises(LogDamaged) as caught:
            store.refold(fold)
        assert caught.value.account_id == "acc_1"
        assert store.verify().damage == before

    @pytest.mark.parametrize(
        "edit",
        [
            "row_missing",
            "row_state",
            "row_at",
            "fold_version",
            "snapshot_state",
            "snapshot_nonsense",
            "timer_missing",
            "timer_later",
        ],
    )
    @pytest.mark.usefixtures("three")
    def test_refold_mends_the_row(self, path: pathlib.Path, store: SqliteStore, edit: str) -> None:
        """What is folded from the log can always be made again from it."""
        before = everything(store)
        tamper(path, EDITS[edit])
        assert store.verify().damage != ()
        store.refold(fold)
        assert everything(store) == before
        assert store.verify().damage == ()

    @pytest.mark.parametrize("edit", ["fold_version", "snapshot_nonsense"])
    @pytest.mark.usefixtures("three")
    def test_a_row_that_cannot_be_read(self, path: pathlib.Path, store: SqliteStore, edit: str) -> None:
        """An account row that cannot be read, or was folded by another version, asks to be folded again."""
        tamper(path, EDITS[edit])
        for ask in (lambda: store.load("acc_1"), lambda: list(store.accounts())):
            with pytest.raises(StoreError, match="lifecycle refold"):
                ask()

    def test_an_event_that_cannot_be_read(self, path: pathlib.Path, three: Story) -> None:
        """An event that cannot be read names its account and version, and repeats nothing of the text."""
        tamper(path, "UPDATE lifecycle_event SET body = '{\"hunter2\": 1}' WHERE version = 2")
        with pytest.raises(LogDamaged) as caught:
            three.stored()
        assert (caught.value.account_id, caught.value.version) == ("acc_1", 2)
        assert "hunter2" not in str(caught.value)

    def test_text_that_cannot_be_read_is_not_repeated(
        self, path: pathlib.Path, store: SqliteStore, three: Story
    ) -> None:
        """Text that is not UTF-8 is damage, and neither the error nor its cause repeats it."""
        tamper(path, EDITS["not_utf8"], "UPDATE lifecycle_event SET body = CAST(x'68756e74657232ff' AS TEXT)")
        with pytest.raises(StoreUnavailable, match="not UTF-8") as caught:
            three.stored()
        assert caught.value.__cause__ is None
        assert caught.value.__suppress_context__
        assert "hunter2" not in str(caught.value) + str(store.verify().damage)

    def test_a_stray_event_is_not_overwritten(self, path: pathlib.Path, three: Story) -> None:
        """An event that stands where the next one belongs is never overwritten."""
        tamper(path, EDITS["extra"])
        with pytest.raises(Stale):
            three.step()
