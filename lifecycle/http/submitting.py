"""Asking for a transition: who acts, which version they decided on, and the answer, taken or refused.

Knows headers, keys and which refusal is which problem. Decides nothing. The order is that of the decision itself: who
asks, whether they may know of the account, whether they may act so, what they send; then the service decides.
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Iterable, Iterator
from typing import Annotated, Any

from litestar import Request, Response, post
from litestar.openapi.spec import Example
from litestar.params import Body, HeaderParameter
from litestar.types import ControllerRouterHandler

from lifecycle import documents as doc
from lifecycle.errors import BadEvidence, BadFact, closest
from lifecycle.http import shapes
from lifecycle.http.asking import AccountId, acting, etag, may_know
from lifecycle.http.bodies import EvidenceBody, Strict, TransitionBody
from lifecycle.http.examples import DECISION, TRANSITION
from lifecycle.http.operations import Versioned
from lifecycle.http.principals import PEOPLE, Principal
from lifecycle.http.problems import Problem, too_many
from lifecycle.http.shapes import answers, schema
from lifecycle.http.site import Site, known, site
from lifecycle.model import Actor, Decision, Event, Evidence, Role
from lifecycle.request import LONGEST_KEY, given_facts
from lifecycle.rows import Policy, SendCode
from lifecycle.service import Lifecycle

_TAG = re.compile(r'"(\d{1,15})"\Z')
_JUDGED = ("readable", "edited", "corners", "words")
"""What of evidence somebody has to have looked at."""

_NEVER = {"not_the_holder", "role_may_never", "not_this_role_here"}

IdempotencyKey = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key",
        description="The same request under the same key is answered again, and done once. Needed unless it is a dry run.",
        max_length=LONGEST_KEY,
        examples=[Example(value="4f8e2c1a-6f0b-4a43-9a57-0c9c1d3c2b11")],
    ),
]
IfMatch = Annotated[
    str | None,
    HeaderParameter(
        name="If-Match",
        description='The ETag of the account that was decided on, or "*". Needed from people; free for services.',
        examples=[Example(value='"4"')],
    ),
]


@post(
    "/accounts/{account:str}/transitions",
    guards=[may_know],
    dto=Strict[TransitionBody],
    return_dto=None,
    status_code=200,
    responses=answers(shapes.DecisionAnswer, DECISION, 403, 404, 409, 412, 413, 415, 422, 428, 429, 501, 503),
    tags=["accounts"],
    operation_class=Versioned,
    summary="Ask for a transition",
)
async def post_transition(
    account: AccountId,
    request: Request[Any, Any, Any],
    data: Annotated[TransitionBody, Body(examples=[Example(value=TRANSITION)])],
    idempotency_key: IdempotencyKey = None,
    if_match: IfMatch = None,
) -> Response[Any]:
    """Decide, and record what comes of it. A refusal is a problem document with every condition that is not met.

    `role` says in which of your roles you act, where you have several. `register` takes `identifiers`, by which the
    account is found again. Facts are taken from staff and services; a holder says only those the service lets him.
    """
    place = site(request)
    principal = known(request, account)
    by = _actor(place.policy, principal, account, data)
    _check_said(place, principal, by, data)
    expected = _expected(if_match, by)
    key = _key(idempotency_key, principal, data)
    _check_tries(place, principal, account, by, data)
    service = place.accounts.service
    decision = await place.accounts.run(lambda: _decided(service, account, by, data, key, expected))
    if not decision.allowed:
        raise refused(service.policy, decision)
    headers = {"ETag": etag(decision.account)}
    return Response(decided(service.policy, decision), headers=headers)


def _actor(policy: Policy, principal: Principal, account: str, data: TransitionBody) -> Actor:
    """Whom to act as. Registering is the holder's own doing, whoever sends it, so that no role has to be chosen."""
    found = acting(principal, account, data.role)
    if len(found) > 1 and data.trigger != policy.opening:
        roles = [each.role.value for each in found]
        raise Problem("not-understood", f"You have several roles: say in which you act. Yours: {', '.join(roles)}.")
    return found[0]


def _check_said(place: Site, principal: Principal, by: Actor, data: TransitionBody) -> None:
    """Refuse a holder's word on what the service has to find out itself: such a word would open any door."""
    if by.role is not Role.HOLDER or principal.for_holders:
        return
    said = [f"the fact {name}" for name in sorted(set(data.facts) - place.holder_facts)]
    plain = EvidenceBody("plain")
    for number, each in enumerate(data.evidence):
        said += [f"{name} of evidence[{number}]" for name in _JUDGED if getattr(each, name) != getattr(plain, name)]
    if said:
        raise Problem("not-yours-to-say", f"A holder does not say: {', '.join(said)}.", named=said)


def _expected(said: str | None, by: Actor) -> int | None:
    if said is None:
        if by.role in PEOPLE:
            raise Problem("precondition-required")
        return None
    if said.strip() == "*":
        return None
    found = _TAG.match(said.strip())
    if found is None:
        raise Problem("stale-version", 'If-Match is not the ETag of any version. An ETag looks like "4".')
    return int(found[1])


def _key(said: str | None, principal: Principal, data: TransitionBody) -> str | None:
    """The key as it is kept: of this principal only, so that nobody hears what another asked."""
    if data.dry_run:
        return None
    if not said or len(said) > LONGEST_KEY:
        raise Problem("key-missing", f"Idempotency-Key is text of 1 to {LONGEST_KEY} characters.")
    return "http:" + hashlib.sha256(f"{principal.subject}\n{said}".encode("utf-8", "surrogatepass")).hexdigest()


def _check_tries(place: Site, principal: Principal, account: str, by: Actor, data: TransitionBody) -> None:
    if data.code is None and data.trigger not in _sending(place.policy):
        return
    waits = [place.challenges.take(f"account {account}")]
    if by.role in PEOPLE:
        # A person who tries codes on many accounts is stopped; the host's own service asks for all of its holders.
        waits.append(place.challenges.take(f"subject {principal.subject}"))
    if any(waits):
        raise too_many(max(waits))


@functools.lru_cache(maxsize=16)
def _sending(policy: Policy) -> frozenset[str]:
    """The triggers that check a code or send one."""
    sends = (row for row in policy.rows if row.challenge or any(isinstance(each, SendCode) for each in row.effects))
    return frozenset(row.trigger for row in sends)


def _decided(
    service: Lifecycle, account: str, by: Actor, data: TransitionBody, key: str | None, expected: int | None
) -> Decision:
    try:
        return _asked(service, account, by, data, key, expected)
    except (BadFact, BadEvidence) as error:
        mistakes = [*_mistakes(service.policy, data)] or [str(error)]
        raise Problem("not-understood", mistakes[0], mistakes=mistakes) from None


def _mistakes(policy: Policy, data: TransitionBody) -> Iterator[str]:
    """Everything that is wrong with the facts and the evidence, where one of them was."""
    for name, value in data.facts.items():
        try:
            given_facts(policy, {name: value})
        except BadFact as error:
            yield str(error)
    for number, each in enumerate(data.evidence):
        try:
            _evidence(each)
            if each.kind not in policy.evidence:
                near = closest(each.kind, policy.evidence) or f" Known: {', '.join(sorted(policy.evidence))}."
                yield f'evidence[{number}]: no evidence is of the kind "{each.kind}".{near}'
        except BadEvidence as error:
            yield f"evidence[{number}]: {error}"


def _asked(
    service: Lifecycle, account: str, by: Actor, data: TransitionBody, key: str | None, expected: int | None
) -> Decision:
    policy = service.policy
    evidence = [_evidence(each) for each in data.evidence]
    if data.identifiers and data.trigger not in (policy.opening, policy.doors.identify):
        raise Problem("not-understood", f'"{data.trigger}" takes no identifiers.')
    told: dict[str, Any] = {"facts": data.facts, "key": key, "dry_run": data.dry_run}
    if data.trigger == policy.opening:
        if expected:
            raise Problem("stale-version", "There is no version yet of an account that is to be opened.")
        return service.register(account, identifiers=data.identifiers, **told)
    told["expected"] = expected
    if data.trigger == policy.doors.identify:
        return service.identify(account, data.identifiers, by=by, **told)
    return service.submit(data.trigger, account=account, by=by, evidence=evidence, code=data.code, **told)


def _evidence(said: EvidenceBody) -> Evidence:
    return Evidence(
        said.kind,
        said.ref,
        readable=said.readable,
        edited=said.edited,
        corners=said.corners,
        words=said.words,
        text=said.text,
    )


def refused(policy: Policy, decision: Decision) -> Problem:
    """Return the problem that a refusal is: of who asks, of how the account stands, or of conditions not met."""
    codes = {refusal.code for refusal in decision.refusals}
    guards = {guard.name for guard in policy.guards}
    kind = "forbidden-actor" if codes & _NEVER else "guard-failed" if codes <= guards else "not-allowed-here"
    detail = " ".join(f"Not yet: {refusal.sentence} {refusal.remedy}" for refusal in decision.refusals)
    return Problem(
        kind,
        detail,
        headers={"ETag": etag(decision.account)},
        refusals=[doc.of_reason(refusal) for refusal in decision.refusals],
        version=decision.account.version,
        repeated=decision.repeated,
    )


def decided(policy: Policy, decision: Decision) -> dict[str, Any]:
    """Return a decision that was taken, as JSON data."""
    return {
        "schema": schema("decision"),
        "policy": doc.of_policy(policy),
        "account": doc.of_account(decision.account),
        "at": doc.moment(decision.command.at),
        "trigger": decision.command.trigger,
        "by": str(decision.command.by),
        "allowed": True,
        "repeated": decision.repeated,
        "dry_run": decision.dry_run,
        "events": _steps(decision.events),
        "settled": _steps(decision.settled),
    }


def _steps(events: Iterable[Event]) -> list[dict[str, Any]]:
    """Return events in short: what moved, not what was known of it, since a holder reads this too."""
    return [
        {
            "version": event.version,
            "at": doc.moment(event.at),
            "trigger": event.trigger,
            "from": None if event.source is None else event.source.value,
            "to": event.dest.value,
            "machine": event.machine,
            "sends": list(event.notices),
        }
        for event in events
    ]


def routes() -> list[ControllerRouterHandler]:
    """Return the endpoints."""
    return [post_transition]
