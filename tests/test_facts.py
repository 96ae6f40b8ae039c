"""Facts: a name and a type each, never free text, never changed, and never repeated in an error."""

from __future__ import annotations

import copy
import datetime as dt
from typing import Any

import pytest
from support import START

from lifecycle.errors import BadFact, NaiveTime
from lifecycle.facts import FactMissing, Facts

SECRET = "jane@example.org"


class ShopFacts(Facts):
    """The facts of a host that knows more."""

    parcels_lost: int
    colour: str = "blue"


def test_given_facts_are_read() -> None:
    """A fact that was given is an attribute, and known to have been given."""
    facts = Facts({"open_orders": 3, "signed_in": True})
    assert (facts.open_orders, facts.signed_in) == (3, True)
    assert "open_orders" in facts
    assert "refunds_in_flight" not in facts
    assert dict(facts.given()) == {"open_orders": 3, "signed_in": True}


def test_defaults() -> None:
    """A fact with a default can be read though nobody gave it; it does not count as given."""
    facts = Facts()
    assert (facts.channel, facts.knowing_breach, facts.contacts, facts.signal) == ("sms", False, (), None)
    assert "channel" not in facts
    assert facts.recorded() == {}
    assert {"channel", "signal", "ends_at"} <= Facts.optional()
    assert "open_orders" not in Facts.optional()


def test_a_missing_fact_is_its_own_error() -> None:
    """A fact nobody gave raises its own error with its name; a name that is no fact is an AttributeError."""
    with pytest.raises(FactMissing) as missing:
        _ = Facts().open_orders
    assert missing.value.args == ("open_orders",)
    with pytest.raises(AttributeError):
        _ = Facts().open_order
    with pytest.raises(AttributeError):
        _ = Facts()._open_orders


def test_an_unknown_fact() -> None:
    """A misspelt name is refused with the nearest one."""
    with pytest.raises(BadFact, match=r'no fact is called "open_order". Did you mean "open_orders"?'):
        Facts({"open_order": 1})
    with pytest.raises(BadFact, match=r'no fact is called "zzz".$'):
        Facts({"zzz": 1})


@pytest.mark.parametrize(("name", "value", "wanted"), [
    ("open_orders", True, "a whole number"),
    ("open_orders", 1.0, "a whole number"),
    ("open_orders", "1", "a whole number"),
    ("open_orders", None, "a whole number"),
    ("signed_in", 1, "true or false"),
    ("signed_in", "yes", "true or false"),
    ("ground", 7, "a code"),
    ("ground", None, "a code"),
    ("signal", 7, "a code"),
    ("contacts", "email", "a list of codes"),
    ("contacts", ["email", 7], "a list of codes"),
    ("contacts", {"email"}, "a list of codes"),
    ("ends_at", 1770000000, "a date-time"),
    ("ends_at", dt.date(2026, 2, 2), "a date-time"),
])  # fmt: skip
def test_wrong_types(name: str, value: Any, wanted: str) -> None:
    """A value of the wrong type is refused; true is no number and 1 is not true."""
    with pytest.raises(BadFact, match=f'the fact "{name}" must be {wanted}, not a value of type'):
        Facts({name: value})


@pytest.mark.parametrize(("name", "value"), [
    ("ground", SECRET),
    ("ground", "the holder wrote to us"),
    ("ground", ""),
    ("ground", "x" * 65),
    ("ground", "x\n"),
    ("ground", "-x"),
    ("reason", SECRET),
    ("contacts", [SECRET]),
    ("ends_at", SECRET),
])  # fmt: skip
def test_free_text_is_refused_unrepeated(name: str, value: Any) -> None:
    """A text that is no code is refused, and the error does not repeat it."""
    with pytest.raises(BadFact, match=f'the fact "{name}" must be') as refused:
        Facts({name: value})
    assert SECRET not in str(refused.value)
    assert "wrote to us" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_codes_of_any_length_up_to_the_limit() -> None:
    """A code has 1 to 64 characters."""
    assert Facts({"ground": "x" * 64}).ground == "x" * 64
    assert Facts({"ground": "7"}).ground == "7"


def test_negative_numbers() -> None:
    """A count or an amount is never negative; zero is one."""
    with pytest.raises(BadFact, match="cannot be negative"):
        Facts({"wallet_balance": -1})
    assert Facts({"wallet_balance": 0}).wallet_balance == 0


def test_times_are_turned_to_utc() -> None:
    """A date-time or its text is kept in UTC; without an offset it is refused."""
    berlin = dt.timezone(dt.timedelta(hours=1))
    for value in (START.astimezone(berlin), START.astimezone(berlin).isoformat(), "2026-02-02T09:00:00Z"):
        facts = Facts({"ends_at": value})
        assert facts.ends_at == START
        assert facts.ends_at.tzinfo is dt.UTC
        assert facts.recorded() == {"ends_at": "2026-02-02T09:00:00+00:00"}
    for naive in (dt.datetime.fromisoformat("2026-02-02"), "2026-02-02T09:00:00"):
        with pytest.raises(NaiveTime, match='the fact "ends_at" is a date-time without an offset'):
            Facts({"ends_at": naive})
    assert Facts({"ends_at": None}).ends_at is None


def test_facts_never_change() -> None:
    """Facts cannot be set; more facts make new ones, and the newer value wins."""
    facts = Facts({"open_orders": 1})
    with pytest.raises(AttributeError, match="facts are never changed"):
        facts.open_orders = 2  # type: ignore[misc]
    with pytest.raises(TypeError):
        facts.given()["open_orders"] = 2  # type: ignore[index]
    more = facts.plus({"open_orders": 2, "signed_in": True})
    assert (facts.open_orders, more.open_orders, more.signed_in) == (1, 2, True)


def test_equality_hash_and_repr() -> None:
    """Equal facts are equal and hash alike, lists included; a repr shows them in order."""
    one, two = Facts({"contacts": ["email"], "kind": "buyer"}), Facts({"kind": "buyer", "contacts": ("email",)})
    assert one == two
    assert hash(one) == hash(two)
    assert one != {"kind": "buyer"}
    assert one != Facts({"kind": "seller"})
    assert repr(one) == "Facts(contacts=('email',), kind='buyer')"
    assert copy.deepcopy(one) == one


def test_recorded_facts_are_plain() -> None:
    """What an event keeps of facts is JSON data, sorted by name."""
    assert Facts({"kind": "buyer", "contacts": ("email",), "open_orders": 0}).recorded() == {
        "contacts": ["email"],
        "kind": "buyer",
        "open_orders": 0,
    }


def test_a_host_declares_further_facts() -> None:
    """A subclass has all facts and its own, and the parent does not know those."""
    facts = ShopFacts({"parcels_lost": 2, "open_orders": 1})
    assert (facts.parcels_lost, facts.open_orders, facts.colour) == (2, 1, "blue")
    assert type(facts.plus({"colour": "red"})) is ShopFacts
    assert {"parcels_lost", "colour", "open_orders"} <= set(ShopFacts.declared())
    assert "parcels_lost" not in Facts.declared()
    assert "RESERVED" not in Facts.declared()
    with pytest.raises(BadFact):
        Facts({"parcels_lost": 2})


def test_reserved_facts_are_declared() -> None:
    """Every fact that only the service supplies is one the policy may read."""
    assert set(Facts.declared()) >= Facts.RESERVED >= {"code_right"}
