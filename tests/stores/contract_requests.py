"""What every store must do, the second half: requests, private texts, limits and upkeep."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

import pytest
from attrs import evolve
from story import DAY, RECORDED, SECOND, T0, Story, everything, fold, nothing_changed, timer

from lifecycle.errors import AccountTooLarge, KeyReused, StoreError, StoreUnavailable, UnknownAccount
from lifecycle.model import Account, Appeal, Change, Event, MembershipState, State
from lifecycle.store import (
    Batch,
    Identifier,
    Refolded,
    Remembered,
    Sealed,
    Stale,
    Store,
    Verified,
)


def pruned(store: Store, before: dt.datetime) -> dict[str, int]:
    """What is forgotten, as far as there was anything."""
    would_go = store.outdated(before=before)
    gone = store.prune(before=before)
    assert gone == would_go
    assert not any(store.outdated(before=before).values())
    return {what: number for what, number in gone.items() if number}


class RequestContract:
    """Idempotency and denials; keys, texts and identifiers; limits."""

    def test_remembered(self, store: Store, story: Story) -> None:
        """An idempotency key gives back the fingerprint and the answer; it belongs to one account."""
        story.step(key="key_1", fingerprint="f", answer={"allowed": True, "list": [1, None]})
        assert store.remembered("acc_1", "key_1") == Remembered("f", {"allowed": True, "list": [1, None]})
        assert store.remembered("acc_1", "key_2") is None
        assert store.remembered("acc_2", "key_1") is None

    def test_key_reused(self, store: Store, story: Story) -> None:
        """A key that was used for another request is refused, by an error that repeats neither."""
        story.step(key="key_1", fingerprint="first")
        before = everything(store)
        with pytest.raises(KeyReused) as caught:
            store.append(story.batch(key="key_1", fingerprint="second"), recorded_at=RECORDED)
        assert "key_1" not in str(caught.value)
        assert nothing_changed(store, before)

    def test_key_of_the_same_request(self, store: Store, story: Story) -> None:
        """The same request once more is stale: its answer is there to be read."""
        story.step(key="key_1", fingerprint="f")
        before = everything(store)
        for batch in (story.batch(key="key_1", fingerprint="f"), story.quiet(key="key_1", fingerprint="f")):
            with pytest.raises(Stale):
                store.append(batch, recorded_at=RECORDED)
        assert nothing_changed(store, before)

    def test_denial(self, store: Store, story: Story) -> None:
        """A refused attempt is recorded with its answer, and the account does not move."""
        story.step()
        loaded = store.load("acc_1")
        batch = evolve(story.denial(), key="key_1", fingerprint="f", answer={"refused": ["guard_a"]})
        store.append(batch, recorded_at=RECORDED)
        assert list(store.denials("acc_1")) == [batch.denial]
        assert store.remembered("acc_1", "key_1") == Remembered("f", {"refused": ["guard_a"]})
        assert store.load("acc_1") == loaded
        assert len(story.stored()) == 1

    def test_denial_needs_no_exact_version(self, store: Store, story: Story) -> None:
        """A refusal is recorded even if the account moved meanwhile."""
        story.step()
        batch = story.denial()
        story.step()
        store.append(batch, recorded_at=RECORDED)
        assert len(list(store.denials("acc_1"))) == 1

    def test_denial_of_an_unknown_account(self, store: Store, story: Story) -> None:
        """Nothing is recorded about an account that is not there."""
        with pytest.raises(UnknownAccount):
            store.append(story.denial(), recorded_at=RECORDED)
        assert list(store.denials("acc_1")) == []

    def test_denials_are_capped(self, small_store: Store) -> None:
        """Beyond the cap of a UTC day refusals are only counted, on the last row; the next day begins anew."""
        story = Story(small_store)
        story.step()
        midnight = dt.datetime(2026, 2, 14, tzinfo=dt.UTC)
        times = [midnight - n * SECOND for n in (9, 8, 7, 6, 5)] + [midnight, midnight + SECOND]
        for at in times:
            small_store.append(story.denial(at), recorded_at=RECORDED)
        assert [(d.at, d.more) for d in small_store.denials("acc_1")] == [
            (times[0], 0),
            (times[1], 0),
            (times[2], 2),
            (times[5], 0),
            (times[6], 0),
        ]

    def test_denial_caps_are_per_account(self, small_store: Store) -> None:
        """Refusals on one account take no room from another's."""
        for name in ("a", "b"):
            story = Story(small_store, name)
            story.step()
            for _ in range(3):
                small_store.append(story.denial(), recorded_at=RECORDED)
        assert [d.more for name in ("a", "b") for d in small_store.denials(name)] == [0] * 6

    def test_sealed_texts(self, store: Store, story: Story) -> None:
        """A sealed text and the account's key are read back; a text has a reference and a purpose."""
        texts = (Sealed("ref_1", "reasons", b"\x00one"), Sealed("ref_1", "explanation", b"two"))
        story.step(account_key=b"wrapped", sealed=texts)
        assert store.account_key("acc_1") == b"wrapped"
        assert store.sealed("acc_1", "ref_1") == texts[1]
        assert store.sealed("acc_1", "ref_1", purpose="reasons") == texts[0]
        assert store.sealed("acc_1", "ref_2") is None
        assert store.sealed("acc_2", "ref_1") is None

    def test_the_first_key_stays(self, store: Store, story: Story) -> None:
        """An account's key is never replaced, and later texts may be sealed under it."""
        story.step(account_key=b"first")
        story.step(account_key=b"second")
        story.step(account_key=b"first", sealed=(Sealed("ref_1", "p", b"x"),))
        assert store.account_key("acc_1") == b"first"
        assert store.sealed("acc_1", "ref_1") == Sealed("ref_1", "p", b"x")

    def test_a_text_under_a_lost_key(self, store: Store, story: Story) -> None:
        """A text sealed under a key that is not the account's is turned away: nobody could ever open it."""
        story.step(account_key=b"first")
        before = everything(store)
        with pytest.raises(Stale):
            story.write(story.batch(account_key=b"second", sealed=(Sealed("ref_1", "p", b"x"),)))
        assert nothing_changed(store, before)

    def test_erasing(self, store: Store, story: Story) -> None:
        """Erasing deletes the account's key and sealed texts; the log stays and still verifies."""
        other = Story(store, "acc_2")
        for s in (story, other):
            s.step(
                account_key=b"wrapped", sealed=(Sealed("ref_1", "p", b"x"),), identifiers=(Identifier("email", "h1"),)
            )
        story.step(Change("flag", "erased", {"value": True}), dest=State.DELETED)
        assert store.account_key("acc_1") is None
        assert store.sealed("acc_1", "ref_1") is None
        assert store.account_key("acc_2") == b"wrapped"
        assert store.sealed("acc_2", "ref_1") is not None
        assert store.verify().damage == ()

    def test_nothing_private_after_erasing(self, store: Store, story: Story) -> None:
        """An erased account takes no private text, no key and no identifier any more."""
        story.step(identifiers=(Identifier("email", "h1"),))
        erase = Change("flag", "erased", {"value": True})
        story.step(erase, account_key=b"k", sealed=(Sealed("ref_1", "p", b"x"),))
        more = (Identifier("phone", "h2"),)
        story.write(story.quiet(account_key=b"k", sealed=(Sealed("ref_1", "p", b"x"),), identifiers=more))
        assert store.account_key("acc_1") is None
        assert store.sealed("acc_1", "ref_1") is None
        assert store.identifier_owners("email", ["h1"]) == store.identifier_owners("phone", ["h2"]) == ()

    def test_identifiers(self, store: Store, story: Story) -> None:
        """An identifier leads to its account, under any of its hashes and only for its kind."""
        story.step(identifiers=(Identifier("email", "h1"), Identifier("phone", "h2")))
        assert store.identifier_owners("email", ["new", "h1"]) == ("acc_1",)
        assert store.identifier_owners("phone", ["h1"]) == ()
        assert store.identifier_owners("email", []) == ()

    def test_shared_identifiers(self, store: Store, story: Story) -> None:
        """An identifier leads to all its accounts, whoever took it last first, and to each of them once."""
        story.step(identifiers=(Identifier("phone", "h1"), Identifier("phone", "old")))
        second = Story(store, "acc_2")
        second.step(identifiers=(Identifier("phone", "h1"),))
        story.step(identifiers=(Identifier("phone", "h1"),))
        assert store.identifier_owners("phone", ["h1"]) == ("acc_2", "acc_1")
        assert store.identifier_owners("phone", ["h1", "old"]) == ("acc_2", "acc_1")

    def test_an_identifier_taken_since(self, store: Store, story: Story) -> None:
        """Where somebody took an identifier after it was looked at the write is turned away, and nothing of it kept."""
        Story(store, "acc_2").step(identifiers=(Identifier("email", "h1"),))
        before = everything(store)
        with pytest.raises(Stale):
            story.write(story.batch(identifiers=(Identifier("email", "h1", owners=()),)))
        assert nothing_changed(store, before)
        for owners in (("acc_2",), None):
            story.step(identifiers=(Identifier("email", "h1", owners=owners),))
        story.step(identifiers=(Identifier("email", "h1", owners=("acc_2",)),))
        assert store.identifier_owners("email", ["h1"]) == ("acc_1", "acc_2")

    def test_identifiers_go_with_the_data(self, store: Store, story: Story) -> None:
        """Erasing forgets by what an account was known, and leaves whoever else is known by the same."""
        other = Story(store, "acc_2")
        for each in (story, other):
            each.step(identifiers=(Identifier("phone", "h1"),))
        story.step(Change("flag", "erased", {"value": True}), dest=State.DELETED)
        assert store.identifier_owners("phone", ["h1"]) == ("acc_2",)

    def test_reserved_identifiers(self, store: Store, story: Story) -> None:
        """Where the identifiers of an account stay reserved erasing leaves them, those added later too."""
        story.step(identifiers=(Identifier("email", "h1"),))
        story.step(Change("flag", "reserved", {"value": True}))
        story.step(identifiers=(Identifier("email", "h2"),))
        story.step(Change("flag", "erased", {"value": True}), dest=State.DELETED)
        assert [store.identifier_owners("email", [h]) for h in ("h1", "h2")] == [("acc_1",)] * 2

    def test_a_reservation_taken_back(self, store: Store, story: Story) -> None:
        """What is reserved no more goes with the data."""
        story.step(Change("flag", "reserved", {"value": True}), identifiers=(Identifier("email", "h1"),))
        story.step(Change("flag", "reserved", {"value": False}))
        story.step(Change("flag", "erased", {"value": True}), dest=State.DELETED)
        assert store.identifier_owners("email", ["h1"]) == ()

    def test_account_too_large(self, small_store: Store) -> None:
        """An account over the size limit is refused and nothing of the step is kept."""
        story = Story(small_store)
        story.step()
        before = everything(small_store)
        batch = story.batch(Change("notify", "n"), key="key_1", fingerprint="f")
        strikes: Any = ("strike",) * 400
        large = evolve(batch, account=evolve(batch.account, strikes=strikes))
        with pytest.raises(AccountTooLarge, match=r'account "acc_1" would take \d+ bytes folded; at most 2048'):
            small_store.append(large, recorded_at=RECORDED)
        assert nothing_changed(small_store, before)

    @pytest.mark.parametrize("where", ["answer", "facts", "changes", "notice"])
    def test_not_json(self, store: Store, story: Story, where: str) -> None:
        """What JSON cannot carry is refused by an error that does not repeat it, and nothing is kept."""
        story.step()
        before = everything(store)
        odd: Mapping[str, Any] = {"value": {"hunter2"}}
        if where == "answer":
            batch = story.batch(Change("notify", "n"), key="key_1", fingerprint="f", answer=odd)
        elif where == "facts":
            batch = story.batch(Change("notify", "n"), facts=odd)
        else:
            batch = story.batch(Change("notify" if where == "notice" else "change", "n", odd))
        with pytest.raises(StoreError, match="other than JSON") as caught:
            store.append(batch, recorded_at=RECORDED)
        assert "hunter2" not in str(caught.value)
        assert nothing_changed(store, before)


class UpkeepContract:
    """Verifying, folding again, forgetting, closing."""

    def test_verify(self, store: Store) -> None:
        """Verifying walks every account and event and finds nothing wrong in what was written."""
        for name in ("a", "b"):
            story = Story(store, name)
            story.step(timer("t", T0))
            story.step(Change("open", "appeal"), dest=State.UNDER_APPEAL)
        done: list[int] = []
        verified = store.verify(progress=done.append)
        assert (verified.accounts, verified.events, verified.damage) == (2, 4, ())
        assert done == [1, 2]
        assert store.verify("b").events == 2
        assert store.verify("nobody") == Verified(0, 0, ())

    def test_events_of_another_machine(self, store: Store, story: Story) -> None:
        """The state of an account is that of its account machine, whatever other machines did later."""
        story.step(dest=State.SUSPENDED)
        joined = {"source": MembershipState.NO_MEMBERSHIP, "dest": MembershipState.TRIAL}
        event = evolve(story.event(), machine="membership", **joined)
        account = evolve(fold(story.events), version=2, at=event.at, membership_state=MembershipState.TRIAL)
        story.write(Batch("acc_1", 1, account, (event,)))
        assert store.verify().damage == ()

    def test_refold_changes_nothing_that_is_right(self, store: Store, story: Story) -> None:
        """Folding again what was folded right changes nothing."""
        story.step(timer("t", T0))
        before = everything(store)
        assert store.refold(fold) == Refolded(1, ())
        assert nothing_changed(store, before)

    def test_refold(self, store: Store) -> None:
        """A new way of folding rewrites the rows, timers, appeals and reservations, and names what it changed."""
        for name in ("a", "b"):
            Story(store, name).step(timer("t", T0), identifiers=(Identifier("email", name),))

        def other(events: Iterable[Event]) -> Account:
            account = fold(events)
            if account.id == "a":
                return account
            appeal = Appeal(1, T0, "holder:b", "lock", 1)
            return evolve(account, state=State.UNDER_APPEAL, timers=(), appeal=appeal, reserved=True)

        done: list[int] = []
        assert store.refold(other, progress=done.append) == Refolded(2, ("b",))
        assert done == [1, 2]
        loaded = store.load("b")
        assert loaded is not None
        assert loaded.account.state is State.UNDER_APPEAL
        assert [t.account_id for t in store.timers()] == ["a"]
        assert [a.account_id for a in store.appeals(open=True)] == ["b"]
        assert store.identifier_owners("email", ["b"]) == ("b",)
        assert [a.id for a in store.accounts(state=State.UNDER_APPEAL)] == ["b"]

    def test_prune(self, store: Store, story: Story) -> None:
        """Old idempotency keys and denials are forgotten; newer ones and the log are not."""
        story.step()
        for n, age in enumerate((2 * DAY, DAY, 0 * DAY)):
            at = T0 - age
            batch = evolve(story.denial(at), key=f"key_{n}", fingerprint="f")
            store.append(batch, recorded_at=at)
        assert pruned(store, T0 - DAY) == {"idempotency_keys": 1, "denials": 1}
        assert [d.at for d in store.denials("acc_1")] == [T0 - DAY, T0]
        assert [store.remembered("acc_1", f"key_{n}") is None for n in range(3)] == [True, False, False]
        assert pruned(store, T0 - DAY) == {}
        assert len(story.stored()) == 1

    def test_prune_much(self, store: Store, story: Story) -> None:
        """However much is old, all of it goes."""
        story.step()
        for n in range(501):
            store.append(story.quiet(key=f"key_{n}", fingerprint="f"), recorded_at=T0)
        assert pruned(store, T0 + SECOND) == {"idempotency_keys": 501}
        assert store.remembered("acc_1", "key_500") is None

    def test_closed(self, store: Store, story: Story) -> None:
        """A closed store says so to whoever asks, and may be closed again."""
        story.step()
        store.close()
        store.close()
        for ask in (lambda: store.load("acc_1"), lambda: list(store.timers()), story.step, store.verify):
            with pytest.raises(StoreUnavailable, match="was closed"):
                ask()
