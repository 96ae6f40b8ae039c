"""What the service does by itself under a policy: what it submits, what it says with it, how an account arrives.

Knows which questions the service has. Does not know any trigger: a policy names its own, or leaves it out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from attrs import field, frozen

from lifecycle.model import Account, State

RESULTS = ("sent", "dead", "void")
"""What may become of a notice that an account can be told of."""


@frozen
class Report:
    """What became of a notice comes back as a step: the system submits ``trigger`` once for each result.

    ``outcomes`` are those that are reported: ``sent``, ``dead`` or ``void``. ``notices`` names which; where it names
    none, every notice is meant. The facts ``notice``, ``notice_ref``, ``noticed_at``, ``delivery_outcome``,
    ``delivery_attempt`` and ``delivery_why`` come with it, as far as the policy declares them.
    """

    trigger: str
    outcomes: tuple[str, ...] = ("sent",)
    notices: tuple[str, ...] = ()

    def concerns(self, notice: str, outcome: str | None = None) -> bool:
        """Whether it reports this *notice*, and, where one is given, this *outcome* of it."""
        return (not self.notices or notice in self.notices) and (outcome is None or outcome in self.outcomes)


@frozen
class Doors:
    """The triggers that the service itself submits, and what it says with them; None where the policy has none.

    ``identify`` adds what an account is known by. ``further`` tells a restricted account that another one was opened with
    what it shares: with the facts ``passed_on`` of that registration, and the strike that ``strike`` returns.
    ``warn``, ``lock`` and ``suspend`` follow where a signal reaches its limit, ``clear`` where it falls below again;
    ``statement`` is the kind of evidence a suspension brings along. ``borrowed`` is the fact that says that a phone
    number is somebody else's. ``sign_up`` are facts with which anybody may open an account, and ``shared`` maps a
    refusal to how the account stands that shares an e-mail: ``banned`` or ``other``. ``reports`` say which results of
    deliveries come back as steps, and by which triggers.
    """

    identify: str | None = None
    further: str | None = None
    passed_on: tuple[str, ...] = ()
    strike: Callable[[Account], str] | None = None
    warn: str | None = None
    lock: str | None = None
    suspend: str | None = None
    clear: str | None = None
    statement: str | None = None
    borrowed: str | None = None
    sign_up: Mapping[str, Any] = field(factory=dict)
    shared: Mapping[str, str] = field(factory=dict)
    reports: tuple[Report, ...] = ()

    def reporting(self, notice: str, outcome: str) -> tuple[str, ...]:
        """Return the triggers that this *outcome* of a *notice* is reported by, each once."""
        return tuple(dict.fromkeys(each.trigger for each in self.reports if each.concerns(notice, outcome)))

    @property
    def triggers(self) -> Mapping[str, str]:
        """The triggers named, by the door each stands for."""
        doors = ("identify", "further", "warn", "lock", "suspend", "clear")
        return {door: getattr(self, door) for door in doors if getattr(self, door) is not None}


@frozen
class Arrival:
    """One way in which an account came to a state before it was taken over.

    ``answer`` to the question ``asked`` says that it came this way, ``through`` names the states it passed after it was
    active. Of several ways to a state the first is taken where nobody says. A state without any way is reached by the
    fewest rows.
    """

    state: State
    through: tuple[State, ...]
    asked: str = ""
    answer: str = ""
