"""What a person is known by: when two writings are the same, and what is refused before anything is looked up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.errors import BadRequest
from lifecycle.identity import KINDS, checked_identifiers, same_form


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("email", "Ann@Example.org", " ann@example.ORG "),
        ("email", "ann+shop@example.org", "ann@example.org"),
        ("email", "ann+a+b@example.org", "ANN+c@example.org"),
        ("email", "ann@example.org.", "ann@example.org"),
        ("email", "ann@Bücher.example", "ann@xn--bcher-kva.example"),
        ("email", "ann@bu\u0308cher.example", "ann@b\u00fccher.example"),
        ("email", "\u00c9va@example.org", "e\u0301va@example.org"),
        ("email", "Token-7", "token-7"),
        ("phone", "+49 (30) 12-34", "+493012 34"),
        ("phone", "0049 30 1234", "+49301234"),
        ("phone", "030/1234", "030 12 34"),
        ("phone", "+\uff14\uff19 30 1234", "+49301234"),
        ("phone", "unknown", "UNKNOWN"),
        ("payment", " card-token ", "card-token"),
    ],
)
def test_two_writings_of_the_same(kind: str, one: str, other: str) -> None:
    """Case, spaces, a plus-alias, the way a domain or a number is written: none of it makes somebody else."""
    assert same_form(kind, one) == same_form(kind, other)


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("email", "a.nn@example.org", "ann@example.org"),
        ("email", "ann@example.org", "ann@example.com"),
        ("email", "+shop@example.org", "+other@example.org"),
        ("email", "ann@straße.example", "ann@strasse.example"),
        ("phone", "+49 30 1234", "030 1234"),
        ("phone", "+1 555 1", "+1 555 2"),
        ("payment", "Card-Token", "card-token"),
        ("device", "A1", "a1"),
    ],
)
def test_two_different_ones(kind: str, one: str, other: str) -> None:
    """Dots count, an alias needs a name before it, and tokens of the host are taken letter by letter."""
    assert same_form(kind, one) != same_form(kind, other)


@given(kind=st.sampled_from(KINDS), value=st.text(min_size=1).filter(str.strip))
def test_a_form_is_final(kind: str, value: str) -> None:
    """Whatever was typed, its compared form is text, and comparing the form again changes nothing."""
    form = same_form(kind, value)
    assert form == same_form(kind, form)


def test_what_is_named_is_trimmed_and_kept_as_written() -> None:
    """Messages go to the address as it was typed; only the comparison is blind to how."""
    assert checked_identifiers({"email": " Ann+shop@Example.org "}) == {"email": "Ann+shop@Example.org"}
    assert checked_identifiers(None) == checked_identifiers({}) == {}


@pytest.mark.parametrize(
    ("named", "says"),
    [
        ({"emial": "ann@example.org"}, 'Did you mean "email"'),
        ({"shoe size": "42"}, "Known: email, phone, payment, device"),
        ({7: "42"}, "no kind of identifier"),
        ({"email": ""}, '"email" must be text of 1 to 320'),
        ({"phone": "  "}, '"phone" must be text'),
        ({"phone": 42}, '"phone" must be text'),
        ({"payment": "hunter2" * 50}, '"payment" must be text'),
        (["email"], "must be a mapping"),
    ],
)
def test_what_cannot_be_an_identifier(named: object, says: str) -> None:
    """An unknown kind or an impossible value is an error that does not repeat the value."""
    with pytest.raises(BadRequest, match=says) as caught:
        checked_identifiers(named)  # type: ignore[arg-type]
    assert "hunter2" not in str(caught.value)
    assert "ann@" not in str(caught.value)
