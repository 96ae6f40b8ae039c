"""What tests over HTTP share: a service with one suspended account and one that is active, and clients of it."""

from __future__ import annotations

import pytest
from shop import SECRET
from web import SIGN_UP, SUSPENDED, Web

from lifecycle import Lifecycle


@pytest.fixture
def service(shop):
    """Ann's account is active, Bob's suspended."""
    with Lifecycle.open("memory:", secret=SECRET, gather=shop.gather, clock=shop.clock) as accounts:
        accounts.register("ann", facts=SIGN_UP, identifiers={"email": "ann@example.org"})
        accounts.import_account("bob", state="suspended", given=SUSPENDED)
        yield accounts


@pytest.fixture
def web(service):
    """The service over HTTP."""
    return Web(service)
