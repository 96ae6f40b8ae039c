"""What a step claims an account may do: read, and held against what the policy says.

A claim is true, false, the moment from which on it may, or the code of the reason why it may not. Does not know TOML.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from lifecycle.cases.story import Step, spoken_time
from lifecycle.cases.vocabulary import Vocabulary, hint
from lifecycle.facts import FactMissing
from lifecycle.model import Account, Actor, Allowance, Command
from lifecycle.rows import Policy
from lifecycle.rows.allowing import CODES


def wrong_claim(words: Vocabulary, name: str, value: object) -> str:
    """Return what is wrong with a claim; nothing if it can be made."""
    if mistake := words.unknown("capability", name):
        return mistake
    if isinstance(value, dt.datetime) and value.tzinfo is None:
        return f"{name} is a date-time without an offset"
    if isinstance(value, str):
        known = {*CODES, *(guard.name for guard in words.policy.narrowed.get(name, ()))}
        return "" if value in known else f'{name} is never refused for "{value}".{hint(value, known)}'
    if not isinstance(value, bool | dt.datetime):
        return f"{name} must be true or false, the moment from which on it may, or the code of why it may not"
    return ""


def differences(step: Step, account: Account, shop: Mapping[str, Any], policy: Policy) -> Iterator[tuple[str, str]]:
    """Yield for each claim of *step* that did not come true what it says, and what the policy finds."""
    for name, wanted in step.may.items():
        asked = Command(name, account.id, Actor.holder(account.id), step.at, policy.facts(shop))
        try:
            answer = policy.allows(name, account, asked) if account.exists else None
        except FactMissing as missing:
            yield _said(name, wanted), f"nobody said {missing.args[0]}"
            continue
        if not _true(answer, wanted):
            yield _said(name, wanted), _found(name, answer, wanted)


def _true(answer: Allowance | None, wanted: Any) -> bool:
    if isinstance(wanted, bool):
        return bool(answer) is wanted
    if answer is None or answer.allowed:
        return False
    if isinstance(wanted, str):
        return wanted in [refusal.code for refusal in answer.refusals]
    return answer.earliest is not None and answer.earliest == wanted


def _said(name: str, wanted: Any) -> str:
    if isinstance(wanted, bool):
        return f"the account {'may' if wanted else 'may not'} {name}"
    if isinstance(wanted, str):
        return f'the account may not {name} for "{wanted}"'
    return f"the account may {name} from {spoken_time(wanted)}, and not before"


def _found(name: str, answer: Allowance | None, wanted: Any) -> str:
    if answer is None:
        return "there is no account"
    if answer.allowed or isinstance(wanted, bool):
        return f"the account {'may' if answer.allowed else 'may not'} {name}"
    if isinstance(wanted, str):
        codes = [f'"{refusal.code}"' for refusal in answer.refusals]
        return f"it may not for {' and '.join(codes)}"
    return "time alone does not allow it" if answer.earliest is None else f"it may from {spoken_time(answer.earliest)}"
