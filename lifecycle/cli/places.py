"""From words on the command line to the things they name: a policy, case files, a database, facts, people.

Knows how each is written and what to say when it cannot be found. Does not know what is done with it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, get_args

from lifecycle.cases import SUFFIX, Case, read_cases
from lifecycle.choosing import policy_named
from lifecycle.errors import CaseError, LifecycleError, StoreUnavailable, closest
from lifecycle.facts import CODE
from lifecycle.gathering import Gather
from lifecycle.model import Actor, Evidence, Role
from lifecycle.rows import Policy
from lifecycle.service import Lifecycle
from lifecycle.store.existing import holds_accounts
from lifecycle.store.opening import POSTGRES, postgres_holds_accounts

SQLITE = "sqlite:///"

SOMEBODY = "somebody"
"""Who acts when only a role is named: a person who has not touched the account before."""


class Unusable(LifecycleError):
    """What was typed names nothing that can be used; the message says what to type instead."""


# --- policy ------------------------------------------------------------------------------------------------------


def policy_of(name: str | None) -> Policy:
    """Return the policy that ``--policy`` names, checked; see `lifecycle.choosing`.

    Raises:
        NoPolicy, BadParameters, PolicyError: as for `lifecycle.choosing.policy_named`.
    """
    return policy_named(name, called="--policy")


# --- cases -------------------------------------------------------------------------------------------------------


def case_files(paths: Iterable[Path]) -> list[Path]:
    """Return the case files at *paths*: a file as it is, of a folder everything below it.

    Raises:
        Unusable: there is nothing at a path, or no case file in a folder.
    """
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(path.rglob(f"*{SUFFIX}"))
            if not inside:
                raise Unusable(f"the folder {path} holds no case file: no name in it ends in {SUFFIX}.")
            found += inside
        elif path.exists():
            found.append(path)
        else:
            raise Unusable(f"there is no file or folder {path}.")
    return list(dict.fromkeys(found))


def cases_in(files: Iterable[Path], policy: Policy) -> tuple[list[Case], list[str]]:
    """Return the cases of *files*, and a message for each file that cannot be read."""
    cases: list[Case] = []
    unreadable: list[str] = []
    for path in files:
        try:
            cases += read_cases(path, policy)
        except CaseError as error:
            unreadable.append(str(error))
    return cases, unreadable


def real_cases() -> Path:
    """Return the folder of the guides' real cases: beside the checkout, or inside the installed package.

    Raises:
        Unusable: they are in neither place.
    """
    return _shipped("real", "real_cases", "real cases")


def story_cases() -> Path:
    """Return the folder of the stories, one for each guide: beside the checkout, or inside the installed package.

    Raises:
        Unusable: they are in neither place.
    """
    return _shipped("stories", "story_cases", "stories")


def _shipped(beside: str, inside: str, what: str) -> Path:
    package = Path(__file__).resolve().parent.parent
    for folder in (package.parent / "tests" / "cases" / beside, package / inside):
        if folder.is_dir():
            return folder
    raise Unusable(f"the guides' {what} did not come with this installation. Install account-lifecycle again.")


def account_ids(cases: Sequence[Case]) -> list[str]:
    """Return an account id for each case: its label, numbered where several cases share it."""
    ids: list[str] = []
    for case in cases:
        label, number = case.label, 1
        while (wanted := label if number == 1 else f"{label}-{number}") in ids:
            number += 1
        ids.append(wanted)
    return ids


def either(paths: Sequence[Path], database: str) -> None:
    """Refuse case files and a database in one command.

    Raises:
        Unusable: both are named.
    """
    if paths:
        raise Unusable(f"Name case files, or --database {database}, not both.")


# --- databases ---------------------------------------------------------------------------------------------------


def accounts_at(database: str, policy: Policy, secret: str | None = None, *, gather: Gather | None = None) -> Lifecycle:
    """Open the accounts in an existing database, given as a path, as ``sqlite:///path`` or as ``postgresql://…``.

    Raises:
        Unusable: there is no such file, or nothing of ours in it. Nothing is created: a typo must not leave a file.
        StoreError: it cannot be opened.
        BadRequest: the address of a PostgreSQL database cannot be read.
    """
    if database.startswith(POSTGRES):
        if not postgres_holds_accounts(database):
            raise StoreUnavailable(
                "this PostgreSQL database holds no accounts. Nothing was changed. Check the address."
            )
        return Lifecycle.open(database, policy=policy, secret=secret, gather=gather)
    path = database.removeprefix(SQLITE)
    if re.match(r"[a-z]+:", path) and not Path(path).exists():
        kind = path.partition(":")[0]
        raise Unusable(
            f"--database must be the path of a SQLite file, {SQLITE}path or {POSTGRES[0]}…; it begins with {kind[:20]!r}."
        )
    if not Path(path).exists():
        raise Unusable(f'there is no database at {path}. Check the path; "lifecycle demo" makes one to try things on.')
    if Path(path).is_dir():
        raise Unusable(f"{path} is a folder. Give the path of the database file in it.")
    if not holds_accounts(Path(path)):
        raise StoreUnavailable(f"the database {path} holds no accounts. Nothing was changed. Check the path.")
    return Lifecycle.open(f"{SQLITE}{path}", policy=policy, secret=secret, gather=gather)


def accounts_made_at(
    database: str, policy: Policy, secret: str | None = None, *, gather: Gather | None = None
) -> Lifecycle:
    """Open the accounts in a database as `accounts_at` does, and make our tables where there are none.

    Raises:
        StoreError, BadRequest: as for `accounts_at`.
    """
    path = database.removeprefix(SQLITE)
    if database.startswith(POSTGRES):
        return Lifecycle.open(database, policy=policy, secret=secret, gather=gather)
    if Path(path).is_dir() or re.match(r"[a-z]+:", path):
        return accounts_at(database, policy, secret, gather=gather)
    return Lifecycle.open(f"{SQLITE}{path}", policy=policy, secret=secret, gather=gather)


# --- people, facts, evidence, times -----------------------------------------------------------------------------


def actor_of(words: str, account: str) -> Actor:
    """Return who acts: ``holder``, ``reviewer``, or with an id ``reviewer:r1``.

    Raises:
        Unusable: no such role.
        BadRequest: the id is none.
    """
    role, _, id = words.partition(":")
    known = [each.value for each in Role]
    if role not in known:
        near = closest(role, known) or f" Known: {', '.join(known)}."
        raise Unusable(f'--by names nobody: no role is called "{role}".{near} Add an id with a colon: reviewer:r1.')
    return Actor(Role(role), id or (account if role == Role.HOLDER.value else SOMEBODY))


def facts_of(given: Iterable[str], policy: Policy) -> dict[str, Any]:
    """Return facts written ``name=value``, each read as what it is declared to be.

    Raises:
        Unusable: the equals sign is missing.
    """
    kinds = policy.facts.declared()
    facts: dict[str, Any] = {}
    for words in given:
        name, sign, value = words.partition("=")
        if not sign:
            raise Unusable(f'--fact must be written name=value, such as open_orders=2, not "{words}".')
        kind = kinds.get(name)
        facts[name] = _value(value.strip(), get_args(kind) or (kind,))
    return facts


def _value(text: str, kinds: tuple[Any, ...]) -> Any:
    """Read *text* as one of *kinds*; what does not fit stays text, and the facts refuse it by name."""
    if type(None) in kinds and text == "none":
        return None
    if bool in kinds and text in ("true", "false"):
        return text == "true"
    if int in kinds and re.fullmatch(r"-?\d+", text):
        return int(text)
    if Ellipsis in kinds:
        return [part.strip() for part in text.split(",") if part.strip()]
    return text


def evidence_of(given: Iterable[str]) -> list[Evidence]:
    """Return evidence written as its kind, or ``kind=reference``.

    Raises:
        BadEvidence: it is neither a code nor a reference.
    """
    pairs = [words.partition("=") for words in given]
    return [Evidence(kind, ref or (kind if CODE.match(kind) else "document")) for kind, _, ref in pairs]


def time_of(words: str | None, option: str = "--at") -> dt.datetime | None:
    """Return a time written in ISO 8601, in UTC; *option* is what it was given to.

    Raises:
        Unusable: it is none, or has no offset.
    """
    if words is None:
        return None
    try:
        at = dt.datetime.fromisoformat(words)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise Unusable(f'{option} must be a time with its offset, such as 2026-03-02T10:00Z, not "{words}".')
    return at.astimezone(dt.UTC)
