"""What is kept of an account on its way out: the deletion under way, what was interrupted, and how it ended.

Knows what is kept. Does not know who may begin, stop or carry out any of it.
"""

from __future__ import annotations

import datetime as dt

from attrs import field, frozen

from lifecycle.model.people import moment


@frozen(slots=False)
class Deletion:
    """The deletion under way: track ``direct``, ``request`` or ``suspended`` (by support, D-08).

    ``due_at`` is the day it may be carried out, where that is no fixed time after ``confirmed_at``.
    """

    number: int
    since: dt.datetime = field(converter=moment)
    author: str
    track: str
    reason: str | None = None
    attempts: int = 1
    confirmed_at: dt.datetime | None = field(default=None, converter=moment)
    stalled: bool = False
    held: bool = False
    due_at: dt.datetime | None = field(default=None, converter=moment)


@frozen(slots=False)
class Removal:
    """A deletion that the platform announced. ``cause`` is ``staff`` or ``retention``, ``due_at`` the day told."""

    number: int
    since: dt.datetime = field(converter=moment)
    author: str
    cause: str
    due_at: dt.datetime = field(converter=moment)


@frozen(slots=False)
class Interruption:
    """What a restriction has interrupted, since when. ``was`` is the state that the account was in."""

    number: int
    since: dt.datetime = field(converter=moment)
    author: str
    was: str


@frozen(slots=False)
class Ending:
    """How the account ended, and until when what it was known by stays taken; None for good, or not at all."""

    number: int
    since: dt.datetime = field(converter=moment)
    author: str
    way: str
    reserved_until: dt.datetime | None = field(default=None, converter=moment)


@frozen(slots=False)
class Occurrence:
    """When something last happened to the account that a policy waits after: the ``trigger`` of the event."""

    number: int
    at: dt.datetime = field(converter=moment)
    trigger: str
