"""The commands about what is counted: signals, observe."""

import pytest
from command_line import DAY, MONDAY, cli, some_accounts
from shop import SECRET

from lifecycle import Actor, Lifecycle
from lifecycle.replay import SECRET as REPLAYED
from lifecycle.replay import simulated


@pytest.fixture
def database(tmp_path):
    """A database with a few accounts, one of them open; see `some_accounts`."""
    path = some_accounts(tmp_path / "accounts.db")
    with simulated(url=f"sqlite:///{path}") as accounts:
        facts = {"registration_fields": 4, "verified_by": "link"}
        accounts.register("may", facts=facts, at=MONDAY)
    return path


@pytest.fixture
def secret(tmp_path):
    """The file with the secret of that database."""
    path = tmp_path / "secret.txt"
    path.write_bytes(REPLAYED + b"\n")
    return path


def observe(database, *words):
    """Observe something of the open account, a week after it was registered."""
    at = (MONDAY + 7 * DAY).isoformat()
    return cli("observe", *words, "--at", at, "--database", database)


def test_signals_tells_what_the_policy_counts():
    """Without an account each signal is told: what is counted, in which window, what follows, and on which rules."""
    ran = cli("signals")
    assert ran.code == 0
    assert ran.lines[0].endswith("counts 10 signals")
    assert "distinct_addresses different network addresses of sign-ins within 72 hours" in ran.words
    assert "At 6 the system does: lock, on the ground unusual logins." in ran.words
    assert "At 30, of at least 5 the system does: warn, on the ground buyer protection." in ran.words
    assert "Nothing follows from it alone." in ran.words
    assert "Worked out from expired_cards, failed_payments and unpaid_orders." in ran.words
    assert "It rests on G3-67 and A-32." in ran.words


def test_signals_as_a_document():
    """The same as JSON: limits, windows, and what is worked out from what."""
    document = cli("signals", "--json").document
    assert document["schema"] == "lifecycle/signals/1"
    told = {each["signal"]: each for each in document["signals"]}
    assert (told["failed_payments"]["limit"], told["failed_payments"]["window"]) == (5, "24 hours")
    assert (told["dispute_percent"]["of"], told["dispute_percent"]["least_sample"]) == (["open_disputes", "orders"], 5)
    assert (told["orders"]["does"], told["unpaid_orders"]["does"]) == (None, "warn")


def test_observe_counts_and_then_decides(database, secret):
    """Below the limit the count is told; at the limit also what followed, and the account shows both."""
    for n in (1, 2):
        ran = observe(database, "unpaid_orders", "may", "--about", f"order-{n}", "--secret-file", secret)
        assert f"✓ {n} of 3 unpaid_orders orders waiting for payment at once" in ran.words
        assert f"✓ {n} of 10 payment_trouble" in ran.words
    ran = observe(database, "unpaid_orders", "may", "--about", "order-3", "--secret-file", secret)
    assert "✗ 3 of 3 unpaid_orders orders waiting for payment at once the limit is reached" in ran.words
    assert "✓ warn: the account is active, and sends warning." in ran.words
    shown = cli("signals", "may", "--database", database, "--at", (MONDAY + 8 * DAY).isoformat())
    assert "What was seen of account may" in shown.words
    assert "It is active. Counted for 10 Mar 2020 10:05 UTC." in shown.words
    assert "✗ 3 of 3 unpaid_orders" in shown.words
    assert (
        "✓ 0 of 30 dispute_percent per cent of the orders that were disputed within 365 days, out of 0" in shown.words
    )
    quiet = observe(database, "failed_payments", "may", "--json").document
    assert (quiet["count"], quiet["decision"], [each["signal"] for each in quiet["also"]]) == (
        1,
        None,
        ["payment_trouble"],
    )
    ended = observe(database, "unpaid_orders", "may", "--about", "order-3", "--ended", "--secret-file", secret)
    assert "✓ clear_warning: the account is active, and sends warning cleared." in ended.words


def test_observe_as_a_document(database, secret):
    """As JSON with the decision and every refusal; under its key the same sighting is told again."""
    with Lifecycle.open(f"sqlite:///{database}", secret=REPLAYED, clock=lambda: MONDAY) as accounts:
        accounts.submit("open_case", account="may", by=Actor.holder("may"))
        journey = {"countries": [], "travels_from": MONDAY, "travels_to": MONDAY + 9 * DAY}
        accounts.submit("note_travel", account="may", by=Actor.holder("may"), facts=journey)
        for n in range(5):
            accounts.observe("distinct_addresses", account="may", about=f"ip-{n}", at=MONDAY + 7 * DAY)
    words = ("distinct_addresses", "may", "--about", "ip-5", "--key", "k", "--secret-file", secret)
    first = observe(database, *words, "--json").document
    assert (first["count"], first["limit"], first["reached"], first["repeated"]) == (6, 6, True, False)
    assert [r["code"] for r in first["decision"]["refusals"]] == ["no_travel_note_covers_this"]
    assert (first["decision"]["taken"], first["decision"]["to"]) == (False, "active")
    assert observe(database, *words, "--json").document["repeated"] is True
    again = observe(database, *words)
    assert "✗ lock, not so: No journey told of beforehand explains it. [no_travel_note_covers_this]" in again.words
    assert "known under its key; nothing was counted again" in again.words
    counted = cli("signals", "may", "--database", database, "--at", (MONDAY + 8 * DAY).isoformat(), "--json").document
    told = {each["signal"]: each for each in counted["signals"]}
    assert (told["distinct_addresses"]["count"], told["distinct_addresses"]["reached"]) == (6, True)
    assert counted["account"]["id"] == "may"


def test_facts_and_outcomes_on_the_command_line(database, secret):
    """What else is known goes along as name=value, and what became of a dispute by its code."""
    ran = observe(
        database,
        *("open_disputes", "may", "--about", "d1", "--ended", "--outcome", "seller_won", "--fact", "country=FR"),
        *("--secret-file", secret),
    )
    assert ran.code == 0, ran.err
    assert "✓ 0 of 5 open_disputes" in ran.words


@pytest.mark.parametrize(("words", "says"), [
    (("unpaid_order", "may", "--about", "o"), 'Did you mean "unpaid_orders"?'),
    (("orders", "may"), "say with about= what was seen"),
    (("orders", "may", "--about", "o"), "name the secret's file with --secret-file"),
    (("orders", "may", "--about", "o", "--secret-file", "nowhere.txt"), "the secret cannot be read from nowhere.txt"),
    (("failed_payments", "nobody"), 'there is no account "nobody"'),
])  # fmt: skip
def test_senseless_sightings(database, words, says):
    """What makes no sense is answered in a sentence with exit code 2."""
    ran = observe(database, *words)
    assert ran.code == 2
    assert says in " ".join(ran.err.split())


def test_an_account_needs_its_database():
    """The signals of an account are in a database, which must be named."""
    ran = cli("signals", "may")
    assert ran.code == 2
    assert "name it with --database" in ran.err


def test_the_secret_is_read_from_its_file(tmp_path):
    """What one command saw under the secret another knows again, white space around the secret apart."""
    path, secret = tmp_path / "a.db", tmp_path / "secret.txt"
    secret.write_bytes(b"  " + SECRET + b" \n")
    with Lifecycle.open(f"sqlite:///{path}", secret=SECRET, clock=lambda: MONDAY) as accounts:
        accounts.register("may", facts={"registration_fields": 4, "verified_by": "link"})
        accounts.observe("distinct_addresses", account="may", about="home")
    words = ("observe", "distinct_addresses", "may", "--about", "home", "--at", MONDAY.isoformat(), "--database", path)
    assert "✓ 1 of 6" in cli(*words, LIFECYCLE_SECRET_FILE=str(secret)).words
