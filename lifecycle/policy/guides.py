"""What the policy may cite: the rules of the guides, the transitions they imply, contradictions, open points, decisions.

Knows every id and what it says. Does not know what holds a rule: that is `lifecycle.trace`.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from importlib import resources
from types import MappingProxyType
from typing import Any

from lifecycle.rows import Rule


@functools.cache
def rules() -> Mapping[str, Rule]:
    """Return every rule of the guides by its id."""
    return MappingProxyType({key: Rule(key, **entry) for key, entry in _read("rules.toml").items()})


@functools.cache
def citations() -> Mapping[str, str]:
    """Return everything that may be cited, with its statement."""
    beside = {key: says for part in _read("guides.toml").values() for key, says in part.items()}
    return MappingProxyType({key: rule.says for key, rule in rules().items()} | beside)


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath(name).read_text(encoding="utf-8"))
