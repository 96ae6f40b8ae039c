"""What a policy rests on: the texts it follows, their rules, and the stories they tell.

Knows the shape of a rule that was written down somewhere. Does not know any, nor what holds it.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import field, frozen


@frozen
class Rule:
    """One rule of a guide: ``G3-31``. ``held`` names its primary holder where nothing that cites it does."""

    id: str
    kind: str
    says: str
    held: str = ""

    @property
    def guide(self) -> str:
        """The guide it stands in: ``G3``."""
        return self.id.partition("-")[0]


@frozen
class Sources:
    """The texts a policy follows. A policy of one's own need not follow any.

    ``guides`` maps a short name to what that text is about; ``rules`` are those whose holders are traced. ``stories``
    are the ids of paths and real cases that a case file may cite beside rules, ``real`` those of real cases.
    ``called`` is what pages call those texts. ``shipped`` says that the stories come with this package, so that the
    demo finds them.
    """

    guides: Mapping[str, str] = field(factory=dict)
    rules: Mapping[str, Rule] = field(factory=dict)
    stories: frozenset[str] = frozenset()
    real: frozenset[str] = frozenset()
    called: str = "the texts"
    shipped: bool = False
