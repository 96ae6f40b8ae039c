"""The command level: how an account stands in the loyalty programme, told on the terminal."""

import pytest
from command_line import DAY, MONDAY, cli

from lifecycle import Actor
from lifecycle.replay import SimulatedClock, simulated


@pytest.fixture
def database(tmp_path):
    """A database with a holder of many purchases, one of the old programme, and one who is suspended."""
    path = tmp_path / "accounts.db"
    with simulated(url=f"sqlite:///{path}") as accounts:
        assert isinstance(accounts.clock, SimulatedClock)
        accounts.clock.now = MONDAY
        accounts.register("ann", facts={"registration_fields": 4, "verified_by": "link", "contacts": ["email"]})
        for day in range(10):
            accounts.clock.now = MONDAY + day * DAY
            facts = {"points_source": "purchase", "order": f"o-{day}", "order_total": 300, "purchase_succeeded": True}
            accounts.submit("earn", account="ann", by=Actor.holder("ann"), facts=facts)
        accounts.submit("earn", account="ann", by=Actor.holder("ann"), facts={"points_source": "visit"})
        accounts.import_account("old", state="active", given={"level": "legacy"}, at=MONDAY)
        top = {"ground": "harassment", "author": "reviewer:r1", "level": "diamond"}
        accounts.import_account("eve", state="suspended", given=top, at=MONDAY)
    return path


def test_level_tells_level_points_and_what_runs_out(database):
    """Level, points, the way to the next level, the next count, and what runs out when, month by month."""
    ran = cli("level", "ann", "--at", "2020-04-10T10:00Z", "--database", database)
    assert (ran.code, ran.err) == (0, "")
    assert ran.lines[0] == "Account ann is gold"
    assert "Asked for 10 Apr 2020 10:00 UTC." in ran.words
    assert "It has 51 points; 149 more make it platinum." in ran.words
    assert "◷ the level is counted next on 01 May 2020 00:00" in ran.words
    assert "◷ 51 points will run out at the end of 02 to 11 Mar 2021" in ran.words


def test_level_before_the_count(database):
    """Before the month is over the level is what it was, and enough is said to be enough."""
    ran = cli("level", "ann", "--at", "2020-03-20T10:00Z", "--database", database)
    assert ran.lines[0] == "Account ann is silver"
    assert "It has 51 points; that is enough for more at the next count." in ran.words


def test_level_tells_every_benefit(database):
    """What stands open with its worth, what does not with the reason, and what depends on facts nobody gave."""
    words = ("level", "ann", "--at", "2020-04-10T10:00Z", "--database", database)
    ran = cli(*words)
    assert (
        "✓ use brand discount A discount on the brand that is featured, another one each week. 8 per cent, until 13 Apr 2020 00:00"
        in ran.words
    )
    assert "on 02 Mar 2021 10:05" in ran.words
    assert "The holder finds it under My Account: Member Center (web) and Partner Program (mobile)." in ran.words
    assert "✗ have fast refunds" in ran.words
    assert "not so: The level has fast refunds. [level_has_fast_refunds]" in ran.words
    assert "level = gold, needs platinum or diamond" in ran.words
    assert "? have birthday gift" in ran.words
    assert "depends on birth_date_on_file and is_birthday" in ran.words
    assert (
        "✓ have birthday gift" in cli(*words, "--fact", "birth_date_on_file=true", "--fact", "is_birthday=true").words
    )


def test_level_of_an_account_of_the_old_programme(database):
    """It has no benefits yet, nothing is counted, and it is said what to do."""
    ran = cli("level", "old", "--database", database)
    assert ran.lines[0] == "Account old is legacy"
    assert "It has 0 points." in ran.words
    assert "✓" not in ran.out
    assert "Bring it over from the old programme first." in ran.words


def test_level_of_a_suspended_account(database):
    """The level stays, its benefits rest."""
    ran = cli("level", "eve", "--fact", "sale=none", "--database", database)
    assert ran.lines[0] == "Account eve is diamond"
    assert "✓" not in ran.out
    assert "not so: The account is in use. [account_is_in_use]" in ran.words


def test_level_as_a_document(database):
    """The same as one JSON document."""
    ran = cli("level", "ann", "--at", "2020-04-10T10:00Z", "--fact", "sale=christmas", "--json", "--database", database)
    said = ran.document
    assert said["schema"] == "lifecycle/level/1"
    assert (said["account"], said["level"], said["points"], said["counted"]) == ("ann", "gold", 51, 51)
    assert (said["next_level"], said["missing"], said["recount"]) == ("platinum", 149, "2020-05-01T00:00:00Z")
    assert said["running_out"][-1] == {"after": "2021-03-11", "points": 6}
    benefits = {each["name"]: each for each in said["benefits"]}
    assert benefits["use_brand_discount"]["worth"] == {"per_cent": 8, "until": "2020-04-13T00:00:00Z"}
    assert said["found_under"] == {"web": "Member Center", "mobile": "Partner Program"}
    assert benefits["have_birthday_gift"]["open"] is None
    assert benefits["have_birthday_gift"]["needs"] == ["birth_date_on_file", "is_birthday"]
    assert [guard["code"] for guard in benefits["see_exclusive_prices"]["guards"] if guard["met"] is False] == [
        "level_has_exclusive_prices"
    ]


def test_level_where_fewer_points_count_than_there_are(database, tmp_path):
    """Where the level looks at fewer months than points last, both numbers are told."""
    parameters = tmp_path / "short.toml"
    parameters.write_text("level_window = 1\n", encoding="utf-8")
    words = ("level", "ann", "--at", "2020-05-20T10:00Z", "--database", database, "--policy", parameters)
    ran = cli(*words)
    assert "It has 51 points, 0 of which count for the level; 50 more make it gold." in ran.words


def test_level_tells_its_window_and_the_last_count(database):
    """Since when is counted, and what the last count came to over which time."""
    words = ("level", "ann", "--at", "2020-04-10T10:00Z", "--database", database)
    ran = cli(*words)
    assert "Counted is what came from 10 Apr 2019 00:00 on." in ran.words
    assert "The last count, from 01 Apr 2019 00:00 to 01 Apr 2020 00:00, came to 51." in ran.words
    said = cli(*words, "--fact", "sale=none", "--json").document
    assert (said["measure"], said["begins"], said["valid_until"]) == ("points", "2019-04-10T00:00:00Z", None)
    assert said["last_count"] == {"sum": 51, "from": "2019-04-01T00:00:00Z", "to": "2020-04-01T00:00:00Z"}


@pytest.mark.parametrize(("choices", "says"), [
    ('level_measure = "counts"', "It has 51 points; 11 times count for the level; 39 more make it gold."),
    ('level_measure = "money"', "It has 51 points; 0 US cents count for the level; 50 more make it gold."),
    (
        'points_expiry = 1\nlevel_after_review = "aged"',
        "It has 11 points; 25 count for the level; 175 more make it platinum.",
    ),
    ("level_window = 24\npoints_expiry = 24", "It has 51 points; 149 more make it platinum."),
    (
        "[programme.levels]\ngold = { valid_months = 6 }",
        "the level is not lowered before 01 Oct 2020 00:00",
    ),
])  # fmt: skip
def test_level_under_another_programme(database, tmp_path, choices, says):
    """What is measured is told as what it is, and so is the time before which a level is not lowered."""
    parameters = tmp_path / "other.toml"
    parameters.write_text(choices, encoding="utf-8")
    words = ("level", "ann", "--at", "2020-04-10T10:00Z", "--database", database, "--policy", parameters)
    assert says in cli(*words).words
