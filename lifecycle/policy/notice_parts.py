"""What a notice that ends a membership must say, and how it must go out. One guard for each; they all apply together.

A notice is told as codes: ``notice_parts`` lists what it says. What it names and its wording never come here.
"""

from __future__ import annotations

from lifecycle.model import Account, Command
from lifecycle.policy.parameters import Parameters
from lifecycle.rows import Guard, guard

ALSO = ("name", "reference", "stop_renewal", "confirmation", "stop_billing")
"""What a notice says beside the contract, the intent, the date and the signature (G4-41)."""

WRITTEN = ("registered_post", "certified_email", "post", "message")
"""Channels that leave something in writing."""


def _says(command: Command, part: str) -> bool:
    return part in command.facts.notice_parts


def _parts(account: Account, command: Command, p: Parameters) -> dict[str, list[str]]:
    return {"notice_parts": list(command.facts.notice_parts)}


@guard(
    "The details in the notice lead to exactly one membership.",
    otherwise="Send it back: give the contract number, or the account and the name it runs under.",
    needs=("memberships_found",),
    limit=1,
    cites=("G4-66", "G4-41"),
)
def notice_leads_to_one_membership(account: Account, command: Command, p: Parameters) -> bool:
    return command.facts.memberships_found == 1


@guard(
    "The notice names the contract or the member.",
    otherwise="Fill in the number of the contract, or the member id.",
    needs=("notice_parts",),
    sees=_parts,
    limit="contract",
    cites=("G4-06", "G4-41"),
)
def notice_names_the_contract(account: Account, command: Command, p: Parameters) -> bool:
    return _says(command, "contract")


@guard(
    "The notice says firmly that the membership shall end.",
    otherwise="Write that you end the membership; a question or a complaint ends nothing.",
    needs=("notice_parts",),
    sees=_parts,
    limit="termination",
    cites=("G4-08", "G4-41", "G4-55"),
)
def intent_is_unmistakable(account: Account, command: Command, p: Parameters) -> bool:
    return _says(command, "termination")


@guard(
    "The notice names the date on which the membership shall end.",
    otherwise="Write the date on which it shall end.",
    needs=("named_end",),
    sees=lambda account, command, p: {"named_end": "named" if command.facts.named_end else "none"},
    limit="a date",
    cites=("G4-01", "G4-41", "G4-55"),
)
def end_is_named(account: Account, command: Command, p: Parameters) -> bool:
    return command.facts.named_end is not None


@guard(
    "The notice is signed.",
    otherwise="Sign it.",
    needs=("notice_parts",),
    sees=_parts,
    limit="signature",
    cites=("G4-41", "G4-55"),
)
def notice_is_signed(account: Account, command: Command, p: Parameters) -> bool:
    return _says(command, "signature")


@guard(
    "The notice says everything else it must.",
    otherwise="Add what is missing; a refund may be asked for, and need not be.",
    needs=("notice_parts",),
    sees=lambda account, command, p: {"missing": [part for part in ALSO if not _says(command, part)]},
    limit=list(ALSO),
    cites=("G4-04", "G4-10", "G4-41"),
)
def notice_is_complete(account: Account, command: Command, p: Parameters) -> bool:
    return all(_says(command, part) for part in ALSO)


@guard(
    "The notice is in writing.",
    otherwise="Write it down; what is only said leaves no trace.",
    needs=("notice_channel",),
    limit=list(WRITTEN),
    cites=("G4-55", "G4-57"),
)
def notice_is_in_writing(account: Account, command: Command, p: Parameters) -> bool:
    return command.facts.notice_channel in WRITTEN


@guard(
    "The notice goes out in a way that proves its delivery.",
    otherwise="Send it by registered post, the one way that suits every case.",
    needs=("notice_channel",),
    limit=lambda account, command, p: [channel for channel in p.cancel_channels if channel != "tools"],
    applies=lambda account, command, p: command.facts.notice_channel in WRITTEN,
    cites=("X-27", "G4-07", "G4-37", "G4-38", "G4-57", "G4-61"),
)
def notice_channel_is_accepted(account: Account, command: Command, p: Parameters) -> bool:
    return command.facts.notice_channel in p.cancel_channels


@guard(
    "The notice names a jurisdiction we serve.",
    otherwise="Name the country whose law the agreement is under.",
    needs=("jurisdiction",),
    limit=lambda account, command, p: list(p.jurisdictions),
    cites=("G4-03", "X-29"),
)
def jurisdiction_is_served(account: Account, command: Command, p: Parameters) -> bool:
    return command.facts.jurisdiction in p.jurisdictions


@guard(
    "Every law the notice rests on belongs to its jurisdiction.",
    otherwise="Name a law of that country, or none.",
    needs=("legal_basis", "jurisdiction"),
    sees=lambda account, command, p: {"legal_basis": list(command.facts.legal_basis)},
    limit=lambda account, command, p: list(_laws(command, p)),
    applies=lambda account, command, p: command.facts.jurisdiction in p.jurisdictions,
    cites=("X-29", "G4-12", "G4-49"),
)
def legal_basis_fits(account: Account, command: Command, p: Parameters) -> bool:
    return set(command.facts.legal_basis) <= set(_laws(command, p))


def _laws(command: Command, p: Parameters) -> tuple[str, ...]:
    return tuple(law for law in p.legal_basis if law.startswith(f"{command.facts.jurisdiction}:"))


@guard(
    "The notice goes to the address that the official papers name.",
    otherwise="Look the address up in the agreement and on the billing statement, and send it there.",
    needs=("recipient", "addresses_known"),
    sees=lambda account, command, p: {"recipient": command.facts.recipient},
    limit=lambda account, command, p: _right_address(command, p),
    cites=("X-28", "G4-05", "G4-45", "G4-62"),
)
def address_is_the_right_one(account: Account, command: Command, p: Parameters) -> bool:
    return command.facts.recipient == _right_address(command, p)


def _right_address(command: Command, p: Parameters) -> str:
    known = {*command.facts.addresses_known, "default"}
    return next((address for address in p.recipient_address_order if address in known), "default")


@guard(
    "A sending service, if there is one, offers registered delivery and the return receipt.",
    otherwise="Choose a service that offers both, or post the letter yourself.",
    needs=("sender_offers", "sender"),
    sees=lambda account, command, p: {"sender_offers": list(command.facts.sender_offers)},
    limit=["registered_post", "return_receipt"],
    cites=("G4-48",),
)
def sending_service_gives_proof(account: Account, command: Command, p: Parameters) -> bool:
    by_service = command.facts.sender == "service"
    return not by_service or {"registered_post", "return_receipt"} <= set(command.facts.sender_offers)


@guard(
    "A copy of the notice and the proof of sending are kept.",
    otherwise="Keep a full copy and the receipt, and hand both in.",
    sees=lambda account, command, p: {"brought": [e.kind for e in command.evidence]},
    limit=["notice_copy", "proof_of_sending"],
    cites=("G4-16", "G4-07", "G4-55"),
)
def copy_and_proof_are_kept(account: Account, command: Command, p: Parameters) -> bool:
    return command.brings("notice_copy") and command.brings("proof_of_sending")


GUARDS: tuple[Guard, ...] = (
    notice_leads_to_one_membership,
    notice_names_the_contract,
    intent_is_unmistakable,
    end_is_named,
    notice_is_signed,
    notice_is_complete,
    notice_is_in_writing,
    notice_channel_is_accepted,
    jurisdiction_is_served,
    legal_basis_fits,
    address_is_the_right_one,
    sending_service_gives_proof,
    copy_and_proof_are_kept,
)
