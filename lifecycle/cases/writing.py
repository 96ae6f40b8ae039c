"""Writing a case file: tables as TOML, in the order in which a person would write them.

Knows how a case is laid out. Does not know what a case means, nor whether it comes out as it says.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lifecycle.place import toml_value


def case_text(case: Mapping[str, Any], policy: str | None = None) -> str:
    """Return one case as the text of a file; further accounts are the list under ``also``, steps under ``step``.

    *policy* is where the policy can be found that it runs under, if that is not the guides' own.
    """
    stated = [f"policy = {toml_value(policy)}\n"] if policy is not None else []
    head = _table("[[case]]", {key: value for key, value in case.items() if key not in ("also", "step")})
    others = (_table("[[case.also]]", other) for other in case.get("also", ()))
    return "\n".join([*stated, head, *others, *(_table("[[case.step]]", step) for step in case["step"])])


def _table(header: str, table: Mapping[str, Any]) -> str:
    width = max(map(len, table), default=0)
    lines = [f"{key:<{width}} = {toml_value(value, long=True)}" for key, value in table.items()]
    return "\n".join([header, *lines]) + "\n"
