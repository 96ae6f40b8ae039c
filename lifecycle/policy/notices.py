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
    "travel_noted": "The journey is noted.",
    "warning": "Something is wrong; here is what to do before the account is restricted.",
    "warning_answered": "Support looks at the warning; the account stays open meanwhile.",
    "warning_cleared": "The warning is settled.",
    "linkage_warning": "This account shares something with one that is restricted; here is what to do first.",
    "own_phone_wanted": "The borrowed phone number has served its time; here is how to add one of your own.",
    "claims_forfeited": "Open disputes and refunds of the suspended account are lost.",
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
    "deletion_warning": "Deletion cannot be undone; here is what else could be done for the reason given.",
    "deletion_code": "Here is the code to delete the account.",
    "closure_link": "Here is the link to confirm that the account is to be closed.",
    "closure_confirmed": "The closure is confirmed and cannot be undone.",
    "closure_requested_again": "The request to close the account is under way again.",
    "closure_lapsed": "The request to close the account has lapsed.",
    "closure_withdrawn": "The request to close the account was stopped.",
    "deletion_confirmed": "The deletion is confirmed; here is the day on which it is carried out, and how to stop it.",
    "deletion_withdrawn": "The deletion was stopped; the account is as it was before.",
    "deletion_resumed": "The restriction is lifted, and the deletion goes on; here is the day on which it is carried out.",
    "removal_announced": "The account will be deleted; here are the reasons, the day, and how to appeal.",
    "removal_resumed": "The appeal is decided, and the account will be deleted; here is the day.",
    "removal_withdrawn": "The account will not be deleted.",
    "identifiers_released": "What the deleted account was known by can be used again.",
    "deletion_held": "The deletion is held until what is still open is settled.",
    "account_deleted": "The account is deleted.",
    "erasure_requested": "The request to erase the data was received.",
    "data_erased": "The data of the account are erased.",
    "data_erased_in_part": "The data of the account are erased but for what the law asks to be kept; here is which.",
    "erasure_refused": "The data cannot be erased yet; here is why, and it is tried again.",
    "open_business_lost": "With the account went what was still open: orders, refunds, disputes and money.",
    "ask_the_seller": "A paid order shows no progress; here is how to ask its seller without signing in.",
    "membership_trial_started": "The trial has begun; here is when it turns into a paid membership, and how to cancel.",
    "membership_started": "The membership has begun; here is when it renews, and how to cancel.",
    "membership_converted": "The trial has turned into a paid membership; here is the fee, and how to cancel.",
    "membership_renewed": "The membership has renewed; here is the fee, and how to cancel.",
    "membership_renewal_off": "The membership will not renew; its benefits last until the end of the period.",
    "membership_renewal_on": "The membership will renew at the end of the period; here is how to cancel.",
    "membership_terms_changed": "New fees or terms of the membership apply from this day on.",
    "membership_cancelled": "The trial is cancelled; nothing is charged.",
    "membership_ended": "The membership has ended; nothing more is charged.",
    "termination_notice_sent": "The notice that ends the membership is on record.",
    "termination_notice_late": "The notice is on record; it may arrive only after the next charge.",
    "termination_notice_received": "The notice has arrived; here is the day on which it ends the membership.",
    "membership_termination_confirmed": "The membership is terminated; this is the written confirmation.",
    "membership_dispute_opened": "The charge of the membership is disputed.",
    "membership_charge_refunded": "The charge of the membership was paid back.",
    "membership_dispute_lost": "The charge of the membership stands.",
    "level_lowered": "The member level is lower from now on; here is what it asks for and gives.",
    "anniversary": "The account is a year older; here are the coupons for the day.",
}

_STAFF = {
    "warning_ran_out": "A warning ran out, and a person is to decide.",
    "strike_noted": "The holder did something that weighs against reinstatement.",
    "appeal_enquiry": "The holder asks after an appeal.",
    "appeal_reminder": "An appeal has waited too long for an answer.",
    "closure_stalled": "A confirmed closure was not carried out in time.",
    "urgent_case": "A holder is blocked shortly before a sale and asks for help.",
    "termination_arrived": "A notice that ends a membership has arrived; confirm it, and do what else it asks.",
    "termination_reminder": "The end of a membership still waits for its written confirmation.",
    "order_returned": "An order came back after a complaint and counts as a signal; its points are taken back.",
    "fast_refund_due": "A fast refund was granted; pay it out now.",
}

NOTICES: Mapping[str, Notice] = MappingProxyType(
    {name: Notice(name, says) for name, says in _HOLDER.items()}
    | {name: Notice(name, says, to="staff") for name, says in _STAFF.items()}
)
