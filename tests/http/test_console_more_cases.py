"""The pages of cases: the list, a case replayed, a case of one's own, and an account told as a case."""

from __future__ import annotations

import datetime as dt
import shutil

import pytest
from desks import Visitor, app_of, staged_accounts

from lifecycle import Lifecycle, casebook, policy
from lifecycle.cases import read_cases
from lifecycle.http.console import shelves
from lifecycle.http.console.case_seen import expected
from lifecycle.http.console.case_shelf import Shelf, Wanted
from lifecycle.http.limits import Limit
from lifecycle.replay import simulated

STORIES, REAL, *_ = casebook.shipped()

GOOD = """
[[case]]
title  = "A lock & a <script>alert(1)</script> that a code opens"
cites  = ["P-05"]
about  = "Told for a test."
chosen = ["Everything."]
starts = "security_locked"
begins = 2026-03-02T09:00:00Z
given  = { ground = "unusual_logins", author = "system:rules", contacts = ["email", "phone"] }

[[case.step]]
after = { minutes = 5 }
by    = "holder"
does  = "send_unlock_code"
facts = { channel = "sms" }
then  = "security_locked"

[[case.step]]
meanwhile = "The phone rings."
after     = { seconds = 5 }

[[case.step]]
after = { seconds = 30 }
by    = "holder"
does  = "verify"
with  = ["right_code"]
then  = "active"
"""
WRONG = GOOD.replace('then  = "security_locked"', 'then  = "active"')
UNKNOWN = GOOD.replace('does  = "verify"', 'does  = "verfy"').replace('"unusual_logins"', '"unusual_logns"')
NOBODY = """
[[case]]
title  = "Nobody may register like this"
cites  = ["P-01"]
starts = "none"

[[case.step]]
at      = 2026-03-02T09:00:00Z
by      = "holder"
does    = "register"
facts   = { registration_fields = 1, verified_by = "link" }
refused = ["sign_up_is_complete"]
"""


@pytest.fixture(scope="module")
def accounts():
    """The accounts of a demo."""
    with staged_accounts() as made:
        yield made


@pytest.fixture(scope="module")
def app(accounts):
    """Their console, with the stories and real cases on the shelf."""
    made = app_of(accounts)
    made.state[shelves.FOLDERS] = (STORIES, REAL)
    return made


@pytest.fixture
def agent(app):
    """A support agent at it."""
    return Visitor(app, "a1")


def test_the_list_tells_every_case_and_what_came_of_it(agent):
    """Each case stands there with its guides and its replay."""
    page = agent.page("/cases")
    assert "21 cases" in page.words
    assert "21 as they say" in page.words
    assert page.links["/console/cases/c-05-three-appeals-in-a-day"] == "C-05"
    assert "Three appeals within twenty-four hours, all rejected" in page.words


@pytest.mark.parametrize(
    ("query", "found", "not_found"),
    [
        ("?guide=G2", "story-G2", "C-05"),
        ("?kind=stories", "story-G1", "C-01"),
        ("?q=three+appeals", "C-05", "C-04"),
        ("?guide=G3&kind=real+cases", "C-04", "C-12"),
        ("?stands=passed", "C-04", "nothing"),
    ],
)
def test_cases_are_picked_out(agent, query, found, not_found):
    """By guide, kind, words and outcome, alone and together."""
    agent.page("/cases")
    page = agent.page(f"/cases{query}")
    labels = [words for link, words in page.links.items() if link.startswith("/console/cases/")]
    assert found in labels
    assert not_found not in labels


@pytest.mark.parametrize("query", ["?q=zebra", "?stands=failed", "?tag=none", "?stands=new&kind=stories"])
def test_where_no_case_fits_the_page_says_what_to_do(agent, query):
    """An empty list is no blank page."""
    agent.send("/cases/replay")
    page = agent.page(f"/cases{query}")
    assert "No case is like this." in page.words
    assert page.links["/console/cases"]


def test_replaying_all_leads_back_to_what_was_picked_out(agent):
    """Whoever replays a part of the list sees that part again."""
    assert agent.send("/cases/replay", guide="G1", kind="stories") == "/cases?guide=G1&kind=stories"
    assert "1 case : 1 as they say" in agent.page("/cases?guide=G1&kind=stories").words


def test_replays_are_counted(accounts):
    """Nobody keeps the service busy with replays alone."""
    app = app_of(accounts)
    app.state[shelves.FOLDERS] = (STORIES,)
    reviewer = Visitor(app, "r1")
    reviewer.page("/cases")
    app.state["lifecycle_cases"].replays = Limit(1, 60)
    reviewer.send("/cases/replay")
    page = reviewer.send("/cases/replay", status=429)
    assert "Too many tries" in page.words


def test_a_case_is_shown_beside_what_was_expected(agent):
    """Every step says what the case claims and what the policy answers, and the picture has its steps."""
    page = agent.page("/cases/c-05-three-appeals-in-a-day")
    assert "Everything came out as the case says." in page.words
    assert "Refused: further appeal is taken" in page.words
    assert "Timers that stand: chase appeal at Wed 11 Mar 2026 09:00" in page.words
    assert 'data-steps="7"' in page.text
    assert "Whoever sends one appeal after another" in page.words
    assert any(link.startswith("/console/policy/trace?guide=G3#G3-43") for link in page.links)


def test_a_step_of_the_picture_has_an_address(agent):
    """Without a script the steps are links, and the picture shows how far it went."""
    whole = agent.page("/cases/c-05-three-appeals-in-a-day")
    early = agent.page("/cases/c-05-three-appeals-in-a-day?step=1")
    assert whole.links["/console/cases/c-05-three-appeals-in-a-day?step=3#path"].startswith("3")
    assert ' later"' not in whole.text
    assert ' later"' in early.text
    assert 'data-step="1"' in early.text
    assert agent.page("/cases/c-05-three-appeals-in-a-day?step=999").status == 200


@pytest.mark.parametrize("path", ["/cases/zebra", "/cases/yours/zebra", "/cases/..%2Fsecret"])
def test_a_case_that_is_none_is_not_found(agent, path):
    """The page says so and leads back."""
    assert "Back to the console" in agent.page(path, 404).words


def test_every_shipped_case_has_a_page(app, accounts):
    """Whatever a case says, its page can be shown."""
    reviewer = Visitor(app, "r1")
    for key in (each.key for each in Shelf((STORIES, REAL), accounts.policy).all()):
        assert "It did not come out" not in reviewer.page(f"/cases/{key}").words


# --- a case of one's own ---------------------------------------------------------------------------------------------


def test_the_form_begins_with_a_case_that_passes(agent):
    """Whoever sends the form as it is sees a case come out as it says."""
    text = agent.page("/cases/yours").text
    example = text.partition("<textarea")[2].partition(">")[2].partition("</textarea>")[0]
    where = agent.send("/cases/yours", text=example.replace("&#34;", '"'))
    assert "Everything came out as the case says." in agent.page(where).words


def test_a_case_that_was_pasted_is_replayed_and_its_words_are_only_words(agent, accounts):
    """What somebody writes is shown as text, and no account is made."""
    before = len([*accounts.accounts()])
    page = agent.page(agent.send("/cases/yours", text=GOOD))
    assert "Everything came out as the case says." in page.words
    assert "<script>alert(1)" not in page.text
    assert "The phone rings." in page.words
    assert len([*accounts.accounts()]) == before


def test_a_case_that_comes_out_otherwise_says_where(agent):
    """The first failed step is named, and those after it were never reached."""
    page = agent.page(agent.send("/cases/yours", text=WRONG))
    assert "It did not come out as the case says." in page.words
    assert "The case says it becomes active; the policy says it stays security locked." in page.words
    assert "was not reached" in page.words
    assert "A case stops at its first step that fails" in page.words


def test_all_mistakes_are_listed_at_once(agent):
    """A word that nobody knows is named with its step and what it may have meant, each one."""
    page = agent.send("/cases/yours", status=422, text=UNKNOWN)
    assert "step 3" in page.words
    assert "verfy" in page.words
    assert "unusual_logns" in page.words
    assert "yours.case.toml" not in page.words
    assert 'id="trouble"' in page.text


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "nothing was handed in"),
        ("not [ toml", "is not TOML"),
        ('policy = "os:getcwd"\n' + GOOD, "runs under this policy"),
        (GOOD.replace("starts", 'policy = "os:getcwd"\nstarts'), "runs under this policy"),
        ("x" * (casebook.MOST_TEXT + 1), "too long"),
        ("".join(GOOD.replace("A lock", f"Lock {n}") for n in range(21)), "21 cases"),
        (GOOD + "\n[[case.step]]\nuntil = 2126-03-02T09:00:00Z\nthen = 'active'\n", "twenty years"),
        (GOOD + "\n[[case.step]]\nwaits = { hours = 1 }\nthen = 'active'\n" * 200, "203 steps"),
    ],
)
def test_what_cannot_be_replayed_is_refused_with_the_reason(agent, text, says):
    """Nothing is run for it, and the text stays in the form."""
    page = agent.send("/cases/yours", status=422, text=text)
    assert says.lower() in page.words.lower()


def test_a_policy_that_a_text_names_is_never_looked_for(agent, tmp_path, monkeypatch):
    """A text from a stranger cannot make the service import anything."""
    (tmp_path / "evil_policy.py").write_text("raise SystemExit(9)", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    for text in ('policy = "evil_policy:POLICY"\n' + GOOD, GOOD.replace("starts", 'policy = "evil_policy:P"\nstarts')):
        agent.send("/cases/yours", status=422, text=text)


def test_a_file_comes_before_the_text(agent):
    """Whoever chooses a file means the file."""
    file = {"file": ("mine.case.toml", NOBODY.encode(), "application/toml")}
    page = agent.page(agent.send("/cases/yours", files=file, text=GOOD))
    assert "Nobody may register like this" in page.words
    assert "Nothing happened to an account." in page.words


def test_a_file_that_is_no_text_is_refused(agent):
    """Bytes that are not UTF-8 are said to be just that."""
    file = {"file": ("mine.case.toml", b"\xff\xfe\x00", "application/toml")}
    assert "not text in utf-8" in agent.send("/cases/yours", status=422, files=file, text="").words.lower()


def test_a_text_with_several_cases_has_a_page_for_each(agent):
    """The cases of one text stand beside each other."""
    where = agent.send("/cases/yours", text=GOOD + NOBODY)
    first = agent.page(where)
    assert f"/console{where}?number=2" in first.links
    second = agent.page(f"{where}?number=2")
    assert second.headings == ["Nobody may register like this"]
    agent.page(f"{where}?number=3", 404)
    agent.page(f"{where}?step=1")


def test_what_was_handed_in_is_for_whoever_did(app, agent):
    """Nobody else finds it, even with its address."""
    where = agent.send("/cases/yours", text=GOOD)
    Visitor(app, "r2").page(where, 404)


def test_only_the_latest_texts_are_kept(agent, app, monkeypatch):
    """Memory does not grow with what people try."""
    monkeypatch.setattr(shelves, "KEPT", 1)
    first = agent.send("/cases/yours", text=NOBODY)
    agent.send("/cases/yours", text=NOBODY)
    agent.page(first, 404)


# --- from an account -------------------------------------------------------------------------------------------------


def test_an_account_is_told_as_a_case_without_anybody_s_name(agent, accounts, tmp_path):
    """The file can be kept, comes out as it says, and names neither the account nor who acted."""
    page = agent.page("/cases/from/C-05")
    assert "It was replayed, and comes out as it says." in page.words
    assert "/console/cases/from/C-05?file=yes" in page.links
    answer = agent.client.get("/console/cases/from/C-05?file=yes")
    assert answer.headers["content-disposition"] == 'attachment; filename="case.case.toml"'
    assert "C-05" not in answer.text
    assert "r9" not in answer.text
    path = tmp_path / "kept.case.toml"
    path.write_text(answer.text, encoding="utf-8")
    assert [casebook.replayed(case, accounts.policy).passed for case in read_cases(path)] == [True]


def test_the_page_of_an_account_leads_to_its_case(agent):
    """Whoever looks at an account can save it."""
    assert "/console/cases/from/C-05" in agent.page("/accounts/C-05").links


def test_an_unknown_account_cannot_be_told(agent):
    """There is nothing to tell of nobody."""
    assert "no such account" in agent.page("/cases/from/nobody", 404).words.lower()


def test_a_log_of_another_policy_says_that_it_cannot_be_told(accounts):
    """Where the log was decided under other values, the page says so instead of failing."""
    other = policy().changed({"extra_appeals": "refuse"})
    changed = Lifecycle.open(accounts.store, policy=other, clock=accounts.clock)
    page = Visitor(app_of(changed), "a1").page("/cases/from/C-05", 409)
    assert "It cannot be told as a case." in page.words


# --- the shelf -------------------------------------------------------------------------------------------------------


def test_files_that_change_are_read_again(tmp_path):
    """Whoever edits a case file sees the new case, and what came of the old one is forgotten."""
    folder = tmp_path / "cases"
    shutil.copytree(STORIES, folder)
    shelf = Shelf((folder,), policy())
    assert shelf.listed(Wanted()).whole == 5
    (folder / "mine.case.toml").write_text(WRONG, encoding="utf-8")
    listed = shelf.listed(Wanted())
    assert (listed.whole, listed.passed, listed.failed) == (6, 5, 1)
    assert shelf.listed(Wanted(stands="failed")).found == 1
    (folder / "mine.case.toml").write_text("broken", encoding="utf-8")
    assert len(shelf.listed(Wanted()).unreadable) == 1


def test_cases_of_one_name_are_told_apart(tmp_path):
    """Two files of one name in two folders keep pages of their own, and so do the cases of one file."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "mine.case.toml").write_text(GOOD + NOBODY, encoding="utf-8")
    assert [each.key for each in Shelf((tmp_path,), policy()).all()] == ["mine", "mine.2", "mine.1-2", "mine.2-2"]


def test_a_long_list_has_pages(tmp_path):
    """A page carries as many cases as somebody reads at once."""
    text = "".join(GOOD.replace("A lock", f"Lock number {n}") for n in range(61))
    (tmp_path / "many.case.toml").write_text(text, encoding="utf-8")
    with simulated() as accounts:
        app = app_of(accounts)
        app.state[shelves.FOLDERS] = (tmp_path,)
        reviewer = Visitor(app, "r1")
        first, second = reviewer.page("/cases?kind=our+own"), reviewer.page("/cases?kind=our+own&number=2")
    assert first.links["/console/cases?kind=our+own&number=2"] == "Further"
    assert second.links["/console/cases?kind=our+own&number=1"] == "Earlier"
    assert "Page 2 of 2" in second.words


def test_a_service_without_cases_says_so(tmp_path):
    """Where there is no case file the page says what a case is."""
    with simulated() as accounts:
        app = app_of(accounts)
        app.state[shelves.FOLDERS] = (tmp_path,)
        assert "There is no case yet." in Visitor(app, "r1").page("/cases").words


def test_the_cases_of_a_policy_of_ones_own_are_those_of_the_project(tmp_path, monkeypatch):
    """The guides' cases belong to the guides' policy."""
    from forum.policy import POLICY as FORUM

    monkeypatch.chdir(tmp_path)
    assert shelves.usual_folders(FORUM) == ()
    (tmp_path / "tests" / "cases").mkdir(parents=True)
    assert shelves.usual_folders(FORUM) == (shelves.PROJECT,)
    assert shelves.usual_folders(policy()) == casebook.shipped()


def test_a_case_is_replayed_once_and_forgotten_with_its_file(tmp_path):
    """Its page needs no list before it; what came of a file that was changed meanwhile is not kept."""
    path = tmp_path / "mine.case.toml"
    path.write_text(GOOD, encoding="utf-8")
    shelf = Shelf((tmp_path,), policy())
    old = shelf.get("mine")
    assert shelf.result(old) is shelf.result(old)
    path.write_text(WRONG, encoding="utf-8")
    assert not shelf.result(shelf.get("mine")).passed
    assert shelf.result(old).passed
    assert not shelf.result(shelf.get("mine")).passed


def test_every_kind_of_claim_is_told_in_words():
    """Whatever a step may claim stands on the page of its case."""
    folder = REAL.parent / "guides" if (REAL.parent / "guides").is_dir() else REAL
    told = set()
    for each in Shelf((folder, REAL.parent / "ours"), policy()).all():
        for step in each.case.steps:
            told |= {line.partition(":")[0].partition(" at ")[0] for line in expected(step, dt.UTC)}
    for words in ("refused", "timers fire", "sends", "timers that stand", "does not send", "overdue", "as before"):
        assert words in told
    assert any(line.startswith("may ") for line in told)
    assert any("possible from" in line for line in told)


def test_a_case_with_other_accounts_shows_its_own_alone(app):
    """What happened to another account of a case is told in the steps; the picture is about the case's own."""
    shared = """
[[case]]
title  = "Somebody else registers"
cites  = ["P-01"]
starts = "active"
begins = 2026-03-02T09:00:00Z

[[case.also]]
account = "other"
starts  = "none"

[[case.step]]
account     = "other"
at          = 2026-03-02T10:00:00Z
by          = "holder"
does        = "register"
identifiers = { email = "person-1" }
facts       = { registration_fields = 4, verified_by = "link" }
then        = "active"

[[case.step]]
until = 2026-03-02T11:00:00Z
then  = "active"
"""
    visitor = Visitor(app, "r2")
    page = visitor.page(visitor.send("/cases/yours", text=shared))
    assert "Everything came out as the case says." in page.words
    assert "The account holder: register for “other”" in page.words
    assert "Nothing happened to an account." in page.words
