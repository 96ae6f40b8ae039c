"""The API asked everything its own description allows, and much that it does not: no fault of ours, no undocumented answer."""

from __future__ import annotations

import functools
import zlib

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from prometheus_client import CollectorRegistry
from schemathesis.checks import CHECKS
from shop import SECRET, Shop
from web import SIGN_UP, SUSPENDED, bearer, tokens

from lifecycle import Actor, Evidence, Lifecycle
from lifecycle.http.app import asgi
from lifecycle.http.limits import Limit
from lifecycle.telemetry import Telemetry

ACCOUNTS = ("ann", "bob", "cleo")


@functools.cache
def application():
    """A service with three accounts: active, suspended, under appeal. Without limits, which would end it at once."""
    shop = Shop()
    registry = CollectorRegistry()
    telemetry = Telemetry(metrics=registry)
    accounts = Lifecycle.open("memory:", secret=SECRET, gather=shop.gather, clock=shop.clock, telemetry=telemetry)
    accounts.register("ann", facts=SIGN_UP)
    for name in ACCOUNTS[1:]:
        accounts.import_account(name, state="suspended", given=SUSPENDED)
    evidence = [Evidence("passport", "p1"), Evidence("explanation", text="why"), Evidence("written_commitment", "w1")]
    accounts.submit("appeal", account="cleo", by=Actor.holder("cleo"), evidence=evidence).raise_for_denial()
    app = asgi(accounts, tokens(), console=False, metrics=registry)
    app.state["lifecycle"].challenges = Limit(10**9, 1)
    return app


schema = schemathesis.openapi.from_asgi("/schema/openapi.json", application(), headers=bearer("shop"))


def asked(case, who):
    """Let somebody ask, mostly about an account there is; a stream is to end once everything was told."""
    headers = bearer(who)
    if case.operation.path == "/events":
        case.query = {"once": "true", **(case.query or {})}
    if case.meta.generation.mode.is_negative:
        # What is wrong with the request is to stay wrong with it: the account, or that nobody is said to ask.
        named = {name.lower() for name in case.headers or {}}
        case.call_and_validate(headers=headers if "authorization" in named else {}, excluded_checks=EXCLUDED)
        return
    chosen = zlib.crc32(f"{case.query} {case.body}".encode("utf-8", "surrogatepass"))
    if "account" in (case.path_parameters or {}) and chosen % 4:
        case.path_parameters["account"] = ACCOUNTS[chosen % 3]
    if case.operation.path == "/events":
        case.query["once"] = "true"
    case.call_and_validate(headers=headers, excluded_checks=EXCLUDED)


EXCLUDED = [
    # Many described requests make no sense for the account as it stands, or under the policy of the service, which is the
    # point of it; and whether a key or a version is needed depends on who asks.
    CHECKS.get_one("positive_data_acceptance"),
]


@pytest.mark.parametrize("who", ["shop", "both", "ann", "nobody"])
def test_ready(who):
    """Everybody there is a token for can be told."""
    assert tokens().of(f"lct_{who}") is not None


@schema.parametrize()
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
def test_whatever_a_service_asks(case):
    """A service of the host's gets documented answers only, of the documented shape."""
    asked(case, "shop")


@schema.parametrize()
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
def test_whatever_people_ask(case):
    """So does somebody with two roles."""
    asked(case, "both")


@schema.parametrize()
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
def test_whatever_a_holder_asks(case):
    """So does a holder."""
    asked(case, "ann")


@schema.parametrize()
@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
def test_whatever_nobody_asks(case):
    """Whoever shows nothing is told so, whatever they ask."""
    case.headers = {name: value for name, value in (case.headers or {}).items() if name.lower() != "authorization"}
    answer = case.call(headers={"Authorization": ""})
    assert answer.status_code in (401, 404, 405), answer.status_code
