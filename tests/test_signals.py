"""Observing: windows that the service keeps, limits that submit what follows, and hosts that count by themselves."""

from __future__ import annotations

import datetime as dt
import sqlite3
from concurrent.futures import ThreadPoolExecutor

import attrs
import pytest
from shop import SECRET, START

from lifecycle import Actor, Evidence, Lifecycle, Parameters, policy
from lifecycle.calendar import BusinessDays
from lifecycle.counting import OBSERVED, trigger_of
from lifecycle.errors import BadRequest, GatherFailed, KeyReused, NaiveTime, PolicyError, SecretMissing, UnknownAccount
from lifecycle.model import State
from lifecycle.policy.signals import SIGNALS
from lifecycle.policy_check import check_policy

INSTANT = dt.timedelta(microseconds=1)
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
UP = {"registration_fields": 4, "verified_by": "link"}
STATEMENT = Evidence("statement_of_reasons", "doc-1")


def seen(accounts, signal, things, account="ann", **more):
    """Observe each of *things* in turn and return what came of the last one."""
    for thing in things:
        observed = accounts.observe(signal, account=account, about=thing, **more)
    return observed


def count(accounts, signal, account="ann", **more):
    """How often a signal counts now."""
    return next(found.count for found in accounts.signals(account, **more) if found.signal.name == signal)


@pytest.mark.parametrize(("signal", "ground", "state", "limit"), [
    ("distinct_addresses", "unusual_logins", State.SECURITY_LOCKED, 6),
    ("failed_payments", "declined_payments", State.SECURITY_LOCKED, 5),
    ("unpaid_orders", "unpaid_orders", State.ACTIVE, 3),
    ("open_disputes", "buyer_protection", State.ACTIVE, 5),
])  # fmt: skip
def test_the_limit_submits_what_follows(accounts, ann, signal, ground, state, limit):
    """Below its limit a signal decides nothing and writes no event; at the limit it locks, or warns first."""
    before = seen(accounts, signal, [f"thing-{n}" for n in range(1, limit)])
    assert (before.count, before.limit, before.reached, before.decision) == (limit - 1, limit, False, None)
    assert len([*accounts.events(ann)]) == 1
    at_last = seen(accounts, signal, ["the-last"])
    assert (at_last.count, at_last.reached, at_last.decision.allowed) == (limit, True, True)
    account = accounts.account(ann)
    measure = account.lock or account.warning
    assert (account.state, measure.ground, measure.author) == (state, ground, "system:signals")


def test_both_ways_give_the_same_decision(accounts, shop):
    """A host with counters of its own submits the same facts and gets the same row, facts, effects and state."""
    for name in ("ann", "bob"):
        accounts.register(name, facts=UP)
    by_us = {}
    for signal, times in (("failed_payments", 5), ("unpaid_orders", 3)):
        for n in range(times):
            by_us[signal] = accounts.observe(signal, account="ann", about=f"{signal}-{n}").decision
        shop.passes(days=2)
        accounts.settle("ann")
    shop.now = START
    for decision in by_us.values():
        facts = {name: decision.command.facts.given()[name] for name in ("ground", "signal", "signal_count")}
        their_own = accounts.submit(
            decision.command.trigger,
            account="bob",
            by=Actor.system("counters"),
            facts=facts,
            evidence=[attrs.evolve(e, version=None) for e in decision.command.evidence],
            at=decision.command.at,
        )
        ours, theirs = decision.event, their_own.event
        assert (ours.row, ours.facts, ours.evidence, ours.dest) == (
            theirs.row,
            theirs.facts,
            theirs.evidence,
            theirs.dest,
        )
        assert _plain(ours.changes) == _plain(theirs.changes)
        shop.now = decision.command.at + 2 * DAY
        accounts.settle("bob")


def _plain(changes):
    """Changes without their provenance: who, and under which number."""
    return [
        (c.do, c.name, {k: v for k, v in c.values.items() if k not in ("author", "number", "version")}) for c in changes
    ]


def test_both_ways_refuse_alike(accounts, shop):
    """A share of too few orders moves nobody, whether we count or the host does."""
    for name in ("ann", "bob"):
        accounts.register(name, facts=UP)
    seen(accounts, "orders", ["o1", "o2", "o3", "o4"])
    observed = seen(accounts, "open_disputes", ["d1", "d2"])
    (share,) = observed.also
    assert (share.count, share.tally.sample, share.reached, share.decision) == (50, 4, False, None)
    facts = {"ground": "buyer_protection", **share.tally.facts()}
    theirs = accounts.submit("warn", account="bob", by=Actor.system("counters"), facts=facts)
    assert [r.code for r in theirs.refusals] == ["sample_is_large_enough"]


def test_the_window_ends_at_an_instant(accounts, ann, shop):
    """A sighting exactly as old as the window still counts; an instant later it does not."""
    accounts.observe("distinct_addresses", account=ann, about="first")
    assert count(accounts, "distinct_addresses", at=START + 3 * DAY) == 1
    assert count(accounts, "distinct_addresses", at=START + 3 * DAY + INSTANT) == 0
    shop.now = START + 3 * DAY
    assert seen(accounts, "distinct_addresses", ["second"]).count == 2
    shop.now += INSTANT
    assert seen(accounts, "distinct_addresses", ["third"]).count == 2


def test_a_window_may_be_given_in_working_days(shop):
    """A window of working days skips the weekend."""
    rules = policy(Parameters(failed_payments_window=BusinessDays(1)))
    with Lifecycle.open("memory:", policy=rules, clock=shop.clock) as accounts:
        accounts.register("ann", facts=UP)
        shop.now = dt.datetime(2026, 3, 6, 12, tzinfo=dt.UTC)
        accounts.observe("failed_payments", account="ann")
        assert count(accounts, "failed_payments", at=shop.now + 3 * DAY) == 1
        assert count(accounts, "failed_payments", at=shop.now + 3 * DAY + INSTANT) == 0


def test_the_same_thing_counts_once(accounts, ann, shop):
    """Different addresses are counted, not sign-ins; and one seen again counts from when it was last seen."""
    for hours in range(5):
        assert seen(accounts, "distinct_addresses", ["home", "office"]).count == 2
        shop.passes(hours=hours)
    shop.now = START + 3 * DAY + HOUR
    assert count(accounts, "distinct_addresses") == 2


def test_a_lock_spends_what_led_to_it(accounts, ann, shop):
    """The sightings that locked an account carry no second lock once support has opened it; later ones count anew."""
    seen(accounts, "distinct_addresses", [f"ip-{n}" for n in range(6)])
    accounts.submit("unlock", account=ann, by=Actor.agent("a1"), facts={"packet_fields": 4})
    again = seen(accounts, "distinct_addresses", ["ip-5"])
    assert (again.count, again.decision) == (1, None)
    assert seen(accounts, "distinct_addresses", [f"ip-{n}" for n in range(5)]).decision.allowed


def test_no_second_measure_on_the_same_ground(accounts, ann):
    """While a warning on the ground is open, further sightings are counted and nothing is submitted, nor refused."""
    assert seen(accounts, "unpaid_orders", ["o1", "o2", "o3"]).decision.allowed
    fourth = seen(accounts, "unpaid_orders", ["o4"])
    assert (fourth.count, fourth.reached, fourth.decision) == (4, True, None)
    assert [*accounts.denials(ann)] == []


def test_nothing_is_submitted_where_nothing_could_come_of_it(accounts, ann):
    """A locked account is neither warned nor locked again; the next sighting after it is open again does it."""
    accounts.submit("lock", account=ann, by=Actor.agent("a1"), facts={"ground": "new_device"})
    assert seen(accounts, "unpaid_orders", ["o1", "o2", "o3"]).decision is None
    accounts.submit("unlock", account=ann, by=Actor.agent("a1"), facts={"packet_fields": 4})
    assert seen(accounts, "unpaid_orders", ["o3"]).decision.allowed


def test_what_ends_counts_no_more_and_clears_the_warning(accounts, ann, shop):
    """An order that is paid leaves the count; with the count below the limit the warning is cleared by itself."""
    seen(accounts, "unpaid_orders", ["o1", "o2", "o3"])
    shop.passes(hours=30)
    paid = accounts.observe("unpaid_orders", account=ann, about="o2", ended=True)
    assert (paid.count, paid.decision.command.trigger, paid.decision.notices) == (
        2,
        "clear_warning",
        ("warning_cleared",),
    )
    shop.passes(days=9)
    assert accounts.account(ann).state is State.ACTIVE
    assert seen(accounts, "unpaid_orders", ["o2"]).decision.command.trigger == "warn"


def test_unless_heeded_the_warning_runs_out(accounts, ann, shop):
    """The automatic warning names its standing statement of reasons, so the suspension follows after 72 hours."""
    warned = seen(accounts, "unpaid_orders", ["o1", "o2", "o3"])
    assert [(e["kind"], e["ref"]) for e in warned.decision.event.evidence] == [
        ("statement_of_reasons", "standard.unpaid_orders")
    ]
    shop.passes(days=3)
    assert accounts.account(ann).state is State.ACTIVE
    shop.now += INSTANT
    assert accounts.account(ann).state is State.SUSPENDED


def test_a_statement_of_the_hosts_own(accounts, ann):
    """A host that writes the statement itself brings it along, and the standing one is not named."""
    observed = seen(accounts, "unpaid_orders", ["o1", "o2", "o3"], evidence=[STATEMENT])
    assert [e["ref"] for e in observed.decision.event.evidence] == ["doc-1"]


def test_late_news_of_a_beginning(accounts, ann, shop):
    """An order whose end was heard of first is not open; one that was opened again after its end is."""
    accounts.observe("unpaid_orders", account=ann, about="o1", ended=True, at=START + HOUR)
    assert accounts.observe("unpaid_orders", account=ann, about="o1", at=START).count == 0
    assert accounts.observe("unpaid_orders", account=ann, about="o1", at=START + 2 * HOUR).count == 1
    assert accounts.observe("unpaid_orders", account=ann, about="o1", at=START).count == 1


def test_unpaid_order_age(shop):
    """Where an order counts only from some age, it counts from then on, without being seen again."""
    rules = policy(Parameters(unpaid_order_age=DAY))
    with Lifecycle.open("memory:", policy=rules, secret=SECRET, clock=shop.clock) as accounts:
        accounts.register("ann", facts=UP)
        assert seen(accounts, "unpaid_orders", ["o1", "o2", "o3"]).count == 0
        assert [count(accounts, "unpaid_orders", at=START + DAY - wait) for wait in (INSTANT, 0 * DAY)] == [0, 3]


def test_the_share_of_disputes(accounts, ann):
    """Thirty per cent of at least five orders warn, disputes closed or not; one the seller won weighs double."""
    orders = seen(accounts, "orders", [f"o{n}" for n in range(10)])
    assert (orders.limit, orders.window, orders.decision) == (None, 365 * DAY, None)
    accounts.observe("open_disputes", account=ann, about="d1")
    closed = accounts.observe("open_disputes", account=ann, about="d1", ended=True, outcome="seller_won")
    assert (closed.count, closed.also[0].count) == (0, 20)
    at_last = seen(accounts, "open_disputes", ["d2"]).also[0]
    assert (at_last.count, at_last.reached, at_last.decision.allowed) == (30, True, True)
    facts = at_last.decision.event.facts
    assert (facts["signal"], facts["signal_count"], facts["signal_sample"]) == ("dispute_percent", 30, 10)
    more = seen(accounts, "orders", ["o11"]).also[0]
    assert (more.count, more.decision.command.trigger) == (27, "clear_warning")


def test_negative_signals_add_up(accounts, ann, shop):
    """Expired cards, failed payments and unpaid orders are summed; together they warn of a lock."""
    for day in range(5):
        accounts.observe("expired_cards", account=ann)
        observed = accounts.observe("failed_payments", account=ann)
        assert observed.also[0].count == 2 * day + 2
        shop.passes(hours=30)
    warning = accounts.account(ann).warning
    assert (warning.ground, warning.signal) == ("payment_trouble", "payment_trouble")
    assert observed.decision is None
    shop.passes(days=2)
    assert accounts.account(ann).lock.ground == "payment_trouble"


def test_accounts_on_one_device(accounts, shop):
    """The third account on a device is locked; its holder verifies elsewhere, and this device locks it no more."""
    for name in ("ann", "bob", "cat", "dan"):
        accounts.register(name, identifiers={"email": f"{name}@example.org"}, facts=UP)
    for name in ("ann", "bob", "ann"):
        observed = accounts.observe("accounts_on_device", account=name, about="family-phone")
    assert (observed.count, observed.decision) == (2, None)
    third = accounts.observe("accounts_on_device", account="cat", about="family-phone")
    assert (third.count, third.decision.dest) == (3, State.SECURITY_LOCKED)
    cat = Actor.holder("cat")
    accounts.submit("send_unlock_code", account="cat", by=cat, facts={"channel": "email_link"})
    accounts.submit(
        "verify", account="cat", by=cat, code=accounts.code_for("cat", "unlock_code"), facts={"device_is_own": True}
    )
    again = accounts.observe("accounts_on_device", account="cat", about="family-phone")
    assert (again.count, [r.code for r in again.decision.refusals]) == (3, ["devices_are_not_recognised"])
    other = [accounts.observe("accounts_on_device", account=n, about="tablet") for n in ("bob", "dan", "cat")]
    assert other[-1].decision.allowed
    shop.passes(days=30)
    assert accounts.observe("accounts_on_device", account="dan", about="family-phone").count == 4
    shop.now += INSTANT
    assert count(accounts, "accounts_on_device", "dan") == 1


def test_a_key_makes_a_sighting_count_once(accounts, ann, shop):
    """The same sighting under its key counts once and gets the same answer again, whatever happened since."""
    asked = [{"account": ann, "key": f"k{n}"} for n in range(5)]
    first = [accounts.observe("failed_payments", **each) for each in asked]
    shop.passes(days=1)
    accounts.settle(ann)
    again = [accounts.observe("failed_payments", **each) for each in asked]
    assert [o.count for o in again] == [o.count for o in first] == [1, 2, 3, 4, 5]
    assert [o.repeated for o in again] == [True] * 5
    assert again[-1].decision.event == next(e for e in accounts.events(ann) if e.trigger == "lock")
    assert again[-1].also[0].count == first[-1].also[0].count
    with pytest.raises(KeyReused):
        accounts.observe("expired_cards", account=ann, key="k1")
    with pytest.raises(KeyReused):
        accounts.observe("failed_payments", account=ann, key="k1", about="another")


def test_a_key_tells_two_sightings_apart(accounts, ann):
    """Without a key and a thing each sighting counts; with a key one that was stored and not answered counts once."""
    for _ in range(2):
        accounts.observe("expired_cards", account=ann)
    assert count(accounts, "expired_cards") == 2
    accounts.observe("expired_cards", account=ann, key="k1")
    accounts.store.prune(before=START + DAY)
    assert accounts.observe("expired_cards", account=ann, key="k1").count == 3


def test_a_sighting_that_could_not_be_decided_is_kept(accounts, ann, shop):
    """Where the host's facts fail the sighting is kept; asked again under its key it counts once, and is decided."""
    asked = [{"account": ann, "key": f"k{n}"} for n in range(5)]
    for each in asked[:4]:
        accounts.observe("failed_payments", **each)

    def broken(account, names):
        raise OSError("the shop is closed")

    with pytest.raises(GatherFailed):
        accounts.observe("failed_payments", gather=broken, **asked[4])
    assert accounts.account(ann).state is State.ACTIVE
    observed = accounts.observe("failed_payments", **asked[4])
    assert (observed.count, observed.repeated, observed.decision.allowed) == (5, False, True)


def test_many_sightings_at_once_lock_once(accounts, ann):
    """However many sightings come at the same moment, none is lost and the account is locked once."""
    with ThreadPoolExecutor(6) as pool:
        together = [*pool.map(lambda n: accounts.observe("failed_payments", account=ann, about=f"p{n}"), range(5))]
    assert sum(o.decision is not None and o.decision.allowed for o in together) == 1
    assert [e.trigger for e in accounts.events(ann)] == ["register", "lock"]


def test_a_changed_secret_knows_things_again(shop, tmp_path):
    """After the secret was changed a thing seen before is still the same thing, for one account and across accounts."""
    url = f"sqlite:///{tmp_path / 'a.db'}"
    for secrets in ([SECRET], [b"a newer secret of 32 bytes......", SECRET]):
        with Lifecycle.open(url, secret=secrets, clock=shop.clock) as accounts:
            if len(secrets) == 1:
                for name in ("ann", "bob"):
                    accounts.register(name, facts=UP)
            assert seen(accounts, "distinct_addresses", ["home"]).count == 1
            who = "ann" if len(secrets) == 1 else "bob"
            on_device = accounts.observe("accounts_on_device", account=who, about="phone")
    assert on_device.count == 2


def test_hosts_facts_go_along(accounts, ann):
    """What else the host knows of a sighting reaches the guards: a journey told of, and where the sign-in came from."""
    accounts.submit("open_case", account=ann, by=Actor.holder(ann))
    journey = {"countries": ["FR"], "travels_from": START, "travels_to": START + 5 * DAY}
    accounts.submit("note_travel", account=ann, by=Actor.holder(ann), facts=journey)
    observed = seen(accounts, "distinct_addresses", [f"ip-{n}" for n in range(6)], facts={"country": "FR"})
    assert [r.code for r in observed.decision.refusals] == ["no_travel_note_covers_this"]
    assert seen(accounts, "distinct_addresses", ["ip-6"], facts={"country": "BR"}).decision.allowed


def test_observing_settles_the_account_first(accounts, ann, shop):
    """A lock that ran out by the time of the sighting is gone, and the sighting counts against an open account."""
    seen(accounts, "failed_payments", [f"p{n}" for n in range(5)])
    shop.passes(hours=24)
    assert seen(accounts, "failed_payments", [f"q{n}" for n in range(5)]).decision.allowed
    assert [e.trigger for e in accounts.events(ann)][1:] == ["lock", "lock_expires", "lock"]


def test_a_sighting_may_lie_in_the_past(accounts, ann, shop):
    """A sighting older than the account's last event is counted where it belongs, and decided upon now."""
    shop.passes(hours=5)
    accounts.submit("open_case", account=ann, by=Actor.holder(ann))
    for n in range(6):
        observed = accounts.observe("distinct_addresses", account=ann, about=f"ip{n}", at=START + n * HOUR / 2)
    assert observed.decision.event.at == START + 5 * HOUR
    assert accounts.observe("expired_cards", account=ann, at=START - 31 * DAY).count == 1
    assert count(accounts, "expired_cards") == 0


def test_late_news_counts_where_it_belongs(accounts, ann, shop):
    """A sighting heard of late may complete a window that ends after it; one far ahead of all others does not count."""
    accounts.observe("distinct_addresses", account=ann, about="wrong-clock", at=START + 400 * DAY)
    for n in range(5):
        accounts.observe("distinct_addresses", account=ann, about=f"ip{n}", at=START + n * DAY / 2)
    late = accounts.observe("distinct_addresses", account=ann, about="late", at=START + HOUR)
    assert (late.count, late.decision.allowed) == (6, True)


def test_old_sightings_are_let_go(accounts, ann, shop):
    """What has left every window is dropped when the account is next seen; what goes on is kept."""
    seen(accounts, "distinct_addresses", ["home"])
    seen(accounts, "unpaid_orders", ["o1"])
    shop.passes(days=40)
    seen(accounts, "distinct_addresses", ["office"])
    assert sorted(s.signal for s in accounts.store.sightings(ann)) == ["distinct_addresses", "unpaid_orders"]


def test_of_a_deleted_account_nothing_is_kept(accounts):
    """A deleted account is not watched any more."""
    accounts.import_account("gone", state="deleted")
    observed = accounts.observe("failed_payments", account="gone")
    assert (observed.count, observed.decision, accounts.store.sightings("gone")) == (0, None, ())


def test_the_hosts_transaction(shop, tmp_path):
    """With the host's connection the sighting and what follows from it are rolled back together with the host's rows."""
    path = tmp_path / "a.db"
    with Lifecycle.open(f"sqlite:///{path}", secret=SECRET, clock=shop.clock) as accounts:
        accounts.register("ann", facts=UP)
        seen(accounts, "failed_payments", [f"p{n}" for n in range(4)])
        host = sqlite3.connect(path, isolation_level=None)
        host.execute("BEGIN IMMEDIATE")
        observed = accounts.observe("failed_payments", account="ann", about="p5", key="k1", connection=host)
        assert observed.decision.allowed
        host.execute("ROLLBACK")
        host.close()
        assert (accounts.account("ann").state, count(accounts, "failed_payments")) == (State.ACTIVE, 4)


@pytest.mark.parametrize(("signal", "more", "says"), [
    ("distinct_adresses", {}, 'Did you mean "distinct_addresses"'),
    ("dispute_percent", {"about": "d"}, "is worked out from open_disputes and orders"),
    ("orders", {}, "say with about= what was seen"),
    ("orders", {"about": ""}, "token of 1 to 200 characters"),
    ("orders", {"about": "x" * 201}, "token of 1 to 200 characters"),
    ("orders", {"about": 7}, "token of 1 to 200 characters"),
    ("orders", {"about": "o", "ended": True}, "it does not end"),
    ("open_disputes", {"about": "d", "outcome": "seller_one"}, 'Did you mean "seller_won"'),
    ("unpaid_orders", {"about": "o", "outcome": "lost"}, "knows no such outcome"),
    ("orders", {"about": "o", "key": ""}, "idempotency key"),
    ("orders", {"about": "o", "facts": {"gossip": 1}}, "no fact is called"),
])  # fmt: skip
def test_senseless_observations(accounts, ann, signal, more, says):
    """What makes no sense is refused with what would, and nothing is kept."""
    with pytest.raises(BadRequest, match=says):
        accounts.observe(signal, account=ann, **more)
    assert accounts.store.sightings(ann) == ()


def test_who_is_not_there(accounts, ann):
    """An unknown account and a time without an offset are refused."""
    for ask in (lambda: accounts.observe("failed_payments", account="nobody"), lambda: accounts.signals("nobody")):
        with pytest.raises(UnknownAccount):
            ask()
    with pytest.raises(NaiveTime):
        accounts.observe("failed_payments", account=ann, at=dt.datetime(2026, 3, 2))  # noqa: DTZ001
    with pytest.raises(NaiveTime):
        accounts.signals(ann, at=dt.datetime(2026, 3, 2))  # noqa: DTZ001


def test_without_a_secret(shop):
    """What was seen is kept as a keyed hash only, so it takes a secret; counting times does not."""
    with Lifecycle.open("memory:", clock=shop.clock) as accounts:
        accounts.register("ann", facts=UP)
        assert accounts.observe("failed_payments", account="ann", key="k").count == 1
        with pytest.raises(SecretMissing):
            accounts.observe("orders", account="ann", about="o1")


def test_what_was_seen_cannot_be_read(shop, tmp_path):
    """Neither the database, nor a log line, nor a repr, nor an event holds the token of what was seen."""
    path = tmp_path / "a.db"
    with Lifecycle.open(f"sqlite:///{path}", secret=SECRET, clock=shop.clock) as accounts:
        accounts.register("ann", facts=UP)
        observed = seen(accounts, "distinct_addresses", [f"203.0.113.{n}" for n in range(6)], key=None)
        device = accounts.observe("accounts_on_device", account="ann", about="planted-device", key="k1")
        texts = [repr(observed), repr(device), *map(repr, accounts.events("ann")), *map(repr, accounts.outbox("ann"))]
        texts += [repr(s) for s in accounts.store.sightings("ann")]
        assert not any("203.0.113" in text or "planted" in text for text in texts)
    everything = b"".join(p.read_bytes() for p in path.parent.iterdir())
    assert b"203.0.113" not in everything
    assert b"planted" not in everything


def test_erasing_forgets_what_was_seen(accounts, ann, shop):
    """With the data of an account go its sightings."""
    seen(accounts, "unpaid_orders", ["o1"])
    accounts.submit("request_closure", account=ann, by=Actor.holder(ann))
    link = accounts.code_for(ann, "closure_link")
    accounts.submit("confirm_closure", account=ann, by=Actor.holder(ann), code=link)
    shop.passes(days=9)
    accounts.settle(ann)
    assert accounts.account(ann).erased
    assert accounts.store.sightings(ann) == ()


def test_every_signal_leads_where_its_ground_says():
    """A lock, or a warning where the ground is warned about; a signal without a ground leads nowhere by itself."""
    rules = policy()
    assert {name: trigger_of(rules, signal) for name, signal in SIGNALS.items()} == {
        "distinct_addresses": "lock",
        "accounts_on_device": "lock",
        "accounts_of_person": "warn",
        "failed_payments": "lock",
        "expired_cards": None,
        "unpaid_orders": "warn",
        "payment_trouble": "warn",
        "open_disputes": "warn",
        "orders": None,
        "dispute_percent": "warn",
    }
    named = {signal for ground in rules.grounds.values() for signal in ground.signals}
    assert named == {name for name, signal in SIGNALS.items() if signal.ground}
    assert {signal.counts for signal in SIGNALS.values()} - {*OBSERVED} == {"share", "sum"}


def test_a_ground_that_is_not_warned_about_suspends_at_once(shop):
    """Where a host's policy drops the warning, the signal suspends by itself, with the standing statement."""
    rules = policy()
    at_once = attrs.evolve(rules.grounds["unpaid_orders"], warned=False)
    rules = policy(Parameters(grounds={**rules.grounds, "unpaid_orders": at_once}))
    with Lifecycle.open("memory:", policy=rules, secret=SECRET, clock=shop.clock) as accounts:
        accounts.register("ann", facts=UP)
        observed = seen(accounts, "unpaid_orders", ["o1", "o2", "o3"])
        assert (observed.decision.command.trigger, observed.decision.dest) == ("suspend", State.SUSPENDED)


def test_a_signal_without_its_ground_leads_nowhere(shop):
    """Where a host's grounds leave one out, or its signal, what is seen is still counted and nothing follows."""
    grounds = dict(policy().grounds)
    del grounds["unpaid_orders"]
    grounds["declined_payments"] = attrs.evolve(grounds["declined_payments"], signals={})
    rules = policy(Parameters(grounds=grounds))
    check_policy(rules)
    with Lifecycle.open("memory:", policy=rules, secret=SECRET, clock=shop.clock) as accounts:
        accounts.register("ann", facts=UP)
        for signal in ("unpaid_orders", "failed_payments"):
            observed = seen(accounts, signal, [f"thing-{n}" for n in range(5)])
            assert (observed.count, observed.limit, observed.decision) == (5, None, None)


@pytest.mark.parametrize(("change", "says"), [
    ({"counts": "guesses"}, 'counts "guesses"'),
    ({"ground": "harassment"}, "is no ground that knows it"),
    ({"ground": "gossip"}, "is no ground that knows it"),
    ({"window": "ip_login_windows"}, 'Did you mean "ip_login_window"'),
    ({"of": ("orders",)}, "must be worked out from others"),
    ({"counts": "share", "of": ("orders",)}, "from two if it is a share"),
    ({"counts": "sum", "of": ("order",)}, 'unknown signal "order"'),
    ({"tells": "gossip"}, 'unknown fact "gossip"'),
    ({"cites": ()}, "cites nothing"),
])  # fmt: skip
def test_a_senseless_signal_is_refused_when_the_policy_is_built(change, says):
    """A signal that names what nobody knows is a mistake of the policy, named with the signal."""
    rules = policy()
    wrong = attrs.evolve(rules.signals["distinct_addresses"], **change)
    with pytest.raises(PolicyError, match=says):
        check_policy(attrs.evolve(rules, signals={**rules.signals, "distinct_addresses": wrong}))
