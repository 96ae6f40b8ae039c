"""Grounds as data: one entry is a ground, wherever grounds are used; and what is refused in one that contradicts itself."""

from __future__ import annotations

from typing import Any

import attrs
import pytest
import support as s
import wander
from plans import ways
from support import AGENT, COLLEAGUE, DAY, HOLDER, REVIEWER, START, SUPERVISOR, SYSTEM, World

from lifecycle import Lifecycle
from lifecycle.calendar import BusinessDays
from lifecycle.cases.vocabulary import Vocabulary
from lifecycle.errors import BadParameters, PolicyError
from lifecycle.fold import replay
from lifecycle.machine import AccountMachine
from lifecycle.model import Evidence, Role, State
from lifecycle.parameters_file import changes, parameters_of, parameters_text
from lifecycle.policy import policy
from lifecycle.policy.evidence import EVIDENCE
from lifecycle.policy.grounds import GROUNDS
from lifecycle.policy.parameters import Parameters
from lifecycle.policy.signals import SIGNALS
from lifecycle.policy_check import check_policy
from lifecycle.prose.page import policy_page
from lifecycle.rows import EvidenceKind, Ground, Open, Set, Signal

SPAM = Ground(
    "spam",
    "unwanted posts sent to many",
    "suspension",
    warned=True,
    lead="3 days",
    decided_by=("reviewer",),
    lifted_by=("support", "appeal"),
    ends_after="14 days",
    appeal_sets=(("passport", "explanation"), ("written_commitment", "explanation")),
    signals={"reports": 5},
)
"""A ground of a team's own in one entry."""

REPORTS = Signal("reports", "reports about posts", "times", window="7 days", ground="spam")

IN_A_FILE = """
[grounds.spam]
says        = "unwanted posts sent to many"
restricts   = "suspension"
warned      = true
lead        = "3 days"
decided_by  = ["reviewer"]
lifted_by   = ["support", "appeal"]
ends_after  = "14 days"
appeal_sets = [["passport", "explanation"], ["written_commitment", "explanation"]]
signals     = { reports = 5 }
"""


def under(**parameters: Any) -> World:
    """An account just registered, under parameters that hold tables."""
    world = World()
    world.machine = AccountMachine(policy(Parameters(**parameters)))
    return world.do("register", HOLDER, {**s.SIGN_UP, "kind": "buyer", "contacts": ("email", "phone")})


def with_spam(**more: Any) -> World:
    """The same under the guides' grounds and this one."""
    return under(grounds={**GROUNDS, "spam": attrs.evolve(SPAM, **more)})


def wrong(**parameters: Any) -> tuple[str, ...]:
    """Everything that is wrong with these parameters."""
    with pytest.raises(BadParameters) as refused:
        Parameters(**parameters)
    return refused.value.mistakes


def entry(**fields: Any) -> tuple[str, ...]:
    """Everything that is wrong with a ground of these fields, without the name of the table and of the entry."""
    ground = Ground(**{"name": "spam", "says": "spam", "restricts": "suspension", **fields})
    return tuple(said.removeprefix("grounds entry spam: ") for said in wrong(grounds={**GROUNDS, "spam": ground}))


# --- one entry is a ground -----------------------------------------------------------------------------------------


def test_an_entry_is_the_same_in_python_and_in_a_file() -> None:
    """A ground written in a policy file is the one written in Python, and what is written back is read as the same."""
    made = parameters_of(IN_A_FILE)
    assert made.grounds["spam"] == SPAM
    assert {**made.grounds} == {**GROUNDS, "spam": SPAM}
    assert parameters_of(parameters_text(made)) == made
    assert changes(made)["grounds"]["spam"]["appeal_sets"] == [
        ["passport", "explanation"],
        ["written_commitment", "explanation"],
    ]
    assert policy(made).version != policy().version


def test_a_ground_in_one_entry_is_lived_through() -> None:
    """It is warned about, decided, appealed, rejected, reinstated: every row takes it, and no row was written for it."""
    world = with_spam().do("warn", REVIEWER, {"ground": "spam"}, [s.STATEMENT])
    assert world.account.timer("warning_runs_out").due == START + 3 * DAY
    assert world.codes("suspend", REVIEWER, {"ground": "spam"}, [s.STATEMENT]) == ["warning_ran_out"]
    world.wait(3 * DAY).do("suspend", REVIEWER, {"ground": "spam"}, [s.STATEMENT])
    assert world.account.suspension.ends_at == START + 17 * DAY
    assert world.account.timer("suspension_ends").due == START + 17 * DAY
    sets = [Evidence("written_commitment", "doc-promise"), s.EXPLANATION]
    world.do("appeal", HOLDER, None, sets).do("reject", COLLEAGUE, None, [s.REASONS])
    world.do("reinstate", AGENT, {})
    assert (world.state, world.account.judgements[-1].grounds) == (State.ACTIVE, ("spam",))


def test_plans_and_cases_and_sentences_know_it() -> None:
    """A plan offers its ways out, the page tells all of it, and a case file may name it."""
    world = with_spam().do("warn", REVIEWER, {"ground": "spam"}).wait(3 * DAY)
    world.do("suspend", REVIEWER, {"ground": "spam"}, [s.STATEMENT])
    assert {"suspension_ends", "reinstate", "appeal grant"} <= set(ways(world))
    page = policy_page(world.machine.policy)
    row = next(line for line in page.splitlines() if line.startswith("| spam |"))
    for told in (
        "reviewer",
        "not before 72 hours",
        "5 reports",
        "end by itself after 14 days",
        "Support may settle it",
    ):
        assert told in row
    assert "either a photograph of a passport and a short explanation" in row
    assert Vocabulary.of(world.machine.policy).unknown("ground", "spam") == ""


def test_a_decider_may_choose_another_end() -> None:
    """The period of the ground is what holds where nobody names an end; who decides may name another."""
    world = with_spam(warned=False, lead=None, signals={})
    decided = {"ground": "spam", "ends_at": START + DAY}
    assert world.do("suspend", REVIEWER, decided, [s.STATEMENT]).account.suspension.ends_at == START + DAY


def test_a_lead_in_working_days_counts_working_days() -> None:
    """A lead may be in working days, and the timer then keeps the calendar it was counted in."""
    world = with_spam(lead="3 working days").wait(3 * DAY).do("warn", REVIEWER, {"ground": "spam"})
    timer = world.account.timer("warning_runs_out")
    assert (timer.due, timer.calendar) == (START + 8 * DAY, "mon-fri UTC")
    assert with_spam().do("warn", REVIEWER, {"ground": "spam"}).account.timer("warning_runs_out").calendar is None


def test_other_grounds_keep_their_leads() -> None:
    """A ground with a lead of its own leaves those of the others as they are, also where they are in working days."""
    world = under(grounds={**GROUNDS, "spam": SPAM}, warning_lead_max=BusinessDays(4))
    world.do("warn", REVIEWER, {"ground": "platform_rules"})
    timer = world.account.timer("warning_runs_out")
    assert (timer.due, timer.calendar) == (START + 4 * DAY, "mon-fri UTC")


@pytest.mark.parametrize("role", [Role.AGENT, Role.REVIEWER, Role.SUPERVISOR, Role.SYSTEM])
def test_who_may_decide_is_told_by_the_ground(role: Role) -> None:
    """A ground that names one role is decided by that role and by no other."""
    actors = {Role.AGENT: AGENT, Role.REVIEWER: REVIEWER, Role.SUPERVISOR: SUPERVISOR, Role.SYSTEM: SYSTEM}
    world = under(grounds={**GROUNDS, "spam": Ground("spam", "spam", "suspension", decided_by=(role.value,))})
    for other, actor in actors.items():
        codes = world.codes("suspend", actor, {"ground": "spam"}, [s.STATEMENT])
        assert (codes == []) is (other is role)


def test_nobody_decides_where_no_ground_names_them() -> None:
    """Under the guides' grounds no row lets a supervisor lock or suspend, and no row asks who may decide."""
    rows = [row for row in policy().rows if row.trigger in ("lock", "suspend")]
    assert {role for row in rows for role in row.actors} == {Role.SYSTEM, Role.AGENT, Role.REVIEWER}
    assert "role_may_decide_on_this_ground" not in {guard.name for guard in policy().guards}


def test_a_signal_of_its_own_is_counted_and_warns(shop: Any) -> None:
    """Beside the ground an entry for its signal lets the service count: at the limit it warns."""
    rules = policy(Parameters(grounds={**GROUNDS, "spam": SPAM}, signals={**SIGNALS, "reports": REPORTS}))
    with Lifecycle.open("memory:", policy=rules, gather=shop.gather, clock=shop.clock) as accounts:
        accounts.import_account("ann", state="active")
        for _ in range(4):
            seen = accounts.observe("reports", account="ann")
        assert (seen.count, seen.limit, seen.decision) == (4, 5, None)
        assert accounts.observe("reports", account="ann").decision.allowed
        assert accounts.account("ann").warning.ground == "spam"


def test_a_rule_that_suspends_by_itself_follows_its_ground() -> None:
    """Who comes back with what a banned account had is suspended as the entry says: with an end, without an appeal."""
    entry = attrs.evolve(GROUNDS["reused_identity"], ends_after="30 days", lifted_by=())
    banned = {"banned_links": ("email",), "restricted_links": (), "cookies_cleared": False, "device_recognised": False}
    world = under(grounds={**GROUNDS, "reused_identity": entry}, linkage_suspends_at=1, linkage_same_person_at=1)
    world.do("check_linkage", SYSTEM, banned)
    held = world.account.suspension
    assert (held.ground, held.offers_appeal, held.ends_at) == ("reused_identity", False, START + 30 * DAY)
    assert world.account.timer("suspension_ends").due == START + 30 * DAY


def everywhere(restricts: str, **fields: Any) -> dict[str, Any]:
    """The guides' grounds with these fields for every one of a kind that no rule brings by itself."""
    return {
        name: attrs.evolve(ground, **fields) if ground.restricts == restricts and name != "reused_identity" else ground
        for name, ground in GROUNDS.items()
    }


OTHERWISE: dict[str, dict[str, Any]] = {
    "supervisors alone suspend": {"grounds": everywhere("suspension", decided_by=("supervisor",), signals={})},
    "the system alone locks": {"grounds": everywhere("lock", decided_by=("system",))},
    "agents alone lock": {"grounds": everywhere("lock", decided_by=("agent",), signals={}, warned=False)},
    "everybody locks": {"grounds": everywhere("lock", decided_by=("agent", "reviewer", "supervisor", "system"))},
    "support lifts no lock": {"grounds": everywhere("lock", lifted_by=("code",))},
    "a lock ends by itself": {"grounds": everywhere("lock", ends_after="3 days")},
    "no lock ends by itself": {"grounds": everywhere("lock", ends_after=None, release=None, other_means=False)},
    "no suspension can be appealed": {"grounds": everywhere("suspension", lifted_by=("support",), appeal_evidence=())},
    "every suspension ends": {"grounds": everywhere("suspension", ends_after="30 days")},
    "a grace after every release": {"release_grace": DAY},
    "no kind must match": {"evidence": {name: attrs.evolve(kind, matches=()) for name, kind in EVIDENCE.items()}},
    "nothing proves identity": {
        "evidence": {name: attrs.evolve(kind, identity=False) for name, kind in EVIDENCE.items()}
    },
    "no ground but that of a rule": {"grounds": {"reused_identity": GROUNDS["reused_identity"]}},
}


@pytest.mark.parametrize("what", OTHERWISE)
def test_every_choice_makes_a_policy_that_holds(what: str) -> None:
    """Whatever the entries choose, the rows and guards made of them pass every check, and the page can be written."""
    made = policy(Parameters(**OTHERWISE[what]))
    AccountMachine(made)
    assert "## Grounds" in policy_page(made)


WALKED: dict[str, dict[str, Any]] = {
    **{name: OTHERWISE[name] for name in ("everybody locks", "a lock ends by itself", "every suspension ends")},
    "a grace, and little remembered": {"release_grace": DAY, "judgements_limit": 1},
    "an own ground": {"grounds": {**GROUNDS, "spam": attrs.evolve(SPAM, later_deadline=True)}},
}


@pytest.mark.parametrize("what", WALKED)
def test_whatever_happens_state_and_records_agree(what: str) -> None:
    """Under other grounds an account that anything happens to stays one that its log makes, with records that agree."""
    for start in range(4):
        world = under(**WALKED[what])
        for seed in range(start * 100, start * 100 + 40):
            wander.step(world, seed)
            assert wander.disagreements(world, world.account) == []
        assert replay("acc", world.events) == world.account
        assert (
            len([each for each in world.account.judgements if each.refs])
            <= world.machine.policy.parameters.judgements_limit
        )


# --- permanence ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name, ground in GROUNDS.items() if ground.restricts == "suspension"])
def test_no_ground_makes_a_suspension_permanent(name: str) -> None:
    """However grave its ground, a suspension is permanent only once somebody decides just that, with reasons."""
    world = under()
    if GROUNDS[name].warned:
        world.do("warn", REVIEWER, {"ground": name}).wait(3 * DAY)
    facts = {"ground": name, "caused_at": START - DAY, "chargeback_on": "order"}
    world.do("suspend", REVIEWER, facts, [s.STATEMENT])
    assert (world.account.suspension.permanent, world.account.suspension.permanent_by) == (False, None)
    assert world.codes("make_permanent", REVIEWER, {"knowing_breach": True}) == ["reasons_are_given"]
    world.do("make_permanent", REVIEWER, {"knowing_breach": True}, [s.REASONS])
    assert (world.account.suspension.permanent, world.account.suspension.permanent_by) == (True, "reviewer:1")


def test_a_row_that_makes_permanent_by_itself_is_refused() -> None:
    """A policy in which a row opens a permanent suspension, or the system makes one permanent, is refused."""
    shipped = policy()
    rows = {row.trigger: row for row in shipped.rows}
    at_once = attrs.evolve(
        rows["check_linkage"], effects=(Open("suspension", fixed={"ground": "x", "permanent": True}),)
    )
    machine = attrs.evolve(rows["suspension_ends"], effects=(Set("suspension", fixed={"permanent": True}),))
    with pytest.raises(PolicyError) as refused:
        check_policy(attrs.evolve(shipped, rows=(*shipped.rows, at_once, machine)))
    said = " ".join(refused.value.mistakes)
    assert "opens a suspension that is permanent at once: permanence is a decision of its own" in said
    assert "lets the system make a suspension permanent: only a person decides that, with reasons" in said


# --- what is refused -----------------------------------------------------------------------------------------------

CONTRADICTIONS: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "warned, and its lead is no period": (
        {"warned": True, "lead": "for_long"},
        ('warned, but lead names no period: no parameter is called "for_long", and it is no time such as "3 days".',),
    ),
    "a lead that is a number": (
        {"warned": True, "lead": "open_disputes_threshold"},
        ('warned, but lead names "open_disputes_threshold", which is no plain period',),
    ),
    "a lead without a warning": (
        {"lead": "3 days", "later_deadline": True},
        ("lead is given, but it is not warned", "later_deadline is given, but it is not warned"),
    ),
    "it runs out before its lead": (
        {"warned": True, "lead": "3 days", "runs_out": "48 hours"},
        ("runs_out 48 hours comes before the lead 3 days is over",),
    ),
    "it runs out before anybody else's lead is over": (
        {"warned": True, "runs_out": "24 hours"},
        ("runs_out 24 hours comes before the lead warning_lead_min is over",),
    ),
    "working days out of order": (
        {"warned": True, "lead": "5 working days", "runs_out": "3 working days"},
        ("runs_out 3 working days comes before the lead 5 working days is over",),
    ),
    "an end beyond all dates": (
        {"ends_after": "40000 days"},
        ('ends_after is too long: "40000 days"; at most 100 years',),
    ),
    "an end that is no period": (
        {"ends_after": "for ever"},
        ('ends_after names no period: no parameter is called "for ever", and it is no time such as "3 days".',),
    ),
    "an unknown role": (
        {"decided_by": ("reviewr",)},
        (
            'decided_by must be "agent" or "reviewer" or "supervisor" or "system", not "reviewr". Did you mean "reviewer"?',
        ),
    ),
    "nobody decides": ({"decided_by": ()}, ("decided_by names nobody: who may decide it?",)),
    "nothing lifts it": (
        {"lifted_by": ()},
        ("is lifted by nothing and never ends: only a person makes a restriction permanent, with reasons",),
    ),
    "a code for a suspension": ({"lifted_by": ("code",)}, ("lifted_by a code: a code opens locks alone",)),
    "papers of an appeal that nobody may send": (
        {"lifted_by": ("support",), "appeal_evidence": ("passport",)},
        ("asks for evidence of an appeal, but no appeal lifts it",),
    ),
    "sets and what stands beside them": (
        {"appeal_sets": (("passport",),), "appeal_evidence": ("dispute_list",)},
        ("appeal_sets and appeal_evidence: the sets replace it, so keep one of them",),
    ),
    "an empty set": (
        {"appeal_sets": ((),)},
        ("appeal_sets holds an empty set: leave appeal_sets out where nothing special is asked for",),
    ),
    "unknown kinds of evidence": (
        {"appeal_sets": (("pasport",), ("invoice",)), "answered_with": "tea_leaves"},
        (
            'asks for an unknown kind of evidence "pasport". Did you mean "passport"?',
            'asks for an unknown kind of evidence "invoice".',
            'asks for an unknown kind of evidence "tea_leaves".',
        ),
    ),
    "a limit that is no number": (
        {"signals": {"reports": "many"}},
        ('names an unknown parameter "many".',),
    ),
    "a limit of none": ({"signals": {"reports": 0}}, ("signals.reports must be at least 1, not 0",)),
    "signals that nobody follows": (
        {"signals": {"reports": 3}, "decided_by": ("reviewer",)},
        ("signals are counted by the system, which may neither warn about it nor decide it",),
    ),
    "a warned lock without the system": (
        {"restricts": "lock", "warned": True, "decided_by": ("agent",)},
        ("warned, and a lock follows a warning by itself: the system must be among those who decide it",),
    ),
    "what is told of locks alone": (
        {"other_means": True, "release": "decline_lock_release", "excused_by": ("explanation",)},
        ("release is told of locks alone", "other_means is told of locks alone", "excused_by is told of locks alone"),
    ),
    "a release without an end": (
        {"restricts": "lock", "release": "decline_lock_release"},
        ("release and other_means say how it ends by itself, but ends_after is missing",),
    ),
    "a release that is no such choice": (
        {"restricts": "lock", "ends_after": "2 days", "release": "support_calendar"},
        ('release names "support_calendar", which is no choice between timer and verification',),
    ),
}


@pytest.mark.parametrize("what", CONTRADICTIONS)
def test_a_contradictory_entry_is_refused_by_name(what: str) -> None:
    """A ground that contradicts itself is refused with every mistake in words that say what is wrong."""
    fields, says = CONTRADICTIONS[what]
    assert entry(**fields) == says


def test_all_mistakes_of_all_entries_are_told_at_once() -> None:
    """Mistakes of several entries and tables come in one error, each with its table and entry."""
    grounds = {
        **GROUNDS,
        "spam": Ground("spam", "spam", "suspension", warned=True, lead="soon"),
        "scam": Ground("scam", "scam", "lock", ends_after="late"),
    }
    signals = {
        **SIGNALS,
        "posts": Signal("posts", "posts", "times", window="a week", ground="spm"),
        "reports": Signal("reports", "reports", "times", ground="spam"),
        "half": Signal("half", "half of it", "share", of=("posts", "nothing"), sample="few"),
    }
    said = wrong(grounds=grounds, signals=signals)
    assert len(said) == 7
    assert said[0].startswith("grounds entry spam: warned, but lead names no period")
    assert said[1].startswith("grounds entry scam: ends_after names no period")
    assert said[2].startswith("signals entry posts: window names no period")
    assert said[3:5] == (
        'signals entry half: names an unknown parameter "few".',
        'signals entry half: is worked out from an unknown signal "nothing".',
    )
    assert said[5] == 'signals entry posts: leads to "spm", and no ground is called so. Did you mean "spam"?'
    assert said[6] == "signals entry reports: leads to spam, whose signals do not say how often is too often"


def test_a_misspelt_file_is_refused_with_all_its_mistakes() -> None:
    """In a file each mistake carries the path of its key, and a word nearly right is named."""
    with pytest.raises(BadParameters) as refused:
        parameters_of("""
            [grounds.spam]
            says = "spam"
            restricts = "suspenson"
            warnd = true
            decided_by = ["reviwer"]
            [grounds.reused]
            says = 3
        """)
    assert set(refused.value.mistakes) == {
        'grounds.spam.restricts must be "lock" or "suspension", not "suspenson". Did you mean "suspension"?',
        'grounds.spam.warnd is no key of it. Did you mean "warned"?',
        (
            'grounds.spam.decided_by must be "agent" or "reviewer" or "supervisor" or "system", not "reviwer". '
            'Did you mean "reviewer"?'
        ),
        "grounds.reused.says must be a text, not a whole number",
        'grounds.reused.restricts is missing: it must be "lock" or "suspension"',
    }


def test_what_rules_name_by_themselves_stays() -> None:
    """A ground that a rule brings by itself cannot be taken away or warned about; a kind that rules ask for stays."""
    others = {name: ground for name, ground in GROUNDS.items() if name != "reused_identity"}
    assert wrong(grounds=others) == ("grounds entry reused_identity cannot be taken away: a rule suspends on it",)
    warned = attrs.evolve(GROUNDS["reused_identity"], warned=True)
    assert wrong(grounds={**GROUNDS, "reused_identity": warned}) == (
        (
            "grounds entry reused_identity: a rule suspends on it at once, "
            "so the system must be able to decide it without a warning"
        ),
    )
    kinds = {name: kind for name, kind in EVIDENCE.items() if name != "reasons"}
    assert wrong(evidence=kinds) == ("evidence entry reasons cannot be taken away: rules ask for it by name",)
    document = attrs.evolve(EVIDENCE["explanation"], form="document")
    assert wrong(evidence={**EVIDENCE, "explanation": document}) == (
        "evidence entry explanation: rules ask for it as a text of the holder",
    )


def test_a_ground_may_be_taken_away() -> None:
    """A ground that no rule names is taken away; its signal then leads nowhere, and nothing refuses the policy."""
    world = under(grounds={name: ground for name, ground in GROUNDS.items() if name != "unpaid_orders"})
    assert world.machine.policy.signals["unpaid_orders"].ground is None
    assert world.codes("suspend", REVIEWER, {"ground": "unpaid_orders"}, [s.STATEMENT]) == [
        "ground_calls_for_a_suspension"
    ]


@pytest.mark.parametrize(("fields", "says"), [
    ({"matches": ("name",), "never_shows": ("name",)}, "matches and never_shows both name name: what is hidden cannot be compared"),
    ({"source": "staff", "identity": True}, "identity and never_shows are asked of what a holder hands in, not of the staff's"),
])  # fmt: skip
def test_a_contradictory_kind_of_evidence_is_refused(fields: dict[str, Any], says: str) -> None:
    """A kind of evidence that contradicts itself is refused by its name."""
    kind = EvidenceKind("invoice", "the invoice of the order", **fields)
    assert wrong(evidence={**EVIDENCE, "invoice": kind}) == (f"evidence entry invoice: {says}",)


def test_a_policy_of_ones_own_is_held_to_the_same() -> None:
    """Tables that came past the parameters are refused all the same when a machine is made of the policy."""
    shipped = policy()
    broken = attrs.evolve(
        shipped,
        grounds={**shipped.grounds, "spam": Ground("spam", "spam", "suspension", cites=("G9-1",), lifted_by=())},
        kinds={**shipped.kinds, "invoice": EvidenceKind("invoice", "x", cites=())},
    )
    with pytest.raises(PolicyError) as refused:
        check_policy(broken)
    assert set(refused.value.mistakes) == {
        'the ground "spam" is lifted by nothing and never ends: only a person makes a restriction permanent, with reasons',
        'the ground "spam" cites "G9-1", which nobody knows',
        'the kind of evidence "invoice" cites nothing: name the rule, contradiction, open point or decision it comes from',
    }
