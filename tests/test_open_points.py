"""Every point the guides leave open, A-01 to A-60, and what settles it: a parameter, a rule, or how the thing is built."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
import support as s
from support import CLEAR, DAY, HOLDER, REVIEWER, START, SYSTEM

from lifecycle.cases import Case, read_cases
from lifecycle.model import State
from lifecycle.policy import policy
from lifecycle.policy.parameters import Parameters
from lifecycle.policy.parameters.naming import named_in
from lifecycle.trace import citing

BY_PARAMETER: dict[str, tuple[str, ...]] = {
    "A-02": ("login_social_providers",),
    "A-04": ("deletion_abandon_after",),
    "A-07": ("unlock_code_ttl", "challenge_max_attempts"),
    "A-16": ("closure_confirmation_ttl",),
    "A-18": ("wallet_transfer",),
    "A-20": ("legal_retention_categories",),
    "A-21": ("temporary_deactivation_max",),
    "A-22": ("vip_refund_policy",),
    "A-23": ("vip_termination_effect",),
    "A-24": ("levels",),
    "A-25": ("points_expiry",),
    "A-26": ("fast_refund_cap_platinum", "fast_refund_cap_diamond"),
    "A-27": ("return_revokes",),
    "A-28": ("visit_points",),
    "A-29": ("promo_points",),
    "A-32": ("failed_payments_window",),
    "A-33": ("open_disputes_threshold",),
    "A-34": ("dispute_ratio_min_orders", "dispute_ratio_window"),
    "A-35": ("accounts_per_device_window",),
    "A-36": ("calendar",),
    "A-37": ("appeal_silence",),
    "A-38": ("extra_appeals",),
    "A-42": ("warning_lead_min",),
    "A-43": ("warning_lead_max",),
    "A-44": ("chargeback_grace", "harassment_grace"),
    "A-47": ("support_packet_fields",),
    "A-48": ("notice_end",),
    "A-49": ("certified_email_arrives",),
    "A-50": ("vip_billing_while_suspended",),
    "A-51": ("announce_level_loss",),
    "A-53": ("lost_dispute_weight",),
    "A-56": ("decline_lock_release",),
    "A-57": ("banned_identity_policy",),
    "A-58": ("notice_closure_guards",),
    "A-59": ("vip_trial_days", "vip_period_days"),
    "A-60": ("shared_device_release",),
}
"""Open point → the parameters that hold what we chose; another value makes another choice."""

BY_RULE: dict[str, str] = {
    "A-01": "guard account_belongs_to_a_buyer",
    "A-03": "row send_deletion_code",
    "A-06": "guard self_service_failed",
    "A-08": "row send_unlock_code",
    "A-09": "guard cause_is_shown",
    "A-10": "ground unpaid_orders",
    "A-11": "row close_suspended",
    "A-12": "row press_delete",
    "A-14": "row request_closure",
    "A-15": "row press_delete",
    "A-17": "guard something_is_owed",
    "A-19": "guard refunds_are_settled",
    "A-30": "row forfeit_level",
    "A-31": "guard account_is_in_use",
    "A-39": "guard appeal_is_faulty",
    "A-40": "guard not_escalated_before",
    "A-41": "row reverse_decision",
    "A-52": "row close_suspended",
    "A-54": "row reactivate",
    "A-55": "guard suspension_is_not_permanent",
}
"""Open point → the rule or condition that is our choice; a policy of one's own may have another."""

BY_DESIGN: dict[str, str] = {
    "A-05": "The case of February is replayed with support opening the lock after 37 hours; any way to open it would do.",
    "A-13": "The case of the chargeback holds the order of its events; its days are counted from the evidence.",
    "A-45": "What an account may do in each state stands in the table of capabilities: no new disputes, the old ones go on.",
    "A-46": "The same table: a blocked account may write to sellers, and nobody needs to be signed in for that.",
}
"""Open point → why neither a parameter nor a rule is needed."""


def rules(id: str) -> set[str]:
    """What cites an open point, as ``kind name``; a row by its trigger."""
    return {
        f"{kind} {name.split(':')[0] if kind == 'row' else name}"
        for kind, name, _, cites in citing(policy())
        if id in cites
    }


def real(path: str) -> Case:
    """One of the guides' real cases."""
    (case,) = read_cases(Path(__file__).parent / "cases" / "real" / f"{path}.case.toml")
    return case


def test_every_open_point_is_settled_once() -> None:
    """All sixty are in exactly one of the tables."""
    tables: Iterable[dict[str, object]] = (BY_PARAMETER, BY_RULE, BY_DESIGN)  # type: ignore[assignment]
    assert sorted(id for table in tables for id in table) == [f"A-{n:02d}" for n in range(1, 61)]
    assert {f"A-{n:02d}" for n in range(1, 61)} == {cite for cite in policy().citations if cite.startswith("A-")}


@pytest.mark.parametrize("id", BY_PARAMETER)
def test_a_parameter_settles_it(id: str) -> None:
    """Each parameter named exists, says what it is in its unit, cites the point, and may have another value."""
    declared = {each.name: each for each in named_in(Parameters)}
    for name in BY_PARAMETER[id]:
        assert id in declared[name].cites
        assert declared[name].unit


@pytest.mark.parametrize("id", BY_RULE)
def test_a_rule_settles_it(id: str) -> None:
    """The rule or condition named cites the point."""
    assert BY_RULE[id] in rules(id)


@pytest.mark.parametrize("id", BY_DESIGN)
def test_what_is_built_settles_it(id: str) -> None:
    """Nothing in the rules cites it, and a sentence says why nothing needs to."""
    assert not rules(id)
    assert BY_DESIGN[id].endswith(".")


def test_a_05_support_opens_the_lock_of_february() -> None:
    """The lock before the sale is opened by an agent, 37 hours after it was put on."""
    case = real("c-01-locked-before-a-sale")
    locked = next(step.at for step in case.steps if step.does == "lock" and step.then)
    opened = next(step for step in case.steps if step.does == "unlock" and step.then)
    assert (opened.at - locked).total_seconds() / 3600 == 37


def test_a_13_the_order_of_events_is_what_counts() -> None:
    """The chargeback is reversed, handed in, and only then the account is reinstated; how many days lie between is chosen."""
    steps = [step.does for step in real("c-07-chargeback-reversed").steps if step.does and step.then]
    assert steps.index("add_evidence") < steps.index("reinstate")


def test_a_45_disputes_of_a_suspended_account_go_on() -> None:
    """A suspended account opens no dispute, and those it has go on."""
    table = policy().capabilities
    assert not table["open_dispute"].open_in(State.SUSPENDED)
    assert table["continue_disputes"].open_in(State.SUSPENDED)


def test_a_46_sellers_are_written_to_without_signing_in() -> None:
    """A holder who cannot sign in may write to a seller; a deleted account may not."""
    table = policy().capabilities
    assert not table["sign_in"].open_in(State.SECURITY_LOCKED)
    assert table["message_seller"].open_in(State.SECURITY_LOCKED)
    assert not table["message_seller"].open_in(State.DELETED)


def test_a_03_one_code_goes_to_every_contact() -> None:
    """Mail and phone get the same code, so either may be typed from."""
    sent = s.deleting().account.deletion_code
    assert (sent.channels, sent.number) == (("email", "phone"), s.deleting().account.version)


def test_a_37_the_day_of_the_appeal_does_not_count() -> None:
    """One working day after an appeal on a Friday is Monday, not Friday."""
    friday = s.suspended().wait(4 * DAY).do("appeal", HOLDER, None, s.COMPLETE)
    assert friday.account.timer("chase_appeal").due == START + 15 * DAY


def test_a_41_only_a_person_above_ends_what_is_permanent() -> None:
    """Neither time nor an appeal nor an agent lifts a permanent suspension; a supervisor's reversal does, by name."""
    forever = s.permanent().tick(400 * DAY)
    assert forever.codes("appeal", HOLDER, None, s.COMPLETE) == ["suspension_is_not_permanent"]
    assert forever.codes("reverse_decision", REVIEWER, {"lifts": "suspension"}, [s.REASONS]) == ["role_may_never"]
    lifted = forever.do("reverse_decision", s.SUPERVISOR, {"lifts": "suspension"}, [s.REASONS])
    assert (lifted.state, lifted.events[-1].by) == (State.ACTIVE, s.SUPERVISOR)


def test_a_17_a_new_debt_holds_what_was_confirmed() -> None:
    """Buying is over once a closure is asked for; what falls due all the same holds the deletion, not its request."""
    assert not policy().capabilities["buy"].open_in(State.PENDING_DELETION)
    held = s.confirmed().tick(3 * DAY, {**CLEAR, "open_orders": 1})
    assert held.account.deletion.held
    assert held.codes("complete_deletion", SYSTEM, {**CLEAR, "refunds_in_flight": 1}) == ["refunds_are_settled"]
