"""Writing a case file: tables as TOML, in the order in which a person would write them.

Knows TOML as far as a case needs it. Does not know what a case means, nor whether it comes out as it says.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+\Z")


def case_text(case: Mapping[str, Any]) -> str:
    """Return one case as the text of a file; its steps are the list under ``step``."""
    head = _table("[[case]]", {key: value for key, value in case.items() if key != "step"})
    return "\n".join([head, *(_table("[[case.step]]", step) for step in case["step"])])


def _table(header: str, table: Mapping[str, Any]) -> str:
    width = max(map(len, table), default=0)
    lines = [f"{key:<{width}} = {_value(value, long=True)}" for key, value in table.items()]
    return "\n".join([header, *lines]) + "\n"


def _value(value: Any, *, long: bool = False) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, Mapping):
        inside = ", ".join(f"{_key(key)} = {_value(held)}" for key, held in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(value, list | tuple):
        parts = [_value(each) for each in value]
        # Sentences stand one below the other; names fit beside each other.
        if long and any(isinstance(each, str) and " " in each for each in value):
            return "[\n" + "".join(f"  {part},\n" for part in parts) + "]"
        return f"[{', '.join(parts)}]"
    # What JSON escapes in a text TOML reads alike, but for the one sign that only JSON lets pass.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(key: str) -> str:
    return key if _BARE.match(key) else json.dumps(key)
