"""Who may do what from where, written down beside the policy: the table that a policy lead signs.

A trigger, then each state it may be done from with the letters of the roles: h holder, a agent, r reviewer,
v supervisor, s system. States of the account go by a letter: A active, L security locked, S suspended, U under appeal,
D deactivated, P pending deletion, X deleted, - where no account exists yet; those of membership and level by their names.
"""

from __future__ import annotations

from collections.abc import Iterator

from lifecycle.model import ACCOUNT, AnyState, Role, State, machine_of
from lifecycle.rows import Policy

STATES = {
    "A": State.ACTIVE,
    "L": State.SECURITY_LOCKED,
    "S": State.SUSPENDED,
    "U": State.UNDER_APPEAL,
    "D": State.DEACTIVATED,
    "P": State.PENDING_DELETION,
    "X": State.DELETED,
}
ROLES = {"h": Role.HOLDER, "a": Role.AGENT, "r": Role.REVIEWER, "v": Role.SUPERVISOR, "s": Role.SYSTEM}

MATRIX = """
register            -:h
lock                A:as S:as U:as D:as P:as     send_unlock_code    L:h       verify            L:h
unlock              L:a                             lock_expires        L:s S:s U:s
open_case           A:h L:h S:h U:h D:h P:h         connect_agent       A:s L:s S:s U:s D:s P:s
resolve_case        A:a L:a S:a U:a D:a P:a         warn                A:rs
suspend             A:rs L:rs D:rs P:rs             make_permanent      S:r       accept_permanent  S:h
strike              L:as S:as U:as                  suspension_ends     S:s U:s   reinstate         S:a
reverse_decision    S:vs U:vs                       appeal              S:h L:h U:h
add_evidence        L:h S:h U:h                         enquire             U:h       chase_appeal      U:s
auto_reject         U:s    grant U:rv               reject              U:rv      escalate          S:h
decline_case        S:a                             explain_rejection   S:a       deactivate        A:h
pause               A:a                             reactivate          D:h       show_warning      D:s
press_delete        D:h                             send_deletion_code  P:h       confirm_deletion  P:h
abandon_deletion    P:hs                            request_closure     A:h P:h   confirm_closure   P:h
mark_stalled        P:s                             hold_deletion       P:s       complete_deletion P:s
closure_lapses      P:s                             withdraw_closure    P:a       close_suspended   S:a
place_hold          A:rs L:rs S:rs U:rs D:rs P:rs   release_hold        A:rs L:rs S:rs U:rs D:rs P:rs X:rs
request_erasure     X:a                             erase               X:as      refuse_erasure    X:as
queue_case          A:s L:s S:s U:s D:s P:s         tell_cause          L:a S:a U:a
suggest_seller      L:s S:s U:s                     subscribe           A:h L:h S:h U:h D:h P:h
unsubscribe         A:h L:h S:h U:h D:h P:h X:h
address_warning     A:h L:h U:h D:h P:h           clear_warning    A:as L:as U:as D:as P:as
warning_runs_out    A:s L:s D:s P:s               hand_over_warning  A:s L:s U:s D:s P:s
add_identifier      A:h                             check_linkage     A:s       note_further_account L:s S:s U:s
give_up_claims      S:h                             ask_for_own_phone A:s L:s S:s U:s D:s P:s
note_travel         A:h L:h                       note_decline     A:s       retry_payment     A:h

start_trial         no_membership:h               start_membership   no_membership:h terminated:h
record_consent      trial:hs paid:hs renew_off:hs notice_sent:hs refunded:hs lost:hs
announce_terms      trial:s paid:s renew_off:s notice_sent:s refunded:s lost:s
convert_trial       trial:s notice_sent:s         renew              paid:s notice_sent:s refunded:s lost:s
cancel_membership   trial:h                       switch_on_renewal  renew_off:h
switch_off_renewal  paid:h refunded:h lost:h
end_membership      trial:s paid:s renew_off:s notice_sent:s notice_delivered:s refunded:s lost:s
close_membership    trial:s paid:s renew_off:s notice_sent:s notice_delivered:s refunded:s lost:s
send_notice         trial:h paid:h renew_off:h notice_sent:h refunded:h lost:h
record_delivery     notice_sent:as                warn_of_late_notice notice_sent:s
confirm_termination notice_delivered:a refunded:a lost:a
chase_confirmation  notice_delivered:s refunded:s lost:s
close_by_notice     A:a
dispute_charge      paid:h renew_off:h notice_delivered:h terminated:h refunded:h lost:h
decide_dispute      disputed:s                    settle_complaint   disputed:as
refund_charge       disputed:a notice_delivered:a lost:a
file_complaint      disputed:h

greet_anniversary   A:s L:s S:s U:s D:s P:s       migrate_programme  legacy:s
earn                silver:hs gold:hs platinum:hs diamond:hs
revoke_points       silver:s gold:s platinum:s diamond:s
recount_level       silver:s gold:s platinum:s diamond:s
forfeit_level       silver:s gold:s platinum:s diamond:s legacy:s
request_fast_refund silver:h gold:h platinum:h diamond:h
"""


def _matrix() -> dict[str, dict[str, set[str]]]:
    found: dict[str, dict[str, set[str]]] = {}
    trigger = ""
    for word in MATRIX.split():
        if ":" in word:
            state, roles = word.split(":")
            found[trigger][state] = set(roles)
        else:
            trigger = word
            found[trigger] = {}
    return found


MAY = _matrix()
"""Trigger, state, and the letters of the roles."""


def letter(state: AnyState | None) -> str:
    """Return how the table calls a state."""
    if state is None or machine_of(state) != ACCOUNT:
        return "-" if state is None else state.value
    return next(name for name, each in STATES.items() if each is state)


def differences(policy: Policy) -> list[str]:
    """Return in what the rows of *policy* differ from the table, a sentence each."""
    return list(_differences(policy))


def _differences(policy: Policy) -> Iterator[str]:
    found: dict[str, dict[str, set[str]]] = {}
    letters = {role: name for name, role in ROLES.items()}
    for row in policy.rows:
        for source in row.source or (None,):
            roles = found.setdefault(row.trigger, {}).setdefault(letter(source), set())
            roles.update(letters[role] for role in row.actors)
    for trigger in sorted({*MAY, *found}):
        may, does = MAY.get(trigger, {}), found.get(trigger, {})
        for state in sorted({*may, *does}):
            wanted, there = may.get(state, set()), does.get(state, set())
            if wanted != there:
                yield f"{trigger} from {state}: the table says {_said(wanted)}, the policy {_said(there)}"


def _said(roles: set[str]) -> str:
    return "".join(sorted(roles)) or "nobody"
