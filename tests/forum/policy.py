"""The policy of a discussion forum, from nothing: its own facts, grounds, rules and words in one module.

Volunteers caution, moderators ban, a panel hears objections; an objection that nobody hears in time is won. There is no
membership, there are no levels, and nothing here is taken from the policy that the package ships with.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, ClassVar

from attrs import frozen

from lifecycle import OwnParameters, composed
from lifecycle.calendar import BusinessDays, Period
from lifecycle.facts import Facts
from lifecycle.model import Account, Command, Role, State
from lifecycle.policy.parameters.naming import days, minutes, named, table
from lifecycle.rows import (
    Add,
    Close,
    Count,
    Doors,
    Ground,
    Guard,
    Notice,
    Notify,
    Open,
    Policy,
    Rule,
    Selector,
    SendCode,
    Set,
    Sources,
    StartTimer,
    TimerRule,
    Transition,
    guard,
    not_after,
    not_before,
)
from lifecycle.rows.ways import Step, Takes, Ways

HOLDER, SYSTEM, VOLUNTEER, MODERATOR, PANEL = Role.HOLDER, Role.SYSTEM, Role.AGENT, Role.REVIEWER, Role.SUPERVISOR
POSTING, FROZEN, BANNED, HEARD = State.ACTIVE, State.SECURITY_LOCKED, State.SUSPENDED, State.UNDER_APPEAL
AWAY, LEAVING, GONE = State.DEACTIVATED, State.PENDING_DELETION, State.DELETED

HOUSE_RULES = {
    "F-01": ("precondition", "Nobody writes here who has not read the house rules."),
    "F-02": ("precondition", "Whoever joins is old enough."),
    "F-03": ("action", "A volunteer cautions before anybody is banned for spam or for shouting."),
    "F-04": ("timer", "A caution fades when nothing more has come of it."),
    "F-05": ("action", "Doxxing is banned at once, without a caution."),
    "F-06": ("guard", "Nobody bans over a quarrel of their own."),
    "F-07": ("timer", "A ban ends by itself, unless the panel has made it last."),
    "F-08": ("guard", "An objection comes in time, in words, and once for each ban."),
    "F-09": ("guard", "Whoever banned does not hear the objection."),
    "F-10": ("timer", "An objection that nobody has heard in time is won."),
    "F-11": ("guard", "Members who vouch can shorten a ban, but none for doxxing."),
    "F-12": ("limit", "Whoever wants to go thinks it over for some days, and can stay until the last moment."),
    "F-13": ("precondition", "Whoever runs a board hands it over before going."),
    "F-14": ("action", "An account that writes in another's voice is frozen until its owner follows a link."),
    "F-15": ("action", "Members take leave and come back as they like."),
    "F-16": ("action", "An invented report is marked, and a member with marks is not vouched for."),
}


class ForumFacts(Facts, from_nothing=True):
    """What a forum knows of its members."""

    WORDS: ClassVar[Mapping[str, tuple[str, ...]]] = {"strike": ("invented_report",)}

    ground: str  # why somebody is cautioned, banned or frozen: a name from the policy's grounds
    contacts: tuple[str, ...] = ()  # where messages go: "email"
    rules_read: bool  # the house rules were opened and scrolled to their end
    age: int  # how many years old the newcomer is
    reports: int  # how many members reported the account in the last hour
    involved: bool = False  # the moderator took part in the quarrel
    vouching: int  # how many members in good standing vouch for the banned one
    boards_run: int  # how many boards the member runs
    strike: str  # what a mark is given for


@frozen(kw_only=True, slots=False)
class ForumParameters(OwnParameters):
    """Everything that another forum might want otherwise."""

    least_age: int = named(16, "how old one must be to join", "F-02", unit="years")
    caution_period: Period = named(days(14), "how long a caution stands", "F-04")
    ban_length: Period = named(days(30), "how long a ban lasts", "F-07")
    objection_window: Period = named(days(7), "until when one may object to a ban", "F-08")
    panel_time: Period = named(BusinessDays(5), "how long the panel has to hear an objection", "F-10")
    vouchers_needed: int = named(3, "how many members must vouch to shorten a ban", "F-11", unit="members", least=1)
    thinking_over: Period = named(days(3), "how long nobody carries a farewell out", "F-12")
    reports_needed: int = named(5, "how many reports freeze an account", "F-14", unit="reports", least=1)
    link_life: Period = named(minutes(30), "how long the way back is open", "F-14")
    link_tries: int = named(3, "how often the link may be followed wrongly", "F-14", unit="tries", least=1)
    grounds: Mapping[str, Ground] = table(
        {
            each.name: each
            for each in (
                Ground("spam", "the same advertisement was posted over and over", "suspension", ("F-03",), warned=True),
                Ground("shouting", "others were shouted down", "suspension", ("F-03",), warned=True),
                Ground("doxxing", "somebody's address or name was made public", "suspension", ("F-05",)),
                Ground("hijacked", "somebody else writes in the member's voice", "lock", ("F-14",)),
            )
        },
        Ground,
        "why a member is cautioned, banned or frozen",
        "F-03",
        "F-05",
        "F-14",
    )


P = ForumParameters

# --- joining -----------------------------------------------------------------------------------------------------


@guard("The house rules were read.", otherwise="Read them to the end.", needs=("rules_read",), cites=("F-01",))
def rules_were_read(account: Account, command: Command, p: P) -> bool:
    return command.facts.rules_read


@guard(
    "Whoever joins is old enough.",
    otherwise="Come back in a few years.",
    needs=("age",),
    limit=lambda account, command, p: p.least_age,
    cites=("F-02",),
)
def newcomer_is_old_enough(account: Account, command: Command, p: P) -> bool:
    return command.facts.age >= p.least_age


def joining(p: P) -> tuple[Transition, ...]:
    """Rows about coming and being away."""
    return (
        Transition(
            title="Join the forum",
            actors=(HOLDER,),
            trigger="join",
            guards=(rules_were_read, newcomer_is_old_enough),
            dest=POSTING,
            effects=(Set("account", take=("contacts",)), Notify("hello")),
            cites=("F-01", "F-02"),
        ),
        Transition(
            title="Take leave",
            actors=(HOLDER,),
            trigger="take_leave",
            source=POSTING,
            dest=AWAY,
            effects=(Open("pause"),),
            cites=("F-15",),
        ),
        Transition(
            title="Come back",
            actors=(HOLDER,),
            trigger="come_back",
            source=AWAY,
            dest=POSTING,
            effects=(Close("pause"),),
            cites=("F-15",),
        ),
    )


# --- order in the house --------------------------------------------------------------------------------------------


def _ground(command: Command, p: P) -> Ground | None:
    return p.grounds.get(command.facts.ground)


@guard(
    "It is something one is cautioned for.",
    otherwise="Ban for it at once, or leave it.",
    needs=("ground",),
    limit=lambda account, command, p: [each.name for each in p.grounds.values() if each.warned],
    cites=("F-03",),
)
def ground_is_cautioned(account: Account, command: Command, p: P) -> bool:
    ground = _ground(command, p)
    return ground is not None and ground.warned


@guard("No caution stands.", otherwise="Let it work first.", cites=("F-03",))
def no_caution_stands(account: Account, command: Command, p: P) -> bool:
    return account.warning is None


@guard(
    "A caution came first, or the ground asks for none.",
    otherwise="Let a volunteer caution the member.",
    needs=("ground",),
    cites=("F-03", "F-05"),
)
def caution_came_first(account: Account, command: Command, p: P) -> bool:
    ground = _ground(command, p)
    if ground is None or ground.restricts != "suspension":
        return False
    return not ground.warned or (account.warning is not None and account.warning.ground == ground.name)


@guard(
    "Whoever bans had no part in the quarrel.",
    otherwise="Ask another moderator.",
    needs=("involved",),
    cites=("F-06",),
)
def moderator_is_not_involved(account: Account, command: Command, p: P) -> bool:
    return not command.facts.involved


@guard(
    "Enough members have reported it.",
    otherwise="Wait for more reports.",
    needs=("reports",),
    limit=lambda account, command, p: p.reports_needed,
    cites=("F-14",),
)
def enough_members_reported(account: Account, command: Command, p: P) -> bool:
    return command.facts.reports >= p.reports_needed


@guard("The ban does not last already.", otherwise="There is nothing left to decide.", cites=("F-07",))
def ban_ends_some_day(account: Account, command: Command, p: P) -> bool:
    return account.suspension is not None and not account.suspension.permanent


def _ban_end(account: Account, command: Command, p: P) -> dt.datetime:
    return p.calendar.add(command.at, p.ban_length)


def order(p: P) -> tuple[Transition, ...]:
    """Rows about cautions, marks and bans."""
    return (
        Transition(
            title="Caution a member",
            actors=(VOLUNTEER,),
            trigger="caution",
            source=POSTING,
            guards=(ground_is_cautioned, no_caution_stands),
            effects=(
                Open("warning", take=("ground",)),
                StartTimer("caution_fades", after="caution_period"),
                Notify("careful"),
            ),
            cites=("F-03",),
        ),
        Transition(
            title="Let a caution fade",
            actors=(SYSTEM,),
            trigger="fade",
            source=(POSTING, AWAY, LEAVING),
            effects=(Close("warning"),),
            cites=("F-04",),
        ),
        Transition(
            title="Mark a member",
            actors=(MODERATOR,),
            trigger="mark",
            source=(POSTING, BANNED),
            effects=(Add("strikes", take="strike"),),
            cites=("F-16",),
        ),
        Transition(
            title="Ban a member",
            actors=(MODERATOR,),
            trigger="ban",
            source=(POSTING, AWAY, LEAVING),
            guards=(caution_came_first, moderator_is_not_involved),
            dest=BANNED,
            effects=(
                Open("suspension", take=("ground",), fixed={"ends_at": _ban_end}),
                Close("warning"),
                Close("pause"),
                Close("deletion"),
                StartTimer("ban_ends", at=_ban_end),
                Notify("banned"),
                Notify("somebody_was_banned"),
            ),
            cites=("F-03", "F-05", "F-06"),
        ),
        Transition(
            title="Make a ban last",
            actors=(PANEL,),
            trigger="make_it_last",
            source=BANNED,
            guards=(ban_ends_some_day,),
            effects=(Set("suspension", fixed={"permanent": True, "ends_at": None}), Notify("banned_for_good")),
            cites=("F-07",),
        ),
        Transition(
            title="Let a ban end",
            actors=(SYSTEM,),
            trigger="end_ban",
            source=(BANNED, HEARD),
            guards=(ban_ends_some_day,),
            dest=POSTING,
            effects=(Close("suspension"), Notify("welcome_back")),
            cites=("F-07",),
        ),
    )


# --- objecting ---------------------------------------------------------------------------------------------------


@not_after("The objection comes in time.", otherwise="It is too late for this ban; let members vouch.", cites=("F-08",))
def objection_is_in_time(account: Account, command: Command, p: P) -> dt.datetime | None:
    return p.calendar.add(account.suspension.since, p.objection_window) if account.suspension else None


@guard("The objection is put into words.", otherwise="Write down why.", cites=("F-08",))
def objection_is_in_words(account: Account, command: Command, p: P) -> bool:
    return any(each.kind == "objection" for each in command.evidence)


@guard("It is the first objection to this ban.", otherwise="It was heard; let members vouch.", cites=("F-08",))
def objection_is_the_first(account: Account, command: Command, p: P) -> bool:
    appeal, ban = account.appeal, account.suspension
    return appeal is None or ban is None or appeal.restriction != ban.number


@guard("Whoever hears it did not ban.", otherwise="Leave it to another one of the panel.", cites=("F-09",))
def hearer_did_not_ban(account: Account, command: Command, p: P) -> bool:
    return account.suspension is None or account.suspension.author.partition(":")[2] != command.by.id


@guard(
    "Enough members vouch.",
    otherwise="Find more who do.",
    needs=("vouching",),
    limit=lambda account, command, p: p.vouchers_needed,
    cites=("F-11",),
)
def enough_members_vouch(account: Account, command: Command, p: P) -> bool:
    return command.facts.vouching >= p.vouchers_needed


@guard("It was no doxxing.", otherwise="Wait until the ban ends.", cites=("F-11",))
def it_was_no_doxxing(account: Account, command: Command, p: P) -> bool:
    return account.suspension is None or account.suspension.ground != "doxxing"


@guard(
    "No mark is against the member.",
    otherwise="Wait until the ban ends.",
    sees=lambda account, command, p: {"marks": list(account.strikes)},
    cites=("F-16",),
)
def no_mark_is_against(account: Account, command: Command, p: P) -> bool:
    return not account.strikes


def _won(how: str) -> tuple[Any, ...]:
    return (
        Set("appeal", fixed={"status": "closed", "outcome": how}),
        Close("suspension"),
        Notify("ban_was_wrong"),
    )


def objecting(p: P) -> tuple[Transition, ...]:
    """Rows about objections, and about those who vouch."""
    return (
        Transition(
            title="Object to a ban",
            actors=(HOLDER,),
            trigger="object",
            source=BANNED,
            guards=(objection_is_in_time, objection_is_in_words, objection_is_the_first),
            dest=HEARD,
            effects=(
                Open(
                    "appeal",
                    fixed={
                        "against": "suspension",
                        "restriction": lambda account, command, p: account.suspension.number,
                    },
                ),
                StartTimer("panel_is_late", after="panel_time"),
                Notify("objection_arrived"),
                Notify("please_hear"),
            ),
            cites=("F-08",),
        ),
        Transition(
            title="Overturn a ban",
            actors=(PANEL,),
            trigger="overturn",
            source=HEARD,
            guards=(hearer_did_not_ban,),
            dest=POSTING,
            effects=_won("overturned"),
            cites=("F-09",),
        ),
        Transition(
            title="Uphold a ban",
            actors=(PANEL,),
            trigger="uphold",
            source=HEARD,
            guards=(hearer_did_not_ban,),
            dest=BANNED,
            effects=(Set("appeal", fixed={"status": "closed", "outcome": "upheld"}), Notify("ban_stands")),
            cites=("F-09",),
        ),
        Transition(
            title="Let an unheard objection win",
            actors=(SYSTEM,),
            trigger="win_unheard",
            source=HEARD,
            dest=POSTING,
            effects=_won("unheard"),
            cites=("F-10",),
        ),
        Transition(
            title="Let a member back early",
            actors=(MODERATOR,),
            trigger="let_back",
            source=BANNED,
            guards=(enough_members_vouch, it_was_no_doxxing, no_mark_is_against),
            dest=POSTING,
            effects=(Close("suspension"), Notify("welcome_back")),
            cites=("F-11", "F-16"),
        ),
    )


# --- another's voice ---------------------------------------------------------------------------------------------

followed = Selector(
    name="followed",
    sentence="Is it the link that was sent?",
    answers={"right": "the link is the one that was sent", "wrong": "it is not the link that was sent"},
    read=lambda account, command, p: "right" if command.facts.code_right else "wrong",
    needs=("code_right",),
)


@guard("A link was sent and still works.", otherwise="Ask for another one.", cites=("F-14",))
def link_still_works(account: Account, command: Command, p: P) -> bool:
    link = account.unlock_code
    return link is not None and link.tries < p.link_tries and command.at <= link.expires_at


def voices(p: P) -> tuple[Transition, ...]:
    """Rows about accounts that write in another's voice."""
    return (
        Transition(
            title="Freeze an account",
            actors=(SYSTEM,),
            trigger="freeze",
            source=(POSTING, AWAY),
            guards=(enough_members_reported,),
            dest=FROZEN,
            effects=(Open("lock", fixed={"ground": "hijacked"}), Notify("frozen")),
            cites=("F-14",),
        ),
        Transition(
            title="Ask for the way back",
            actors=(HOLDER,),
            trigger="ask_for_link",
            source=FROZEN,
            effects=(SendCode("unlock_code", "link_life", "way_back", form="link"),),
            cites=("F-14",),
        ),
        Transition(
            title="Follow the way back",
            actors=(HOLDER,),
            trigger="follow_link",
            source=FROZEN,
            when=(followed.is_("right"),),
            guards=(link_still_works,),
            dest=POSTING,
            effects=(Close("lock"), Close("unlock_code"), Close("pause"), Notify("thawed")),
            cites=("F-14",),
            challenge="unlock_code",
        ),
        Transition(
            title="Follow a wrong link",
            actors=(HOLDER,),
            trigger="follow_link",
            source=FROZEN,
            when=(followed.is_("wrong"),),
            guards=(link_still_works,),
            effects=(Count("unlock_code", "tries"),),
            cites=("F-14",),
            challenge="unlock_code",
        ),
    )


# --- going -------------------------------------------------------------------------------------------------------


@guard(
    "Every board was handed over.",
    otherwise="Find somebody who runs it.",
    needs=("boards_run",),
    limit=0,
    cites=("F-13",),
)
def boards_were_handed_over(account: Account, command: Command, p: P) -> bool:
    return command.facts.boards_run == 0


@not_before("The days to think it over have passed.", otherwise="Wait, or stay.", cites=("F-12",))
def it_was_thought_over(account: Account, command: Command, p: P) -> dt.datetime | None:
    return p.calendar.add(account.deletion.since, p.thinking_over) if account.deletion else None


def going(p: P) -> tuple[Transition, ...]:
    """Rows about farewells."""
    return (
        Transition(
            title="Say farewell",
            actors=(HOLDER,),
            trigger="say_farewell",
            source=(POSTING, AWAY),
            guards=(boards_were_handed_over,),
            dest=LEAVING,
            effects=(
                Open("deletion", fixed={"track": "farewell"}),
                Close("pause"),
                StartTimer("farewell", after="thinking_over"),
                Notify("sorry_to_see_you_go"),
            ),
            cites=("F-12", "F-13"),
        ),
        Transition(
            title="Stay after all",
            actors=(HOLDER,),
            trigger="stay",
            source=LEAVING,
            dest=POSTING,
            effects=(Close("deletion"), Notify("welcome_back")),
            cites=("F-12",),
        ),
        Transition(
            title="Let a member go",
            actors=(SYSTEM, VOLUNTEER),
            trigger="let_go",
            source=LEAVING,
            guards=(it_was_thought_over,),
            dest=GONE,
            effects=(Close("deletion"), Close("warning"), Notify("farewell")),
            cites=("F-12",),
        ),
    )


# --- beside the rows -----------------------------------------------------------------------------------------------

GUARDS: tuple[Guard, ...] = (
    rules_were_read,
    newcomer_is_old_enough,
    ground_is_cautioned,
    no_caution_stands,
    caution_came_first,
    moderator_is_not_involved,
    enough_members_reported,
    ban_ends_some_day,
    objection_is_in_time,
    objection_is_in_words,
    objection_is_the_first,
    hearer_did_not_ban,
    enough_members_vouch,
    it_was_no_doxxing,
    no_mark_is_against,
    link_still_works,
    boards_were_handed_over,
    it_was_thought_over,
)

NOTICES = (
    Notice("hello", "you are in: this is how we talk to each other"),
    Notice("careful", "what somebody minded, and that a ban may follow"),
    Notice("banned", "why, for how long, and until when you may object"),
    Notice("somebody_was_banned", "who banned whom, and why", to="staff"),
    Notice("banned_for_good", "the panel has decided that you stay out"),
    Notice("welcome_back", "you may write again"),
    Notice("objection_arrived", "the panel will read it"),
    Notice("please_hear", "an objection waits for the panel", to="staff"),
    Notice("ban_was_wrong", "the ban is lifted, and we are sorry"),
    Notice("ban_stands", "the panel sees it as the moderator did"),
    Notice("frozen", "somebody seems to write in your voice"),
    Notice("way_back", "a link that lets you in again"),
    Notice("thawed", "it is you; change your password"),
    Notice("sorry_to_see_you_go", "the day you will be gone, and how to stay"),
    Notice("farewell", "your account is gone"),
)

TIMERS = (
    TimerRule("caution_fades", "fade", (POSTING, AWAY, LEAVING), "lets a caution fade"),
    TimerRule("ban_ends", "end_ban", (BANNED, HEARD), "ends a ban that does not last"),
    TimerRule("panel_is_late", "win_unheard", (HEARD,), "lets an unheard objection win"),
    TimerRule("farewell", "let_go", (LEAVING,), "carries a farewell out"),
)

CAPABILITIES: Mapping[str, Mapping[State, bool]] = {
    "read": {state: state is not GONE for state in State},
    "write": {state: state is POSTING for state in State},
    "vote": {state: state in (POSTING, LEAVING) for state in State},
    "whisper": {state: state in (POSTING, AWAY, LEAVING) for state in State},
}

WAYS = Ways(
    targets=(POSTING, GONE),
    steps={
        each.trigger: each
        for each in (
            Step(
                "object",
                "Write to the panel why the ban is wrong.",
                (POSTING,),
                ("F-08",),
                brings=lambda a, p: ("objection",),
            ),
            Step("win_unheard", "Wait for the panel; if it is late, you have won.", (POSTING,), ("F-10",), waits=True),
            Step("end_ban", "Wait until the ban ends.", (POSTING,), ("F-07",), waits=True),
            Step("ask_for_link", "Ask for a link.", (POSTING,), ("F-14",)),
            Step(
                "follow_link",
                "Follow the link.",
                (POSTING,),
                ("F-14",),
                takes=lambda account, p: Takes(dt.timedelta(0), p.link_life),
                chooses={"code_right": True},
            ),
            Step("stay", "Say that you stay.", (POSTING,), ("F-12",)),
            Step("come_back", "Sign in and write.", (POSTING,), ("F-15",)),
            Step("say_farewell", "Say farewell.", (GONE,), ("F-12",)),
            Step("let_go", "Think it over.", (GONE,), ("F-12",), waits=True),
        )
    },
)


def policy(p: ForumParameters | None = None) -> Policy:
    """Return the forum's policy under *p*, by default the forum's own values."""
    return composed(
        p or ForumParameters(),
        name="forum",
        version="7",
        facts=ForumFacts,
        rows={"joining": joining, "order": order, "objecting": objecting, "voices": voices, "going": going},
        guards=GUARDS,
        timers=TIMERS,
        notices=NOTICES,
        evidence={"objection": "why the ban is wrong, in the member's own words"},
        texts=("objection",),
        capabilities=CAPABILITIES,
        citations={name: says for name, (_, says) in HOUSE_RULES.items()},
        sources=Sources(
            guides={"F": "how we talk to each other"},
            called="the house",
            rules={name: Rule(name, kind, says) for name, (kind, says) in HOUSE_RULES.items()},
        ),
        ways=WAYS,
        doors=Doors(sign_up={"rules_read": True, "age": 30}),
        host="the forum",
    )


POLICY = policy()
