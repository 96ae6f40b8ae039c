"""The pages of the policy: picture, rules in English, conditions, parameters, tables, trace, and another policy tried."""

from __future__ import annotations

import html

import attrs
import pytest
from desks import Visitor, app_of, staged_accounts
from forum.policy import POLICY as FORUM
from markupsafe import Markup

from lifecycle import casebook, diagrams, policy
from lifecycle.diagrams.chapters import chapters
from lifecycle.http.console import comparing, policy_seen, shelves
from lifecycle.http.console.marked import html_of, inline
from lifecycle.replay import simulated
from lifecycle.rows import Sources

STORIES, REAL, *_ = casebook.shipped()

SOONER = '[recovering]\nappeal_silence = "3 working days"\n'


@pytest.fixture(scope="module")
def accounts():
    """The accounts of a demo."""
    with staged_accounts() as made:
        yield made


@pytest.fixture(scope="module")
def agent(accounts):
    """A support agent at their console, with the stories and real cases on the shelf."""
    app = app_of(accounts)
    app.state[shelves.FOLDERS] = (STORIES, REAL)
    return Visitor(app, "a1")


def test_the_policy_is_drawn_and_has_every_chapter(agent):
    """The overview shows the picture, the same as a table, and a link to each chapter."""
    page = agent.page("/policy")
    assert "<svg" in page.text
    assert "<style" not in page.text
    for name in chapters(policy()):
        assert f"/console/policy/chapters/{name}" in page.links
    assert "The same as a table: " in page.words


@pytest.mark.parametrize("machine", ["membership", "level"])
def test_other_machines_have_pictures_too(agent, machine):
    """The membership and the level are drawn as well."""
    assert f"{machine.capitalize()} lifecycle" in agent.page(f"/policy?machine={machine}").words


@pytest.mark.parametrize("path", ["?machine=zebra", "/chapters/zebra", "/trace?guide=G9", "/parameters?group=zebra"])
def test_what_the_policy_does_not_have_is_not_found(agent, path):
    """A mistyped address leads to a page that says so."""
    agent.page(f"/policy{path}", 404)


def test_every_rule_of_every_chapter_is_told_with_what_it_rests_on(agent):
    """A chapter has a heading for each of its rules, and each cites what it follows."""
    for name, rows in chapters(policy()).items():
        page = agent.page(f"/policy/chapters/{name}")
        for row in rows:
            assert row.name in page.ids
            assert html.escape(row.title, quote=False).replace("'", "&#39;") in page.text
    page = agent.page("/policy/chapters/appeals")
    assert "The account holder may appeal against a suspension ( appeal )" in page.words
    assert page.links["/console/policy/trace?guide=G3#G3-43"].startswith("G3-43")
    assert "One appeal per suspension at a time" in page.words


def test_conditions_are_found_by_their_words(agent):
    """A condition tells what it asks, what else is said, and which rules ask for it."""
    assert f"{len(policy().guards)} conditions" in agent.page("/policy/conditions").words
    page = agent.page("/policy/conditions?q=decides+now+before")
    assert "decider_is_somebody_else" in page.ids
    assert "appeal_was_offered" not in page.ids
    assert "No condition has these words." in agent.page("/policy/conditions?q=zebra").words


def test_parameters_tell_where_they_come_from(agent):
    """Each has its value, what it is, its origin and what it rests on; groups and words pick out."""
    page = agent.page("/policy/parameters?group=recovering&q=silence")
    assert "7 working days" in page.words
    assert "the guides'" in page.words
    assert "p-appeal_silence" in page.ids
    assert "p-registration_required_fields" not in page.ids
    assert "No parameter has these words." in agent.page("/policy/parameters?q=zebra").words


def test_the_parameters_can_be_had_as_a_file_that_changes_nothing(agent):
    """The file that one starts from is read back as the same policy."""
    answer = agent.client.get("/console/policy/parameters?file=yes")
    assert answer.headers["content-disposition"] == 'attachment; filename="policy.toml"'
    with pytest.raises(comparing.NoParameters, match="changes nothing"):
        comparing.other_policy(answer.text, policy())


def test_a_changed_parameter_says_what_it_was():
    """Whoever runs another policy sees which values are not the usual ones."""
    with simulated(policy().changed({"extra_appeals": "refuse"})) as changed:
        page = Visitor(app_of(changed), "a1").page("/policy/parameters?q=extra_appeals")
    assert "refuse instead of take_and_reject" in page.words
    assert "changed" in page.words


def test_the_tables_name_every_ground_and_capability(agent):
    """What an account may do, why it is restricted and what may be handed in stand as tables."""
    page = agent.page("/policy/tables")
    for name in policy().capabilities:
        assert f"<code>{name}</code>" in page.text
    assert "buyer protection" in page.words


def test_the_trace_holds_every_rule(agent):
    """Each guide's rules stand there with what holds each, and the sums are those of the command line."""
    for guide in policy().sources.guides:
        page = agent.page(f"/policy/trace?guide={guide}")
        assert {one for one in policy().sources.rules if one.startswith(guide)} <= set(page.ids)
    found = agent.page("/policy/trace?q=G3-43")
    assert "G3-43" in found.ids
    assert "No rule has these words." in agent.page("/policy/trace?q=zebra").words


@pytest.mark.parametrize("path", ["", "/conditions", "/parameters", "/tables", "/trace", "/compare"])
def test_a_policy_of_ones_own_has_the_same_pages(path):
    """A forum's policy is shown as the guides' is."""
    with simulated(FORUM) as accounts:
        Visitor(app_of(accounts), "a1").page(f"/policy{path}")


def test_a_policy_that_follows_no_text_and_has_no_parameters_says_so():
    """What a policy has not is said in a sentence."""
    bare = attrs.evolve(policy(), sources=Sources(), parameters=policy().parameters)
    with simulated(bare) as accounts:
        assert "This policy follows no text" in Visitor(app_of(accounts), "a1").page("/policy/trace").words


def test_without_graphviz_the_page_says_what_is_missing(agent, monkeypatch):
    """Where nothing can be drawn the sentences are there all the same."""

    def missing(*_args, **_more):
        raise diagrams.DiagramExtraMissing("no Graphviz")

    policy_seen._svg.cache_clear()
    monkeypatch.setattr(policy_seen, "svg", missing)
    page = agent.page("/policy")
    assert "No picture can be drawn here." in page.words
    assert "Appeals" in page.words


# --- another policy --------------------------------------------------------------------------------------------------


def test_another_policy_tells_what_would_come_otherwise_and_changes_nothing(agent, accounts):
    """Decisions, waiting timers and cases that would differ are named; the log and the policy stay as they are."""
    before = [event for _, event in accounts.store.log()]
    page = agent.send("/policy/compare", status=200, text=SOONER)
    assert "7 working days" in page.words
    assert "3 working days" in page.words
    assert "other values: timer chase appeal" in page.words
    assert "/console/accounts/C-09" in page.links
    assert "cases otherwise" in page.words
    assert "/console/cases/c-05-three-appeals-in-a-day" in page.links
    assert [event for _, event in accounts.store.log()] == before
    assert accounts.policy.parameters == policy().parameters


def test_a_policy_that_changes_nothing_that_happened_says_so(agent):
    """Where everything would come out the same the page says that."""
    page = agent.send("/policy/compare", status=200, text="[recovering]\nsecond_appeal_success = 41\n")
    assert "Every decision that is written would come out the same." in page.words
    assert "Every case would still come out as it says." in page.words


def test_rules_that_fall_away_or_are_new_are_named(agent):
    """Some values make other rules."""
    page = agent.send("/policy/compare", status=200, text='[leaving]\nerasure_mode = "automatic"\n')
    assert "Rules that fall away" in page.words
    assert "Rules that are new" not in page.words
    page = agent.send("/policy/compare", status=200, text='[leaving]\nwallet_policy = "warn_and_forfeit"\n')
    assert "Rules that are new" in page.words


def test_a_file_of_parameters_comes_before_the_text(agent):
    """Whoever chooses a file means the file."""
    file = {"file": ("next.toml", SOONER.encode(), "application/toml")}
    assert "3 working days" in agent.send("/policy/compare", status=200, files=file, text="nonsense").words


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("nonsense", "is not TOML"),
        ("", "changes nothing"),
        ('policy = "os:getcwd"', "compared under this policy"),
        ("[recovering]\nappeal_silense = 3\nappeal_words_soft = 'many'\n", "appeal_silence"),
        ("[recovering]\nappeal_words_soft = 'many'\n", "appeal_words_soft"),
        ("x" * (comparing.MOST_TEXT + 1), "too long"),
    ],
)
def test_what_is_no_policy_is_refused_with_every_reason(agent, text, says):
    """A misspelt or impossible value is named, and the text stays in the form."""
    page = agent.send("/policy/compare", status=422, text=text)
    assert says.lower() in page.words.lower()
    assert "No policy can be made of this." in page.words


def test_only_so_many_logs_are_decided_again(agent, monkeypatch):
    """Where there are more accounts than one waits for, the page says how many were looked at."""
    monkeypatch.setattr(comparing, "MOST_ACCOUNTS", 2)
    page = agent.send("/policy/compare", status=200, text=SOONER)
    assert "The logs of the first" in page.words


def test_a_policy_that_nobody_can_make_anew_is_not_compared():
    """A policy that does not say how it is made with other values has none."""
    bare = attrs.evolve(policy(), version="by hand")
    with pytest.raises(comparing.NoParameters, match="does not say how it is made"):
        comparing.other_policy(SOONER, bare)


# --- sentences as HTML -----------------------------------------------------------------------------------------------


def test_sentences_become_html_and_bring_no_markup_of_their_own():
    """What the package writes as Markdown is shown as meant; anything else in it is text."""
    assert inline("**a <b>** and `c&d`, *e*, <sub>`f`</sub>") == Markup(
        '<strong>a &lt;b&gt;</strong> and <code>c&amp;d</code>, <em>e</em>, <small class="quiet"><code>f</code></small>'
    )
    assert inline("so. *(G1-01, <x>)*") == 'so. <span class="cites">G1-01 &lt;x&gt;</span>'
    cite = Markup("<a>{}</a>").format
    assert inline("*(G1-01)*", cite) == '<span class="cites"><a>G1-01</a></span>'


def test_blocks_become_html():
    """Headings, lists, quotes, tables and paragraphs are told apart."""
    text = "# Title\n\n- one\n- two\n  goes on\n\n> said\n> twice\n\n| a | rests on |\n|---|---|\n| x \\| y | G1-01, G1-02 |\n\n### Only\n\nplain\nwords"
    made = html_of(text, Markup("<i>{}</i>").format, level=1)
    assert "<h2>Title</h2>" in made
    assert "<li>two goes on</li>" in made
    assert "<blockquote>said twice</blockquote>" in made
    assert "<td>x | y</td><td><i>G1-01</i> <i>G1-02</i></td>" in made
    assert "<h4>Only</h4>" in made
    assert "<p>plain words</p>" in made
