"""The operator console: server-rendered pages for those who answer for accounts.

Knows which rooms there are. Does not know any rule: what may be done, and why not, is asked of the service.

How to add a page:

1. Make a room ``lifecycle/http/console/NAME.py`` with ``PAGES``, the entries it has in the navigation (often one, may be
   none), and ``HANDLERS``, its Litestar handlers, with paths below ``/console``. Add ``NAME`` to `pages.ROOMS`.
2. A handler asks `looking.looking` who looks; the answer carries their roles, time zone and the token for forms. Work
   with the database belongs in a plain function, run by `Looking.run`, that returns what the page shows.
3. Answer with `rendering.page`: a template under ``templates/`` that begins with ``{% extends "base.html" %}``, sets
   ``title`` and fills the block ``main``. ``macros.html`` has chips, times, verdicts, tables and empty states; text is
   escaped unless a room makes it `markupsafe.Markup` itself.
4. Forms post ``{{ m.token(looking) }}`` and work without a script; ``hx-`` attributes may make them quicker. No inline
   style or script, no ``style=`` attribute: the policy of the pages forbids them. Styles live in ``static/console.css``,
   with a heading for each page; what only one page needs may have a file of its own, named in `assets.STYLES`.
"""

from __future__ import annotations

from litestar.types import ControllerRouterHandler

from lifecycle.http.console.pages import handlers
from lifecycle.http.console.rendering import problem_page

__all__ = ["problem_page", "routes"]


def routes() -> list[ControllerRouterHandler]:
    """Return every handler of the console, to be registered beside the interface for programs."""
    return handlers()
