"""Notices: what is sent, and to whom. The host writes and delivers the message; the policy says when."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from lifecycle.rows import Notice

_HOLDER = {
    "welcome": "The account is open.",
    "account_locked": "The account is locked for its protection, and here is how to unlock it.",
    "unlock_code": "Here is the code or link to unlock the account.",
    "account_unlocked": "The account is open again.",
    "warning": "Something is wrong; here is what to do before the account is restricted.",
    "warning_cleared": "The warning is settled.",
    "account_suspended": "The account is suspended; here are the reasons and the ways of redress.",
    "suspension_permanent": "The suspension is permanent; here are the reasons.",
    "suspension_ended": "The suspension is over.",
    "account_reinstated": "The account is reinstated.",
    "decision_reversed": "The decision against the account was reversed.",
    "appeal_received": "The appeal has arrived; an answer usually takes 3 to 5 working days.",
    "appeal_granted": "The appeal was granted.",
    "appeal_rejected": "The appeal was rejected; here are the reasons.",
    "appeal_auto_rejected": "The appeal could not be judged; here is what to hand in.",
    "escalation_received": "A supervisor looks at the case; this usually takes 5 to 10 working days.",
    "case_declined": "Support cannot help with this; a supervisor can be asked for.",
    "rejection_explained": "Here is what decided the appeal.",
    "account_deactivated": "The account is deactivated and can be brought back.",
    "account_reactivated": "The account is active again.",
    "deletion_code": "Here is the code to delete the account.",
    "closure_link": "Here is the link to confirm that the account is to be closed.",
    "closure_confirmed": "The closure is confirmed and cannot be undone.",
    "closure_requested_again": "The request to close the account is under way again.",
    "closure_lapsed": "The request to close the account has lapsed.",
    "closure_withdrawn": "The request to close the account was stopped.",
    "deletion_held": "The deletion is held until what is still open is settled.",
    "account_deleted": "The account is deleted.",
    "erasure_requested": "The request to erase the data was received.",
    "data_erased": "The data of the account are erased.",
}

_STAFF = {
    "appeal_enquiry": "The holder asks after an appeal.",
    "appeal_reminder": "An appeal has waited too long for an answer.",
    "closure_stalled": "A confirmed closure was not carried out in time.",
}

NOTICES: Mapping[str, Notice] = MappingProxyType(
    {name: Notice(name, says) for name, says in _HOLDER.items()}
    | {name: Notice(name, says, to="staff") for name, says in _STAFF.items()}
)
