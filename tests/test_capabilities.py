"""What an account may do by state, permanence, ground and time: the answer, how long it holds, and cells of one's own."""

from __future__ import annotations

import datetime as dt
import pickle

import attrs
import pytest
import support as s
from command_line import cli
from shop import SECRET, START, Shop
from support import COLLEAGUE, DAY, HOLDER, HOUR, INSTANT, REASONS, REVIEWER, STATEMENT

from lifecycle import Actor, Lifecycle, Parameters, State, policy
from lifecycle.cases.reading import read_cases
from lifecycle.errors import BadParameters, BadRequest, CaseError, PolicyError, TimeBeforeLastEvent
from lifecycle.machine import AccountMachine
from lifecycle.model import Allowance
from lifecycle.parameters_file import parameters_of
from lifecycle.policy.capabilities import CAPABILITIES
from lifecycle.prose.page import policy_page
from lifecycle.rows import Capability

ANN = Actor.holder("ann")
BAN = Actor.reviewer("r1")


def changed(**cells: dict) -> Parameters:
    """Parameters in which these capabilities have other cells."""
    own = {name: attrs.evolve(CAPABILITIES[name], **given) for name, given in cells.items()}
    return Parameters(capabilities={**CAPABILITIES, **own})


def world(parameters: Parameters) -> s.World:
    """An active account under other parameters."""
    made = s.World()
    made.machine = AccountMachine(policy(parameters))
    return made.do("register", HOLDER, {**s.SIGN_UP, "kind": "buyer", "contacts": ("email", "phone")})


def may(made: s.World, name: str, at: dt.datetime | None = None) -> Allowance:
    """What the policy answers."""
    return made.machine.policy.allows(name, made.account, made.command(name, HOLDER, at=at))


# --- the answer --------------------------------------------------------------------------------------------------


def test_an_answer_is_true_where_it_may(accounts, ann):
    """A host asks it as it asks a bool; it names what was asked, and there is no reason against it."""
    answer = accounts.allows(ann, "buy")
    assert answer
    assert (answer.allowed, answer.capability, answer.code, answer.sentence, answer.way_out) == (
        True,
        "buy",
        "",
        "",
        "",
    )
    assert (answer.refusals, answer.earliest) == ((), None)
    assert str(answer) == "may buy"


def test_a_no_says_why_and_what_to_do(accounts, ann):
    """The reason has a code and a sentence, the way out is the first step that nothing known bars."""
    accounts.submit("lock", account=ann, by=Actor.agent("a1"), facts={"ground": "new_device"})
    answer = accounts.allows(ann, "buy")
    assert not answer
    assert (answer.code, answer.sentence) == ("state_allows_it", "The account is in a state that allows it.")
    assert answer.way_out.startswith("Sign in, press the button to unlock")
    (refusal,) = answer.refusals
    assert (refusal.value, refusal.limit) == ({"state": "security locked"}, ["active"])
    assert str(answer).startswith("may not buy now:\n  not yet: The account is in a state that allows it.")


@pytest.mark.parametrize(
    ("made", "says"),
    [
        (s.locked, "Sign in, press the button to unlock"),
        (lambda: s.locked("declined_payments"), "Wait until the lock opens by itself"),
        (s.suspended, "Send one complete appeal"),
        (s.appealed, "Wait for the decision"),
        (s.permanent, "Open a chat with support."),
        (s.deactivated, "Sign in and press Reactivate."),
        (s.deleting, "Step back from the deletion"),
        (s.deleted, "See what is possible now."),
    ],
)
def test_the_way_out_fits_how_the_account_stands(made, says):
    """Each state, and each ground, has a first step of its own."""
    assert may(made(), "buy").way_out.startswith(says)


def test_an_active_account_is_shown_no_way_out():
    """Who may do everything is not told how to get somewhere else."""
    answer = may(s.active(), "see_cause")
    assert (answer.code, answer.way_out) == ("state_allows_it", "See what is possible now.")


@pytest.mark.parametrize(
    ("made", "capability", "earliest"),
    [
        (lambda: s.locked("declined_payments"), "buy", DAY),
        (lambda: s.suspended(ends_at=s.START + 9 * DAY), "see_orders", 9 * DAY),
        (s.closing, "buy", 3 * DAY),
        (s.locked, "buy", None),
        (s.permanent, "buy", None),
        (s.confirmed, "buy", None),
    ],
)
def test_what_ends_by_itself_gives_the_earliest_moment(made, capability, earliest):
    """A timer that leads to where it is allowed tells when; no other timer does."""
    account = made()
    answer = may(account, capability)
    assert answer.earliest == (None if earliest is None else s.START + earliest)


def test_a_condition_that_is_not_met_is_the_reason(accounts, ann):
    """Where the table says yes, the conditions speak: each with its own code and remedy."""
    answer = accounts.allows(ann, "ship_paid_orders", facts={"payment_flagged": True})
    assert (answer.code, answer.refusals[0].value) == ("payment_is_not_flagged", {"payment_flagged": True})
    assert answer.way_out.startswith("Hold the shipment")


# --- how long it holds -------------------------------------------------------------------------------------------


def test_an_answer_holds_until_the_account_moves(accounts, ann):
    """It may be kept beside the account's version: as long as that is the same, so is the answer."""
    answer = accounts.allows(ann, "buy")
    version, at = accounts.account(ann).version, START + HOUR
    assert answer.holds(version, at)
    accounts.submit("lock", account=ann, by=Actor.agent("a1"), facts={"ground": "new_device"})
    moved = accounts.account(ann).version
    assert (answer.holds(moved, at), accounts.allows(ann, "buy").holds(moved, at)) == (False, True)


def test_an_answer_holds_until_the_next_timer(accounts, ann, shop):
    """Before the next timer is due time alone changes nothing; from then on the answer has to be asked for anew."""
    accounts.submit(
        "suspend",
        account=ann,
        by=BAN,
        facts={"ground": "harassment", "ends_at": shop.now + 5 * DAY},
        evidence=[STATEMENT],
    )
    answer, version = accounts.allows(ann, "buy"), accounts.account(ann).version
    end = shop.now + 5 * DAY
    assert (answer.until, answer.earliest) == (end, end)
    assert answer.holds(version, end - INSTANT)
    assert not answer.holds(version, end)
    shop.passes(days=5)
    assert accounts.allows(ann, "buy")
    assert accounts.allows(ann, "buy").version == version


def test_an_answer_that_rests_on_facts_holds_for_its_moment(accounts, ann, shop):
    """What the shop knows may change without the account, so nobody keeps such an answer."""
    answer = accounts.allows(ann, "ship_paid_orders", facts={"payment_flagged": False})
    assert answer
    assert answer.until == shop.now
    assert not answer.holds(answer.version, shop.now)


def test_an_answer_may_be_put_away(accounts, ann):
    """It is kept with its reasons, so that a cache outside of the process can tell them."""
    accounts.submit("deactivate", account=ann, by=ANN)
    answer = accounts.allows(ann, "buy")
    again = pickle.loads(pickle.dumps(answer))
    assert (again, again.refusals) == (answer, answer.refusals)
    assert again.way_out == "Sign in and press Reactivate."


def test_reasons_are_those_of_the_moment_it_was_asked(accounts, ann):
    """Whoever asks why later is told why then, not why now."""
    accounts.submit("deactivate", account=ann, by=ANN)
    answer = accounts.allows(ann, "buy")
    accounts.submit("reactivate", account=ann, by=ANN)
    assert answer.refusals[0].value == {"state": "deactivated"}


def test_a_time_before_the_last_event_is_refused(accounts, ann):
    """As everywhere, nobody asks about a time that the log has left behind."""
    with pytest.raises(TimeBeforeLastEvent):
        accounts.allows(ann, "buy", at=START - DAY)


# --- cells of one's own ------------------------------------------------------------------------------------------


def test_by_default_neither_ground_nor_permanence_matters():
    """The guides' table tells states apart and nothing else."""
    assert not [name for name, each in policy().capabilities.items() if each.permanent or each.grounds]
    assert all(each.cites for each in policy().capabilities.values())


def test_money_may_leave_half_a_year_after_a_permanent_suspension():
    """The time counts from when the suspension was made permanent; exactly then it is allowed."""
    made = world(changed(end_paid_services={"suspended": "no", "permanent": "after 180 days"}))
    made.do("suspend", REVIEWER, {"ground": "harassment"}, [STATEMENT])
    assert may(made, "end_paid_services").code == "state_allows_it"
    made.wait(10 * DAY).do("make_permanent", COLLEAGUE, {"knowing_breach": True}, [REASONS])
    answer, due = may(made, "end_paid_services"), made.now + 180 * DAY
    assert (answer.code, answer.earliest, answer.until) == ("wait_since_the_decision_is_over", due, due)
    assert answer.refusals[0].limit == "after 180 days"
    assert answer.way_out.startswith("Wait until then.")
    assert not may(made, "end_paid_services", at=due - INSTANT)
    assert may(made, "end_paid_services", at=due)


@pytest.mark.parametrize(
    ("ground", "permanent", "allowed"),
    [("harassment", False, False), ("unpaid_orders", False, True), ("unpaid_orders", True, False)],
)
def test_the_narrower_cell_comes_first(ground, permanent, allowed):
    """Ground with permanence, then ground with state, then ground, then permanence, then state."""
    cells = {"permanent": "yes", "grounds": {"unpaid_orders": "yes", "unpaid_orders/permanent": "no"}}
    made = world(changed(buy=cells))
    made.account = attrs.evolve(
        s.suspended().account,
        suspension=attrs.evolve(s.suspended().account.suspension, ground=ground, permanent=permanent),
    )
    assert bool(may(made, "buy")) is allowed


def test_a_cell_of_a_ground_may_name_a_state():
    """While an appeal runs another cell may count than while the account is merely suspended."""
    made = world(changed(see_orders={"grounds": {"harassment": "yes", "harassment/under_appeal": "no"}}))
    made.account = s.suspended().account
    assert may(made, "see_orders")
    made.account = s.appealed().account
    answer = may(made, "see_orders")
    assert (answer.code, answer.refusals[0].value) == ("ground_allows_it", {"ground": "harassment"})


def test_permanence_may_close_what_a_suspension_leaves_open():
    """The refusal then says that it is the permanence."""
    made = world(changed(see_orders={"suspended": "yes", "permanent": "no"}))
    made.account = s.suspended().account
    assert may(made, "see_orders")
    made.account = s.permanent().account
    assert may(made, "see_orders").code == "permanence_allows_it"


def test_in_other_states_the_time_counts_from_when_the_account_came_there():
    """A pause of three days leaves the orders open to see after that."""
    made = world(changed(see_orders={"deactivated": "after 3 days"}))
    made.do("deactivate", HOLDER, {"signed_in": True, "identifier_matches": True})
    assert may(made, "see_orders").earliest == s.START + 3 * DAY
    assert may(made, "see_orders", at=s.START + 3 * DAY)


def test_the_service_reads_what_the_state_alone_does_not_tell(shop):
    """With cells for a ground the stored account is read whole, and the answer is the policy's."""
    made = policy(changed(buy={"grounds": {"new_device": "yes"}}))
    with Lifecycle.open("memory:", secret=SECRET, policy=made, gather=shop.gather, clock=shop.clock) as accounts:
        for account, ground in (("ann", "new_device"), ("bob", "unusual_logins")):
            accounts.register(account, facts={"registration_fields": 4, "verified_by": "link"})
            accounts.submit("lock", account=account, by=Actor.agent("a1"), facts={"ground": ground})
        assert accounts.allows("ann", "buy")
        assert accounts.allows("ann", "buy").version == accounts.account("ann").version
        assert not accounts.allows("bob", "buy")


def test_a_file_changes_one_cell_and_leaves_the_others():
    """Only the cell that is given is another; an entry of one's own is whole, and one may be taken away."""
    text = """
        capabilities.take_daily_coupons = false
        [capabilities.buy]
        deactivated = "yes"
        [capabilities.join_chats]
        says = "take part in chats"
        active = "yes"
    """
    made = policy(parameters_of(text))
    buy = made.capabilities["buy"]
    assert attrs.evolve(buy, deactivated="no") == CAPABILITIES["buy"]
    assert [state for state in State if made.capabilities["join_chats"].open_in(state)] == [State.ACTIVE]
    assert "take_daily_coupons" not in made.capabilities
    assert made.version != policy().version
    AccountMachine(made)


CELLS = 'must be "yes", "no" or a time after the decision such as "after 180 days"'


def test_what_is_no_key_is_told_with_what_is_near():
    """A misspelt capability would be a new entry, which has to be whole; a misspelt state is no key at all."""
    with pytest.raises(BadParameters) as caught:
        parameters_of("""
            [capabilities.by]
            active = "yes"
            [capabilities.see_orders]
            suspendet = "yes"
            [capabilities.spend_credit]
            active = 3
        """)
    told = str(caught.value)
    assert "capabilities.by.says is missing" in told
    assert 'capabilities.by: there is no such entry yet, so it must be whole. Did you mean "buy"?' in told
    assert 'capabilities.see_orders.suspendet is no key of it. Did you mean "suspended"?' in told
    assert "capabilities.spend_credit.active must be a text, not a whole number" in told


def test_every_wrong_cell_is_told_at_once():
    """What a cell may say, and what may stand behind a ground, is told for each that is wrong."""
    with pytest.raises(BadParameters) as caught:
        parameters_of("""
            [capabilities.see_orders]
            active = "yess"
            [capabilities.spend_credit]
            permanent = "after never"
            grounds = { new_device = "perhaps", "new_device/suspnded" = "no" }
            [capabilities.own]
            says = " "
        """)
    told = str(caught.value)
    assert f'active {CELLS}: "yess" is none. Did you mean "yes"?' in told
    assert f'permanent {CELLS}: "after never" is none.' in told
    assert f'grounds, new_device, {CELLS}: "perhaps" is none.' in told
    assert 'says "suspnded", which is no state with a restriction. Did you mean "suspended"?' in told
    assert "says is empty: what may an account do that has it?" in told
    with pytest.raises(BadParameters, match='"after 0 days" is none'):
        changed(buy={"suspended": "after 0 days"})


def test_a_ground_that_is_none_is_told():
    """Capabilities and grounds are held against each other, whichever of them was changed."""
    with pytest.raises(BadParameters) as caught:
        changed(buy={"active": "perhaps", "grounds": {"new_devise": "yes"}}, see_orders={"grounds": {"spam": "no"}})
    told = str(caught.value)
    assert f'capabilities entry buy: active {CELLS}: "perhaps" is none.' in told
    assert 'capabilities entry buy: no ground is called "new_devise". Did you mean "new_device"?' in told
    assert 'capabilities entry see_orders: no ground is called "spam".' in told
    gone = {name: each for name, each in policy().grounds.items() if name != "harassment"}
    own = attrs.evolve(CAPABILITIES["buy"], grounds={"harassment/permanent": "no"})
    with pytest.raises(BadParameters, match='no ground is called "harassment"'):
        Parameters(grounds=gone, capabilities={**CAPABILITIES, "buy": own})


def test_a_policy_of_ones_own_is_checked_too():
    """Given straight to the policy, cells and grounds are held to the same; states alone may stand for an entry."""
    wrong = Capability("post", "write posts", active="yess", grounds={"spam": "no"}, cites=("G9-99",))
    with pytest.raises(PolicyError) as caught:
        AccountMachine(attrs.evolve(policy(), capabilities={"post": wrong}, narrowed={}))
    assert caught.value.mistakes == (
        f'the capability "post": active {CELLS}: "yess" is none. Did you mean "yes"?',
        'the capability "post" names an unknown ground "spam".',
        'the capability "post" cites "G9-99", which nobody knows',
    )
    made = attrs.evolve(policy(), capabilities={"post": {State.ACTIVE: True, State.DELETED: False}}, narrowed={})
    assert made.capabilities["post"] == Capability("post", "post", active="yes")


def test_an_unknown_capability_is_named(accounts, ann):
    """Asked for what no entry says, the answer is an error and not a no."""
    with pytest.raises(BadRequest, match='Did you mean "buy"'):
        accounts.allows(ann, "buyy")


# --- shown -------------------------------------------------------------------------------------------------------


def test_the_page_holds_one_table():
    """A line for each capability, a column for each state, and where it is told what ground and permanence change."""
    page = policy_page(policy())
    assert "| place orders | yes |  |  |  |  |  |  | `buy` | G3-03, A-17 |" in page
    cells = {
        "permanent": "after 180 days",
        "grounds": {"harassment": "no", "new_device/under_appeal": "yes", "harassment/permanent": "no"},
    }
    own = policy_page(policy(changed(buy=cells)))
    but = (
        "suspended for good: after 180 days; on harassment: no; on new device while under appeal: yes; "
        "on harassment for good: no"
    )
    assert f"| `buy` | G3-03, A-17 | {but} |" in own
    assert "| `sign_in` | G3-03, A-11 |  |" in own


def test_the_command_may_tells_from_when(tmp_path):
    """What waits is told with its moment, and what a ground or permanence closes with its reason."""
    path, rules = tmp_path / "a.db", tmp_path / "rules.toml"
    rules.write_text(
        '[capabilities.buy]\npermanent = "after 180 days"\n[capabilities.see_orders]\nsuspended = "yes"\npermanent = "no"\n'
    )
    made = policy(parameters_of(rules.read_text()))
    with Lifecycle.open(f"sqlite:///{path}", secret=SECRET, policy=made, clock=Shop().clock) as accounts:
        given = {"ground": "harassment", "author": "reviewer:r1", "permanent": True}
        accounts.import_account("eve", state="suspended", given=given, at=START)
    ran = cli("may", "eve", "--policy", rules, "--at", "2026-03-03T10:00Z", "--database", path)
    assert ran.code == 0, ran.err
    assert (
        "✗ buy not so: The time that has to pass since the decision is over. [wait_since_the_decision_is_over]"
        in ran.words
    )
    assert "possible from 29 Aug 2026 09:00" in ran.words
    assert "✗ see orders not so: The suspension is not permanent. [permanence_allows_it]" in ran.words


def test_a_case_claims_what_an_account_may_do(tmp_path):
    """A claim is yes, no, a moment or a code; what cannot be claimed is refused, what is not so is told."""
    head = '[[case]]\ntitle = "t"\ncites = ["D-12"]\nstarts = "active"\n[[case.step]]\nat = 2026-03-02T09:00:00Z\nmeanwhile = "m"\n'
    path = tmp_path / "a.case.toml"
    for claim, says in (
        ("buy = 3", "may: buy must be true or false, the moment from which on it may, or the code of why it may not"),
        ('buy = "not_now"', 'may: buy is never refused for "not_now".'),
        ("buy = 2026-03-02T09:00:00", "may: buy is a date-time without an offset"),
        ("by = true", 'may: no capability is called "by". Did you mean "buy"'),
    ):
        path.write_text(f"{head}may = {{ {claim} }}\n")
        with pytest.raises(CaseError, match=says.split("(")[0]):
            read_cases(path, policy())


def test_asking_writes_nothing(accounts, ann):
    """However often it is asked, the account stays at its version."""
    before = accounts.account(ann).version
    assert not accounts.allows(ann, "see_cause", facts={"device_class": "desktop"})
    assert accounts.account(ann).version == before
