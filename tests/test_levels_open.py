"""Levels are the policy's: any names, none at all, and a policy whose levels contradict themselves is refused whole."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import attrs
import pytest
import support as s
from programmes import Rungs, programme, rungs
from support import HOLDER, START, SYSTEM

from lifecycle import Lifecycle
from lifecycle.cases import read_cases
from lifecycle.diagrams.views import part, whole
from lifecycle.errors import BadParameters, BadRequest, CaseError, LogDamaged, PolicyError, StoreError
from lifecycle.fold import replay
from lifecycle.imports import imported
from lifecycle.loyalty import level_card
from lifecycle.machine import AccountMachine
from lifecycle.model import LEVELS, NO_LEVEL, Level, State
from lifecycle.parameters_file import parameters_of, parameters_text
from lifecycle.policy import policy
from lifecycle.policy.parameters import Parameters
from lifecycle.prose import policy_page
from lifecycle.store.codec import decode_account, decode_event, encode_account, encode_event

FORUM = programme(rungs(newcomer=0, member=5, old_hand=50))
NONE = programme(Rungs())


def test_a_level_is_one_object_for_each_name() -> None:
    """Levels are told apart by identity, wherever their name was read, also after a copy."""
    gold = Level("gold")
    assert gold is Level("gold") is LEVELS["gold"]
    assert copy.deepcopy(gold) is copy.copy(gold) is pickle.loads(pickle.dumps(gold)) is gold
    assert (gold.value, Level("old_hand").words, repr(gold)) == ("gold", "old hand", 'Level("gold")')


@pytest.mark.parametrize("name", ["", "Gold", "a b", "1st", "x" * 33, "gold\n", 7, None])
def test_not_every_word_is_a_level(name: Any) -> None:
    """A level is called by a plain word; what stands in a damaged log makes none."""
    with pytest.raises(ValueError, match="no level can be called so"):
        Level(name)


def test_an_account_begins_at_the_lowest_level_of_its_policy() -> None:
    """Registered or imported, an account stands at the lowest level there is; without levels it stands at none."""
    for shape, level in (({}, "silver"), (FORUM, "newcomer"), (NONE, "no_level")):
        world = s.active(**shape)
        assert world.account.level.value == level
        event = imported(world.machine.policy, "acc", State.ACTIVE, {}, START, SYSTEM)
        assert replay("acc", [event]).level is Level(level)


def test_a_policy_without_levels_has_an_empty_machine() -> None:
    """Nothing is earned, counted or lost, no timer of a level is known, and everything else is as it was."""
    world = s.deleted(**NONE)
    rules = world.machine.policy
    assert (rules.levels, rules.of("level"), rules.states["level"]) == ((), (), ())
    assert not world.machine.engines["level"].states
    assert not {"earn", "recount_level", "forfeit_level", "request_fast_refund"} & set(rules.triggers)
    assert not {"recount_level"} & rules.timers.keys()
    assert rules.benefits == ()
    assert (world.state, world.account.level) == (State.DELETED, NO_LEVEL)
    with pytest.raises(BadRequest, match="the policy has no member levels"):
        level_card(rules, world.account, world.command("", HOLDER))
    assert "## The levels" not in policy_page(rules)


def test_one_level_is_a_programme_too() -> None:
    """A single level is neither left nor reached, and nothing is wrong with that."""
    world = s.active(**programme(rungs(member=0)))
    world.do("earn", HOLDER, {"points_source": "visit"}).tick(100 * s.DAY)
    assert (world.account.level.value, world.account.timer("recount_level") is not None) == ("member", True)


def test_log_and_account_name_their_own_levels() -> None:
    """Events and accounts are read back with levels that no policy at hand has; what is none is damage."""
    world = s.active(**FORUM).do("earn", HOLDER, {"points_source": "club"}).tick(40 * s.DAY)
    (event,) = (event for event in world.events if event.trigger == "recount_level")
    text = encode_event(event)
    assert decode_event(text, "acc", event.version) == event
    assert decode_event(text, "acc", event.version).dest is Level("newcomer")
    with pytest.raises(LogDamaged):
        decode_event(text.replace('"newcomer"', '"New Comer"'), "acc", event.version)
    folded = encode_account(world.account)
    assert decode_account(folded, "acc") == world.account
    with pytest.raises(StoreError):
        decode_account(folded.replace('"newcomer"', "7"), "acc")


def test_a_level_of_another_policy_is_no_way_in() -> None:
    """An account that stands at a level this policy does not have can do nothing with it, and reading it tells so."""
    world = s.active(**FORUM)
    world.account = attrs.evolve(world.account, level=Level("gold"))
    assert world.codes("earn", HOLDER, {"points_source": "visit"}) == ["not_from_this_state"]
    card = level_card(world.machine.policy, world.account, world.command("", HOLDER))
    assert (card.level, card.next_level, card.valid_until) == (Level("gold"), None, None)
    assert not any(each.open for each in card.benefits)


def test_an_import_names_a_level_there_is() -> None:
    """An account cannot arrive at a level, or with a membership, that the policy does not know."""
    with Lifecycle.open("memory:", policy=policy(Parameters(**FORUM))) as accounts:
        accounts.import_account("ann", state="active", given={"level": "member"}, at=START)
        assert accounts.account("ann").level is Level("member")
        with pytest.raises(BadRequest, match=r'the level never stands at "menber"\. Did you mean "member"'):
            accounts.import_account("bob", state="active", given={"level": "menber"}, at=START)
        with pytest.raises(BadRequest, match=r'the membership never stands at "payed"\. Did you mean "paid"'):
            accounts.import_account("bob", state="active", given={"membership_state": "payed"}, at=START)


def test_pictures_and_words_follow_the_levels() -> None:
    """The picture of the level machine, that of one level and the page of the policy show the levels there are."""
    rules = policy(Parameters(**FORUM))
    drawn = whole(rules, "level")
    for name in ("newcomer", "member", "old_hand"):
        assert f'"{name}" [id="s.{name}"' in drawn.dot
        assert f"{name}([" in drawn.mermaid
    assert "silver" not in drawn.dot + drawn.mermaid
    one = part(rules, focus=rules.named["member"])
    assert one is not None
    assert "Raise the level to member" in one.dot
    page = policy_page(rules)
    assert "| old hand | 50 |" in page
    assert "while the level is newcomer" in page


def test_a_case_speaks_of_its_own_levels(tmp_path: Any) -> None:
    """Under its parameters a case knows the levels they name, and no others."""
    path = tmp_path / "x.case.toml"
    text = """
        [[case]]
        title = "A member at once"
        cites = ["G5-20"]
        [case.parameters]
        legacy_mapping = []
        level_upgrades = "at_once"
        [case.parameters.levels]
        silver = false
        gold = false
        platinum = false
        diamond = false
        newcomer = { least = 0 }
        member = { least = 2 }
        [[case.step]]
        at = 2026-02-02T09:00:00Z
        by = "holder"
        does = "earn"
        facts = { points_source = "club" }
        then = ["newcomer", "member"]
        """
    path.write_text(text, encoding="utf-8")
    (case,) = read_cases(path)
    assert case.steps[0].then == (Level("newcomer"), Level("member"))
    path.write_text(text.replace('"member"]', '"gold"]'), encoding="utf-8")
    with pytest.raises(CaseError, match='no state is called "gold"'):
        read_cases(path)


def test_a_programme_reads_back_as_it_was_written() -> None:
    """The printed parameters of another programme are a file that makes the same one."""
    made = Parameters(**{**FORUM, "level_weights": (100, 50), "level_window": 2, "level_review": "anniversary"})
    assert parameters_of(parameters_text(made)) == made
    assert AccountMachine(policy(made)).policy.levels == (Level("newcomer"), Level("member"), Level("old_hand"))


WRONG = """
level_weights = [100, 120]
level_review = "on_entry"
level_review_day = 31
level_window_kind = "since_review"
level_after_review = "reset"
level_downgrades = "never"
inactivity_rule = "monthly_penalty"
level_measure = "money"
level_sources = ["visit"]
level_upgrade = "at_once"
[programme.levels]
silver = { least = 5 }
gold = { least = 200, discount = 120, fast_refund_cap = -1 }
Trial = { least = 300 }
paid = { least = 300 }
legacy = { least = -1 }
"""


CALLED = "a level is called by small letters, digits and _, a letter first, at most 32 of them"


def test_all_mistakes_of_a_programme_are_told_at_once() -> None:
    """Each mistake of a file names its entry: of a level by itself, of the ladder, and of choices that do not fit."""
    with pytest.raises(BadParameters) as caught:
        parameters_of(WRONG)
    assert sorted(caught.value.mistakes) == sorted(
        (
            '"level_upgrade" is no parameter. Did you mean "level_upgrades"?',
            "level_review_day must be a day that every month has, from 1 to 28, not 31",
            "programme.levels entry gold: discount must be from 0 to 100 per cent, not 120",
            "programme.levels entry gold: fast_refund_cap cannot be negative, as -1 is",
            f"programme.levels entry Trial: {CALLED}",
            'programme.levels entry paid: no level can be called "paid": that is a word of the machines',
            'programme.levels entry legacy: no level can be called "legacy": that is a word of the machines',
            "programme.levels entry legacy: least cannot be negative, as -1 is",
            "level_weights must be at most 100 per cent, not 120",
            "level_window_kind cannot be since_review where every entry is a review: nothing would add up",
            "level_after_review cannot be reset where every entry is a review: nothing would add up",
            "inactivity_rule cannot cost a level where every entry is a review: no review sees a month without any",
            "inactivity_rule cannot cost a level where level_downgrades says that none is ever lowered",
            "level_sources must hold purchase where the level is measured in money: nothing else brings any",
        )
    )


@pytest.mark.parametrize(("wrong", "says"), [
    ({"levels": rungs(low=5, high=9)}, "levels must have one at 0, where every account begins; the lowest, low, asks"),
    ({"levels": rungs(low=0, mid=9, high=9)}, "levels must rise: mid and high both begin at 9"),
    ({"levels": rungs(low=0)}, "legacy_mapping must give one of low for each of A0, A1, A2, A3, A4; or none at all"),
    ({"levels": Rungs()}, "legacy_mapping must give one of the levels, of which there are none, for each of A0"),
    ({"level_weights": ()}, "level_weights must give at least one number, such as 100 for all that counts"),
    ({"level_weights": (100, 50)}, "level_weights must give one number, or one for each of the 12 months, not 2"),
    ({"level_weights": (50, 100), "level_window": 2}, "level_weights may not rise: what is older never counts for more"),
    (
        {"level_weights": (100, 50), "level_window": 2, "level_window_kind": "validity"},
        "level_weights give a number for each month of a rolling window, and level_window_kind is validity",
    ),
    (
        programme(rungs(low=0, high=(5, 12)), level_downgrades="never"),
        "levels give months of validity to high, and no level is ever lowered",
    ),
    ({"level_sources": ()}, "level_sources must name something that counts"),
    ({"level_review_days": 0}, "level_review_days must be at least 1, not 0"),
])  # fmt: skip
def test_a_programme_that_contradicts_itself(wrong: dict[str, Any], says: str) -> None:
    """Thresholds, weights and choices that cannot be kept together make no policy."""
    with pytest.raises(BadParameters) as caught:
        Parameters(**wrong)
    assert any(mistake.startswith(says) for mistake in caught.value.mistakes)


def test_rows_and_timers_name_levels_there_are() -> None:
    """A policy whose rows or timers name levels it does not have, or two of one name, is refused with all of them."""
    rules = policy(Parameters(**FORUM))
    fewer = attrs.evolve(rules, levels=(*rules.levels[:2], rules.levels[1], Level("paid")))
    with pytest.raises(PolicyError) as caught:
        AccountMachine(fewer)
    told = str(caught.value)
    assert 'two levels are called "member"' in told
    assert 'a level is called "paid", as a state of account or membership is' in told
    assert 'the timer "recount_level" names the level "old_hand", which the policy does not have' in told
    assert told.count('names the level "old_hand"') > 5


def test_an_account_of_a_case_arrives_at_a_level_there_is(tmp_path: Any) -> None:
    """What a case gives as level or membership is one of those, not just any state."""
    path = tmp_path / "x.case.toml"
    given = '[[case]]\ntitle = "x"\ncites = ["G5-20"]\ngiven = { level = "active", membership_state = "gold" }\n'
    path.write_text(f'{given}[[case.step]]\nat = 2026-02-02T09:00:00Z\nmeanwhile = "x"\n', encoding="utf-8")
    with pytest.raises(CaseError) as caught:
        read_cases(path)
    assert 'no level is called "active"' in str(caught.value)
    assert 'no membership state is called "gold"' in str(caught.value)


def test_the_page_tells_every_choice_of_a_programme() -> None:
    """What is counted over which time, how it is weighted, when it is reviewed and what follows stand in sentences."""
    choices = {
        "level_measure": "counts",
        "level_sources": ("club", "visit"),
        "level_window": 2,
        "level_weights": (100, 40),
        "level_review": "every_days",
        "level_review_days": 10,
        "level_upgrades": "at_once",
        "level_downgrades": "one_step",
        "level_after_review": "aged",
        "level_joining": "by_joining",
    }
    told = policy_page(policy(Parameters(**{**FORUM, **choices})))
    for sentence in (
        "What makes the level is how often something was earned, from club and visit, of the last 2 months.",
        "Of it counts, by months of age, 100 per cent and 40 per cent.",
        "Only an account that has joined the programme has a level.",
        "The level is reviewed every 10 days. A higher level comes at once. A review lowers the level by one step at most.",
        "After a review the count carries 50 per cent of the sum over.",
    ):
        assert sentence in told
    other = {"level_weights": (60,), "level_review": "on_entry", "level_window_kind": "validity"}
    told = policy_page(policy(Parameters(**{**FORUM, **other})))
    assert "since the level was reached or renewed. Of it count 60 per cent." in told
    assert "The level is reviewed with every entry, and when what counts has run out. A review lowers" in told
    told = policy_page(policy(Parameters(**{**FORUM, "level_after_review": "reset"})))
    assert "After a review the count begins anew." in told


def test_nothing_is_left_to_count_between_entries() -> None:
    """Where every entry is a review, one that nobody waits for changes nothing."""
    world = s.active(**FORUM, level_review="on_entry")
    assert world.do("recount_level", SYSTEM).account.level is Level("newcomer")
