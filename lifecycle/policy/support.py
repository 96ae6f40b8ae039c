"""Chapter: the support case. The smallest form the other chapters need: bot, agent, declined, resolved.

One case is open at a time. An agent who unlocks, reinstates or stops a deletion resolves it by doing so.
"""

from __future__ import annotations

from lifecycle.model import Account, Command, Role, State
from lifecycle.policy.parameters import Parameters
from lifecycle.rows import Effect, Open, Set, Transition, guard

LIVING = tuple(state for state in State if state is not State.DELETED)


def _status(account: Account, command: Command, p: Parameters) -> dict[str, str]:
    return {"support_case": account.support_case.status if account.support_case else "none"}


@guard(
    "No support case is open yet.",
    otherwise="Go on with the case that is open.",
    sees=_status,
    limit="none, declined or resolved",
    cites=("G3-45",),
)
def no_case_is_open(account: Account, command: Command, p: Parameters) -> bool:
    return account.support_case is None or account.support_case.status in ("declined", "resolved")


@guard(
    "A support case waits with the chat bot.",
    otherwise="Open a support case first.",
    sees=_status,
    limit="bot",
    cites=("G3-47",),
)
def case_is_with_the_bot(account: Account, command: Command, p: Parameters) -> bool:
    return account.support_case is not None and account.support_case.status == "bot"


@guard(
    "The bot's questions are answered, or a human was asked for.",
    otherwise="Answer the bot's questions, or write that you want to talk to a person.",
    needs=("prompts_answered", "human_asked"),
    sees=lambda account, command, p: {"prompts_answered": command.facts.prompts_answered},
    limit=lambda account, command, p: f"{p.bot_prompts_min}, or a person asked for",
    cites=("G3-47", "G3-48"),
)
def bot_is_passed(account: Account, command: Command, p: Parameters) -> bool:
    return command.facts.human_asked or command.facts.prompts_answered >= p.bot_prompts_min


@guard(
    "A support case is open with an agent.",
    otherwise="Open a support case and get through to an agent first.",
    sees=_status,
    limit="with_agent",
    cites=("G3-45", "G3-51", "G2-50", "G2-62"),
)
def case_is_with_an_agent(account: Account, command: Command, p: Parameters) -> bool:
    return account.support_case is not None and account.support_case.status == "with_agent"


GUARDS = (no_case_is_open, case_is_with_the_bot, bot_is_passed, case_is_with_an_agent)


def resolve_case() -> Effect:
    """The effect of an agent's helpful act on the case that asked for it."""
    return Set("support_case", fixed={"status": "resolved"})


def rows(p: Parameters) -> tuple[Transition, ...]:
    """The rows of this chapter under *p*."""
    return (
        Transition(
            title="Ask support for help",
            actors=(Role.HOLDER,),
            trigger="open_case",
            source=LIVING,
            guards=(no_case_is_open,),
            effects=(Open("support_case", take=("case_kind",)),),
            cites=("G3-45", "G3-46", "G2-61"),
        ),
        Transition(
            title="Put the holder through to an agent",
            actors=(Role.SYSTEM,),
            trigger="connect_agent",
            source=LIVING,
            guards=(case_is_with_the_bot, bot_is_passed),
            effects=(Set("support_case", fixed={"status": "with_agent"}),),
            cites=("G3-47", "G3-48"),
        ),
        Transition(
            title="Close a support case that is answered",
            actors=(Role.AGENT,),
            trigger="resolve_case",
            source=LIVING,
            guards=(case_is_with_an_agent,),
            effects=(resolve_case(),),
            cites=("G3-83",),
        ),
    )
