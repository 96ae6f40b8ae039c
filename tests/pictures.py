"""What tests of pictures share: where things lie in one, and two made-up cases with everything a path can hold."""

from __future__ import annotations

import functools
import re
from pathlib import Path
from xml.etree import ElementTree as ET

from lifecycle.diagrams import Told
from lifecycle.policy import shipped
from lifecycle.stories import tell

REAL = shipped()
ROOT = Path(__file__).parent.parent
FILES = sorted((ROOT / "tests" / "cases").rglob("*.case.toml"))
SVG = "{http://www.w3.org/2000/svg}"

BREAKS = """
[[case]]
title  = "Two breaks"
cites  = ["P-65", "G3-18", "D-09"]
about  = "Somebody presses the button twice."
begins = 2026-05-11T10:00:00Z
given  = { contacts = ["email"] }
facts  = { signed_in = true, identifier_matches = true, open_orders = 1, refunds_in_flight = 0 }
chosen = ["The dates"]

[[case.step]]
by = "holder"
does = "deactivate"
then = "deactivated"

[[case.step]]
after = { seconds = 90 }
by = "holder"
does = "press_delete"
refused = ["warning_was_shown", "orders_are_settled"]
note = "Not yet"

[[case.step]]
after = { days = 2 }
meanwhile = "The order arrives."
facts = { open_orders = 0 }

[[case.step]]
by = "holder"
does = "reactivate"
then = "active"

[[case.step]]
after = { days = 1 }
by = "holder"
does = "deactivate"
meanwhile = "The button is still where it was."
then = "deactivated"

[[case.step]]
by = "system"
does = "show_warning"
then = "deactivated"

[[case.step]]
by = "holder:stranger"
does = "reactivate"
refused = ["not_the_holder"]

[[case.step]]
by = "agent:a7"
does = "reactivate"
refused = ["role_may_never"]

[[case.step]]
waits = { hours = 1 }
then = "deactivated"
"""

NEW = """
[[case]]
title  = "Opened at the second try"
cites  = ["P-01"]
starts = "none"
facts  = { verified_by = "link" }

[[case.step]]
at = 2026-05-11T10:00:00Z
by = "holder"
does = "register"
facts = { registration_fields = 3 }
refused = ["sign_up_is_complete"]

[[case.step]]
by = "holder"
does = "register"
facts = { registration_fields = 4 }
then = "active"
"""


@functools.cache
def told_in(file: Path) -> tuple[Told, ...]:
    """Tell the cases of a file of this checkout; replayed once a process, since a `Told` is never changed."""
    return tell(REAL, [file])


def all_told() -> tuple[Told, ...]:
    """Tell every case of this checkout, in the order of `tell`."""
    return tuple(one for file in sorted(FILES, key=lambda file: (file.name, str(file))) for one in told_in(file))


def put_case(folder: Path, text: str, name: str = "p-65-two-breaks") -> tuple[Told, ...]:
    """Write a case file into *folder* and tell its cases."""
    path = folder / "cases" / f"{name}.case.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return tell(REAL, [path])


def boxes(picture: str) -> dict[str, tuple[float, float, float, float]]:
    """Return where each state, card and legend of a picture lies."""
    found = {}
    for group in ET.fromstring(picture).iter(f"{SVG}g"):
        if (group.get("class") or "").startswith("node"):
            shapes = [shape.get("points", "") + shape.get("d", "") for shape in group.iter()]
            points = re.findall(r"(-?[\d.]+),(-?[\d.]+)", " ".join(shapes))
            xs, ys = [float(x) for x, _ in points], [float(y) for _, y in points]
            if points:
                found[str(group.get("id"))] = (min(xs), min(ys), max(xs), max(ys))
    return found


def apart(a, b) -> bool:
    """Whether two boxes share no point inside."""
    return a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
