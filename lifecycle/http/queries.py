"""What stands behind the question mark of an address, read as strictly as bodies are.

Knows which names an endpoint reads, and times. Does not know what any is for.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from litestar import Request
from litestar.params import QueryParameter

from lifecycle.errors import closest
from lifecycle.http.problems import Problem


async def only_known(request: Request[Any, Any, Any]) -> None:
    """Refuse a question with names that its endpoint does not read, all of them at once.

    A misspelt name that was passed over would be answered as if nothing had been asked for.
    """
    if not request.scope["query_string"]:
        return
    read = request.route_handler.parsed_fn_signature.parameters
    names = [name for name, each in read.items() if isinstance(each.kwarg_definition, QueryParameter)]
    unknown = sorted(set(request.query_params) - set(names))
    if unknown:
        mistakes = [f'"{name}" is not known.{closest(name, names)}' for name in unknown]
        raise Problem("not-understood", mistakes[0], mistakes=mistakes)


def time_in(name: str, said: str | None) -> dt.datetime | None:
    """Return the time that a query names.

    Raises:
        Problem: ``not-understood``: it is none, or has no offset.
    """
    if said is None:
        return None
    try:
        found = dt.datetime.fromisoformat(said)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        wanted = "must be a time with an offset, such as 2026-03-02T09:00:00Z; a + is written as %2B"
        raise Problem("not-understood", f"{name}: {wanted}.")
    return found
