"""What a taken row does: records, codes, evidence on file, followers, and timers armed, spent and voided."""

from __future__ import annotations

import attrs
import pytest
import support as s
from support import AGENT, CLEAR, COLLEAGUE, DAY, HOLDER, HOUR, MINUTE, REVIEWER, START, SUPERVISOR, SYSTEM

from lifecycle.decide import LAPSE, lapse
from lifecycle.machine import AccountMachine
from lifecycle.model import Account, Evidence, State, Timer
from lifecycle.policy.common import deletion_track
from lifecycle.rows import Close, Count, Open, Set, StopTimer


def due(world: s.World) -> dict[str, object]:
    """The standing timers and when they are due, but for the anniversary that every living account has."""
    return {timer.name: timer.due for timer in world.account.timers if timer.name != "anniversary"}


# --- followers ----------------------------------------------------------------------------------------------------


def test_a_follower_at_the_same_instant() -> None:
    """An incomplete appeal is rejected by the system in the same decision, at the same time, one version later."""
    decision = s.suspended().ask("appeal", HOLDER, None, [s.EXPLANATION])
    assert [(e.trigger, e.version, str(e.by), e.at) for e in decision.events] == [
        ("appeal", 3, "holder:acc", START),
        ("auto_reject", 4, "system:policy", START),
    ]
    assert decision.event.dest is State.UNDER_APPEAL
    assert decision.dest is State.SUSPENDED
    assert decision.notices == ("appeal_received", "appeal_auto_rejected")
    assert decision.account.appeal.outcome == "incomplete"


def test_a_refused_follower_is_silent() -> None:
    """A complete appeal is followed by nothing."""
    assert len(s.suspended().ask("appeal", HOLDER, None, s.COMPLETE).events) == 1


def test_the_fifth_wrong_code_abandons() -> None:
    """Four wrong codes are counted; the fifth drops the deletion in the same decision."""
    world = s.deleting()
    for tries in range(1, 5):
        world.do("confirm_deletion", HOLDER, {"code_right": False})
        assert (world.state, world.account.deletion_code.tries) == (State.PENDING_DELETION, tries)
    world.do("confirm_deletion", HOLDER, {"code_right": False})
    assert (world.state, world.account.deletion_code, world.account.deletion) == (State.DEACTIVATED, None, None)
    assert world.account.pause.warned is False
    assert due(world) == {}


def test_an_unreadable_document() -> None:
    """A blurred photograph is taken and rejected as unreadable; a readable one afterwards is judged by people."""
    world = s.suspended().do("appeal", HOLDER, None, [Evidence("passport", "doc-blur", readable=False), s.EXPLANATION])
    assert (world.state, world.account.appeal.outcome) == (State.SUSPENDED, "unreadable")
    assert world.do("appeal", HOLDER, None, [s.PASSPORT]).state is State.UNDER_APPEAL


# --- codes and evidence -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("contacts", "channel", "form", "channels"), [
    (("email", "phone"), "sms", "digits", ("phone",)),
    (("email", "phone"), "email_link", "link", ("email",)),
    (("email",), "sms", "digits", ("email",)),
    (("phone",), "email_link", "digits", ("phone",)),
])  # fmt: skip
def test_an_unlock_code_goes_to_a_contact_on_file(
    contacts: tuple[str, ...], channel: str, form: str, channels: tuple[str, ...]
) -> None:
    """The code travels the way chosen, or to what is on file; only an e-mail carries a link."""
    world = s.locked(contacts=contacts).do("send_unlock_code", HOLDER, {"channel": channel})
    code = world.account.unlock_code
    assert (code.form, code.channels, code.expires_at) == (form, channels, START + 15 * MINUTE)
    (told,) = [c.values for c in world.events[-1].changes if c.do == "notify"]
    assert told["challenge"] == "unlock_code"
    assert told["number"] == code.number == world.account.version


def test_a_new_code_voids_the_old() -> None:
    """A code sent again has a new number and no tries, and a new life."""
    world = s.deleting().do("confirm_deletion", HOLDER, {"code_right": False})
    first = world.account.deletion_code
    second = world.wait(MINUTE).do("send_deletion_code", HOLDER).account.deletion_code
    assert (first.tries, second.tries) == (1, 0)
    assert second.number > first.number
    assert second.expires_at == START + 2 * MINUTE


def test_evidence_is_put_on_file_with_its_version() -> None:
    """Evidence is kept under the version that took it, a document brought again is not kept twice."""
    world = s.appealed().do("add_evidence", HOLDER, None, [s.PASSPORT, s.new_document(), s.new_document()])
    assert [(e.ref, e.version) for e in world.account.evidence] == [
        ("doc-statement", 2),
        ("doc-explanation", 3),
        ("doc-passport", 4),
        ("doc-new", 4),
    ]


def test_documents_of_an_earlier_suspension_may_be_brought_again() -> None:
    """The same passport serves a second suspension, because it was handed in again after it."""
    world = s.appealed().do("grant", COLLEAGUE, {"name_matches": True})
    again = s.suspended(world=world)
    assert again.do("appeal", HOLDER, None, s.COMPLETE).state is State.UNDER_APPEAL


def test_texts_are_counted_and_forgotten() -> None:
    """A written text is kept as a reference and a number of words; the words themselves reach no event."""
    texts = [
        Evidence("explanation", "text-1", text="It was me"),
        Evidence("written_commitment", "text-2", text="Never"),
    ]
    world = s.suspended().do("add_evidence", HOLDER, None, texts)
    assert [(e.kind, e.words, e.text) for e in world.account.evidence[1:]] == [
        ("explanation", 3, None),
        ("written_commitment", 1, None),
    ]
    assert "Never" not in repr(world.events) + repr(world.account)


def test_a_list_keeps_each_value_once() -> None:
    """The same strike twice is noted once; a hold that is released is gone."""
    world = s.suspended()
    for _ in range(2):
        world.do("strike", AGENT, {"strike": "legal_threat"})
    assert world.account.strikes == ("legal_threat",)
    world.do("place_hold", REVIEWER, {"hold": "audit"}).do("release_hold", REVIEWER, {"hold": "audit"})
    assert world.account.holds == ()


# --- timers -------------------------------------------------------------------------------------------------------


def test_a_timer_is_void_where_it_does_not_live() -> None:
    """Leaving the states a timer lives in voids it."""
    assert set(due(s.appealed())) == {"chase_appeal"}
    assert due(s.rejected()) == {}
    assert set(due(s.closing())) == {"closure_lapses"}
    assert due(s.closing().do("lock", AGENT, {"ground": "new_device"})) == {}
    assert set(due(s.confirmed())) == {"complete_deletion", "mark_stalled"}
    assert set(due(s.deleted())) == {"erase"}


def test_a_timer_lives_on_where_it_does() -> None:
    """The end of a suspension stands through an appeal and a rejection; being made permanent voids it."""
    world = s.rejected(ends_at=START + 9 * DAY)
    assert due(world) == {"suspension_ends": START + 9 * DAY}
    assert due(world.do("make_permanent", REVIEWER, {"knowing_breach": True}, [s.REASONS])) == {}


def test_a_timer_is_spent_when_its_trigger_happens() -> None:
    """What a timer would do was done by hand: the timer is gone."""
    world = s.appealed().wait(9 * DAY).do("chase_appeal", SYSTEM)
    assert world.state is State.UNDER_APPEAL
    assert due(world) == {}
    assert [c.name for c in world.events[-1].changes if c.do == "stop"] == ["chase_appeal"]


def test_a_timer_is_armed_anew() -> None:
    """A further appeal starts the window again, under a new generation."""
    world = s.appealed().wait(HOUR).do("appeal", HOLDER, None, [s.new_document("d1")])
    first = world.account.timer("auto_reject")
    second = world.wait(HOUR).do("appeal", HOLDER, None, [s.new_document("d2")]).account.timer("auto_reject")
    assert (first.due, second.due) == (START + 25 * HOUR, START + 26 * HOUR)
    assert second.number == world.account.version > first.number


def test_a_timer_without_a_time_is_not_armed() -> None:
    """A lock that does not open by itself arms no timer, nor does a suspension without an end."""
    assert due(s.locked()) == due(s.suspended()) == {}
    assert due(s.locked("declined_payments")) == {"lock_expires": START + DAY}


def test_a_refused_timer_tries_something_else() -> None:
    """A deletion whose holder owes something is held and looked at again a day later, until all is settled."""
    world = s.confirmed().tick(3 * DAY, {**CLEAR, "open_orders": 1})
    assert world.events[-2].trigger == "hold_deletion"
    assert world.account.deletion.held
    assert due(world) == {"complete_deletion": START + 4 * DAY}
    world.tick(DAY, {**CLEAR, "open_orders": 1})
    assert (world.events[-1].trigger, due(world)) == (LAPSE, {"complete_deletion": START + 5 * DAY})
    assert world.tick(DAY, CLEAR).state is State.DELETED


def test_lapse_rearms_or_lets_go() -> None:
    """The event of a refused timer arms it again where the policy says so, and stops it elsewhere."""
    policy = s.machine_of().policy
    account = attrs.evolve(s.deleted().account, timers=(Timer("erase", START + DAY, 6),))
    again = lapse(policy, account, account.timers[0], START + DAY)
    assert [(c.do, c.name, c.values) for c in again.changes] == [
        ("timer", "erase", {"due": (START + 31 * DAY).isoformat(), "number": account.version + 1})
    ]
    assert (again.trigger, again.source, again.dest, again.version) == (
        LAPSE, State.DELETED, State.DELETED, account.version + 1,
    )  # fmt: skip
    for name in ("chase_appeal", "forgotten_by_a_newer_policy"):
        let_go = lapse(policy, account, Timer(name, START, 1), START)
        assert [(c.do, c.name) for c in let_go.changes] == [("stop", name)]


def test_a_timer_nobody_knows_is_voided() -> None:
    """A timer of an older policy goes with the next step."""
    world = s.active()
    world.account = attrs.evolve(world.account, timers=(Timer("tea", START, 1),))
    assert due(world.do("open_case", HOLDER)) == {}


# --- made up rows ---------------------------------------------------------------------------------------------------


def test_effects_on_records_that_do_not_stand() -> None:
    """Setting, counting and closing a record that does not stand do nothing; stopping no timer does nothing."""
    shipped = s.machine_of().policy
    idle = (Set("lock", fixed={"ground": "x"}), Count("unlock_code", "tries"), Close("lock"), StopTimer("erase"))
    rows = tuple(attrs.evolve(r, effects=idle) if r.trigger == "open_case" else r for r in shipped.rows)
    world = s.active()
    world.machine = AccountMachine(attrs.evolve(shipped, rows=rows))
    assert world.do("open_case", HOLDER).events[-1].changes == ()


def test_a_selector_may_stand_for_a_value() -> None:
    """A record may keep what a selector answers."""
    shipped = s.machine_of().policy
    kept = (Open("warning", fixed={"ground": deletion_track}),)
    rows = tuple(attrs.evolve(r, effects=kept) if r.trigger == "open_case" else r for r in shipped.rows)
    world = s.closing()
    world.machine = AccountMachine(attrs.evolve(shipped, rows=rows))
    assert world.do("open_case", HOLDER).account.warning.ground == "request"


# --- records ------------------------------------------------------------------------------------------------------


def test_restrictions_end_a_leave() -> None:
    """A lock or suspension ends deactivation and deletion: nothing of it stands afterwards (D-07)."""
    for world in (s.deactivated(), s.deleting(), s.closing(), s.confirmed()):
        s.suspended(world=world)
        account = world.account
        assert (account.pause, account.deletion, account.deletion_code, account.closure_link) == (None,) * 4
        assert due(world) == {}


def test_closing_a_suspended_account_is_no_way_round() -> None:
    """A permanently suspended account that is erased reserves its identifiers, and nothing restricts it meanwhile."""
    world = s.permanent().do("close_suspended", AGENT, {"asked_by_holder": True})
    assert world.state is State.PENDING_DELETION
    assert world.account.suspension is not None
    assert world.codes("lock", AGENT, {"ground": "new_device"}) == ["deletion_track"]
    assert world.codes("withdraw_closure", AGENT, {"agent_consents": True}) == ["deletion_track"]
    world.tick(3 * DAY, CLEAR)
    assert (world.state, world.account.reserved) == (State.DELETED, True)
    assert s.confirmed().tick(3 * DAY, CLEAR).account.reserved is False


def test_helpful_acts_resolve_the_case() -> None:
    """Whoever puts an account right resolves its support case by doing so."""
    world = s.with_case(s.locked()).do("unlock", AGENT, {"packet_fields": 4})
    assert (world.state, world.account.support_case.status) == (State.ACTIVE, "resolved")


def test_a_reversal_moots_the_appeal() -> None:
    """A reversal closes a pending appeal as moot, and may lift the lock as well."""
    world = s.appealed().do("lock", AGENT, {"ground": "new_device"})
    world.do("reverse_decision", SUPERVISOR, {"lifts": "both"}, [s.REASONS])
    assert (world.state, world.account.appeal.status, world.account.lock) == (State.ACTIVE, "moot", None)
    assert world.account.suspension is None


def test_registration_takes_what_the_account_is() -> None:
    """Kind and contacts are facts of the registration, kept on the account."""
    account: Account = s.active(kind="seller", contacts=("phone",)).account
    assert (account.kind, account.contacts, account.version, account.since) == ("seller", ("phone",), 1, START)
