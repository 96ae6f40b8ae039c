"""Cases with several accounts: read, every mistake told, replayed side by side, pictured, and told again from a log."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from lifecycle import Actor, State
from lifecycle.cases import SUFFIX, Other, read_cases
from lifecycle.cases.others import made_up
from lifecycle.cases.writing import case_text
from lifecycle.cli.stories import case_items
from lifecycle.diagrams.story import story as story_text
from lifecycle.documents import of_case
from lifecycle.errors import CaseError
from lifecycle.identity import KINDS, same_form
from lifecycle.policy import policy
from lifecycle.replay import run, simulated
from lifecycle.retelling import retold
from lifecycle.stories import story

AT = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
OK = {"registration_fields": 4, "verified_by": "link"}

MARKED = """
[[case]]
title         = "Two accounts"
cites         = ["P-54"]
starts        = "under_appeal"
begins        = 2026-03-02T09:00:00Z
given         = { ground = "unpaid_orders", contacts = ["email"] }
facts         = { name_matches = false, cause_remedied = true }
<identifiers> = { <email> = "person-1", <phone> = "phone-1" }

[[case.<also>]]
<account>     = "acc_2"
<starts>      = "<none>"

[[case.also]]
account       = "acc_3"
<given>       = { <ground> = "new_device", contacts = ["email"] }
starts        = "security_locked"
<facts>       = { <packet_fields> = 4 }
identifiers   = { <device> = "device-1" }

[[case.step]]
account       = "<acc_2>"
at            = 2026-03-02T10:00:00Z
by            = "holder"
does          = "register"
<identifiers> = { email = "person-2", phone = "phone-1" }
facts         = { registration_fields = 4, verified_by = "link" }
then          = ["active", "active"]
sends         = ["welcome", "linkage_warning"]
expect        = { linkage = { kinds = ["phone"] } }
note          = "Too soon."

[[case.step]]
after     = { hours = 1 }
by        = "agent"
does      = "open_case"
refused   = ["role_may_never"]

[[case.step]]
account = "acc_3"
by      = "holder"
does    = "send_unlock_code"
then    = "security_locked"

[[case.step]]
account = "acc_3"
by      = "holder"
does    = "verify"
with    = ["wrong_code"]
then    = "security_locked"

[[case.step]]
account = "acc_3"
by      = "agent"
does    = "unlock"
then    = "active"

[[case.step]]
account   = "acc_3"
meanwhile = "It rains there."
facts     = { signed_in = true }

[[case.step]]
account       = "acc_3"
by            = "holder"
does          = "add_identifier"
<identifiers> = { <payment> = "card-1" }
then          = "active"

[[case.step]]
account       = "acc_3"
by            = "holder"
does          = "add_identifier"
identifiers   = { email = "Person-1+again" }
refused       = ["email_is_free"]

[[case.step]]
account = "acc_2"
waits   = { days = 1 }
then    = "active"

[[case.step]]
until  = 2026-03-03T11:00:00Z
then   = "under_appeal"
expect = { strikes = ["multi_account_during_appeal"] }
"""
"""A case that says everything one with several accounts may say; in angle brackets what somebody could mistype."""

SEVERAL = re.sub("[<>]", "", MARKED)


@pytest.fixture
def mistakes(tmp_path):
    """Return the mistakes of a text, without the heading."""

    def found(text):
        path = tmp_path / f"story{SUFFIX}"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(CaseError) as error:
            read_cases(path)
        return [line.strip() for line in str(error.value).splitlines()[1:]]

    return found


def test_everything_is_read(read):
    """Each key of a further account reaches the case, and each step knows whose it is."""
    case = read(SEVERAL)
    second, third = case.also
    assert second == Other("acc_2", starts=None)
    assert (third.name, third.starts) == ("acc_3", State.SECURITY_LOCKED)
    assert (third.given["ground"], third.facts, third.identifiers) == (
        "new_device",
        {"packet_fields": 4},
        {"device": "device-1"},
    )
    assert case.identifiers == {"email": "person-1", "phone": "phone-1"}
    assert [step.account for step in case.steps] == ["acc_2", None, *["acc_3"] * 6, "acc_2", None]
    assert case.steps[0].identifiers == {"email": "person-2", "phone": "phone-1"}
    assert case.steps[0].words == "step 1, the holder does register for acc_2 at 2026-03-02 10:00"
    assert case.steps[8].words == "step 9, the clock moves for acc_2 to 2026-03-03 11:00"


WORDS = re.findall("<(.*?)>", MARKED)


@pytest.mark.parametrize(("number", "word"), [pytest.param(n, word, id=f"{n}-{word}") for n, word in enumerate(WORDS)])
def test_a_typo_in_any_word_is_found(mistakes, number, word):
    """A slip in a key, a kind or a name is told with the case, the slip itself, and the word that was probably meant."""
    pieces = re.split("<.*?>", MARKED)
    slips = [f"{each}x" if n == number else each for n, each in enumerate(WORDS)]
    found = mistakes("".join(a + b for a, b in zip(pieces, [*slips, ""], strict=True)))
    about = [mistake for mistake in found if f'"{word}x"' in mistake]
    assert about
    assert about[0].startswith("case 1")
    assert f'Did you mean "{word}"?' in about[0]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('account       = "acc_3"\ngiven', "given", "also 2: account is missing: what do the steps call it"),
        ('account       = "acc_3"\ngiven', 'account = "The 3rd"\ngiven', "also 2: account: a further account is called by"),
        ('account       = "acc_3"\ngiven', 'account = "acc_2"\ngiven', 'two further accounts are called "acc_2"'),
        ('account       = "acc_3"\ngiven', "account = 3\ngiven", "also 2: account must be a text, not a whole number"),
        ('starts      = "none"', 'starts = "none"\ngiven = {}', "also 1: given says what is imported"),
        ('starts      = "none"', 'starts = "none"\nidentifiers = {}', "also 1: identifiers says what is imported"),
        ('"device-1"', '"4111 1111 1111 1111"', "identifiers: device must be a made-up name such as person-1"),
        ('"person-2"', '"ann@example.org"', "step 1: identifiers: email must be a made-up name"),
        ('"person-2"', "7", "step 1: identifiers: email must be a made-up name"),
        ('"register"', '"open_case"', "step 1: identifiers are named with register and add_identifier only"),
        ('"register"', '"open_case"', 'acc_2, which starts with "none" begins with the trigger register'),
        ('{ payment = "card-1" }', "{}", "identifiers are missing: what is added"),
        ('account = "acc_2"\nwaits', "account = 2\nwaits", "step 9: account must be a text"),
        ('account = "acc_2"\nwaits', 'account = "somebody"\nwaits', "Known: acc_2, acc_3."),
    ],
)  # fmt: skip
def test_each_mistake_has_its_sentence(mistakes, old, new, says):
    """A mistake is told with its case, its account or step, and what is wrong; a value that may be somebody's is not."""
    assert SEVERAL.count(old) == 1
    found = mistakes(SEVERAL.replace(old, new))
    assert any(says in mistake for mistake in found), found
    assert not any("ann@" in mistake or "4111" in mistake for mistake in found)


def test_further_accounts_stand_in_double_brackets(mistakes):
    """A single table, or something else, is no list of further accounts."""
    head = '[[case]]\ntitle = "x"\ncites = ["P-05"]\n'
    step = '[[case.step]]\nat = 2026-03-02T10:00:00Z\nmeanwhile = "y"\n'
    assert any("also must be a list" in m for m in mistakes(f"{head}also = 3\n{step}"))
    assert any("in double brackets" in m for m in mistakes(f"{head}also = [3]\n{step}"))
    assert any("Say who it is in [[case.also]]" in m for m in mistakes(f'{head}{step}account = "acc_2"\n'))


def test_a_case_of_its_own_without_an_account_may_begin_with_another(read, replayed):
    """Where nobody exists yet, somebody else's step may come before the registration."""
    text = """
        [[case]]
        title  = "First another"
        cites  = ["P-99"]
        starts = "none"

        [[case.also]]
        account = "old"

        [[case.step]]
        account = "old"
        at      = 2026-03-02T09:00:00Z
        by      = "holder"
        does    = "reactivate"
        refused = ["not_from_this_state"]

        [[case.step]]
        by    = "holder"
        does  = "register"
        facts = { registration_fields = 4, verified_by = "link" }
        then  = "active"
        """
    assert replayed(text).passed
    assert read(text).also[0].starts is State.ACTIVE


def test_made_up_names_stand_for_something_different_in_every_case():
    """Within a case the same name is the same value; in another it is not, and no value looks real."""
    names = dict.fromkeys(KINDS, "thing-1")
    one, again, other = made_up(names, "a.1"), made_up(names, "a.1"), made_up(names, "a.2")
    assert one == again
    assert not set(one.values()) & set(other.values())
    assert one["email"].endswith(".example")
    assert one["phone"].startswith("+999")
    alias = made_up({"email": "THING-1+x"}, "a.1")["email"]
    assert same_form("email", alias) == same_form("email", one["email"])


def test_accounts_live_side_by_side(read):
    """Each account has its own log, facts and codes; rows and guards of all of them count as covered."""
    case = read(SEVERAL)
    with simulated() as lifecycle:
        result = run(case, lifecycle)
        assert result.problems == ()
        assert sorted(account.id for account in lifecycle.accounts()) == ["story.1", "story.1.and-2", "story.1.and-3"]
        struck = lifecycle.account("story.1").strikes
    assert struck == ("multi_account_during_appeal",)
    assert result.path == ((State.UNDER_APPEAL, State.UNDER_APPEAL, "note_further_account"),)
    assert [event.trigger for event in result.steps[0].elsewhere] == ["note_further_account"]
    assert any(row.startswith("note_further_account") for row in result.rows)
    assert {"accounts_are_one_persons", "email_is_free", "identity_is_shown"} <= result.guards


def test_two_cases_on_one_service_keep_apart(read):
    """The same made-up names in another case are other people's."""
    case = read(SEVERAL)
    with simulated() as lifecycle:
        assert run(case, lifecycle).passed
        assert run(case, lifecycle, account_id="other").passed


def test_a_claim_about_a_further_account_fails_like_any(replayed):
    """What does not come true is told with the account it is about."""
    result = replayed(SEVERAL.replace('linkage = { kinds = ["phone"] }', "linkage = false"))
    (problem,) = result.problems
    assert problem.startswith("step 1, the holder does register for acc_2 at 2026-03-02 10:00: the case says")


def test_a_further_account_that_cannot_begin(replayed):
    """What an import refuses is a problem of the case, with the account's name."""
    (problem,) = replayed(SEVERAL.replace('given       = { ground = "new_device", ', "given = { ")).problems
    assert (
        problem == 'case 1 "Two accounts", acc_3, cannot begin: an account imported as security locked needs "ground"'
    )


def test_a_further_account_is_told_in_sentences(read):
    """Pictures and stories are about the case's own account; the others' steps are told between."""
    with simulated() as lifecycle:
        result = run(read(SEVERAL), lifecycle)
    told = story(result)
    assert [one.trigger for one in told.drawn] == ["note_further_account", "open_case"]
    assert told.states("account") == (State.UNDER_APPEAL,)
    text = story_text(told, policy())
    assert "Another account, “acc_2”, does not exist yet." in text
    assert "Another account, “acc_3”, is **security locked**, known by: device device-1." in text
    assert "It is known by: email person-1; phone phone-1." in text
    assert "“acc_2”: the account holder does register; it is active." in text
    assert "“acc_3”: the account holder does add identifier, which is refused (email_is_free)." in text
    assert "“acc_3”: It rains there." in text
    assert "“acc_2”: It is active." in text
    assert "> Too soon." in text


def test_a_timeline_tells_further_accounts_too(read):
    """In a terminal the others' steps are told between those of the case's own account; a document names them."""
    with simulated() as lifecycle:
        result = run(read(SEVERAL), lifecycle)
    said = str(case_items(result, dt.UTC))
    assert "“acc_3”: a support agent does unlock; it is active." in said
    assert "note further account" in said
    assert [step["account"] for step in of_case(result)["steps"]][:3] == ["acc_2", None, "acc_3"]


def test_identifiers_are_told(read):
    """What an account of the case is known by is said where it is named."""
    text = """
        [[case]]
        title  = "Known"
        cites  = ["P-01"]
        starts = "none"

        [[case.step]]
        at          = 2026-03-02T09:00:00Z
        by          = "holder"
        does        = "register"
        identifiers = { email = "person-1", device = "device-1" }
        facts       = { registration_fields = 4, verified_by = "link" }
        then        = "active"
        """
    with simulated() as lifecycle:
        result = run(read(text), lifecycle)
    assert "Known by: email person-1; device device-1." in story_text(story(result), policy())
    assert "email: person-1" in str(case_items(result, dt.UTC))


# --- told again from a log -------------------------------------------------------------------------------------------


@pytest.fixture
def accounts():
    """A banned account, a locked one, and one that shares something with each of them."""
    with simulated() as service:
        service.clock.now = AT
        banned = {"ground": "harassment", "permanent": True}
        service.import_account("old", state="suspended", given=banned, at=AT, identifiers={
            "email": "old@example.org", "device": "d", "payment": "card",
        })  # fmt: skip
        service.import_account(
            "locked", state="security_locked", given={"ground": "new_device"}, at=AT, identifiers={"phone": "+1 555"}
        )
        service.register("living", identifiers={"email": "living@example.org"}, facts=OK, at=AT)
        known = {"email": "new@example.org", "device": "d", "phone": "+1555"}
        service.register(
            "new", identifiers=known, facts=OK | {"unsalvageable_confirmed": True}, at=AT + dt.timedelta(1)
        )
        for n, named in enumerate(
            ({"email": "Old@example.org"}, {"email": "living+x@example.org"}, {"payment": "card"})
        ):
            service.identify("new", named, facts={"signed_in": True}, at=AT + dt.timedelta(2 + n))
        service.identify("living", {"payment": "card-2"}, facts={"signed_in": False}, at=AT + dt.timedelta(9))
        known = {"email": "began@example.org", "payment": "card-7", "device": "d-7"}
        service.register("began", identifiers=known, facts=OK, at=AT)
        service.submit("lock", account="began", by=Actor.agent("a"), facts={"ground": "new_device"}, at=AT)
        service.register("further", identifiers={"payment": "card-7"}, facts=OK, at=AT + dt.timedelta(1))
        yield service


@pytest.mark.parametrize("account", ["new", "old", "locked", "living", "began"])
def test_a_log_with_links_is_told_again(accounts, account, tmp_path):
    """Whoever an account shared something with is in the case under a made-up name, and it comes out the same."""
    tables = retold(accounts.machine, [*accounts.events(account)], accounts.denials(account))
    text = case_text(tables)
    path = tmp_path / f"again{SUFFIX}"
    path.write_text(text, encoding="utf-8")
    (case,) = read_cases(path)
    with simulated() as service:
        result = run(case, service)
        assert result.problems == ()
        again = [(event.trigger, event.row, event.dest) for event in service.events(case.account_id)]
    assert again == [(event.trigger, event.row, event.dest) for event in accounts.events(account)]
    assert "example.org" not in text
    assert "555" not in text
    assert len(case.also) == {"new": 5, "old": 1, "locked": 1, "living": 0, "began": 1}[account]
