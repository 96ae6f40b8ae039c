"""Parameters: each is named with unit, kind and rule; a file of them is read whole; every mistake is told at once."""

from __future__ import annotations

import datetime as dt
import inspect
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shop import SECRET

import lifecycle
from lifecycle import Actor, BusinessDays, Lifecycle, WorkCalendar, policy, read_parameters
from lifecycle.calendar import read_period, spoken
from lifecycle.errors import BadParameters
from lifecycle.machine import AccountMachine
from lifecycle.parameters_file import changes, origin, parameters_of, parameters_text, values_of
from lifecycle.policy.parameters import Parameters, mistakes_in
from lifecycle.policy.parameters.naming import DATA, ESTIMATE, GENERAL, Named, mistakes_of, named, named_in, takes_time
from lifecycle.policy.parameters.together import pairs
from lifecycle.rows import Ground

DECLARED = named_in(Parameters)
PACKAGE = Path(lifecycle.__file__).parent
CODE = "".join(
    path.read_text(encoding="utf-8")
    for path in PACKAGE.rglob("*.py")
    if path.parent != PACKAGE / "policy" / "parameters"
)
"""The code of the package but for the declarations of parameters."""
HOUR = dt.timedelta(hours=1)


def mistakes(text: str) -> tuple[str, ...]:
    """What is wrong with a file of this text."""
    with pytest.raises(BadParameters) as caught:
        parameters_of(text, "shop.toml")
    return caught.value.mistakes


@pytest.mark.parametrize("each", DECLARED, ids=lambda each: each.name)
def test_every_parameter_says_what_it_is(each: Named) -> None:
    """Each has a sentence, a unit, a kind, a rule that is known, a group of its own, and a default it may have."""
    assert each.says
    assert each.unit
    assert each.kind in {"guard", ESTIMATE, "choice", DATA}
    assert each.cites
    assert set(each.cites) <= set(policy().citations)
    assert each.group == GENERAL or each.group in parameters_text(Parameters())
    assert not list(mistakes_of(each, each.default))


def test_nothing_is_left_undeclared() -> None:
    """Everything the policy is made with is declared."""
    assert {f.name for f in attrs.fields(Parameters)} == {each.name for each in DECLARED}


SAME = """
    deletion_code_digits deletion_code_ttl deletion_direct_max data_erasure_delay registration_required_fields
    social_providers login_social_providers closure_confirmation_ttl stalled_after resubmit_limit
    wallet_required_balance outstanding_charges_required temporary_deactivation_max ip_login_threshold
    ip_login_window open_disputes_threshold dispute_ratio_min_orders accounts_per_device_threshold
    unpaid_orders_threshold unpaid_order_age failed_payments_threshold failed_payments_window decline_wait_min
    decline_wait_max decline_retry_window warning_lead_min warning_lead_max seller_silence_before_dispute
    chargeback_grace harassment_grace accounts_per_person no_reason_mail_wait self_service_min self_service_max
    unlock_code_resend_delay unlock_code_ttl unlock_code_digits challenge_max_attempts appeal_words_hard
    appeal_words_soft photo_corners appeal_review_min appeal_review_max resubmission_extra_min
    resubmission_extra_max multiple_appeals_window multiple_appeals_trigger spam_check_interval
    support_resolution_min support_resolution_max support_simple_max support_complex_min support_complex_max
    escalation_review_min escalation_review_max bot_prompts_min bot_prompts_max support_packet_fields
    chat_wait_normal_min chat_wait_normal_max chat_wait_peak_min reason_request_success second_appeal_success
    escalation_success duplicate_success_rate emergency_action_window paid_order_silence vip_trial_days
    vip_period_days vip_auto_renew_default vip_trial_requires_payment notice_delivery_days
    notice_processing_days proof_retention dispute_packet_parts levels discount_silver discount_gold
    discount_platinum discount_diamond brand_rotation fast_refund_cap_platinum fast_refund_cap_diamond
    level_window inactive_month purchase_points purchase_min_value review_points visit_points fan_monthly_cap
    promo_points category_points category_min club_points club_monthly_cap points_expiry
"""
"""Guard and estimate parameters of the catalogue that have the same name here."""

OTHERWISE: dict[str, tuple[str, ...]] = {
    "deletion_code_channels": ("code_channels_required",),
    "deletion_processing_days": ("deletion_processing",),
    "closed_email_grace_days": ("closed_email_grace",),
    "dispute_ratio_threshold": ("dispute_percent_threshold",),
    "appeal_silence_days": ("appeal_enquiry_after",),
    "appeal_silence_business_days": ("appeal_silence",),
    "max_open_appeals": ("extra_appeals", "resubmission_requires"),
    "support_hours": ("support_calendar",),
    "weekend_days": ("calendar",),
    "new_account_fields_to_change": (
        "linkage_weight_email",
        "linkage_weight_phone",
        "linkage_weight_payment",
        "linkage_weight_device",
        "linkage_suspends_at",
    ),
    "level_thresholds": ("levels",),
    "level_recompute": ("level_review",),
}
"""Those of another name, or of which several make one."""

NO_PARAMETER = {
    "deletion_fee": "leaving is free; a fee would be a rule of its own, not a figure (D-27)",
    "preparation_steps": "the four preparations are conditions of asking for a closure, not a number (D-27)",
}
"""Those that are none here, and why."""


def test_every_guard_and_estimate_of_the_catalogue_is_named() -> None:
    """All 110 have a parameter of their name, of another, or a reason why there is none."""
    names = {each.name for each in DECLARED}
    assert set(SAME.split()) <= names
    assert {name for several in OTHERWISE.values() for name in several} <= names
    assert len(SAME.split()) + len(OTHERWISE) + len(NO_PARAMETER) == 110
    assert not names & (set(OTHERWISE) | set(NO_PARAMETER))


def test_no_name_stands_in_two_files() -> None:
    """A parameter is declared once: a second one of its name would hide the first."""
    declared = [
        name for group in Parameters.__mro__ for name in inspect.get_annotations(group) if not name.startswith("_")
    ]
    assert sorted(set(declared)) == sorted(declared)


@pytest.mark.parametrize("each", [each for each in DECLARED if each.kind in ("guard", "choice")], ids=lambda e: e.name)
def test_what_is_held_to_is_read_somewhere(each: Named) -> None:
    """Every guard and every choice is read by the package outside the declarations; only estimates and data are told."""
    assert re.search(rf'\.{each.name}\b|"{each.name}"', CODE)


def test_the_printed_file_gives_the_same_policy() -> None:
    """The file that is printed reads back as the very parameters it was made from, also when they were changed."""
    changed = Parameters(
        wallet_policy="warn_and_forfeit",
        in_transit_blocks=False,
        social_providers=("apple",),
        calendar=WorkCalendar("Asia/Shanghai", "CN"),
        hold_recheck=BusinessDays(2),
        erasure_retry=dt.timedelta(microseconds=1),
        data_erasure_delay=dt.timedelta(0),
    )
    for each in (Parameters(), changed):
        assert parameters_of(parameters_text(each)) == each


def test_a_group_alone_is_a_file_too() -> None:
    """The printed file of one group names nothing of the others, and reads back."""
    text = parameters_text(Parameters(stalled_after=10 * HOUR * 24), only="leaving")
    assert "[leaving]" in text
    assert "[recovering]" not in text
    assert "calendar" not in text
    assert parameters_of(text).stalled_after == dt.timedelta(days=10)


def test_a_file_changes_what_it_names_and_nothing_else(tmp_path: Any) -> None:
    """A parameter stands alone or in its group; what the file leaves out is as in the guides."""
    path = tmp_path / "shop.toml"
    path.write_text(
        'wallet_policy = "warn_and_forfeit"\nappeal_silence = "5 business days"\nhold_recheck = { hours = 60 }\n'
        'calendar = { timezone = "Europe/Berlin" }\n[leaving]\nin_transit_blocks = false\n'
        '[joining]\nsocial_providers = ["apple"]\nregistration_required_fields = 2\n',
        encoding="utf-8",
    )
    assert read_parameters(path) == Parameters(
        wallet_policy="warn_and_forfeit",
        appeal_silence=BusinessDays(5),
        hold_recheck=60 * HOUR,
        calendar=WorkCalendar("Europe/Berlin"),
        in_transit_blocks=False,
        social_providers=("apple",),
        registration_required_fields=2,
    )
    with Lifecycle.open("memory:", policy=policy(read_parameters(str(path)))) as accounts:
        assert accounts.policy.parameters.wallet_policy == "warn_and_forfeit"


def test_an_event_tells_under_which_parameters_it_was_decided() -> None:
    """Each set of parameters has a version of its own, the same wherever they come from; the guides' has none added."""
    guides = policy().version
    changed = policy(Parameters(wallet_policy="warn_and_forfeit")).version
    assert changed.startswith(f"{guides}+")
    assert changed == policy(parameters_of('wallet_policy = "warn_and_forfeit"')).version
    assert changed != policy(Parameters(wallet_policy="warn_and_forfeit", evidence_limit=9)).version
    assert policy(Parameters(wallet_policy="block")).version == guides


@pytest.mark.parametrize("digits", [4, 6, 9])
def test_a_code_has_as_many_digits_as_the_policy_says(shop: Any, digits: int) -> None:
    """An unlock code of another length is sent, and accepted as it was sent."""
    rules = policy(Parameters(unlock_code_digits=digits))
    with Lifecycle.open("memory:", policy=rules, secret=SECRET, gather=shop.gather, clock=shop.clock) as accounts:
        accounts.import_account("ann", state="security_locked", given={"ground": "new_device", "contacts": ["email"]})
        accounts.submit("send_unlock_code", account="ann", by=Actor.holder("ann"))
        code = accounts.code_for("ann", "unlock_code")
        assert re.fullmatch(rf"\d{{{digits}}}", code)
        assert accounts.submit("verify", account="ann", by=Actor.holder("ann"), code=code).allowed
        assert accounts.account("ann").state.value == "active"


def test_a_table_of_entries_is_added_to_changed_and_taken_from() -> None:
    """An entry of the file is new, or changes what it gives of one that is there; false takes one away."""
    told = """
        [grounds]
        harassment = false
        [grounds.spam]
        says = "unwanted advertising"
        restricts = "suspension"
        cites = ["G3-13"]
        [grounds.new_device]
        warned = true
        remedy_evidence = ["passport"]
        """
    made = parameters_of(told)
    before = Parameters().grounds
    assert set(made.grounds) == {*before, "spam"} - {"harassment"}
    assert made.grounds["spam"] == Ground("spam", "unwanted advertising", "suspension", ("G3-13",))
    assert made.grounds["new_device"] == attrs.evolve(before["new_device"], warned=True, remedy_evidence=("passport",))
    assert made.grounds["chargeback"] == before["chargeback"]
    assert changes(made)["grounds"] == {
        "harassment": False,
        "spam": {"says": "unwanted advertising", "restricts": "suspension", "cites": ["G3-13"]},
        "new_device": {"warned": True, "remedy_evidence": ["passport"]},
    }
    assert parameters_of(parameters_text(made)) == made


def test_a_table_made_in_python_is_held_against_its_class() -> None:
    """An entry under another name than its own, of another class, or with a field of a wrong type is told by its name."""
    good = Parameters().grounds["new_device"]
    wrong: Any = {"a": good, "b": 3, "c c": good, "new_device": attrs.evolve(good, warned=1)}
    with pytest.raises(BadParameters) as caught:
        Parameters(grounds=wrong)
    assert caught.value.mistakes == (
        'grounds entry a: it calls itself "new_device"',
        "grounds entry b: it must be a Ground, not int",
        "grounds entry 'c c': its name must be a code of 1 to 64 letters, digits or _ . : -",
        "grounds entry new_device: warned must be true or false, not 1",
    )


def test_a_calendar_may_be_a_table_of_its_own() -> None:
    """The calendar is written in a line or as a table."""
    assert parameters_of('[calendar]\ncountry = "CN"').calendar == WorkCalendar(country="CN")
    assert parameters_of('[calendar]\nweekend = ["friday"]').calendar == WorkCalendar(weekend=("friday",))
    assert mistakes('[calendar]\nweekend = ["caturday"]')[0].startswith('calendar: "caturday" is no day of the week')


WRONG = """
wallet_polic = "warn"
dispute_percent_threshold = 130
calendar = { timezone = "Mars", zone = 1 }
grounds = { spam = { restricts = 7 }, new_devise = { says = "x" }, chargebak = false, chargeback = 3 }
xyzzy = 3
leaving = 3

[recovering]
challenge_max_attempts = 0
appeal_silence = { business_days = 3, hours = 4 }
deletion_code_ttl = "3 eons"
appeal_enquiry_after = 7
unlock_code_ttl = -5
in_transit_blocks = false
extra_appeals = "refused"

[watching]
dispute_percent_threshold = 20
open_disputes_threshold = true
unpaid_orders_threshold = "3"

[joining]
calendar = {}
social_providers = ["apple", 3]
registration_required_fields = -1
"""


NO_PERIOD = 'is no length of time. Write for instance "48 hours", "3 days" or "7 working days".'


def test_all_mistakes_of_a_file_are_told_at_once() -> None:
    """Each mistake says where it stands, what was wrong, what is possible, and the nearest known name."""
    assert sorted(mistakes(WRONG)) == sorted(
        (
            '"wallet_polic" is no parameter. Did you mean "wallet_policy"?',
            'calendar: "zone" is no key of a calendar. Did you mean "timezone"?',
            'calendar: no time zone is called "Mars"; use a name such as Europe/Berlin',
            'grounds.spam.restricts must be "lock" or "suspension", not 7.',
            "grounds.spam.says is missing: it must be a text",
            'grounds.new_devise.restricts is missing: it must be "lock" or "suspension"',
            'grounds.new_devise: there is no such entry yet, so it must be whole. Did you mean "new_device"?',
            'grounds: there is no entry "chargebak" to take away. Did you mean "chargeback"?',
            "grounds.chargeback must be a table, or false to take it away",
            '"xyzzy" is no parameter. "lifecycle parameters" lists those there are.',
            "leaving must be a table, not a whole number",
            "recovering.appeal_silence: business_days stands alone, without other units",
            f'recovering.deletion_code_ttl: "3 eons" {NO_PERIOD}',
            'recovering.appeal_enquiry_after must be a length of time such as "7 days", not 7',
            'recovering.unlock_code_ttl must be a length of time such as "15 minutes", not -5',
            "recovering.in_transit_blocks stands in the wrong group: it belongs to [leaving]",
            "watching.dispute_percent_threshold stands twice: also as dispute_percent_threshold",
            "joining.calendar stands in the wrong group: it belongs to no group",
            "joining.social_providers must hold a name each, not 3",
            "joining.registration_required_fields cannot be negative, as -1 is",
            "watching.open_disputes_threshold must be a whole number, not true",
            "dispute_percent_threshold must be at most 100 per cent, not 130",
            'watching.unpaid_orders_threshold must be a whole number, not "3"',
            "recovering.challenge_max_attempts must be at least 1, not 0",
            'recovering.extra_appeals must be "take_and_reject" or "refuse", not "refused". Did you mean "refuse"?',
        )
    )


def test_the_head_of_the_message_counts() -> None:
    """The message names the file and how many mistakes it has."""
    with pytest.raises(BadParameters, match=r'^shop\.toml: 2 mistakes\n  "a" is no parameter') as caught:
        parameters_of("a = 1\nb = 2", "shop.toml")
    assert str(caught.value).count("\n") == 2


@pytest.mark.parametrize(("text", "says"), [
    ("wallet_policy = ", "shop.toml is not TOML: Invalid value (at line 1, column 17, where the file ends)"),
    ("a = 1\na = 2", "shop.toml is not TOML: Cannot overwrite a value"),
])  # fmt: skip
def test_what_is_no_toml_says_where(text: str, says: str) -> None:
    """A file that is not TOML is refused with its line and column."""
    (one,) = mistakes(text)
    assert one.startswith(says)


def test_a_file_that_cannot_be_read(tmp_path: Any) -> None:
    """A missing file, a folder and a file in another encoding are refused by name."""
    with pytest.raises(BadParameters, match=r"gone\.toml cannot be read: No such file"):
        read_parameters(tmp_path / "gone.toml")
    with pytest.raises(BadParameters, match="cannot be read: Is a directory"):
        read_parameters(tmp_path)
    (tmp_path / "latin.toml").write_bytes(b'a = "\xe9"')
    with pytest.raises(BadParameters, match="is not text in UTF-8: byte 6"):
        read_parameters(tmp_path / "latin.toml")


@pytest.mark.parametrize(("name", "value", "says"), [
    ("wallet_policy", "ignore", 'must be "block" or "warn_and_forfeit", not "ignore"'),
    ("in_transit_blocks", 1, "must be true or false, not 1"),
    ("challenge_max_attempts", True, "must be a whole number, not true"),
    ("challenge_max_attempts", 0, "must be at least 1, not 0"),
    ("registration_required_fields", -1, "cannot be negative, as -1 is"),
    ("dispute_percent_threshold", 101, "at most 100 per cent, not 101"),
    ("hold_recheck", -HOUR, "cannot be a negative time"),
    ("hold_recheck", 48, "must be a length of time, not 48"),
    ("hold_recheck", dt.timedelta(0), "must be some time"),
    ("stalled_after", dt.timedelta(days=36501), "is too long: at most 100 years"),
    ("appeal_silence", BusinessDays(36501), "is too long: at most 100 years"),
    ("erasure_retry", BusinessDays(0), "must be some time"),
    ("vip_recheck", dt.timedelta(0), "must be some time"),
    ("remedy_tracks", (), "must leave at least one way out"),
    ("peak_calendar", {"sale": "11-11"}, "names no days"),
    ("social_providers", "apple", 'must be a list, not "apple"'),
    ("calendar", "UTC", 'must be a calendar, not "UTC"'),
])  # fmt: skip
def test_values_given_in_python_are_checked_alike(name: str, value: Any, says: str) -> None:
    """A value of the wrong type, out of bounds or outside the choices is refused, naming the parameter."""
    with pytest.raises(BadParameters) as caught:
        Parameters(**{name: value})
    (one,) = caught.value.mistakes
    assert one.startswith(f"{name} ")
    assert says in one


def test_nothing_is_tried_again_at_the_same_moment() -> None:
    """Every period after which a timer is armed again, whatever its policy calls it, has to be some time."""
    checked = {each.name for each in DECLARED if each.check is takes_time}
    assert checked >= {timer.retry for timer in policy().timers.values() if timer.retry}


def test_mistakes_in_python_are_told_at_once() -> None:
    """Several wrong values make one error that lists them all."""
    with pytest.raises(BadParameters, match="the parameters: 2 mistakes") as caught:
        Parameters(wallet_policy="none", evidence_limit=0)
    assert len(caught.value.mistakes) == 2


@pytest.mark.parametrize("pair", list(pairs({each.name: each.default for each in DECLARED})), ids=lambda pair: pair.low)
def test_two_parameters_that_do_not_fit_are_refused(pair: Any) -> None:
    """A least above its most, or an early limit after the late one, is refused; both names are in the message."""
    low, high = (next(each for each in DECLARED if each.name == name) for name in (pair.low, pair.high))
    step = dt.timedelta(seconds=1) if isinstance(high.default, dt.timedelta) else 1
    above = BusinessDays(high.default.days + 1) if isinstance(high.default, BusinessDays) else high.default + step
    with pytest.raises(BadParameters, match=f"{pair.low} .* {pair.high}") as caught:
        Parameters(**{pair.low: above, pair.high: high.default})
    assert len(caught.value.mistakes) == 1
    assert pair.why in caught.value.mistakes[0]
    assert not mistakes_in(Parameters, {pair.low: low.default, pair.high: high.default})
    at_the_edge = mistakes_in(Parameters, {pair.low: high.default, pair.high: high.default})
    assert bool(at_the_edge) is pair.strictly


def test_days_and_working_days_are_not_compared() -> None:
    """A period in working days is held against no period in hours: which is longer depends on the week."""
    assert Parameters(deletion_processing=BusinessDays(30)).stalled_after == dt.timedelta(days=3)
    with pytest.raises(BadParameters, match="30 working days and 2 working days"):
        Parameters(deletion_processing=BusinessDays(30), stalled_after=BusinessDays(2))


def test_a_wrong_value_is_not_compared_as_well() -> None:
    """Where one of two values is wrong by itself, only that is said."""
    (one,) = mistakes("deletion_processing = -1\nstalled_after = '1 second'")
    assert one.startswith("deletion_processing must be a length of time")


def test_lists_and_tables_hold_what_their_default_holds() -> None:
    """The choices of a list or a table are those of what it holds, and a table is told from a list."""

    @attrs.frozen
    class Shop:
        ways: tuple[str, ...] = named(("post",), "how a notice may travel", "X-27", choices=("post", "mail"))
        caps: Any = named({"gold": 5}, "the most by level", "G5-14", unit="US cents", least=1)

    assert not mistakes_in(Shop, {"ways": ("mail", "post"), "caps": {"gold": 3, "silver": 1}})
    assert mistakes_in(Shop, {"ways": ("mial",), "caps": {"gold": 0}}) == [
        ("ways", 'must be "post" or "mail", not "mial". Did you mean "mail"?'),
        ("caps", "must be at least 1, not 0"),
    ]
    assert mistakes_in(Shop, {"ways": {}, "caps": ()}) == [
        ("ways", "must be a list, not {}"),
        ("caps", "must be a table, not ()"),
    ]


def test_where_a_value_comes_from() -> None:
    """A value is the guides', ours, or changed; and by which file, where there is one."""
    wallet = next(each for each in DECLARED if each.name == "closure_confirmation_ttl")
    assert origin(wallet, wallet.default) == "ours"
    assert origin(next(e for e in DECLARED if e.name == "deletion_code_ttl"), dt.timedelta(seconds=60)) == "the guides'"
    assert origin(wallet, HOUR) == "changed"
    assert origin(wallet, HOUR, "shop.toml") == "changed by shop.toml"


@pytest.mark.parametrize(("words", "period"), [
    ("60 seconds", dt.timedelta(minutes=1)),
    ("1 second", dt.timedelta(seconds=1)),
    (" 3  Days ", dt.timedelta(days=3)),
    ("2 weeks", dt.timedelta(days=14)),
    ("7 business days", BusinessDays(7)),
    ("1 working day", BusinessDays(1)),
    ("at once", dt.timedelta(0)),
])  # fmt: skip
def test_periods_are_read_from_words(words: str, period: Any) -> None:
    """A period is read as one would say it."""
    assert read_period(words) == period


@pytest.mark.parametrize("words", ["", "days", "3", "3 eons", "-3 days", "3days", "3.5 days", "999999999 weeks"])
def test_words_that_are_no_period(words: str) -> None:
    """Anything else is refused with an example, or as too long."""
    with pytest.raises(ValueError, match=r"is no length of time|is too long"):
        read_period(words)


@given(st.one_of(
    st.integers(0, 10**8).map(lambda n: dt.timedelta(seconds=n)),
    st.integers(0, 10**6).map(BusinessDays),
))  # fmt: skip
def test_what_is_spoken_is_heard(period: Any) -> None:
    """A period said in words is read back as it was."""
    assert read_period(spoken(period)) == period


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-10, 10**12)
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["3 days", "at once", "7 working days", "block", "2026-01-01"])
    | st.datetimes(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["days", "hours", "business_days", "timezone", "web:edit_profile"]), inner)
    ),
    max_leaves=4,
)
KEYS = st.sampled_from([each.name for each in DECLARED] + [each.group for each in DECLARED] + ["grounds", "wallet"])


@given(st.dictionaries(KEYS, ANYTHING | st.dictionaries(KEYS, ANYTHING, max_size=3), max_size=4))
def test_whatever_stands_in_a_file_is_answered(said: dict[str, Any]) -> None:
    """Any tables at all give values a policy can be built with, or mistakes told in sentences; never another error."""
    wrong: list[str] = []
    values = values_of({key: value for key, value in said.items() if value is not None}, wrong)
    if wrong:
        assert all(" " in each for each in wrong)
    else:
        assert policy(Parameters(**values)).rows


def _other(each: Named) -> st.SearchStrategy[Any]:
    """Any value of a choice."""
    if isinstance(each.default, tuple):
        return st.lists(st.sampled_from(each.choices), unique=True, min_size=1).map(tuple)
    if isinstance(each.default, Mapping):
        return st.fixed_dictionaries({key: st.sampled_from(each.choices) for key in each.default})
    return st.sampled_from(each.choices)


def _contradictions(chosen: dict[str, Any]) -> Iterator[str]:
    """What is wrong with choices that cannot be kept together."""
    if set(chosen.get("cancel_channels", ())) == {"tools"}:
        yield "cancel_channels must name a way to send a notice"
    penalty = chosen.get("inactivity_rule") == "monthly_penalty"
    if chosen.get("level_review") == "on_entry":
        yield "level_window_kind cannot be since_review" * (chosen.get("level_window_kind") == "since_review")
        yield "level_after_review cannot be" * (chosen.get("level_after_review", "kept") != "kept")
        yield "inactivity_rule cannot cost a level where every" * penalty
    yield "inactivity_rule cannot cost a level where level" * (penalty and chosen.get("level_downgrades") == "never")
    money = chosen.get("level_measure") == "money"
    yield "level_sources must hold purchase" * (money and "purchase" not in chosen.get("level_sources", ("purchase",)))


@settings(max_examples=40)
@given(st.fixed_dictionaries({}, optional={each.name: _other(each) for each in DECLARED if each.kind == "choice"}))
def test_choices_go_together(chosen: dict[str, Any]) -> None:
    """Whatever is chosen together makes a policy, unless nothing is left to send a notice with or to reach a level by."""
    if contradictions := [what for what in _contradictions(chosen) if what]:
        with pytest.raises(BadParameters, match="|".join(contradictions)):
            Parameters(**chosen)
    else:
        made = policy(Parameters(**chosen))
        assert AccountMachine(made).policy is made
