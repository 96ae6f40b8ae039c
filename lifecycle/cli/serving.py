"""The command `serve`: the API and the console over one database, and the tokens of those who may ask.

Knows options and what is said when the service begins. Does not know any endpoint.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
from collections.abc import Sequence
from pathlib import Path

from attrs import frozen

from lifecycle.cli import FINE
from lifecycle.cli.listening import need_extra, run
from lifecycle.cli.output import Desk
from lifecycle.cli.places import Unusable, accounts_at, accounts_made_at, policy_of, time_of
from lifecycle.cli.running import named, secret_in
from lifecycle.cli.words import count
from lifecycle.telemetry import Telemetry


@frozen
class Serving:
    """How the service is to be served."""

    host: str
    port: int
    tokens: Path | None
    secret_file: Path | None
    gather: str | None
    new: bool
    console: bool
    metrics: bool
    open_health: bool
    insecure_cookies: bool
    proxy: str | None
    holder_facts: tuple[str, ...]


def serve(desk: Desk, database: str | None, asked: Serving) -> int:
    """Serve the accounts in *database* until told to stop."""
    need_extra()
    from lifecycle.http.app import asgi, ending  # noqa: PLC0415 - needs the extra
    from lifecycle.http.principals import StaticTokens  # noqa: PLC0415 - as above
    from lifecycle.http.token_file import read_tokens  # noqa: PLC0415 - as above

    if database is None:
        raise Unusable("name the database: --database shop.db, or --new with it to make one.")
    if asked.tokens is None:
        raise Unusable(
            "name the file of tokens: --tokens tokens.toml. Make one: "
            "lifecycle serve --tokens tokens.toml --add-token ann --roles reviewer"
        )
    if not 0 < asked.port < 65536:
        raise Unusable("--port is a number from 1 to 65535.")
    if asked.insecure_cookies and not _is_loopback(asked.host):
        raise Unusable("--insecure-cookies is for this machine only: with another --host, cookies need https.")
    tokens = read_tokens(asked.tokens)
    if not tokens:
        raise Unusable(f"{asked.tokens} holds no token, so nobody could ask anything. Add one with --add-token.")
    policy, secret = policy_of(desk.policy_name), secret_in(asked.secret_file)
    gathering = named(asked.gather, "--gather") if asked.gather else None
    opens = accounts_made_at if asked.new else accounts_at
    with opens(database, policy, secret, gather=gathering) as accounts:
        accounts.telemetry = Telemetry(metrics=True) if asked.metrics else None
        app = asgi(
            accounts,
            StaticTokens(tokens),
            console=asked.console,
            secret=secret,
            secure_cookies=not asked.insecure_cookies,
            holder_facts=asked.holder_facts,
            open_health=asked.open_health,
            metrics=asked.metrics or None,
        )

        def begun() -> None:
            who = count(len(tokens), "token")
            desk.voice.say(f"Serving http://{asked.host}:{asked.port} to {who}. Stop with Ctrl-C.")
            if secret is None:
                desk.voice.say(
                    "There is no --secret-file: codes and texts cannot be used, and sessions end with this process."
                )

        def told_to_end() -> None:
            ending(app)

        run(app, host=asked.host, port=asked.port, proxy=asked.proxy, begun=begun, told_to_end=told_to_end)
    return FINE


def add_token(
    desk: Desk, path: Path | None, name: str, roles: Sequence[str], *, for_holders: bool, until: str | None
) -> int:
    """Add a token to a file, and say it this once."""
    need_extra()
    from lifecycle.http.token_file import add_token as add  # noqa: PLC0415 - needs the extra

    if path is None:
        raise Unusable("name the file the token is kept in, as a hash: --tokens tokens.toml")
    ends: dt.datetime | None = time_of(until, "--until")
    token = add(path, name, [each for said in roles for each in said.split(",")], for_holders=for_holders, until=ends)
    desk.voice.say(f"The token of {name}. It is kept nowhere else, and told this once:")
    desk.voice.verbatim(f"{token}\n".encode())
    return FINE


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
