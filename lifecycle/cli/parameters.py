"""The command `parameters`: every number, period and choice of the policy, where it comes from, and a file to start from.

Knows how they are listed. Does not know how a file of them is read or written.
"""

from __future__ import annotations

from itertools import groupby
from typing import Any

import attrs
from rich.text import Text

from lifecycle import documents as doc
from lifecycle.choosing import PARAMETERS
from lifecycle.cli import FINE
from lifecycle.cli.output import Desk, Voice
from lifecycle.cli.places import Unusable, policy_of
from lifecycle.cli.words import count
from lifecycle.errors import closest
from lifecycle.parameters_file import origin, parameters_text
from lifecycle.policy.parameters.naming import Named, named_in
from lifecycle.prose.words import capital, either, measured


def parameters(desk: Desk, group: str | None, form: str) -> int:
    """List the parameters of a policy, or those of one group, in the form asked for."""
    policy = policy_of(desk.policy_name)
    held = policy.parameters
    declared = named_in(type(held)) if attrs.has(type(held)) else ()
    if not declared:
        raise Unusable(f'the policy "{policy.name}" has no parameters that could be listed: none is made with named().')
    groups = list(dict.fromkeys(each.group for each in declared))
    if group is not None and group not in groups:
        near = closest(group, groups) or f" Known: {', '.join(groups)}."
        raise Unusable(f'no group of parameters is called "{group}".{near}')
    wanted = [each for each in declared if group in (None, each.group)]
    file = (desk.policy_name or "") if (desk.policy_name or "").endswith(PARAMETERS) else ""
    if form == "toml":
        desk.voice.verbatim(parameters_text(held, only=group).encode())
    elif form == "json":
        told = [_document(each, held, file) for each in wanted]
        desk.voice.document("parameters", {"policy": doc.of_policy(policy), "parameters": told})
    else:
        changed = [each for each in wanted if getattr(held, each.name) != each.default]
        tail = f", {len(changed)} changed{f' by {file}' if file else ''}" if changed else ""
        said = f"Policy {policy.name} {policy.version}: {count(len(wanted), 'parameter')}{tail}"
        desk.voice.say(Text(said, style="bold"))
        for name, inside in groupby(wanted, key=lambda each: each.group):
            desk.voice.say()
            desk.voice.say(Text(name.upper(), style="bold underline"))
            for each in inside:
                _tell(desk.voice, each, held, file)
    return FINE


def _tell(voice: Voice, each: Named, held: Any, file: str) -> None:
    found = getattr(held, each.name)
    changed = found != each.default
    voice.say()
    style = "bold yellow" if changed else "bold"
    voice.say(Text.assemble((each.name, style), " = ", _plainly(found, each)), hang=2)
    others = f" ({either(found, each.choices)})".replace("`", "") if each.choices else ""
    voice.say(f"{capital(each.says)}{others}.", indent=2)
    before = f", else {_plainly(each.default, each)}" if changed else ""
    rests = f" · {', '.join(each.cites)}" if each.cites else ""
    said = f"{each.kind} · {origin(each, found, file, type(held))}{before}{rests}"
    voice.say(Text(said, style="dim"), indent=2)


def _plainly(found: Any, each: Named) -> str:
    return measured(found, each.unit).replace("`", "")


def _document(each: Named, held: Any, file: str) -> dict[str, Any]:
    found = getattr(held, each.name)
    return {
        "name": each.name,
        "group": each.group,
        "value": doc.in_data(found),
        "default": doc.in_data(each.default),
        "unit": each.unit,
        "kind": each.kind,
        "choices": [doc.in_data(one) for one in each.choices],
        "origin": origin(each, found, file, type(held)),
        "cites": list(each.cites),
        "says": each.says,
    }
