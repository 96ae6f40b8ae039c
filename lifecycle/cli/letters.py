"""The command `notice`: the letter that ends a membership, written from the account's records.

Knows where the particulars come from. Keeps none of them, and says none of them in an error.
"""

from __future__ import annotations

from pathlib import Path

from lifecycle.cli import FINE
from lifecycle.cli.output import Desk
from lifecycle.cli.places import Unusable, accounts_at, policy_of
from lifecycle.place import tables_of, text_of


def notice(desk: Desk, account: str, *, database: str, given: str, as_json: bool) -> int:
    """Print the letter, ready to be signed; or the codes with which its sending is put on record."""
    policy = policy_of(desk.policy_name)
    if policy.letter is None:
        raise Unusable(f'the policy "{policy.name}" has no letter that ends a membership.')
    values = tables_of(text_of(Path(given), Unusable), given, Unusable)
    with accounts_at(database, policy) as accounts:
        letter = policy.letter(accounts.account(account), values, policy.parameters)
    if as_json:
        facts = {**letter.facts, "named_end": letter.facts["named_end"].isoformat()}
        desk.voice.document("notice", {"account": account, "facts": facts})
    else:
        desk.voice.verbatim(letter.text.encode())
    return FINE
