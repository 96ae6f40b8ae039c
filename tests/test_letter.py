"""The letter that ends a membership: what it says, when it is refused, and that nobody's name is kept."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import attrs
import memberships as m
import pytest
import support as s
from command_line import cli
from memberships import POSTED, TOOLS
from support import DAY, HOLDER, START

from lifecycle.errors import BadRequest, LetterIncomplete
from lifecycle.model import Account
from lifecycle.policy.letter import Letter, Particulars, particulars, termination_letter
from lifecycle.policy.parameters import Parameters
from lifecycle.replay import simulated

GIVEN: dict[str, Any] = {
    "name": "Sam Sample",
    "sender_address": "1 Any Street, Anytown",
    "account": "sam at example.org",
    "contract": "VIP-123456",
    "reference": "ORD-778899",
    "signature": "Sam Sample, by hand",
    "dated": dt.date(2026, 2, 20),
    "end": dt.date(2026, 3, 14),
}
MANDATORY = tuple(GIVEN)


def written(world: s.World | None = None, p: Parameters | None = None, **changed: Any) -> Letter:
    """The letter for a paid membership, with all it needs unless changed."""
    account = (world or m.paid()).account
    return termination_letter(account, Particulars(**{**GIVEN, **changed}), p or Parameters())


def test_what_the_letter_says() -> None:
    """It says who, what, from when, and asks for no renewal, no charge and a written confirmation."""
    text = written().text
    for said in (
        "Sam Sample\n1 Any Street, Anytown",
        "400 S El Camino Real, Suite 400, San Mateo, CA 94402, United States",
        "20 February 2026\nBy registered post with return receipt",
        "Notice that ends the membership VIP-123456",
        "This decision is firm",
        "with the account sam at example.org, reference ORD-778899",
        "agreement agr-2026-us for the region US, taken up on 2 February 2026 through invitation",
        "It shall end on 14 March 2026.",
        "Should this notice reach you later, it shall end on the day on which it reaches you.",
        "The period paid for lasts until 2 February 2027; it shall not be renewed.",
        "From 14 March 2026 on charge nothing",
        "Confirm to me in writing that this notice arrived",
        "final statement",
        "the federal rules on offers that take silence for consent and the law of my state on automatic renewal",
        "I keep a full copy of this notice, and the proof that it was sent.",
        "Sam Sample, by hand",
    ):
        assert said in text
    assert not any(word in text for word in ("Erase", "Close my account", "Work out", "personal data", "{", "None"))


def test_what_the_letter_may_ask_besides() -> None:
    """A refund, the closing of the account and the erasure of the data are asked for only where the member wants it."""
    text = written(asks_refund=True, asks_closure=True, asks_erasure=True).text
    assert "Work out what is to be paid back to me" in text
    assert "Close my account too." in text
    assert "Erase my personal data, apart from what the law" in text
    assert "the law of my state on personal data" in text


def test_a_trial_and_an_earlier_notice() -> None:
    """The records tell whether a trial is to end, and which fee came after an earlier notice."""
    assert (
        "The trial, which lasts until 4 March 2026, shall not turn into a paid membership." in written(m.trial()).text
    )
    charged = m.renewed_before_delivery(notice_effective_basis="posted")
    told = "The fee of 2 February 2027 was charged after my first notice counted."
    assert told in written(charged, asks_refund=True).text
    assert told not in written(asks_refund=True).text


@pytest.mark.parametrize("blank", MANDATORY)
def test_a_blank_is_refused(blank: str) -> None:
    """Each thing the letter must say is asked for by name when it is blank, and no value is shown."""
    empty = None if blank in ("dated", "end") else "  "
    with pytest.raises(LetterIncomplete) as refused:
        written(**{blank: empty})
    assert refused.value.missing == (blank,)
    assert "Sam" not in str(refused.value)


def test_every_blank_is_listed() -> None:
    """All blanks are named at once, with a channel or jurisdiction that the policy does not know."""
    with pytest.raises(LetterIncomplete) as refused:
        termination_letter(m.paid().account, Particulars(jurisdiction="gb", channel="message"), Parameters())
    assert refused.value.missing == (*MANDATORY, "jurisdiction", "channel")


def test_no_membership_no_letter() -> None:
    """Without a membership that runs there is nothing to end."""
    ended = m.trial().do("cancel_membership", HOLDER, TOOLS).account
    for account in (Account("acc"), s.active().account, ended):
        with pytest.raises(BadRequest, match="no membership that a notice could end"):
            termination_letter(account, Particulars(**GIVEN), Parameters())


@pytest.mark.parametrize("channel", ["registered_post", "certified_email"])
def test_the_letter_is_a_valid_notice(channel: str) -> None:
    """What the letter says is what `send_notice` asks for: its facts pass every guard."""
    letter = written(channel=channel, asks_closure=True, agreement_address="2 Other Street")
    facts = {**letter.facts, "memberships_found": 1}
    world = m.paid().wait(18 * DAY).do("send_notice", HOLDER, facts, POSTED)
    assert m.notice(world).asks_closure
    assert m.notice(world).named_end == dt.datetime(2026, 3, 14, tzinfo=dt.UTC)


@pytest.mark.parametrize(("given", "p", "goes_to", "which"), [
    ({}, {}, "400 S El Camino Real", "default"),
    ({"channel": "certified_email"}, {}, "AEbuyerservice@", "default"),
    ({"statement_address": "3 Bill Road"}, {}, "3 Bill Road", "statement"),
    ({"statement_address": "3 Bill Road", "agreement_address": "2 Deal Road"}, {}, "2 Deal Road", "agreement"),
    (
        {"statement_address": "3 Bill Road", "agreement_address": "2 Deal Road"},
        {"recipient_address_order": ("statement", "agreement")},
        "3 Bill Road",
        "statement",
    ),
])  # fmt: skip
def test_where_the_letter_goes(given: dict[str, Any], p: dict[str, Any], goes_to: str, which: str) -> None:
    """It goes to the first address that is known, in the order of the policy."""
    letter = written(p=Parameters(**p), **given)
    assert goes_to in letter.text
    assert letter.facts["recipient"] == which


def test_the_letter_follows_the_policy() -> None:
    """Which day counts, and which laws are named, come from the policy and the jurisdiction."""
    posted = written(p=Parameters(notice_effective_basis="posted")).text
    assert "The day on which this notice is posted is the one that counts." in posted
    named = written(p=Parameters(notice_end="as_named")).text
    assert "reach you later" not in named
    assert "the consumer protection law of my province" in written(jurisdiction="ca").text
    british = Parameters(jurisdictions=("gb",), legal_basis=("gb:consumer_rights", "gb:fair_trading_rules"))
    text = written(jurisdiction="gb", p=british).text
    assert "the Consumer Rights Act 2015 and fair trading rules" in text
    assert "I rest this on" not in written(p=Parameters(legal_basis=())).text


def test_nothing_of_a_person_is_shown() -> None:
    """Neither the particulars nor the letter show a name or an address when they are printed in a log."""
    letter, given = written(), Particulars(**GIVEN)
    for value in GIVEN.values():
        if isinstance(value, str):
            assert value not in repr(letter)
            assert value not in repr(given)
    assert not any(str(value) in str(letter.facts) for value in GIVEN.values() if isinstance(value, str))


def test_particulars_are_read_from_a_table() -> None:
    """A table of values becomes particulars; an unknown key or a wrong type is refused without showing the value."""
    assert particulars(GIVEN) == Particulars(**GIVEN)
    with pytest.raises(BadRequest, match='has no "phone"'):
        particulars({"phone": "555"})
    for name, wrong, wanted in (
        ("name", 7, "a text"),
        ("end", "Sam", "a date"),
        ("asks_refund", "Sam", "true or false"),
        ("end", dt.datetime(2026, 3, 14, tzinfo=dt.UTC), "a date"),
    ):
        with pytest.raises(BadRequest, match=f'"{name}" of a letter must be {wanted}$') as refused:
            particulars({name: wrong})
        assert "Sam" not in str(refused.value)


def test_every_mandatory_field_is_a_particular() -> None:
    """The fields tried above are those of the particulars that have no value of their own."""
    empty = {each.name for each in attrs.fields(Particulars) if each.default in ("", None)}
    assert empty - {"agreement_address", "statement_address"} == set(MANDATORY)


@pytest.fixture
def shop(tmp_path):
    """A database with one account in a paid membership, and a file with everything the letter needs."""
    path = tmp_path / "shop.db"
    with simulated(url=f"sqlite:///{path}") as accounts:
        record = {
            "agreement": "agr-2026-us",
            "region": "us",
            "membership_channel": "shop",
            "trial": False,
            "auto_renew": True,
            "period_from": START,
            "period_to": START + 36500 * DAY,
        }
        given = {"membership_state": "paid", "membership": record}
        accounts.import_account("sam", state="active", given=given, at=START)
    lines = [f"{key} = {json.dumps(value) if isinstance(value, str) else value}" for key, value in GIVEN.items()]
    (tmp_path / "letter.toml").write_text("\n".join(lines), encoding="utf-8")
    return path


def test_the_command_prints_the_letter(shop):
    """The letter is written as it is, ready to be printed and signed."""
    ran = cli("notice", "sam", "--particulars", shop.parent / "letter.toml", "--database", shop)
    assert (ran.code, ran.err) == (0, "")
    assert ran.lines[:2] == ["Sam Sample", "1 Any Street, Anytown"]
    assert "Notice that ends the membership VIP-123456" in ran.lines


def test_the_command_prints_the_codes(shop):
    """As JSON it tells the codes to submit, and nothing that names a person."""
    ran = cli("notice", "sam", "--particulars", shop.parent / "letter.toml", "--database", shop, "--json")
    facts = ran.document["facts"]
    assert (facts["recipient"], facts["named_end"]) == ("default", "2026-03-14T00:00:00+00:00")
    assert "signature" in facts["notice_parts"]
    assert "Sam" not in ran.out


def test_the_command_lists_what_is_blank(shop):
    """A file with blanks, and a file that is none, are told in a sentence."""
    words = ("notice", "sam", "--database", shop, "--particulars")
    (shop.parent / "empty.toml").write_text("name = 'Sam'\n", encoding="utf-8")
    ran = cli(*words, shop.parent / "empty.toml")
    assert (ran.code, ran.out) == (2, "")
    assert "the letter cannot be written yet: sender_address, account, contract" in " ".join(ran.err.split())
    assert "Sam" not in ran.err
    assert "cannot be read" in cli(*words, shop.parent / "none.toml").err


def test_a_policy_without_a_letter_says_so(shop, monkeypatch):
    """A policy that has no letter of its own is told so."""
    (shop.parent / "odd_letters.py").write_text(
        "import attrs\nfrom lifecycle import policy\nPOLICY = attrs.evolve(policy(), letter=None)\n", encoding="utf-8"
    )
    monkeypatch.syspath_prepend(str(shop.parent))
    words = ("--particulars", shop.parent / "letter.toml", "--database", shop, "--policy", "odd_letters:POLICY")
    ran = cli("notice", "sam", *words)
    assert (ran.code, ran.out) == (2, "")
    assert "has no letter that ends a membership" in " ".join(ran.err.split())
