"""The command `plan`: every way from how an account stands to how somebody wants it to be, told on a terminal.

Knows how a way is told: its steps, what still stands in the way, how long it takes, what to do and what to avoid.
Decides nothing; nothing is written.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from rich.text import Text

from lifecycle import documents as doc
from lifecycle.calendar import BusinessDays, Period, spoken
from lifecycle.cli import FINE
from lifecycle.cli.output import Desk, Voice
from lifecycle.cli.places import accounts_at, facts_of, policy_of, time_of
from lifecycle.cli.timeline import STYLES
from lifecycle.cli.words import count, plain, seen, span, when, zone_name, zone_of
from lifecycle.model import Role, Verdict
from lifecycle.plan import Hint, Leg, Plan, Shut, Way
from lifecycle.rows import Policy

_WHO = 12
_SIGNS = {
    "do": ("✓ ", STYLES["taken"]),
    "avoid": ("✗ ", STYLES["refused"]),
    "know": ("· ", STYLES["quiet"]),
}
_IN_TIME = {True: "in time for the sale", False: "too late for the sale", None: "perhaps in time for the sale"}
_SECTIONS = (("avoid", "What to avoid"), ("do", "What to do"), ("know", "Good to know"))


def plan(
    desk: Desk,
    account: str,
    *,
    database: str,
    to: str,
    facts: Sequence[str],
    at: str | None,
    sale_at: str | None,
    peak: bool | None,
    as_json: bool,
) -> int:
    """Tell every way, the cheapest first; what is shut; and what to do and to avoid meanwhile."""
    voice, policy = desk.voice, policy_of(desk.policy_name)
    given, moment, sale = facts_of(facts, policy), time_of(at), time_of(sale_at, "--sale-at")
    with accounts_at(database, policy) as accounts:
        standing = accounts.account(account, at=moment)
        found = accounts.plan(account, to, at=moment, facts=given, peak=peak, sale_at=sale)
    if as_json:
        said = {"policy": doc.of_policy(policy), "account": doc.of_account(standing)}
        voice.document("plan", {**said, **doc.of_plan(found)})
        return FINE
    _Teller(voice, found, policy).tell(standing.since)
    return FINE


class _Teller:
    """Tells one plan. Whatever was said once is not said again."""

    def __init__(self, voice: Voice, found: Plan, policy: Policy) -> None:
        self.voice = voice
        self.plan = found
        self.zone = zone_of(policy)
        self.evidence = policy.evidence
        self._said: set[str] = set()

    def tell(self, since: dt.datetime | None) -> None:
        """Tell all of it."""
        self._head(since)
        for number, way in enumerate(self.plan.ways, start=1):
            self._way(number, way)
        self._shut(self.plan.shut)
        for kind, title in _SECTIONS:
            self._hints(title, [hint for hint in self.plan.hints if hint.kind == kind])
        if needs := sorted(self.plan.needs):
            more = " ".join(f"--fact {name}=…" for name in needs)
            self.voice.say()
            self.voice.say(Text(f"Say more, and it becomes clearer what is in the way: {more}", style="dim"), hang=2)

    def _head(self, since: dt.datetime | None) -> None:
        found = self.plan
        ways = "nothing to do" if found.arrived else count(len(found.ways), "way") if found.ways else "no way"
        head = f"From {found.state.words} to {found.to.words}: {ways} for account {found.account_id}"
        self.voice.say(Text(head, style="bold"), hang=2)
        stands = f" since {when(since, self.zone)}" if since else ""
        asked = f"It is {found.state.words}{stands}. Asked for {when(found.at, self.zone)} {zone_name(self.zone)}."
        self.voice.say(Text(asked, style="dim"))
        if found.sale_at is not None:
            left = found.sale_at - found.at
            gap = f"in {span(left)}" if left > dt.timedelta(0) else "over"
            self.voice.say(Text(f"The sale, {when(found.sale_at, self.zone)}, is {gap}.", style="dim"))
        outlook = found.outlook
        if outlook.says:
            because = f": {'; '.join(outlook.because)}" if outlook.because else ""
            said = f"✗ {outlook.says[:1].upper()}{outlook.says[1:]}{because}."
            self.voice.say(Text(said, style=STYLES["refused"]), indent=2, hang=2)

    def _way(self, number: int, way: Way) -> None:
        self.voice.say()
        title = " → ".join(plain(trigger) for trigger in way.triggers)
        self.voice.say(Text(f"{number}  {title}", style="bold"), hang=3)
        self.voice.say(Text("; ".join(self._sum(way)), style=STYLES["taken" if not way.rare else "refused"]), indent=3)
        told: set[str] = set()
        for leg in way.legs:
            self._leg(leg, told, alone=len(way.legs) == 1)

    def _sum(self, way: Way) -> Iterable[str]:
        """How long it takes all in all, and how often it ends well."""
        if way.latest is None:
            yield "nobody tells how long it takes"
        elif way.latest == self.plan.at:
            yield "at once"
        elif way.earliest == way.latest:
            yield f"on {self._day(way.latest)}"
        elif way.latest - self.plan.at < dt.timedelta(hours=1):
            yield f"within {span(way.latest - self.plan.at)}, by {self._day(way.latest)}"
        else:
            yield f"between {self._day(way.earliest)} and {self._day(way.latest)}"
        if way.odds is not None:
            yield f"ends well in about {round(way.odds * 100)} % of cases"
        if self.plan.sale_at is not None:
            yield _IN_TIME[way.arrives_by(self.plan.sale_at)]

    def _day(self, at: dt.datetime) -> str:
        """A moment that is estimated: no finer than minutes, with the day of the week."""
        return f"{at.astimezone(self.zone):%a %d %b %Y %H:%M}"

    def _leg(self, leg: Leg, told: set[str], *, alone: bool) -> None:
        first = Text("   ").append(leg.role.ljust(_WHO), style=STYLES[leg.role])
        later = Text(" " * (3 + _WHO))
        time = "" if alone and not leg.told else f"  {self._time(leg)}"
        self.voice.rail(Text.assemble(leg.says, (time, "dim")), first, later)
        if leg.evidence and leg.by.role is Role.HOLDER:
            papers = "; ".join(self.evidence[kind] for kind in leg.evidence)
            self.voice.rail(Text.assemble(("Bring: ", "bold"), papers), later, later + Text("  "))
        if leg.until is not None:
            self.voice.rail(Text.assemble(("Until: ", "bold"), self._day(leg.until)), later, later + Text("  "))
        for verdict in leg.conditions:
            if verdict.code not in told:
                self._condition(verdict, leg)
            told.add(verdict.code)
        for hint in leg.hints:
            self._hint(hint, 3 + _WHO)

    def _time(self, leg: Leg) -> str:
        if leg.waits:
            return self._day(leg.earliest) if leg.latest is not None else "nobody tells when"
        if not leg.told:
            return "nobody tells how long"
        said = "the usual time is over" if leg.overdue else length(leg.least, leg.most)
        return f"{said}; not before {self._day(leg.from_)}" if leg.from_ else said

    def _condition(self, verdict: Verdict, leg: Leg) -> None:
        key = f"condition {verdict.code}"
        known = verdict.met is not None
        sign, word = ("✗ ", "not yet: ") if known else ("? ", "has to be so: ")
        style = STYLES["refused" if known else "unknown"]
        text = Text.assemble((f"{sign}{word}", style), verdict.sentence, (f" [{verdict.code}]", "dim"))
        self.voice.say(text, indent=3 + _WHO, hang=2)
        if key in self._said:
            return
        self._said.add(key)
        if known and not _of_the_ground(verdict) and (what := seen(verdict)):
            self.voice.say(Text(what, style=style), indent=5 + _WHO)
        # What somebody who judges is told to do is no advice to whom they judge.
        if leg.by.role not in (Role.REVIEWER, Role.SUPERVISOR) or _of_the_ground(verdict):
            self.voice.say(_remedy(verdict), indent=5 + _WHO)

    def _hints(self, title: str, hints: Iterable[Hint]) -> None:
        hints = [hint for hint in hints if hint.name not in self._said]
        if hints:
            self.voice.say()
            self.voice.say(Text(title, style="bold"))
        for hint in hints:
            self._hint(hint, 2)

    def _hint(self, hint: Hint, indent: int) -> None:
        if hint.name in self._said:
            return
        self._said.add(hint.name)
        sign, style = _SIGNS[hint.kind]
        why = f" {hint.why}" if hint.why else ""
        self.voice.say(Text.assemble((sign, style), hint.says, (why, "dim")), indent=indent, hang=2)

    def _shut(self, doors: Iterable[Shut]) -> None:
        doors = tuple(doors)
        if doors:
            self.voice.say()
            self.voice.say(Text("Not open", style="bold"))
        for door in doors:
            head = ((plain(door.trigger), f"bold {STYLES[door.role]}".strip()), f"  {door.title}")
            self.voice.say(Text.assemble(("✗ ", STYLES["refused"]), *head), indent=2, hang=4)
            for verdict in door.refusals:
                text = Text.assemble(("not so: ", STYLES["refused"]), verdict.sentence, (f" [{verdict.code}]", "dim"))
                self.voice.say(text, indent=6, hang=2)
                self.voice.say(_remedy(verdict), indent=8)


def _of_the_ground(verdict: Verdict) -> str:
    """What the ground of a restriction itself asks for, where that is what is needed."""
    return verdict.limit if isinstance(verdict.limit, str) and verdict.limit.endswith(".") else ""


def _remedy(verdict: Verdict) -> str:
    return _of_the_ground(verdict) or verdict.remedy


def length(least: Period | None, most: Period | None) -> str:
    """Return how long something takes: ``3 to 5 working days``, ``up to 3 minutes``, ``at once``."""
    if most is None:
        return "at once" if least is None else f"from {_spoken(least)} on"
    if least is None:
        return f"up to {_spoken(most)}"
    short, long = _spoken(least), _spoken(most)
    number, unit = short.split(" ", 1)
    return f"{number} to {long}" if long.endswith(f" {unit}") else f"{short} to {long}"


def _spoken(period: Period) -> str:
    """A period in words; whole days are said as days, however few."""
    if isinstance(period, BusinessDays) or period % dt.timedelta(days=1):
        return spoken(period)
    return count(period.days, "day")
