"""A service over HTTP for tests: people and services with their tokens, and a client that speaks for each."""

from __future__ import annotations

import itertools

from litestar.testing import TestClient

from lifecycle.http.app import asgi
from lifecycle.http.principals import Principal, StaticTokens, Token, hash_of

SIGN_UP = {"registration_fields": 4, "verified_by": "link"}
SUSPENDED = {"ground": "platform_rules", "author": "reviewer:rev1"}
PEOPLE = {
    "ann": Principal("ann", ["holder"]),
    "agent": Principal("agent1", ["agent"]),
    "rev1": Principal("rev1", ["reviewer"]),
    "rev2": Principal("rev2", ["reviewer"]),
    "rev3": Principal("rev3", ["reviewer"]),
    "sup": Principal("sup1", ["supervisor"]),
    "both": Principal("rev1", ["reviewer", "supervisor"]),
    "shop": Principal("shop", ["system"], for_holders=True),
    "rules": Principal("rules", ["system"]),
    "nobody": Principal("nobody", []),
}
"""Everybody who has a token; the token is the name."""

_numbers = itertools.count(1)


def tokens():
    """The tokens of everybody."""
    return StaticTokens(Token(hash_of(f"lct_{name}"), who) for name, who in PEOPLE.items())


def bearer(name):
    """The header by which somebody shows who they are."""
    return {"Authorization": f"Bearer lct_{name}"}


class Web:
    """A service, and a client of it."""

    def __init__(self, accounts, **options):
        self.accounts = accounts
        self.app = asgi(accounts, options.pop("principals", None) or tokens(), **{"console": False, **options})
        self.client = TestClient(self.app)

    def get(self, path, who="rev1", **headers):
        """Ask something as somebody."""
        return self.client.get(path, headers={**bearer(who), **headers})

    def ask(self, account, trigger, who="rev1", *, match="*", key=None, headers=None, **body):
        """Ask for a transition as somebody, under a new key unless one is given."""
        sent = {"Idempotency-Key": key or f"key-{next(_numbers)}", **bearer(who), **(headers or {})}
        if match is not None:
            sent["If-Match"] = match
        return self.client.post(f"/accounts/{account}/transitions", headers=sent, json={"trigger": trigger, **body})


def problem(answer, status, name):
    """The problem document of an answer, which must be of this status and type, and tell nothing of the inside."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    document = answer.json()
    assert document["type"] == f"urn:x-lifecycle:problem:{name}", document
    assert document["status"] == status
    assert document["detail"]
    assert document["remedy"]
    for inside in ("Traceback", "site-packages", "/lifecycle/", ".py", "Error("):
        assert inside not in answer.text
    return document
