"""Each event as one line of JSON, canonical and with the hash that chains it to the one before.

Whoever reads the file can check by themselves that nothing of an account's log is missing or changed: SHA-256 of the hash
before and of the line's ``event`` as it stands here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from lifecycle.model import Event
from lifecycle.store.codec import GENESIS, chain, encode_event


def json_lines(logs: Callable[[], Iterable[tuple[str, Iterable[Event]]]]) -> Iterator[str]:
    """Yield ``{"hash": …, "event": …}`` for each event, account by account, in the order of its log."""
    for _, events in logs():
        head = GENESIS
        for event in events:
            body = encode_event(event)
            head = chain(head, body)
            yield f'{{"hash":"{head}","event":{body}}}\n'
