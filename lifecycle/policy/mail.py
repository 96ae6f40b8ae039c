"""Chapter: messages nobody needs. Promotions by mail and alerts of the app, stopped and wanted again.

Deleting an account leaves them as they were, so the link at the foot of a mail works in every state, and for good.
Marking a mail as spam happens in the holder's own mailbox; nothing here learns of it.
"""

from __future__ import annotations

from lifecycle.model import Account, Command, Role, State
from lifecycle.policy.parameters import Parameters
from lifecycle.policy.support import LIVING
from lifecycle.rows import Open, Transition, guard

CHANNELS = ("email", "app")


def stopped(account: Account) -> tuple[str, ...]:
    """The messages that the holder has stopped."""
    return account.mail_preference.stopped if account.mail_preference else ()


@guard(
    "These are messages that can be stopped.",
    otherwise="Name promotions by mail, or alerts of the app.",
    needs=("message_channel",),
    limit=list(CHANNELS),
    cites=("G1-48", "G2-49"),
)
def messages_can_be_stopped(account: Account, command: Command, p: Parameters) -> bool:
    return command.facts.message_channel in CHANNELS


@guard(
    "These messages still come.",
    otherwise="Leave it: they are stopped, and what was under way may still arrive.",
    needs=("message_channel",),
    sees=lambda account, command, p: {"stopped": list(stopped(account))},
    cites=("G1-48", "G2-35", "G2-49"),
)
def messages_still_come(account: Account, command: Command, p: Parameters) -> bool:
    return command.facts.message_channel not in stopped(account)


@guard(
    "These messages were stopped.",
    otherwise="Leave it: they come anyway.",
    needs=("message_channel",),
    sees=lambda account, command, p: {"stopped": list(stopped(account))},
    cites=("G1-48", "G2-49"),
)
def messages_were_stopped(account: Account, command: Command, p: Parameters) -> bool:
    return command.facts.message_channel in stopped(account)


GUARDS = (messages_can_be_stopped, messages_still_come, messages_were_stopped)


def rows(p: Parameters) -> tuple[Transition, ...]:
    """The rows of this chapter under *p*."""
    return (
        Transition(
            title="Stop promotions by mail, or alerts of the app",
            actors=(Role.HOLDER,),
            trigger="unsubscribe",
            source=tuple(State),
            guards=(messages_can_be_stopped, messages_still_come),
            effects=(
                Open(
                    "mail_preference",
                    fixed={
                        "stopped": lambda account, command, q: sorted(
                            {*stopped(account), command.facts.message_channel}
                        )
                    },
                ),
            ),
            cites=("G1-48", "G2-35", "G2-49", "X-14"),
        ),
        Transition(
            title="Want promotions by mail, or alerts of the app, again",
            actors=(Role.HOLDER,),
            trigger="subscribe",
            source=LIVING,
            guards=(messages_were_stopped,),
            effects=(
                Open(
                    "mail_preference",
                    fixed={
                        "stopped": lambda account, command, q: sorted(
                            set(stopped(account)) - {command.facts.message_channel}
                        )
                    },
                ),
            ),
            cites=("G1-48", "G2-49"),
        ),
    )
