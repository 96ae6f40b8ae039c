"""What several chapters share: how rows are chosen, and guards that more than one of them uses."""

from __future__ import annotations

import datetime as dt

from lifecycle.model import Account, Challenge, Command, State
from lifecycle.policy.parameters import Parameters
from lifecycle.rows import Close, Effect, Ground, Selector, amount_of, guard, length_of

code = Selector(
    name="code",
    sentence="Is the code or link the one last sent?",
    answers={"right": "the code is right", "wrong": "the code is wrong"},
    read=lambda account, command, p: "right" if command.facts.code_right else "wrong",
    needs=("code_right",),
)

deletion_track = Selector(
    name="deletion_track",
    sentence="Which way does the deletion under way go?",
    answers={
        "direct": "the holder is deleting the account with a code",
        "request": "the holder has asked for the account to be closed",
        "suspended": "support is closing a suspended account",
    },
    read=lambda account, command, p: account.deletion.track if account.deletion else "request",
)

appeal_against = Selector(
    name="appeal_against",
    sentence="What is the appeal against?",
    answers={"suspension": "the appeal is against the suspension", "lock": "the appeal is against the lock"},
    read=lambda account, command, p: account.appeal.against if account.appeal else "suspension",
)


def named_ground(command: Command, p: Parameters) -> Ground | None:
    """The ground the command names, if the policy knows it."""
    return p.grounds.get(command.facts.ground)


def lock_ground(account: Account, p: Parameters) -> Ground | None:
    """The ground of the lock that stands."""
    return p.grounds.get(account.lock.ground) if account.lock else None


def yields_to_a_code(ground: Ground, p: Parameters) -> bool:
    """Whether a lock on this ground can be opened with a code (A-56)."""
    return "code" in ground.ways or (ground.ends_after is not None and _released_otherwise(ground, p))


def support_settles(ground: Ground) -> bool:
    """Whether support may lift a suspension on this ground without an appeal."""
    return ground.restricts == "suspension" and "support" in ground.ways


def ends_by_itself(ground: Ground | None, p: Parameters) -> bool:
    """Whether a restriction on this ground ends by itself after a time (A-56)."""
    return ground is not None and ground.ends_after is not None and not _released_otherwise(ground, p)


def _released_otherwise(ground: Ground, p: Parameters) -> bool:
    return ground.release is not None and getattr(p, ground.release) == "verification"


def end_of(ground: Ground | None, since: dt.datetime, p: Parameters) -> dt.datetime | None:
    """When a restriction on this ground that began at *since* ends by itself; None if it does not."""
    if ground is None or ground.ends_after is None or not ends_by_itself(ground, p):
        return None
    return p.calendar.add(since, length_of(p, ground.ends_after))


def standing_ground(account: Account, p: Parameters) -> Ground | None:
    """The ground of the restriction that shows: the suspension if one stands, else the lock."""
    restriction = account.suspension or account.lock
    return p.grounds.get(restriction.ground) if restriction else None


def signal_limit(ground: Ground | None, signal: str | None, p: Parameters) -> int | None:
    """How often *signal* must be seen for *ground*, if it is one of its signals."""
    name = ground.signals.get(signal or "") if ground else None
    if signal is None or name is None:
        return None
    rule = p.signals.get(signal)
    return amount_of(p, name) + (rule is not None and rule.beyond)


def _signal_limit(account: Account, command: Command, p: Parameters) -> int | None:
    return signal_limit(named_ground(command, p), command.facts.signal, p)


@guard(
    "The signal was seen often enough.",
    otherwise="Wait until the signal reaches its limit; until then nothing is done about it.",
    needs=("ground", "signal", "signal_count"),
    sees=lambda account, command, p: {command.facts.signal or "signal": command.facts.signal_count},
    limit=lambda account, command, p: (
        f"at least {_signal_limit(account, command, p)}"
        if _signal_limit(account, command, p) is not None
        else f"a signal of the ground: {', '.join(_known_signals(command, p))}"
    ),
    applies=lambda account, command, p: bool(_known_signals(command, p)),
    cites=("G3-21", "G3-12", "G3-17", "G3-63", "G3-67", "G3-122"),
)
def signal_reached_its_limit(account: Account, command: Command, p: Parameters) -> bool:
    limit = _signal_limit(account, command, p)
    return limit is not None and command.facts.signal_count >= limit


@guard(
    "The share is one of enough orders.",
    otherwise="Wait until there are more orders; a share of a few says nothing.",
    needs=("signal", "signal_sample"),
    sees=lambda account, command, p: {"signal_sample": command.facts.signal_sample},
    limit=lambda account, command, p: f"at least {_least_sample(command, p)}",
    applies=lambda account, command, p: _least_sample(command, p) is not None,
    cites=("G3-122", "A-34"),
)
def sample_is_large_enough(account: Account, command: Command, p: Parameters) -> bool:
    least, sample = _least_sample(command, p), command.facts.signal_sample
    return least is None or (sample is not None and sample >= least)


def _least_sample(command: Command, p: Parameters) -> int | None:
    rule = p.signals.get(command.facts.signal or "")
    return amount_of(p, rule.sample) if rule and rule.sample else None


@guard(
    "Several accounts of one person are held against them.",
    otherwise="Leave it: several accounts alone are no abuse here.",
    needs=("signal", "coupons_taken"),
    sees=lambda account, command, p: {"coupons_taken": command.facts.coupons_taken},
    limit=lambda account, command, p: {
        "strict": "any further account",
        "tolerated": "never",
        "one_per_person_flag_only_abuse": "newcomer coupons taken",
    }[p.multi_account_policy],
    applies=lambda account, command, p: command.facts.signal == "accounts_of_person",
    cites=("G3-13", "G3-120", "X-24"),
)
def further_accounts_are_abuse(account: Account, command: Command, p: Parameters) -> bool:
    if p.multi_account_policy == "one_per_person_flag_only_abuse":
        return command.facts.coupons_taken
    return p.multi_account_policy == "strict"


def _known_signals(command: Command, p: Parameters) -> tuple[str, ...]:
    ground = named_ground(command, p)
    return tuple(ground.signals) if ground else ()


@guard(
    "A phone number or an e-mail address is on file.",
    otherwise="Ask support: without a contact on file no code can be sent.",
    sees=lambda account, command, p: {"contacts": list(account.contacts)},
    limit=lambda account, command, p: "both" if p.code_channels_required == "both" else "one contact",
    cites=("G1-19", "G1-22", "G3-24", "X-46"),
)
def contact_is_on_file(account: Account, command: Command, p: Parameters) -> bool:
    if p.code_channels_required == "both":
        return {"email", "phone"} <= set(account.contacts)
    return bool(account.contacts)


def asked_code(account: Account) -> Challenge | None:
    """The code that a holder in this state is asked for."""
    return account.deletion_code if account.state is State.PENDING_DELETION else account.unlock_code


@guard(
    "A code was sent and is still accepted.",
    otherwise="Ask for a new code and type it in before it runs out.",
    sees=lambda account, command, p: {"accepted_until": _until(account)},
    cites=("G1-21", "G3-80", "A-07"),
)
def code_is_alive(account: Account, command: Command, p: Parameters) -> bool:
    sent = asked_code(account)
    return sent is not None and command.at <= sent.expires_at


def _until(account: Account) -> str:
    sent = asked_code(account)
    return f"{sent.expires_at:%Y-%m-%d %H:%M:%S} UTC" if sent else "never sent"


@guard(
    "Tries for this code are left.",
    otherwise="Ask for a new code.",
    sees=lambda account, command, p: {"tries": _tries(account)},
    limit=lambda account, command, p: f"fewer than {p.challenge_max_attempts}",
    cites=("G3-24", "A-07", "D-13"),
)
def tries_are_left(account: Account, command: Command, p: Parameters) -> bool:
    return _tries(account) < p.challenge_max_attempts


def _tries(account: Account) -> int:
    sent = asked_code(account)
    return sent.tries if sent else 0


@guard(
    "What the ground asks to be put right has been put right.",
    otherwise="Put it right first: the ground says what to do.",
    needs=("cause_remedied",),
    limit=lambda account, command, p: _remedy(account, p),
    applies=lambda account, command, p: bool(_remedy(account, p)),
    cites=("G3-16", "G3-64", "G3-66", "G3-76"),
)
def cause_is_remedied(account: Account, command: Command, p: Parameters) -> bool:
    return command.facts.cause_remedied


def _remedy(account: Account, p: Parameters) -> str | None:
    ground = standing_ground(account, p)
    return ground.remedy if ground else None


@guard(
    "Reasons the holder can read are given.",
    otherwise="Write down the reasons and send them along.",
    sees=lambda account, command, p: {"brought": [e.kind for e in command.evidence]},
    limit="reasons",
    cites=("G3-91", "G3-08", "D-04"),
)
def reasons_are_given(account: Account, command: Command, p: Parameters) -> bool:
    return command.brings("reasons")


@guard(
    "The holder is signed in to this account.",
    otherwise="Sign in first; if that fails, reset the password or ask support.",
    needs=("signed_in",),
    limit=True,
    cites=("G1-12", "G2-20", "G3-19", "A-11"),
)
def signed_in(account: Account, command: Command, p: Parameters) -> bool:
    return command.facts.signed_in


@guard(
    "All fields of the identity check match.",
    otherwise="Have e-mail, phone, recent order numbers and payment details at hand, and ask again.",
    needs=("packet_fields",),
    limit=lambda account, command, p: p.support_packet_fields,
    cites=("G3-49", "A-47"),
)
def identity_is_shown(account: Account, command: Command, p: Parameters) -> bool:
    return command.facts.packet_fields >= p.support_packet_fields


@guard(
    "The account is a buyer's.",
    otherwise="Ask support: these ways do not cover seller accounts.",
    sees=lambda account, command, p: {"kind": account.kind},
    limit="buyer",
    cites=("G1-05", "A-01"),
)
def account_belongs_to_a_buyer(account: Account, command: Command, p: Parameters) -> bool:
    return account.kind == "buyer"


GUARDS = (
    signed_in,
    identity_is_shown,
    account_belongs_to_a_buyer,
    signal_reached_its_limit,
    sample_is_large_enough,
    further_accounts_are_abuse,
    contact_is_on_file,
    code_is_alive,
    tries_are_left,
    cause_is_remedied,
    reasons_are_given,
)


def stop_leaving() -> tuple[Effect, ...]:
    """What a restriction ends: a deactivation, a deletion under way, its code or link (D-07)."""
    return (Close("pause"), Close("deletion"), Close("deletion_code"), Close("closure_link"))


SIGNALLED = (signal_reached_its_limit, sample_is_large_enough, further_accounts_are_abuse)
"""What the system needs before it acts on a signal; people judge for themselves."""
