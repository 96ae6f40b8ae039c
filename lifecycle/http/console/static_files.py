"""The files a browser loads beside the pages, and the entrance of the console.

Knows how long a browser may keep them: for good, since each is named by its content. Open to everybody.
"""

from __future__ import annotations

from litestar import Response, get
from litestar.params import FromPath
from litestar.response import Redirect

from lifecycle.http.console.assets import by_name
from lifecycle.http.console.beginning import is_empty
from lifecycle.http.console.looking import Req, looking
from lifecycle.http.problems import Problem


@get("/console/static/{name:str}", opt={"open": True}, include_in_schema=False, sync_to_thread=False)
def asset(name: FromPath[str]) -> Response[bytes]:
    """Send one file."""
    found = by_name().get(name)
    if found is None:
        raise Problem("not-found")
    headers = {"cache-control": "public, max-age=31536000, immutable"}
    return Response(found.content, media_type=f"{found.media_type}; charset=utf-8", headers=headers)


@get("/console", include_in_schema=False)
async def entrance(request: Req) -> Redirect:
    """Send whoever comes to the queue, or to the search if they decide no appeals; where nothing is, to the first page."""
    who = looking(request)
    first = "/welcome" if await who.run(lambda: is_empty(who)) else "/appeals" if who.judges else "/accounts"
    return Redirect(who.url(first), status_code=303)


HANDLERS = (asset, entrance)
