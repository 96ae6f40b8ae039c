"""What a browser loads beside the pages: one style sheet, htmx, and one small script of ours.

Knows their content, and names each by what is in it, so that a browser may keep it for good. Nothing is loaded from
elsewhere. Does not know any page.
"""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path

from attrs import frozen

from lifecycle.diagrams.look import COLOURS

FOLDER = Path(__file__).resolve().parent / "static"

STYLES = ("console.css", "more.css")
"""The files of the style sheet, in order."""

_SCRIPTS = {"htmx": "htmx-2.0.11.min.js", "console": "console.js"}


@frozen
class Asset:
    """One file as it is served: ``name`` holds a digest of its content."""

    name: str
    media_type: str
    content: bytes


def _named(stem: str, ending: str, media_type: str, content: bytes) -> Asset:
    digest = hashlib.sha256(content).hexdigest()[:12]
    return Asset(f"{stem}.{digest}.{ending}", media_type, content)


@functools.cache
def assets() -> dict[str, Asset]:
    """Return every file by the short name that templates use: ``style``, ``htmx``, ``console``, ``icon``."""
    style = "\n".join((FOLDER / name).read_text(encoding="utf-8") for name in STYLES) + _pictures_in_the_dark()
    found = {
        "style": _named("console", "css", "text/css", style.encode()),
        "icon": _named("icon", "svg", "image/svg+xml", (FOLDER / "icon.svg").read_bytes()),
    }
    for short, name in _SCRIPTS.items():
        found[short] = _named(name.removesuffix(".js"), "js", "text/javascript", (FOLDER / name).read_bytes())
    return found


@functools.cache
def by_name() -> dict[str, Asset]:
    """Return every file by the name it is served under."""
    return {asset.name: asset for asset in assets().values()}


def _pictures_in_the_dark() -> str:
    """The colours of the drawn pictures for the dark: inside a page they may bring no style of their own."""
    rules = "".join(
        f'.diagram [fill="{c.light}"]{{fill:{c.dark}}}.diagram [stroke="{c.light}"]{{stroke:{c.dark}}}' for c in COLOURS
    )
    return f"\n@media (prefers-color-scheme: dark) {{{rules}}}\n"
