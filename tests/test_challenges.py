"""Codes and links at the door: counted before they are compared, used once, bound to account and purpose."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from shop import SECRET, START

from lifecycle import Actor, Lifecycle, State
from lifecycle.errors import MissingFacts

ANN = Actor.holder("ann")
SYSTEM = Actor.system()


@pytest.fixture
def locked(accounts, ann):
    """Ann's account, locked for a new device."""
    accounts.submit("lock", account=ann, by=Actor.agent("a1"), facts={"ground": "new_device"})
    return ann


def send(accounts, account="ann", **more):
    """Ask for an unlock code as the holder."""
    return accounts.submit("send_unlock_code", account=account, by=Actor.holder(account), **more)


def verify(accounts, code, account="ann", **more):
    """Type a code as the holder."""
    return accounts.submit("verify", account=account, by=Actor.holder(account), code=code, **more)


def wrong(code):
    """Return six digits that are not the code."""
    return f"{(int(code) + 1) % 1_000_000:06d}"


def test_the_right_code_unlocks(accounts, locked):
    """The six digits that were sent, however they are spaced, open the account and are gone."""
    send(accounts)
    code = accounts.code_for(locked, "unlock_code")
    assert len(code) == 6
    assert code.isdigit()
    assert verify(accounts, f"{code[:3]} {code[3:]}").dest is State.ACTIVE
    assert accounts.account(locked).unlock_code is None


def test_a_wrong_code_is_counted(accounts, locked):
    """A wrong code is an accepted step that counts a try and moves nothing."""
    send(accounts)
    code = accounts.code_for(locked, "unlock_code")
    decision = verify(accounts, wrong(code))
    assert decision.allowed
    assert decision.dest is State.SECURITY_LOCKED
    assert accounts.account(locked).unlock_code.tries == 1


def test_the_sixth_try_is_refused_even_if_right(accounts, locked):
    """After five wrong tries the right code is refused as well, so guessing on is useless."""
    send(accounts)
    code = accounts.code_for(locked, "unlock_code")
    for _ in range(5):
        assert verify(accounts, wrong(code)).allowed
    assert [r.code for r in verify(accounts, code).refusals] == ["tries_are_left"]
    assert [r.code for r in verify(accounts, wrong(code)).refusals] == ["tries_are_left"]


def test_parallel_guesses_never_pass_the_cap(accounts, locked):
    """Of many guesses at once no more than five are ever compared."""
    send(accounts)
    code = accounts.code_for(locked, "unlock_code")
    answers = []

    def guess(n):
        answers.append(verify(accounts, f"{(int(code) + n) % 1_000_000:06d}").allowed)

    threads = [threading.Thread(target=guess, args=(n,)) for n in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers.count(True) == 5
    assert accounts.account(locked).unlock_code.tries == 5


def test_a_code_is_used_once(accounts, locked):
    """Typed again after the account was locked anew, an old code is no code."""
    send(accounts)
    code = accounts.code_for(locked, "unlock_code")
    verify(accounts, code)
    accounts.submit("lock", account=locked, by=Actor.agent("a1"), facts={"ground": "new_device"})
    assert {r.code for r in verify(accounts, code).refusals} == {"code_is_alive"}


def test_a_new_code_voids_the_old_one(accounts, locked, shop):
    """Ten minutes later another code may be asked for, and only that one opens the account."""
    send(accounts)
    old = accounts.code_for(locked, "unlock_code")
    early = send(accounts, at=shop.passes(minutes=9, seconds=59))
    assert [r.code for r in early.refusals] == ["resend_wait_is_over"]
    assert early.refusals[0].earliest == START + dt.timedelta(minutes=10)
    shop.passes(seconds=1)
    assert send(accounts).allowed
    new = accounts.code_for(locked, "unlock_code")
    assert new != old
    verify(accounts, old)
    assert accounts.account(locked).state is State.SECURITY_LOCKED
    assert verify(accounts, new).dest is State.ACTIVE


def test_a_code_lives_to_its_last_microsecond(accounts, locked, shop):
    """Exactly at the end of its life a code is accepted; one microsecond later it is not."""
    send(accounts)
    code = accounts.code_for(locked, "unlock_code")
    end = START + dt.timedelta(minutes=15)
    late = verify(accounts, code, at=end + dt.timedelta(microseconds=1), dry_run=True)
    assert [r.code for r in late.refusals] == ["code_is_alive"]
    assert verify(accounts, code, at=end).dest is State.ACTIVE


def test_codes_are_bound_to_account_and_purpose(accounts, locked, shop):
    """Another account's code, or one for another purpose, is a wrong code."""
    accounts.import_account("bob", state="security_locked", given={"ground": "new_device", "contacts": ["phone"]})
    send(accounts)
    send(accounts, "bob")
    verify(accounts, accounts.code_for("bob", "unlock_code"))
    assert accounts.account(locked).state is State.SECURITY_LOCKED


def test_a_link_by_mail_opens_too(accounts, locked):
    """Asked for by e-mail, the challenge is a link, and the link unlocks."""
    decision = send(accounts, facts={"channel": "email_link"})
    (notice,) = [c for c in decision.event.changes if c.do == "notify"]
    assert notice.values["form"] == "link"
    assert notice.values["channels"] == ["email"]
    assert verify(accounts, accounts.code_for(locked, "unlock_code")).dest is State.ACTIVE


def test_a_code_must_be_brought(accounts, locked):
    """A verification without anything typed says how to pass it."""
    send(accounts)
    with pytest.raises(MissingFacts, match="Pass what the person typed as code="):
        accounts.submit("verify", account=locked, by=ANN)


def test_no_code_was_sent(accounts, locked):
    """Typing something before any code was sent is refused, not compared."""
    assert [r.code for r in verify(accounts, "000000").refusals] == ["code_is_alive"]


def test_codes_survive_a_change_of_secret(shop, tmp_path):
    """After the secret is rotated, codes sent under the old one are still accepted, new ones are the new one's."""
    url, new = f"sqlite:///{tmp_path / 'a.db'}", b"another secret of enough bytes.."
    with Lifecycle.open(url, secret=SECRET, clock=shop.clock) as accounts:
        accounts.import_account("ann", state="security_locked", given={"ground": "new_device", "contacts": ["phone"]})
        send(accounts)
        old = accounts.code_for("ann", "unlock_code")
    with Lifecycle.open(url, secret=[new, SECRET], clock=shop.clock) as accounts:
        assert accounts.code_for("ann", "unlock_code") != old
        assert verify(accounts, old).dest is State.ACTIVE


def test_the_direct_deletion_by_code(accounts, ann, shop):
    """Deactivate, warning, delete, code within sixty seconds: deleted, and erased a day later."""
    assert accounts.submit("deactivate", account=ann, by=ANN).dest is State.DEACTIVATED
    accounts.submit("show_warning", account=ann, by=SYSTEM)
    pressed = accounts.submit("press_delete", account=ann, by=ANN)
    assert pressed.event.changes[-1].name == "abandon_deletion"
    late = accounts.code_for(ann, "deletion_code")
    shop.passes(seconds=61)
    refused = accounts.submit("confirm_deletion", account=ann, by=ANN, code=late)
    assert [r.code for r in refused.refusals] == ["code_is_alive"]
    accounts.submit("send_deletion_code", account=ann, by=ANN)
    done = accounts.submit("confirm_deletion", account=ann, by=ANN, code=accounts.code_for(ann, "deletion_code"))
    assert done.dest is State.DELETED
    shop.passes(days=1)
    assert accounts.account(ann).state is State.DELETED
    assert [e.trigger for e in accounts.settle(ann)] == ["erase"]


def test_five_wrong_deletion_codes_drop_the_deletion(accounts, ann):
    """The fifth wrong code brings the account back to deactivated in the same answer."""
    accounts.submit("deactivate", account=ann, by=ANN)
    accounts.submit("show_warning", account=ann, by=SYSTEM)
    accounts.submit("press_delete", account=ann, by=ANN)
    code = accounts.code_for(ann, "deletion_code")
    for _ in range(4):
        assert accounts.submit("confirm_deletion", account=ann, by=ANN, code=wrong(code)).dest is State.PENDING_DELETION
    last = accounts.submit("confirm_deletion", account=ann, by=ANN, code=wrong(code))
    assert [e.trigger for e in last.events] == ["confirm_deletion", "abandon_deletion"]
    assert last.dest is State.DEACTIVATED


def test_a_wrong_link_does_not_confirm(accounts, ann):
    """A link nobody sent counts a try and confirms nothing."""
    accounts.submit("request_closure", account=ann, by=ANN)
    accounts.submit("confirm_closure", account=ann, by=ANN, code="x" * 32)
    assert accounts.account(ann).deletion.confirmed_at is None
    assert accounts.account(ann).closure_link.tries == 1
