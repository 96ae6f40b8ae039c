"""A policy of one's own: parts added, replaced and taken away, all mistakes at once, and found by its name."""

from __future__ import annotations

import re
from collections.abc import Mapping

import attrs
import pytest
from command_line import cli
from support import START

from lifecycle import Lifecycle, OwnParameters, Parameters, State, composed, extended, policy, policy_named
from lifecycle.choosing import NoPolicy
from lifecycle.errors import BadParameters, BadRequest, PolicyError
from lifecycle.facts import Facts
from lifecycle.model import Actor, Role
from lifecycle.policy.parameters.naming import days, named, table
from lifecycle.rows import (
    Doors,
    Ground,
    Notice,
    Notify,
    StartTimer,
    Then,
    TimerRule,
    Transition,
    guard,
    not_before,
)

GUIDES = policy()
PAUSE = next(row for row in GUIDES.rows if row.name == "pause:active:agent")


class ShopFacts(Facts):
    """What one shop knows beside."""

    likes_us: bool = True


@guard("The holder likes us.", otherwise="Be nice.", needs=("likes_us",), cites=("D-09",))
def holder_likes_us(account, command, p):
    """Whether they do."""
    return command.facts.likes_us


WAVE = Transition(
    title="Wave",
    actors=(Role.HOLDER,),
    trigger="wave",
    source=State.ACTIVE,
    guards=(holder_likes_us,),
    effects=(Notify("waved"), StartTimer("stops_waving", after="hold_recheck")),
    cites=("D-09",),
    chapter="waving",
)
STOP = Transition(
    title="Stop waving",
    actors=(Role.SYSTEM,),
    trigger="stop_waving",
    source=State.ACTIVE,
    cites=("D-09",),
    chapter="waving",
)
PARTS = {
    "facts": ShopFacts,
    "rows": (WAVE, STOP),
    "guards": (holder_likes_us,),
    "notices": (Notice("waved", "somebody waved"),),
    "timers": (TimerRule("stops_waving", "stop_waving", (State.ACTIVE,), "ends it"),),
}


def on_top(base=GUIDES, **more):
    """The guides' policy with a wave in it, and more."""
    return extended(base, name="shop", version="1", **{**PARTS, **more})


def mistakes(make, *args, **parts):
    """What is said of a policy that cannot be built."""
    with pytest.raises(PolicyError) as refused:
        make(*args, **parts)
    return refused.value.mistakes


# --- added -------------------------------------------------------------------------------------------------------


def test_parts_are_added_to_the_guides_policy():
    """Rows, guards, facts, notices and timers stand beside those of the guides, under a name and version of one's own."""
    made = on_top()
    assert (made.name, made.version) == ("shop", "1")
    assert made.rows == (*GUIDES.rows, WAVE, STOP)
    assert made.guards == (*GUIDES.guards, holder_likes_us)
    assert made.notices.keys() - GUIDES.notices.keys() == {"waved"}
    assert made.timers.keys() - GUIDES.timers.keys() == {"stops_waving"}
    with Lifecycle.open("memory:", policy=made) as accounts:
        accounts.import_account("ann", state="active", at=START)
        refused = accounts.submit("wave", account="ann", by=Actor.holder("ann"), facts={"likes_us": False}, at=START)
        assert [refusal.code for refusal in refused.refusals] == ["holder_likes_us"]
        taken = accounts.submit("wave", account="ann", by=Actor.holder("ann"), at=START)
        assert (taken.notices, taken.event.policy) == (("waved",), "1")


def test_a_ground_is_one_entry():
    """A ground that is added stands in the parameters too, where guards, files and cases look it up."""
    spam = Ground("spam_reviews", "the same review was written everywhere", "suspension", ("D-09",))
    made = extended(GUIDES, name="shop", version="1", grounds=(spam,))
    assert made.grounds["spam_reviews"] is made.parameters.grounds["spam_reviews"] is spam
    assert (made.version, made.usual) == ("1", made.parameters)
    assert "spam_reviews" not in GUIDES.grounds
    again = made.changed({"evidence_limit": 3})
    assert again.grounds["spam_reviews"] is spam
    assert again.version.startswith("1+")
    assert again.parameters.evidence_limit == 3


def test_what_is_on_top_stays_when_a_value_changes():
    """Under other parameters the same parts are put on the guides' policy made anew."""
    made = on_top().changed({"open_obligations_policy": "warn"})
    assert {row.trigger for row in made.rows} >= {"wave", "stop_waving"}
    assert made.parameters.open_obligations_policy == "warn"
    assert made.changed({"open_obligations_policy": "block"}).version == "1"


def test_parts_may_depend_on_the_parameters():
    """A part given as a function is asked anew for every set of parameters; rows may be given by chapter."""

    def waving(p):
        return (WAVE, STOP) if p.evidence_limit > 5 else (WAVE, attrs.evolve(STOP, title="Stop it"))

    made = on_top(rows={"waves": waving})
    assert [row.chapter for row in made.rows[-2:]] == ["waves", "waves"]
    assert made.rows[-1].title == "Stop waving"
    assert made.changed({"evidence_limit": 2}).rows[-1].title == "Stop it"


# --- replaced and taken away -------------------------------------------------------------------------------------


@not_before("A year has passed.", otherwise="Wait.", cites=("D-09",))
def signed_in(account, command, p):
    """A year after the account came there."""
    return account.since and p.calendar.add(account.since, days(365))


def test_a_guard_is_replaced_in_every_row():
    """Rows of the guides ask the guard that stands in the place of theirs."""
    made = extended(GUIDES, name="shop", version="1", replacing={"guard signed_in": signed_in})
    before = [row.name for row in GUIDES.rows if any(each.name == "signed_in" for each in row.guards)]
    now = [row.name for row in made.rows if signed_in in row.guards]
    assert before == now != []
    assert sum(each.name == "signed_in" for each in made.guards) == 1


def test_a_row_is_replaced_in_its_place():
    """A row that stands in the place of another keeps its place and its chapter."""
    other = attrs.evolve(PAUSE, actors=(Role.SUPERVISOR,), chapter="")
    made = extended(GUIDES, name="shop", version="1", replacing={"row pause:active:agent": other})
    place = [row.name for row in GUIDES.rows].index("pause:active:agent")
    assert (made.rows[place].name, made.rows[place].chapter) == ("pause:active:supervisor", PAUSE.chapter)
    assert len(made.rows) == len(GUIDES.rows)


def test_what_is_taken_away_is_taken_out_of_rows():
    """A row goes alone; a guard, a notice and a timer go out of the rows that use them; a door to nothing is shut."""
    gone = (
        "row note_further_account:security_locked+suspended+under_appeal:system",
        "notice welcome",
        "guard signed_in",
    )
    rows = [row.name for row in GUIDES.rows if row.trigger == "note_further_account"]
    used = {each.name for row in GUIDES.rows if row.trigger != "note_further_account" for each in row.guards}
    alone = {each.name for row in GUIDES.rows if row.trigger == "note_further_account" for each in row.guards} - used
    gone = [*(f"row {name}" for name in rows), *(f"guard {name}" for name in alone), *gone[1:]]
    made = extended(GUIDES, name="shop", version="1", without=gone)
    assert "note_further_account" not in made.triggers
    assert made.doors.further is None
    assert "welcome" not in made.notices
    assert not [row for row in made.rows for effect in row.effects if effect == Notify("welcome")]
    assert not [row for row in made.rows for each in row.guards if each.name == "signed_in"]


def test_one_policy_of_ones_own_lies_on_top_of_another():
    """A timer and a notice that are taken away go out of the rows that the policy below brought."""
    made = extended(on_top(), name="quiet", version="2", without=("timer stops_waving", "notice waved"))
    (wave,) = (row for row in made.rows if row.trigger == "wave")
    assert (wave.effects, wave.guards) == ((), (holder_likes_us,))
    assert made.changed({"evidence_limit": 3}).rows[-1].trigger == "stop_waving"


def test_facts_are_left_out():
    """A fact that is left out is none any more, and a guard that needs it says so."""
    needed = {name for each in GUIDES.guards for name in each.needs} | {n for row in GUIDES.rows for n in row.needs}
    spare = next(name for name in GUIDES.facts.declared() if name not in needed | GUIDES.facts.RESERVED)
    made = extended(GUIDES, name="shop", version="1", without=(f"fact {spare}",))
    assert spare not in made.facts.declared()
    said = mistakes(extended, GUIDES, name="shop", version="1", without=("fact open_orders",))
    assert 'the guard "orders_are_settled" needs an unknown fact "open_orders".' in " ".join(said)


# --- mistakes ----------------------------------------------------------------------------------------------------


def test_every_mistake_is_told_at_once():
    """What cannot be added, replaced or taken away is named, and what the made policy lacks beside it."""
    said = mistakes(
        on_top,
        rows=(WAVE, WAVE, attrs.evolve(STOP, effects=(Then("nothing"), Notify("wavd")))),
        notices=(Notice("waved", "a"), Notice("welcome", "again"), WAVE),
        guards=(holder_likes_us, GUIDES.guards[0]),
        replacing={"row pause:active:nobody": PAUSE, "guard signed_in": PAUSE, "notice welcome": Notice("hi", "hi")},
        without=("notice welcom", "row pause:active:agent", "walrus tusk", "timer hold_rechek", "fact ordrs"),
        colour="blue",
        citations={"D-09": "again"},
    )
    for part in (
        'two rows are called "wave:active:holder": to change one, name it in replacing',
        'two notices are called "welcome": to change one, name it in replacing',
        "notices must be given a Notice, not a Transition",
        f'two guards are called "{GUIDES.guards[0].name}": to change one, name it in replacing',
        'replacing: there is no row "pause:active:nobody". Did you mean "pause:active:agent"?',
        'replacing "guard signed_in" must be given a Guard, not a Transition',
        'replacing: the notice "welcome" cannot give way to one called "hi"',
        'without: there is no notice "welcom". Did you mean "welcome"?',
        'without: "walrus tusk" must begin with what it is: row, guard, timer,',
        'without: there is no timer "hold_rechek".',
        'without: there is no fact "ordrs".',
        'no part of a policy is called "colour".',
        'citations: there is a "D-09" already',
        'lets follow an unknown trigger "nothing"',
        'sends an unknown notice "wavd". Did you mean "waved"?',
    ):
        assert any(part in each for each in said), (part, said)
    assert len(said) == len(set(said))


def test_a_door_must_lead_somewhere():
    """What the service submits by itself must be a trigger, and what it says must be facts."""
    wrong = Doors(identify="ad_identifier", warn="warn", passed_on=("cookies",), borrowed="lent", statement="because")
    said = mistakes(extended, GUIDES, name="shop", version="1", doors=wrong)
    assert [each for each in said if each.startswith("the door")] == [
        'the door "identify" names an unknown trigger "ad_identifier". Did you mean "add_identifier"?',
        'the door "passed_on" names an unknown fact "cookies". Did you mean "cookies_cleared"?',
        'the door "borrowed" names an unknown fact "lent". Did you mean "entry"?',
        'the door "statement" names an unknown kind of evidence "because".',
    ]


def test_an_entry_that_is_wrong_by_itself_is_named():
    """An entry of a table of the parameters is checked as it is in a file."""
    bad = Ground("bad", "it is bad", "prison", ("D-09",))
    said = mistakes(extended, GUIDES, name="shop", version="1", grounds=(bad,))
    assert any("grounds entry bad" in each and "restricts" in each for each in said), said


def test_a_policy_that_nobody_can_make_anew_keeps_its_tables():
    """A ground cannot be put on a policy that does not say how it is made; rows can."""
    copied = attrs.evolve(GUIDES, name="copied")
    assert on_top(copied).triggers[-1] == "stop_waving"
    spam = Ground("spam_reviews", "the same review everywhere", "suspension", ("D-09",))
    said = mistakes(extended, copied, name="shop", version="1", grounds=(spam,))
    assert 'the policy "copied" does not say how it is made with other parameters' in said


# --- from nothing ------------------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True, slots=False)
class Few(OwnParameters):
    """One value, and one that must be more."""

    least: int = named(1, "the least", "N-1", unit="cats")
    most: int = named(2, "the most", "N-1", unit="cats")

    @classmethod
    def disagreements(cls, values):
        """The least is not more than the most."""
        if values.get("least", 0) > values.get("most", 9):
            yield "least", "may not be more than most"


def test_parameters_of_ones_own_are_checked_together():
    """Every wrong value is told, and what does not fit together."""
    with pytest.raises(BadParameters, match="least cannot be negative"):
        Few(least=-1)
    with pytest.raises(BadParameters, match="least may not be more than most"):
        Few(least=3)


def test_tables_of_ones_own_are_held_against_each_other():
    """What entries of one table take from another is asked of the defaults too, not only of what somebody gives."""
    known = {"spam": Ground("spam", "it was spam", "suspension", ("N-1",))}

    @attrs.frozen(kw_only=True, slots=False)
    class Grounded(OwnParameters):
        grounds: Mapping[str, Ground] = table({}, Ground, "why", "N-1")

        @classmethod
        def strangers(cls, tables):
            """There must be a ground."""
            if not tables["grounds"]:
                yield "grounds", "must hold one at least"

    assert Grounded(grounds=known).grounds is known
    for given in ({}, {"grounds": {}}):
        with pytest.raises(BadParameters, match="grounds must hold one at least"):
            Grounded(**given)


def test_nothing_is_no_policy():
    """From nothing, everything that is missing is named."""
    said = mistakes(composed, Few(), name="cats", version="1", rows=(attrs.evolve(WAVE, guards=()),))
    assert any('sends an unknown notice "waved"' in each for each in said)
    assert any('cites "D-09", which nobody knows' in each for each in said)
    assert any("no row ever leads to security locked" in each for each in said)


def test_facts_from_nothing_are_those_of_the_service_alone():
    """A class begun from nothing has the service's facts and its own; a default of the guides is none of them."""

    class CatFacts(Facts, from_nothing=True):
        kind: str
        cats: int = 0

    assert CatFacts.declared().keys() == Facts.RESERVED | {"kind", "cats"}
    assert "kind" not in CatFacts.optional()
    with pytest.raises(LookupError):
        _ = CatFacts().kind
    with pytest.raises(AttributeError):
        _ = CatFacts().signal
    with pytest.raises(BadRequest, match='no fact is called "open_orders"'):
        CatFacts({"open_orders": 1})


# --- found by its name -------------------------------------------------------------------------------------------

MODULE = """
import attrs
from lifecycle import Parameters, extended, policy
from lifecycle.errors import BadParameters

POLICY = extended(policy(), name="shop", version="9")
NUMBER = 5

def of_parameters(p: Parameters):
    return attrs.evolve(policy(p), name="made")

def of_anything(p):
    return attrs.evolve(policy(p), name="made")

def of_two(a, b):
    return POLICY

def breaks(p: Parameters | None = None):
    raise ValueError("no cats")

def nothing():
    return None
"""


@pytest.fixture
def module(tmp_path, monkeypatch, request):
    """A module of policies beside which one stands; its name is new for each test."""
    name = re.sub(r"\W", "_", f"own_{request.node.name}")
    (tmp_path / f"{name}.py").write_text(MODULE, encoding="utf-8")
    (tmp_path / f"{name}_raises.py").write_text("raise RuntimeError('closed')\n", encoding="utf-8")
    (tmp_path / f"{name}_wrong.py").write_text(
        "from lifecycle import extended, policy\n"
        'POLICY = extended(policy(), name="shop", version="9", without=("row nothing",))\n',
        encoding="utf-8",
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", [*__import__("sys").path])
    return name


@pytest.mark.parametrize("attribute", ["of_parameters", "of_anything"])
def test_a_function_of_parameters_makes_the_policy_anew(module, attribute):
    """A file or a case can then give other values."""
    made = policy_named(f"{module}:{attribute}")
    assert (made.name, made.address) == ("made", f"{module}:{attribute}")
    changed = made.changed({"evidence_limit": 3})
    assert (changed.name, changed.parameters.evidence_limit, changed.address) == ("made", 3, made.address)


@pytest.mark.parametrize(
    ("name", "error", "says"),
    [
        (
            "{}",
            NoPolicy,
            'must be a TOML file of parameters, or be written module:NAME, such as shop.policy:POLICY; it is "{}"',
        ),
        ("no_such_cats:POLICY", NoPolicy, 'there is no module "no_such_cats"'),
        ("{}:POLICI", NoPolicy, 'the module "{}" has no "POLICI". Did you mean "POLICY"?'),
        ("{}:NUMBER", NoPolicy, "{}:NUMBER is a int, not a Policy, nor a function that returns one."),
        ("{}:nothing", NoPolicy, "{}:nothing is a NoneType, not a Policy, nor a function that returns one."),
        ("{}:breaks", PolicyError, "{}:breaks could not be built: ValueError: no cats"),
        ("{}:of_two", PolicyError, "{}:of_two could not be built: it takes parameters, or nothing"),
        ("{}_raises:POLICY", PolicyError, "{}_raises:POLICY could not be built: RuntimeError: closed"),
        ("{}_wrong:POLICY", PolicyError, 'without: there is no row "nothing".'),
    ],
)
def test_a_bad_name_is_told(module, name, error, says):
    """No such module or attribute, no policy, or one that cannot be built: each is said, with what was called so."""
    with pytest.raises(error, match=re.escape(says.format(module))):
        policy_named(name.format(module), called="--policy")


def test_a_file_names_the_policy_it_changes(module, tmp_path):
    """``policy = …`` in a file of parameters says whose they are; all its mistakes are told."""
    file = tmp_path / "shop.toml"
    file.write_text(f'policy = "{module}:POLICY"\n[leaving]\nhold_recheck = "2 hours"\n', encoding="utf-8")
    made = policy_named(str(file))
    assert (made.name, made.version[:2]) == ("shop", "9+")
    assert made.parameters != Parameters()
    ran = cli("policy", "--json", "--policy", file)
    assert (ran.code, ran.document["policy"]["name"]) == (0, "shop")
    file.write_text(f'policy = "{module}:POLICY"\nhold_rechek = "2 hours"\nevidence_limit = 0\n', encoding="utf-8")
    with pytest.raises(BadParameters) as refused:
        policy_named(str(file))
    assert len(refused.value.mistakes) == 2
    file.write_text("policy = 3\n", encoding="utf-8")
    with pytest.raises(BadParameters, match=r'policy must be a text such as "shop\.policy:POLICY"'):
        policy_named(str(file))


def test_a_copy_does_not_say_how_it_is_made():
    """A policy that was copied with other rows cannot be changed by values: it would be made without those rows."""
    copied = attrs.evolve(GUIDES, name="copied")
    assert copied.changed({}) is copied
    with pytest.raises(BadRequest, match="does not say how it is made"):
        copied.changed({"evidence_limit": 3})
