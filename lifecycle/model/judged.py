"""What was judged once: measures that were lifted or served, and the references they rested on.

Knows what is kept of it. Does not know who may lift a measure, nor what follows from it.
"""

from __future__ import annotations

import datetime as dt

from attrs import field, frozen

from lifecycle.model.people import listed, moment


@frozen(slots=False)
class Judgement:
    """A measure, or several at once, that came to its end.

    ``grounds`` are those of what was lifted, ``refs`` the opaque references it rested on. ``outcome`` is ``cleared`` or
    ``served``. ``author`` is who lifted it.
    """

    number: int
    at: dt.datetime = field(converter=moment)
    author: str
    outcome: str
    grounds: tuple[str, ...] = field(converter=listed)
    refs: tuple[str, ...] = field(default=(), converter=listed)
