"""Proofs that fail count against the account: what closes a way, for how long, what stays open, and what clears it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import support as s
from command_line import cli
from shop import SECRET, START
from support import AGENT, DAY, HOLDER, HOUR, INSTANT, MINUTE, SUPERVISOR, SYSTEM

from lifecycle import Actor, Lifecycle, Parameters, State, policy
from lifecycle.calendar import BusinessDays
from lifecycle.cases import read_cases
from lifecycle.cases.writing import case_text
from lifecycle.decide import options
from lifecycle.errors import BadParameters, PolicyError, UnknownTrigger
from lifecycle.machine import AccountMachine
from lifecycle.parameters_file import parameters_of
from lifecycle.plan import plan
from lifecycle.policy.proof_kinds import KNOWN
from lifecycle.prose.page import policy_page
from lifecycle.replay import run, simulated
from lifecycle.retelling import retold
from lifecycle.rows import Proof

ANN = Actor.holder("ann")
PASSWORD = {"proof": "password"}
OLD_ENOUGH = 12 * MINUTE
"""After so long another unlock code may be asked for."""


def under(*proofs: Proof, **more: Any) -> Parameters:
    """Parameters that count failures of these kinds."""
    return Parameters(proofs={proof.name: proof for proof in proofs}, **more)


def world(*proofs: Proof, **more: Any) -> s.World:
    """An active account whose failures of these kinds are counted."""
    made = s.World()
    made.machine = AccountMachine(policy(under(*proofs, **more)))
    return made.do("register", HOLDER, {**s.SIGN_UP, "kind": "buyer", "contacts": ("email", "phone")})


def fail(made: s.World, times: int = 1, proof: str = "password") -> s.World:
    """Failures that the host reports."""
    for _ in range(times):
        made.do("fail_proof", SYSTEM, {"proof": proof})
    return made


def wrong(made: s.World, times: int = 1, **facts: Any) -> s.World:
    """A lock, a code for it, and so many wrong ones typed."""
    made = made if made.account.lock else s.locked(world=made)
    made.do("send_unlock_code", HOLDER, facts)
    for _ in range(times):
        made.do("verify", HOLDER, {"code_right": False})
    return made


def kept(made: s.World, proof: str = "password") -> Any:
    """What the account remembers of a kind."""
    return next((each for each in made.account.failures if each.proof == proof), None)


# --- off by default ----------------------------------------------------------------------------------------------


def test_by_default_no_failure_is_counted_against_the_account():
    """The guides count the tries of one code: nobody can report a failure, and a new code has its tries anew."""
    made = wrong(s.active(), 5)
    assert made.account.failures == ()
    with pytest.raises(UnknownTrigger):
        made.ask("fail_proof", SYSTEM)
    made.wait(OLD_ENOUGH).do("send_unlock_code", HOLDER)
    assert made.do("verify", HOLDER, {"code_right": True}).state is State.ACTIVE


def test_what_is_reported_exists_only_where_it_is_counted():
    """One entry brings the rows, the guards and the notices; without any there is none of them."""
    plain, counting = policy(), policy(under(Proof("password", closed_for=HOUR)))
    new = {"fail_proof", "pass_proof", "reset_proof", "reopen_proof", "close_proof"}
    assert set(counting.triggers) - set(plain.triggers) == new
    assert set(counting.notices) - set(plain.notices) == {"proof_closed", "proof_reopened"}
    assert len(counting.guards) - len(plain.guards) == 6


# --- closing -----------------------------------------------------------------------------------------------------


def test_the_last_failure_closes_the_way_and_tells_until_when():
    """The holder is told which way is closed and until when; the failures that closed it are used up."""
    made = fail(world(Proof("password", failures=3, closed_for=HOUR)), 2)
    decision = made.ask("fail_proof", SYSTEM, PASSWORD)
    assert (decision.notices, [event.trigger for event in decision.events]) == (
        ("proof_closed",),
        ["fail_proof", "close_proof"],
    )
    (told,) = decision.events[-1].told
    assert told.values == {"to": "holder", "proof": "password", "opens_at": (s.START + HOUR).isoformat()}
    made.do("fail_proof", SYSTEM, PASSWORD)
    assert (kept(made).failed, kept(made).closings, kept(made).opens_at) == ((), 1, s.START + HOUR)


def test_a_failure_counts_up_to_the_end_of_the_window():
    """One instant before the window is over a failure still counts; exactly then it does not."""
    entry = Proof("password", failures=2, window=HOUR, closed_for=HOUR)
    late = fail(world(entry)).wait(HOUR - INSTANT)
    assert fail(late).account.failures[0].closings == 1
    over = fail(world(entry)).wait(HOUR)
    assert fail(over).account.failures[0].closings == 0


def test_a_refusal_says_until_when_and_what_is_open():
    """Whoever tries a closed way learns when it opens and which others are open; exactly then it is."""
    made = wrong(world(Proof("unlock_code", failures=2, closed_for=HOUR)), 2)
    (refusal,) = made.ask("verify", HOLDER, {"code_right": True}).refusals
    assert (refusal.code, refusal.earliest) == ("proof_is_open", s.START + HOUR)
    assert refusal.value == {
        "closed_until": {"unlock_code": "2026-02-02 10:00:00 UTC"},
        "open": ["support_packet", "appeal_documents"],
    }
    asked = made.ask("send_unlock_code", HOLDER, at=made.now + HOUR - INSTANT)
    assert [each.code for each in asked.refusals] == ["proof_is_open"]
    assert made.ask("send_unlock_code", HOLDER, at=made.now + HOUR).allowed


def test_right_and_wrong_are_told_apart_by_nothing_while_it_is_closed():
    """A closed way refuses the right code and a wrong one alike, so that nobody can guess on."""
    made = wrong(world(Proof("unlock_code", failures=1, closed_for=HOUR)))
    right, other = (made.ask("verify", HOLDER, {"code_right": each}) for each in (True, False))
    assert right.refusals == other.refusals
    counted = wrong(world(Proof("unlock_code", failures=1, closed_for=HOUR, while_closed="count")))
    right, other = (counted.ask("verify", HOLDER, {"code_right": each}) for each in (True, False))
    assert [event.changes for event in right.events] == [event.changes for event in other.events]
    assert right.dest is State.SECURITY_LOCKED


def test_exhausting_one_method_leaves_the_others_open():
    """Codes are closed; the link by mail, support and, since nobody can unlock by code, the appeal are open."""
    by_code, by_link = (
        Proof("unlock_code", failures=1, closed_for=HOUR),
        Proof("unlock_link", failures=1, closed_for=HOUR),
    )
    made = wrong(world(by_code, by_link)).wait(OLD_ENOUGH)
    assert made.codes("send_unlock_code", HOLDER) == ["proof_is_open"]
    assert made.ask("send_unlock_code", HOLDER, {"channel": "email_link"}).allowed
    assert made.ask("unlock", AGENT, {"packet_fields": 4}).allowed
    assert made.codes("appeal", HOLDER, None, s.COMPLETE) == ["self_service_failed"]
    wrong(made, channel="email_link")
    assert made.ask("appeal", HOLDER, None, s.COMPLETE).allowed


def test_without_an_entry_of_its_own_a_link_counts_as_a_code():
    """Links are told apart from codes only where the policy says so; codes are not counted for an entry of links."""
    made = wrong(world(Proof("unlock_code", failures=1, closed_for=HOUR)), channel="email_link")
    assert kept(made, "unlock_code").closings == 1
    other = wrong(world(Proof("unlock_link", failures=1, closed_for=HOUR)))
    assert (other.account.failures, other.codes("verify", HOLDER, {"code_right": True})) == ((), [])


def test_one_kind_may_close_another():
    """What an entry closes beside itself opens with it, and has no failures of its own."""
    entries = (
        Proof("password", failures=1, closed_for=HOUR, closes=("unlock_code",)),
        Proof("unlock_code", closed_for=DAY),
    )
    made = s.locked(world=fail(world(*entries)))
    assert made.ask("send_unlock_code", HOLDER).refusals[0].earliest == s.START + HOUR
    assert made.ask("send_unlock_code", HOLDER, at=s.START + HOUR).allowed
    assert kept(made, "unlock_code") is None


def test_a_way_of_the_host_closes_what_asks_for_it():
    """An entry names the triggers that ask for such a proof; they are refused while it is closed."""
    entry = Proof("password", failures=1, until_support=True, refuses=("request_closure",))
    made = fail(world(entry))
    refused = made.ask("request_closure", HOLDER, s.CLOSING).refusals
    assert [each.code for each in refused] == ["proof_is_open"]
    assert (refused[0].earliest, refused[0].value["closed_until"]) == (None, {"password": "support opens it"})
    made.do("reopen_proof", SUPERVISOR, {**PASSWORD, "packet_fields": 4})
    assert made.ask("request_closure", HOLDER, s.CLOSING).allowed


# --- for how long ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entry", "lasts"),
    [
        (Proof("a", closed_for=HOUR), [HOUR, HOUR, HOUR]),
        (Proof("a", closed_for=HOUR, times=2, at_most=5 * HOUR), [HOUR, 2 * HOUR, 4 * HOUR, 5 * HOUR, 5 * HOUR]),
        (Proof("a", closed_for=HOUR, plus=MINUTE, at_most=DAY), [HOUR, HOUR + MINUTE, HOUR + 2 * MINUTE]),
        (Proof("a", closed_for=HOUR, times=3, plus=HOUR, at_most=12 * HOUR), [HOUR, 4 * HOUR, 11 * HOUR, 12 * HOUR]),
        (
            Proof("a", closed_for=BusinessDays(1), times=2, at_most=BusinessDays(3)),
            [BusinessDays(1), BusinessDays(2), BusinessDays(3)],
        ),
        (Proof("a", until_support=True), [None, None]),
    ],
)
def test_the_formula_of_closings(entry, lasts):
    """Each closing lasts so many times as long as the first, and so much longer, but never longer than the most."""
    assert not list(entry.mistakes())
    assert [entry.lasts(n) for n in range(1, len(lasts) + 1)] == lasts


def test_the_most_is_reached_however_often_it_was_closed():
    """A closing that doubles ends at its most, and the figures stay small enough to add to a date."""
    entry = Proof("a", closed_for=HOUR, plus=MINUTE, times=1000, at_most=30 * DAY)
    assert entry.lasts(1_000_000) == 30 * DAY


def test_growth_is_forgotten_after_a_quiet_time():
    """The quiet time counts from when the way opened; exactly when it is over the first closing comes again."""
    entry = Proof("password", failures=1, closed_for=HOUR, times=2, at_most=DAY, forgotten_after=30 * DAY)
    made = fail(world(entry)).wait(HOUR + 30 * DAY - INSTANT)
    assert kept(fail(made)).closings == 2
    again = fail(world(entry)).wait(HOUR + 30 * DAY)
    assert kept(fail(again)).closings == 1


# --- what clears it ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("trigger", ["pass_proof", "reset_proof"])
@pytest.mark.parametrize(("what", "after"), [("forget", None), ("recount", (0, 1)), ("keep", (1, 1))])
def test_what_a_success_and_a_verified_reset_do(trigger, what, after):
    """They forget everything, or begin the count anew while it is known how often it was closed, or change nothing."""
    more = {"after_success": what} if trigger == "pass_proof" else {"after_reset": what}
    made = fail(world(Proof("password", failures=2, closed_for=HOUR, **more)), 2)
    fail(made.wait(HOUR))
    if what == "keep":
        assert made.codes(trigger, SYSTEM, PASSWORD) == ["failures_are_cleared"]
    else:
        made.do(trigger, SYSTEM, PASSWORD)
    left = kept(made)
    assert (None if left is None else (len(left.failed), left.closings)) == after


def test_a_count_without_a_closing_is_gone_once_it_begins_anew():
    """Where nothing has to be remembered, nothing is: the record stays small."""
    made = fail(world(Proof("password", closed_for=HOUR, after_success="recount")))
    assert made.do("pass_proof", SYSTEM, PASSWORD).account.failures == ()


def test_a_reset_opens_a_closed_way_and_a_success_cannot():
    """A proof that is closed cannot succeed; what it rests on may be replaced, and then it is open."""
    made = fail(world(Proof("password", failures=1, closed_for=HOUR)))
    assert made.codes("pass_proof", SYSTEM, PASSWORD) == ["proof_is_open"]
    made.do("reset_proof", AGENT, PASSWORD)
    assert (made.account.failures, made.codes("pass_proof", SYSTEM, PASSWORD)) == ((), ["failures_are_cleared"])


def test_support_opens_a_way_for_whom_it_knows():
    """Opening asks for the identity check, and for something that is closed; the way then counts anew."""
    made = fail(world(Proof("password", failures=1, until_support=True)))
    assert made.codes("reopen_proof", AGENT, {**PASSWORD, "packet_fields": 3}) == ["identity_is_shown"]
    assert made.codes("reopen_proof", SYSTEM, {**PASSWORD, "packet_fields": 4}) == ["role_may_never"]
    decision = made.ask("reopen_proof", AGENT, {**PASSWORD, "packet_fields": 4})
    assert decision.notices == ("proof_reopened",)
    made.do("reopen_proof", AGENT, {**PASSWORD, "packet_fields": 4})
    assert (kept(made).closings, kept(made).closed_at) == (1, None)
    assert made.codes("reopen_proof", AGENT, {**PASSWORD, "packet_fields": 4}) == ["proof_is_closed"]


@pytest.mark.parametrize(
    ("mode", "closings", "opens"),
    [("ignore", 1, HOUR), ("count", 2, 90 * MINUTE), ("extend", 1, 90 * MINUTE)],
)
def test_failures_while_it_is_closed(mode, closings, opens):
    """They are refused and not counted, or count towards the next closing, or begin the time anew."""
    made = fail(world(Proof("password", failures=1, closed_for=HOUR, while_closed=mode))).wait(30 * MINUTE)
    if mode == "ignore":
        (refusal,) = made.ask("fail_proof", SYSTEM, PASSWORD).refusals
        assert (refusal.code, refusal.earliest) == ("failures_count_now", s.START + HOUR)
    else:
        fail(made)
    assert (kept(made).closings, kept(made).opens_at) == (closings, s.START + opens)
    assert kept(made).closed_at == s.START


# --- a lock ------------------------------------------------------------------------------------------------------

LOCKING = Proof("password", failures=1, closed_for=HOUR, locks="new_device")


def test_failures_may_lock_the_account_for_as_long():
    """The lock is one like any other: it stands on its ground, opens by itself when the way opens, and yields to a code."""
    made = fail(world(LOCKING))
    assert (made.state, made.account.lock.ground) == (State.SECURITY_LOCKED, "new_device")
    assert made.account.timer("lock_expires").due == s.START + HOUR
    assert made.ask("send_unlock_code", HOLDER).allowed
    assert made.tick(HOUR - INSTANT).state is State.SECURITY_LOCKED
    assert made.tick(INSTANT).state is State.ACTIVE
    assert made.account.declined is None


def test_a_lock_for_another_reason_stays_as_it_was():
    """Where a lock stands already only the way is closed."""
    made = fail(s.locked("unusual_logins", world=world(LOCKING)))
    assert (made.account.lock.ground, made.account.timer("lock_expires")) == ("unusual_logins", None)
    assert kept(made).closings == 1


def test_a_further_failure_puts_the_end_of_the_lock_off():
    """Where failures extend a closing, the lock that came of them lasts as long."""
    entry = Proof("password", failures=1, closed_for=HOUR, locks="new_device", while_closed="extend")
    made = fail(fail(world(entry)).wait(30 * MINUTE))
    assert made.account.timer("lock_expires").due == s.START + 90 * MINUTE
    assert made.tick(HOUR).state is State.ACTIVE


def test_a_verified_reset_ends_the_lock_that_failures_brought():
    """What the lock rests on is gone, so it opens in the same step; a lock for another reason stays."""
    made = fail(world(LOCKING)).do("reset_proof", SYSTEM, PASSWORD)
    assert (made.state, made.account.lock) == (State.ACTIVE, None)
    other = fail(s.locked("unusual_logins", world=world(LOCKING))).do("reset_proof", SYSTEM, PASSWORD)
    assert (other.state, other.account.failures) == (State.SECURITY_LOCKED, ())


def test_support_that_lifts_the_lock_opens_the_way():
    """A lock until support lifts it does not open by itself; unlocking also opens what was closed."""
    made = fail(world(Proof("password", failures=1, until_support=True, locks="new_device")))
    assert made.account.timer("lock_expires") is None
    assert made.tick(100 * DAY).state is State.SECURITY_LOCKED
    made.do("unlock", AGENT, {"packet_fields": 4})
    assert (made.state, kept(made).closed_at, kept(made).closings) == (State.ACTIVE, None, 1)


def test_a_suspended_account_that_support_is_closing_is_not_locked():
    """Where nobody may lock, failures close the way and no more (D-07, D-08)."""
    made = s.permanent(world=world(LOCKING))
    made = s.with_case(made).do("close_suspended", AGENT, {"asked_by_holder": True, **s.CLOSING})
    assert (fail(made).state, made.account.lock, kept(made).closings) == (State.PENDING_DELETION, None, 1)


# --- told --------------------------------------------------------------------------------------------------------


def test_options_tell_when_it_opens():
    """Among what the holder could do, the closed way stands with its moment."""
    made = wrong(world(Proof("unlock_code", failures=1, closed_for=HOUR)))
    found = options(made.machine, made.account, made.command("", HOLDER))
    closed = {each.trigger for each in found for v in each.verdicts if v.code == "proof_is_open" and v.met is False}
    assert closed == {"send_unlock_code", "verify"}


def test_a_plan_waits_or_takes_another_way():
    """A plan counts with the closing: by code from then on, through support at once."""
    made = wrong(world(Proof("unlock_code", failures=1, closed_for=HOUR)))
    ways = {way.legs[0].trigger: way.legs[0].earliest for way in plan(made.machine, made.account, made.now).ways}
    assert ways["send_unlock_code"] == s.START + HOUR
    assert ways["unlock"] < s.START + HOUR
    for_good = wrong(world(Proof("unlock_code", failures=1, until_support=True)))
    found = plan(for_good.machine, for_good.account, for_good.now)
    assert "send_unlock_code" not in {way.legs[0].trigger for way in found.ways}
    assert "proof_is_open" in {verdict.code for shut in found.shut for verdict in shut.refusals}


def test_the_page_tells_each_entry():
    """A line for each kind: what closes it, for how long, and all that goes with it; nothing where none is counted."""
    assert "## Proofs that may fail" not in policy_page(policy())
    grows = Proof(
        "password", closed_for=HOUR, times=2, plus=MINUTE, at_most=DAY, forgotten_after=7 * DAY, after_reset="keep"
    )
    more = Proof(
        "voice",
        "the voice on the phone",
        failures=1,
        until_support=True,
        while_closed="count",
        closes=("password",),
        refuses=("request_closure",),
        locks="new_device",
    )
    page = policy_page(policy(under(grows, more)))
    assert (
        "| password | the password, typed again | 5 failures within 24 hours | 1 hour, each time 2 times as long as before, "
        "each time 60 seconds longer, at most 24 hours | A success forgets its failures, a verified reset changes nothing. "
        "After 7 days without a failure closings count from one again. Failures while it is closed are not counted. | "
        "`password` |"
    ) in page
    assert (
        "| voice | the voice on the phone | 1 failure within 24 hours | until support opens it | A success forgets its "
        "failures, a verified reset forgets its failures. Failures while it is closed count towards the next closing. It "
        "closes password too. It is also asked for by “request closure”. It locks the account as well, on new device. | "
        "`voice` |"
    ) in page


def test_the_command_may_tells_what_is_closed(tmp_path):
    """Beside the capabilities stand the ways that failures have closed, and those that are open."""
    path, rules = tmp_path / "a.db", tmp_path / "rules.toml"
    rules.write_text(
        "[proofs.password]\nfailures = 1\nuntil_support = true\n[proofs.unlock_code]\nfailures = 1\nclosed_for = '1 hour'\n"
    )
    made = policy(parameters_of(rules.read_text()))
    with Lifecycle.open(f"sqlite:///{path}", secret=SECRET, policy=made, clock=lambda: START) as accounts:
        given = {"ground": "new_device", "contacts": ["phone"]}
        accounts.import_account("ann", state="security_locked", given=given, at=START)
        for proof in ("password", "unlock_code"):
            accounts.submit("fail_proof", account="ann", by=Actor.system(), facts={"proof": proof})
    ran = cli("may", "ann", "--policy", rules, "--at", "2026-03-02T09:30Z", "--database", path)
    assert ran.code == 0, ran.err
    assert "· password is closed until support opens it" in ran.words
    assert "· unlock code is closed until 02 Mar 2026 10:00" in ran.words
    assert "· open: support packet and appeal documents" in ran.words
    said = cli("may", "ann", "--policy", rules, "--at", "2026-03-02T10:00Z", "--json", "--database", path).document
    assert said["proofs"]["closed"] == [{"proof": "password", "opens_at": None}]
    assert "unlock_code" in said["proofs"]["open"]


# --- kept --------------------------------------------------------------------------------------------------------


def test_what_is_kept_stays_small():
    """However many failures there are, an account keeps one entry for each kind, with as many moments as count."""
    entries = (
        Proof("password", failures=7, closed_for=HOUR, while_closed="count"),
        Proof("unlock_code", closed_for=HOUR),
    )
    made = world(*entries)
    for _ in range(60):
        fail(made).wait(MINUTE)
    assert len(made.account.failures) == 1
    assert len(kept(made).failed) < 7


def test_codes_typed_at_the_service_are_counted_and_kept(shop, tmp_path):
    """Real codes, in a real database: the way closes, the refusal is told, and the log folds to the same account."""
    made = policy(under(Proof("unlock_code", failures=2, closed_for=HOUR)))
    url = f"sqlite:///{tmp_path / 'a.db'}"
    with Lifecycle.open(url, secret=SECRET, policy=made, gather=shop.gather, clock=shop.clock) as accounts:
        given = {"ground": "new_device", "contacts": ["phone"]}
        accounts.import_account("ann", state="security_locked", given=given, at=START)
        accounts.submit("send_unlock_code", account="ann", by=ANN)
        code = accounts.code_for("ann", "unlock_code")
        for _ in range(2):
            accounts.submit("verify", account="ann", by=ANN, code=f"{(int(code) + 1) % 1_000_000:06d}")
        refused = accounts.submit("verify", account="ann", by=ANN, code=code)
        assert [(each.code, each.earliest) for each in refused.refusals] == [("proof_is_open", START + HOUR)]
        before = accounts.account("ann")
    with Lifecycle.open(url, secret=SECRET, policy=made, gather=shop.gather, clock=shop.clock) as accounts:
        assert accounts.account("ann") == before
        assert (accounts.refold().changed, accounts.verify().damage) == ((), ())
        shop.passes(hours=1)
        accounts.submit("send_unlock_code", account="ann", by=ANN)
        code = accounts.code_for("ann", "unlock_code")
        assert accounts.submit("verify", account="ann", by=ANN, code=code).dest is State.ACTIVE


# --- mistakes ----------------------------------------------------------------------------------------------------


def test_every_mistake_of_the_entries_is_told_at_once():
    """Numbers out of bounds, periods that contradict each other, and an entry that says nothing of its end."""
    text = """
        [proofs.password]
        failures = 0
        window = "0 days"
        closed_for = "1 hour"
        until_support = true
        times = 0
        [proofs.unlock_code]
        closed_for = "2 days"
        plus = "1 working day"
        closes = ["unlock_code"]
        [proofs.deletion_code]
        closed_for = "2 days"
        times = 2
        [proofs.closure_link]
        closed_for = "2 days"
        at_most = "1 day"
        [proofs.support_packet]
        until_support = true
        times = 2
        plus = "1 day"
        [proofs.appeal_documents]
        failures = 3
        [proofs.unlock_link]
        closed_for = "at once"
    """
    with pytest.raises(BadParameters) as caught:
        parameters_of(text)
    told = str(caught.value)
    for entry, what in (
        ("password", "failures must be 1 to 100, not 0"),
        ("password", "window must be some time: within none at all nothing is counted"),
        (
            "password",
            "says for how long it is closed by either closed_for or until_support, not by both and not by none",
        ),
        ("password", "times must be at least 1, not 0"),
        ("unlock_code", "closed_for, plus and at_most must be counted alike: all in working days, or none of them"),
        ("unlock_code", "closes itself: name others there, or nothing"),
        ("deletion_code", "at_most is missing: a closing that grows needs a most"),
        ("closure_link", "at_most may not be less than closed_for"),
        ("support_packet", "times makes no sense where only support opens it again"),
        ("support_packet", "plus makes no sense where only support opens it again"),
        ("appeal_documents", "says for how long it is closed"),
        ("unlock_link", "closed_for must be some time"),
    ):
        assert f"proofs entry {entry}: {what}" in told


def test_words_that_are_none_are_told_with_what_is_near():
    """A kind, a ground or another kind that is misspelt, and a way back that would be closed too."""
    text = """
        [proofs.unlok_code]
        closed_for = "1 hour"
        [proofs.password]
        closed_for = "1 hour"
        closes = ["unlock_cod"]
        locks = "new_devise"
        refuses = ["reopen_proof"]
        [proofs.voice]
        says = "the voice"
        until_support = true
        locks = "harassment"
    """
    with pytest.raises(BadParameters) as caught:
        parameters_of(text)
    told = str(caught.value)
    for what in (
        'entry unlok_code: says is missing: the policy knows no such proof, so say what it is. Did you mean "unlock_code"?',
        'entry password: closes "unlock_cod", which is no proof. Did you mean "unlock_code"?',
        'entry password: locks on "new_devise", which is no ground. Did you mean "new_device"?',
        "entry password: refuses reopen_proof, by which support opens a proof again",
        'entry voice: locks on "harassment", which is no ground of a lock',
    ):
        assert f"proofs {what}" in told
    with pytest.raises(BadParameters, match="while_closed must be"):
        parameters_of('[proofs.password]\nclosed_for = "1 hour"\nwhile_closed = "cuont"')


def test_a_trigger_that_is_none_is_told_when_the_policy_is_built():
    """What asks for a proof is a row that people take."""
    entry = Proof("password", closed_for=HOUR, refuses=("request_closur", "chase_appeal"), cites=("G9-99",))
    with pytest.raises(PolicyError) as caught:
        AccountMachine(policy(under(entry)))
    assert caught.value.mistakes == (
        'the proof "password" is asked for by an unknown trigger "request_closur". Did you mean "request_closure"?',
        'the proof "password" is asked for by "chase_appeal", which only the system does',
        'the proof "password" cites "G9-99", which nobody knows',
    )


@pytest.mark.parametrize("mode", ["ignore", "count", "extend"])
@pytest.mark.parametrize("locks", ["", "new_device"])
def test_every_kind_the_policy_knows_makes_a_sound_policy(mode, locks):
    """Whatever is counted, and however, rows stay told apart and every guard is asked for."""
    entries = [
        Proof(name, closed_for=HOUR, while_closed=mode, locks=locks if name == "password" else "") for name in KNOWN
    ]
    made = policy(under(*entries))
    assert AccountMachine(made).policy is made
    assert len({row.title for row in made.rows}) == len(made.rows)
    assert isinstance(policy_page(made), str)


def test_a_time_may_be_counted_in_working_days():
    """From a Friday one working day leads to Monday."""
    made = world(Proof("password", failures=1, closed_for=BusinessDays(1))).wait(4 * DAY)
    assert kept(fail(made)).opens_at == s.START + dt.timedelta(days=7)


def test_a_log_of_failures_is_told_as_a_case(tmp_path):
    """An account taken over with its failures, what failed then, and what was refused: the case replays to the same."""
    rules = {"proofs": {"unlock_code": Proof("unlock_code", failures=2, closed_for=HOUR)}}
    made = policy(Parameters(**rules))
    with simulated(policy=made) as accounts:
        accounts.clock.now = START
        given = {
            "ground": "new_device",
            "contacts": ["phone"],
            "failures": [{"proof": "unlock_code", "failed": [START]}],
        }
        accounts.import_account("ann", state="security_locked", given=given, at=START)
        accounts.submit("send_unlock_code", account="ann", by=ANN)
        code = accounts.code_for("ann", "unlock_code")
        accounts.submit("verify", account="ann", by=ANN, code=f"{(int(code) + 1) % 1_000_000:06d}")
        accounts.clock.now += 20 * MINUTE
        refused = accounts.submit("send_unlock_code", account="ann", by=ANN)
        assert [each.code for each in refused.refusals] == ["proof_is_open"]
        tables = retold(accounts.machine, [*accounts.events("ann")], accounts.denials("ann"))
        stood = accounts.account("ann")
    path = tmp_path / "again.case.toml"
    path.write_text(case_text(tables), encoding="utf-8")
    (case,) = read_cases(path, made)
    with simulated(policy=made) as service:
        assert run(case, service).passed
        assert service.account(case.account_id, at=START + 20 * MINUTE).failures == stood.failures


def test_links_that_confirm_a_closure_are_counted_like_any_other_proof():
    """Wrong links close that way; the right one is refused until it opens, and then it confirms."""
    made = world(Proof("closure_link", failures=2, closed_for=HOUR)).do("request_closure", HOLDER, s.CLOSING)
    for _ in range(2):
        made.do("confirm_closure", HOLDER, {"code_right": False})
    assert made.codes("confirm_closure", HOLDER, {"code_right": True}) == ["proof_is_open"]
    assert made.wait(HOUR).do("confirm_closure", HOLDER, {"code_right": True}).account.failures == ()
