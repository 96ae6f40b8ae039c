"""Finding accounts by what they are known by, for whoever answers a person who does not know their account's id."""

from __future__ import annotations

import asyncio

import pytest

from lifecycle import Lifecycle
from lifecycle.awaiting import AsyncLifecycle
from lifecycle.errors import BadRequest, SecretMissing

SIGN_UP = {"registration_fields": 4, "verified_by": "link"}


@pytest.fixture
def accounts():
    """Ann and Bob share a device; only Ann has that e-mail address."""
    with Lifecycle.open("memory:", secret="x" * 32) as service:
        service.register("ann", facts=SIGN_UP, identifiers={"email": "Ann@Example.org", "device": "d-1"})
        service.register("bob", facts={**SIGN_UP, "device_is_own": True}, identifiers={"email": "bob@example.org"})
        service.identify("bob", {"device": "d-1"}, facts={"device_recognised": True, "signed_in": True})
        yield service


def test_accounts_are_found_by_what_they_are_known_by(accounts):
    """However it is written, as the account stands now; those that took it last come first."""
    assert [each.id for each in accounts.known_by({"email": "ann@example.ORG"})] == ["ann"]
    assert [each.id for each in accounts.known_by({"device": "d-1"})] == ["bob", "ann"]
    assert accounts.known_by({"email": "nobody@example.org"}) == ()
    assert accounts.known_by({"email": "ann@example.org"})[0] == accounts.account("ann")


def test_several_identifiers_have_to_fit_together(accounts):
    """An account is found only if all of them are its own."""
    assert [each.id for each in accounts.known_by({"device": "d-1", "email": "ann@example.org"})] == ["ann"]
    assert accounts.known_by({"device": "d-2", "email": "ann@example.org"}) == ()


def test_what_cannot_be_looked_for_is_refused(accounts):
    """Nothing named, an unknown kind, and a service without a secret, which keeps no hashes."""
    for wrong in ({}, {"face": "x"}):
        with pytest.raises(BadRequest):
            accounts.known_by(wrong)
    with Lifecycle.open("memory:") as bare, pytest.raises(SecretMissing):
        bare.known_by({"email": "ann@example.org"})


def test_it_can_be_awaited(accounts):
    """The same door for a service that awaits."""

    async def ask():
        return [each.id for each in await AsyncLifecycle(accounts).known_by({"email": "ann@example.org"})]

    assert asyncio.run(ask()) == ["ann"]
