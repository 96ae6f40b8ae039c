"""A server of its own whose endpoint does nothing: what the framework takes for a request of the same kind.

Run with the port to listen at. It is served as `lifecycle serve` serves, by the same function.
"""

from __future__ import annotations

import sys
from typing import Any

from litestar import Litestar, post

from lifecycle.cli.listening import run


@post("/accounts/{account:str}/transitions", status_code=200, sync_to_thread=False)
def nothing(account: str, data: dict[str, Any]) -> dict[str, Any]:
    """Take a body that was parsed, and answer at once."""
    return {"account": account, "trigger": data["trigger"]}


if __name__ == "__main__":
    run(Litestar([nothing], logging_config=None, openapi_config=None), host="127.0.0.1", port=int(sys.argv[1]))
