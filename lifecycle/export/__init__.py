"""The log for other programs: JSON Lines, XES and OCEL 2.0, written account by account, whatever its length.

Nothing in an event identifies a person, so nothing in an export does either: ids are the host's own opaque ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType

from lifecycle.export.json_lines import json_lines
from lifecycle.export.ocel import ocel
from lifecycle.export.xes import xes
from lifecycle.model import Event

Logs = Callable[[], Iterable[tuple[str, Iterable[Event]]]]
"""Returns every account's id with its events, from the first one on; may be called more than once."""

FORMATS: Mapping[str, Callable[[Logs], Iterator[str]]] = MappingProxyType(
    {"jsonl": json_lines, "xes": xes, "ocel": ocel}
)
"""Each format by name: a function of the logs that yields the text of the file, piece by piece."""

__all__ = ["FORMATS", "Logs", "json_lines", "ocel", "xes"]
