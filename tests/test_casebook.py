"""Cases as people handle them: where they are, and what one that is handed in may say."""

from __future__ import annotations

import pytest

from lifecycle import Actor, Evidence, casebook, policy
from lifecycle.replay import simulated
from lifecycle.retelling import NotRetold

CASE = (casebook.shipped()[0] / "g1-deleted-at-once.case.toml").read_text(encoding="utf-8")


def test_an_installed_package_has_the_stories_and_the_real_cases(tmp_path, monkeypatch):
    """Where there is no checkout around it, the package's own folders are taken; nothing else came along."""
    inside = tmp_path / "lifecycle"
    for name in ("story_cases", "real_cases"):
        (inside / name).mkdir(parents=True)
    monkeypatch.setattr(casebook, "__file__", str(inside / "casebook.py"))
    assert casebook.shipped() == (inside / "story_cases", inside / "real_cases")


def test_a_file_may_stand_in_the_place_of_a_folder(tmp_path):
    """One case file is as good as a folder of them, and a broken one is told."""
    path = tmp_path / "mine.case.toml"
    path.write_text(CASE, encoding="utf-8")
    cases, unreadable = casebook.in_folders([path], policy())
    assert (len(cases), unreadable) == (1, [])
    path.write_text("[[case]]", encoding="utf-8")
    cases, unreadable = casebook.in_folders([path], policy())
    assert (cases, len(unreadable)) == ([], 1)


def test_a_text_is_read_without_a_trace_of_where():
    """The case has a name of its own, no path of this machine."""
    (case,) = casebook.written(CASE, policy())
    assert str(case.path) == "yours.case.toml"
    assert casebook.replayed(case, policy()).passed


def test_messages_name_no_file_of_ours():
    """What is wrong with a text is told of the text."""
    with pytest.raises(casebook.NoCase) as told:
        casebook.written("x = 1", policy())
    assert "/" not in str(told.value).replace("and/or", "")


def test_accounts_that_share_a_name_are_numbered():
    """Several cases of one story get ids of their own."""
    (case,) = casebook.written(CASE, policy())
    ids = [id for _, id in casebook.account_ids([case, case, case])]
    assert ids == [case.label, f"{case.label}-2", f"{case.label}-3"]


def test_many_cases_are_replayed_on_one_service():
    """Each is on an account of its own, as if it were alone."""
    (case,) = casebook.written(CASE, policy())
    results = [*casebook.replayed_all([case, case], policy())]
    assert [result.passed for result in results] == [True, True]
    assert results[0].account_id != results[1].account_id


def test_cases_are_loaded_under_their_names():
    """An account in the database is called as its case is."""
    cases = casebook.written(CASE, policy())
    with simulated() as accounts:
        (result,) = casebook.loaded(cases, accounts)
        assert result.passed
        assert [account.id for account in accounts.accounts()] == [result.case.label]


@pytest.mark.parametrize(
    ("written", "says"),
    [
        (lambda text: text.replace("[[case.step]]", "[[case.stop]]", 1), "told as a case"),
        (
            lambda text: text.replace('then  = "suspended"', 'then  = "active"').replace('"under_appeal"', '"active"'),
            "step",
        ),
    ],
)
def test_a_case_is_told_only_if_it_comes_true(monkeypatch, written, says):
    """What was written of a log is read and replayed before anybody sees it."""
    with simulated() as accounts:
        given = {"ground": "platform_rules", "author": "reviewer:r1", "contacts": ["email"]}
        accounts.import_account("bob", state="suspended", given=given)
        documents = [Evidence(kind, kind) for kind in ("passport", "written_commitment", "explanation")]
        accounts.submit("appeal", account="bob", by=Actor.holder("bob"), evidence=documents)
        assert "[[case.step]]" in casebook.told_from(accounts, "bob")
        whole = casebook.case_text
        monkeypatch.setattr(casebook, "case_text", lambda *args: written(whole(*args)))
        with pytest.raises(NotRetold, match=says):
            casebook.told_from(accounts, "bob")
