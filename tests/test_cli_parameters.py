"""The command `parameters`, and a file of parameters given to every command that decides."""

import tomllib

import attrs
import pytest
from command_line import cli

from lifecycle import policy
from lifecycle.parameters_file import parameters_of
from lifecycle.policy.parameters import Parameters
from lifecycle.policy.parameters.naming import named_in

NAMES = [each.name for each in named_in(Parameters)]


@pytest.fixture
def shop(tmp_path):
    """A file that changes two parameters."""
    path = tmp_path / "shop.toml"
    path.write_text('wallet_policy = "warn_and_forfeit"\nunlock_code_ttl = "20 minutes"\n', encoding="utf-8")
    return path


def test_every_parameter_is_listed_with_its_origin():
    """Name, value, unit, sentence, kind, origin and rules of each, under its group, within the terminal."""
    ran = cli("parameters")
    assert ran.code == 0
    assert [line.split(" = ")[0] for line in ran.lines if " = " in line] == NAMES
    assert "appeal_words_hard = 200 words" in ran.lines
    assert (
        "unlock_code_ttl = 15 minutes How long an unlock code is accepted. guard · ours · G3-80, A-07, X-37"
        in ran.words
    )
    assert "wallet_policy = block Whether money in the wallet stops a closure (or: warn_and_forfeit)." in ran.words
    assert "RECOVERING" in ran.lines
    assert max(map(len, ran.lines)) <= 80


def test_a_group_alone_can_be_listed():
    """One group is listed by its name; a misspelt one is bad usage with the nearest name."""
    ran = cli("parameters", "--group", "joining")
    assert [line for line in ran.lines if line.isupper()] == ["JOINING"]
    assert "registration_required_fields = 4 fields" in ran.lines
    wrong = cli("parameters", "--group", "joinin")
    assert (wrong.code, wrong.out) == (2, "")
    assert 'no group of parameters is called "joinin". Did you mean "joining"?' in wrong.err


def test_the_printed_file_is_a_policy():
    """The file to start from is TOML with a comment on each parameter, and reads back as the guides' policy."""
    ran = cli("parameters", "--format", "toml")
    assert ran.code == 0
    assert parameters_of(ran.out) == Parameters()
    assert "# How long an unlock code is accepted.\n# A guard, in minutes; ours: G3-80, A-07, X-37.\n" in ran.out
    assert '# One of: "block", "warn_and_forfeit".' in ran.out
    assert list(tomllib.loads(cli("parameters", "--format", "toml", "--group", "leaving").out)) == ["leaving"]


def test_the_document_has_every_parameter():
    """For other programs: value, default, unit, kind, choices, origin and rules as data."""
    document = cli("parameters", "--format", "json").document
    assert document["schema"] == "lifecycle/parameters/1"
    told = {each["name"]: each for each in document["parameters"]}
    assert list(told) == NAMES
    assert told["calendar"]["value"] == {"timezone": "UTC", "country": None, "weekend": ["saturday", "sunday"]}
    assert told["social_providers"]["value"] == ["facebook", "apple", "google"]
    assert told["in_transit_blocks"]["choices"] == [True, False]
    assert told["unlock_code_ttl"] == {
        "name": "unlock_code_ttl",
        "group": "recovering",
        "value": "15 minutes",
        "default": "15 minutes",
        "unit": "minutes",
        "kind": "guard",
        "choices": [],
        "origin": "ours",
        "cites": ["G3-80", "A-07", "X-37"],
        "says": "how long an unlock code is accepted",
    }


def test_what_a_file_changed_is_told(shop):
    """The list says which values a file changed, and what they were."""
    ran = cli("parameters", "--policy", shop)
    assert ran.says(f"2 changed by {shop}")
    assert "unlock_code_ttl = 20 minutes" in ran.lines
    assert ran.says(f"changed by {shop}, else 15 minutes")
    changed = cli("parameters", "--policy", shop, "--format", "json").document["parameters"]
    assert [each["name"] for each in changed if each["origin"] != "ours" and each["origin"] != "the guides'"] == [
        "unlock_code_ttl",
        "wallet_policy",
    ]
    assert (
        parameters_of(cli("parameters", "--policy", shop, "--format", "toml").out).wallet_policy == "warn_and_forfeit"
    )


FORFEITED = """
[[case]]
title = "Money in the wallet is forfeited"
cites = ["X-45"]
facts = { signed_in = true, consequences_read = true, identity_proven = true, open_orders = 0, orders_in_transit = 0, refunds_in_flight = 0, open_disputes = 0, wallet_balance = 500, outstanding_charges = 0, active_subscriptions = 0 }

[[case.step]]
at   = 2020-03-02T09:00:00Z
by   = "holder"
does = "request_closure"
then = "pending_deletion"
"""


def test_every_command_that_decides_takes_the_file(shop, tmp_path):
    """Check, replay, policy and diagram decide, tell and draw under the parameters of the file."""
    case = tmp_path / "my.case.toml"
    case.write_text(FORFEITED, encoding="utf-8")
    for command in ("check", "replay"):
        assert cli(command, case, "--policy", shop).code == 0
        assert "wallet_is_empty" in cli(command, case).words
    assert "20 minutes" in cli("policy", "--policy", shop).words
    assert "20 minutes" not in cli("policy").words
    assert cli("diagram", "--format", "dot", "--policy", shop).code == 0


def test_a_case_that_changes_parameters_says_so(tmp_path):
    """A case under other parameters tells them before its story, and gives them in the document."""
    case = tmp_path / "my.case.toml"
    case.write_text(
        FORFEITED.replace(
            "facts", 'parameters = { wallet_policy = "warn_and_forfeit", hold_recheck = "2 hours" }\nfacts', 1
        ),
        encoding="utf-8",
    )
    ran = cli("replay", case)
    assert ran.code == 0
    assert "The policy is changed for it: wallet_policy is warn_and_forfeit and hold_recheck is 2 hours." in ran.words
    (told,) = cli("replay", case, "--json").document["cases"]
    assert told["parameters"] == {"wallet_policy": "warn_and_forfeit", "hold_recheck": "2 hours"}


def test_a_file_with_mistakes_stops_every_command(shop):
    """Every mistake is on the error output, and the exit code is that of a file that cannot be used."""
    shop.write_text('wallet_polic = "x"\nevidence_limit = 0\n', encoding="utf-8")
    for words in (("parameters",), ("check",), ("policy",), ("diagram",)):
        ran = cli(*words, "--policy", shop)
        assert (ran.code, ran.out) == (2, "")
        assert '"wallet_polic" is no parameter. Did you mean "wallet_policy"?' in ran.err
        assert "evidence_limit must be at least 1, not 0" in ran.err
    gone = cli("check", "--policy", shop.with_name("gone.toml"))
    assert gone.code == 2
    assert "gone.toml cannot be read: No such file or directory" in gone.err


def test_parameters_that_nobody_declared_cannot_be_listed(monkeypatch):
    """A policy whose parameters are not made with named() is told so."""
    odd = attrs.evolve(policy(), parameters=object())
    monkeypatch.setattr("lifecycle.cli.parameters.policy_of", lambda name: odd)
    ran = cli("parameters")
    assert (ran.code, ran.out) == (2, "")
    assert "has no parameters that could be listed: none is made with named()" in ran.err
