"""Notices as webhooks: CloudEvents 1.0, signed as Standard Webhooks say, sent by the worker, and read by who receives them.

Knows the form of a message and its signature. Does not know tries or back-off: they are the worker's, and so each message
arrives at least once. A message names the account, the notice and the step; codes and private texts are never in it.

    Worker(accounts, Webhooks("https://shop.example/hooks/accounts", "whsec_…")).run()

Whoever receives one checks it before reading it, in any language with a library for Standard Webhooks; in Python:

    message = opened("whsec_…", request.headers, request.body)      # raises NotGenuine: answer 400
    if done_before(message["id"]): return 204                       # the same message may come twice
"""

from __future__ import annotations

import datetime as dt
import json
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from standardwebhooks.webhooks import EmptyWebhookSecretError, Webhook

from lifecycle.errors import BadRequest, LifecycleError
from lifecycle.worker import Delivery, Undeliverable

MEDIA_TYPE = "application/cloudevents+json"
TYPE = "lifecycle.notice.{notice}.v1"
"""The ``type`` of a message; the number is raised when a word of ``data`` changes its meaning."""

SHORTEST_SECRET = 24
"""How many bytes a secret has at least, as Standard Webhooks say."""

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class NotGenuine(LifecycleError):
    """What was received was not sent by who has the secret, was altered on its way, or is too old."""


class NotTaken(LifecycleError):
    """The receiver did not take a message; the worker tries again."""


class Webhooks:
    """A handler of the worker's that posts every notice to one address.

    Any answer of 2xx means that it was taken. After 410 that message is dead; after anything else it is tried again.

    Args:
        url: where to; https, or plain http on this machine.
        secret: ``whsec_`` and base64, or bytes; several, newest first, while one is being replaced: each signs.
        source: who sends, the ``source`` of every message.
        timeout: for how many seconds an answer is waited for.

    Raises:
        BadRequest: an address that is not safe, or a secret that is too short or cannot be read.
    """

    def __init__(
        self,
        url: str,
        secret: str | bytes | Sequence[str | bytes],
        *,
        source: str = "/lifecycle",
        timeout: float = 10,
    ) -> None:
        address = urlsplit(url)
        if address.scheme != "https" and not (address.scheme == "http" and address.hostname in _LOOPBACK):
            raise BadRequest("a webhook goes to an https address; plain http is for this machine only")
        self._url, self._signers = url, _signers(secret)
        self._source, self._timeout = source, timeout

    def __repr__(self) -> str:
        return f"Webhooks({urlsplit(self._url).hostname})"

    def __call__(self, delivery: Delivery) -> None:
        """Send one notice.

        Raises:
            Undeliverable: the receiver is gone for good.
            NotTaken: it did not take it, or did not answer.
        """
        body = json.dumps(message(delivery, self._source), separators=(",", ":"))
        headers = {"Content-Type": MEDIA_TYPE, "User-Agent": "account-lifecycle", **self.signed(delivery.id, body)}
        request = urllib.request.Request(self._url, body.encode(), headers, method="POST")  # noqa: S310 - checked above
        try:
            with _OPENER.open(request, timeout=self._timeout) as answer:
                status: int = answer.status
        except urllib.error.HTTPError as error:
            error.close()
            status = error.code
        except (OSError, ValueError) as error:
            raise NotTaken(f"no answer: {type(error).__name__}") from None
        if status == 410:
            raise Undeliverable("receiver_gone")
        if not 200 <= status < 300:
            raise NotTaken(f"answered {status}")

    def signed(self, id: str, body: str, *, at: dt.datetime | None = None) -> dict[str, str]:
        """Return the headers that sign *body* under this id; *at* is when, by default now."""
        now = at or dt.datetime.now(dt.UTC)
        signatures = " ".join(each.sign(id, now, body) for each in self._signers)
        return {"webhook-id": id, "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": signatures}


class _NoDetour(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: a message goes where it was meant to go."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        """Refuse."""


_OPENER = urllib.request.build_opener(_NoDetour)


def message(delivery: Delivery, source: str) -> dict[str, Any]:
    """Return a notice as a CloudEvent in structured JSON."""
    event = delivery.event()
    return {
        "specversion": "1.0",
        "id": delivery.id,
        "source": source,
        "type": TYPE.format(notice=delivery.notice),
        "subject": delivery.account,
        "time": delivery.at.astimezone(dt.UTC).isoformat().replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "data": {
            "account": delivery.account,
            "version": delivery.version,
            "notice": delivery.notice,
            "values": dict(delivery.values),
            "trigger": event.trigger,
            "from": None if event.source is None else event.source.value,
            "to": event.dest.value,
            "machine": event.machine,
        },
    }


def opened(
    secret: str | bytes | Sequence[str | bytes],
    headers: Mapping[str, str],
    body: bytes | str,
    *,
    known: Callable[[str], bool] | None = None,
) -> dict[str, Any]:
    """Return the message that was received, if it is genuine.

    Args:
        secret: as for `Webhooks`.
        headers: of the request, by any case.
        body: exactly as it came; read it before anything parses it.
        known: says of an id whether its message was received before. A genuine message may come twice.

    Raises:
        NotGenuine: forged, altered, more than five minutes old or ahead, or *known*.
        BadRequest: the secret is too short or cannot be read.
    """
    signers = _signers(secret)
    named = {name.lower(): value for name, value in headers.items()}
    for signer in signers:
        try:
            found: Any = signer.verify(body, named)
        except Exception:  # noqa: BLE001, S112 - whatever it stumbles over was not signed by this secret
            continue
        # The id inside counts as much as the one that was signed.
        if not isinstance(found, dict) or found.get("id") != named["webhook-id"]:
            break
        if known is not None and known(found["id"]):
            raise NotGenuine("the message was received before")
        return found
    raise NotGenuine("the message is forged, altered or too old")


def _signers(secret: str | bytes | Sequence[str | bytes]) -> list[Webhook]:
    several = [secret] if isinstance(secret, str | bytes) else list(secret)
    try:
        signers = [Webhook(each) for each in several]
    except (EmptyWebhookSecretError, ValueError, RuntimeError):
        raise BadRequest('a webhook secret is "whsec_" and base64, or bytes') from None
    if not signers or any(len(each._whsecret) < SHORTEST_SECRET for each in signers):  # noqa: SLF001 - only it knows
        raise BadRequest(f"a webhook secret has at least {SHORTEST_SECRET} bytes; 32 random ones are best")
    return signers
