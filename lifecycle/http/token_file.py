"""A file of tokens that were handed out: their hashes, whose they are, and until when.

Knows the file's form. The tokens themselves are in nobody's keeping but their owners'.

    [tokens.ann]
    sha256 = "…"
    roles = ["reviewer"]
"""

from __future__ import annotations

import datetime as dt
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from lifecycle.errors import BadRequest
from lifecycle.http.principals import Principal, Token, hash_of, new_token
from lifecycle.model import Role, checked_id
from lifecycle.place import Place, tables_of, text_of, toml_value

_KEYS = ("sha256", "roles", "for_holders", "until")


class BadTokens(BadRequest):
    """The file of tokens cannot be used; the message lists every mistake."""


def read_tokens(path: Path) -> tuple[Token, ...]:
    """Return the tokens of the file at *path*.

    Raises:
        BadTokens: it cannot be read, or something in it makes no sense; all mistakes at once.
    """
    return tuple(_tokens(text_of(path, BadTokens), path).values())


def add_token(
    path: Path, name: str, roles: Iterable[Role | str], *, for_holders: bool = False, until: dt.datetime | None = None
) -> str:
    """Add a token to the file at *path*, which is made where it is missing, and return it. It is told this once only.

    Raises:
        BadTokens: there is one of this name, or the file cannot be read or written.
        BadRequest: a name that is no opaque id, or an unknown role.
    """
    there = _tokens(text_of(path, BadTokens), path) if path.exists() else {}
    if checked_id(name, "a token's name") in there:
        raise BadTokens(f'{path} has a token of "{name}" already. Take it out first, or use another name.')
    made = new_token()
    token = Token(hash_of(made), Principal(name, roles, for_holders=for_holders, until=until))
    if not token.principal.roles:
        raise BadRequest("a token needs at least one role")
    _write(path, "\n".join(_text(each) for each in [*there.values(), token]))
    return made


def _tokens(text: str, path: Path) -> dict[str, Token]:
    said = tables_of(text, str(path), BadTokens)
    mistakes: list[str] = []
    file = Place(said, "the file", mistakes)
    file.only(("tokens",), "a file of tokens")
    tables = file.of("tokens", dict) or {}
    found = {}
    for name, table in tables.items():
        if not isinstance(table, dict):
            mistakes.append(f"tokens.{name}: must be a table")
            continue
        token = _token(name, Place(table, f"tokens.{name}", mistakes))
        if token is not None:
            found[name] = token
    if mistakes:
        raise BadTokens("\n  ".join([f"{path} cannot be used:", *mistakes]))
    return found


def _token(name: str, place: Place) -> Token | None:
    place.only(_KEYS, "a token")
    before = len(place.mistakes)
    hashed, roles = place.of("sha256", str), place.words("roles", lambda word: "") or ()
    until, for_holders = place.moment("until"), place.of("for_holders", bool) or False
    if not roles:
        place.wrong("roles is missing: name at least one")
    if hashed is None:
        place.wrong('sha256 is missing: make a token with "lifecycle serve --add-token"')
    if len(place.mistakes) > before or hashed is None:
        return None
    try:
        return Token(hashed, Principal(name, roles, for_holders=for_holders, until=until))
    except BadRequest as error:
        place.wrong(str(error))
        return None


def _text(token: Token) -> str:
    who = token.principal
    said: dict[str, Any] = {"sha256": token.sha256, "roles": sorted(role.value for role in who.roles)}
    if who.for_holders:
        said["for_holders"] = True
    lines = [f"{key} = {toml_value(value)}" for key, value in said.items()]
    if who.until is not None:
        lines.append(f"until = {who.until.isoformat()}")
    return "\n".join([f"[tokens.{toml_value(who.subject)}]", *lines, ""])


def _write(path: Path, text: str) -> None:
    """Write the file whole or not at all, readable by its owner only."""
    try:
        handle, made = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(made).replace(path)
    except OSError as error:
        raise BadTokens(f"{path} cannot be written: {error.strerror or type(error).__name__}") from None
