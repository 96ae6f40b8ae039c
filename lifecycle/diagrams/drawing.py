"""A drawing in the DOT language as one SVG for light and dark.

Knows how to have Graphviz draw, and what its SVG lacks: titles people can read, colours for the dark, a name for
screen readers, and the digest of the DOT text it was drawn from. Does not know what is drawn.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import hashlib
import html
import os
import re
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

from lifecycle.diagrams.look import COLOURS, FALLBACK, FONT
from lifecycle.errors import LifecycleError

PINNED = "2.0.4"
"""The pygraphviz whose Linux wheel draws the committed pictures; its Graphviz decides every coordinate (D-25)."""

_drawing = threading.Lock()
"""Graphviz keeps global state: one drawing at a time."""


class DiagramExtraMissing(LifecycleError):
    """Drawing needs pygraphviz, which is not installed."""


def digest(dot: str) -> str:
    """Return the SHA-256 of DOT text in hexadecimal, as `svg` writes it into the picture."""
    return hashlib.sha256(dot.encode()).hexdigest()


def drawn_from(svg: str) -> str | None:
    """Return the digest that *svg* carries, or None if it carries none."""
    found = re.search(r'<svg [^>]*data-dot="([0-9a-f]{64})"', svg)
    return found[1] if found else None


def pinned() -> bool:
    """Whether this machine draws the same bytes as the committed pictures: Linux and the pinned pygraphviz."""
    try:
        return sys.platform == "linux" and metadata.version("pygraphviz") == PINNED
    except metadata.PackageNotFoundError:
        return False


def svg(dot: str, *, title: str, description: str) -> str:
    """Draw DOT text; *title* and *description* are what a screen reader says.

    Raises:
        DiagramExtraMissing: pygraphviz is not installed.
    """
    return _finished(_drawn(dot, "svg").decode(), digest(dot), title, description)


def png(dot: str) -> bytes:
    """Draw DOT text as pixels, two for each point of the drawing; in the colours for light.

    Raises:
        DiagramExtraMissing: pygraphviz is not installed.
    """
    return _drawn(dot, "png", "-Gdpi=144")


def _drawn(dot: str, form: str, args: str = "") -> bytes:
    with _drawing, _fonts():
        return bytes(_pygraphviz().AGraph(dot).draw(format=form, prog="dot", args=args))


def _pygraphviz() -> Any:
    try:
        import pygraphviz  # type: ignore[import-untyped]  # noqa: PLC0415 - the [diagram] extra may be missing
    except ImportError as error:
        raise DiagramExtraMissing(
            "drawing a picture needs Graphviz, which comes with the [diagram] extra: "
            "pip install 'account-lifecycle[diagram]'. Checking the pictures works without it."
        ) from error
    return pygraphviz


@contextlib.contextmanager
def _fonts() -> Iterator[None]:
    """Let Graphviz know the shipped fonts only, so that text is measured alike on every machine.

    It reads its font settings at the first drawing of a process and keeps them; if the host drew before us with its
    own fonts, the coordinates may differ a little.
    """
    before = os.environ.get("FONTCONFIG_FILE")
    os.environ["FONTCONFIG_FILE"] = _font_settings()
    try:
        yield
    finally:
        os.environ.pop("FONTCONFIG_FILE")
        if before is not None:
            os.environ["FONTCONFIG_FILE"] = before


@functools.cache
def _font_settings() -> str:
    """Return the path of font settings that stay until the process ends.

    The fontconfig inside the wheel (2.13) takes no folder relative to the settings, and writes a file of its own beside
    the fonts it finds: so the settings are written at run time, beside a copy of the fonts.
    """
    folder, process = Path(tempfile.mkdtemp(prefix="lifecycle-fonts-")), os.getpid()
    # A forked child must not take the fonts away from its parent.
    atexit.register(lambda: shutil.rmtree(folder, ignore_errors=True) if os.getpid() == process else None)
    for font in (Path(__file__).resolve().parent.parent / "fonts").glob("*.ttf"):
        shutil.copy(font, folder)
    settings, where = folder / "fonts.conf", html.escape(str(folder))
    settings.write_text(
        '<?xml version="1.0"?>\n<!DOCTYPE fontconfig SYSTEM "fonts.dtd">\n'
        f"<fontconfig><dir>{where}</dir><cachedir>{where}</cachedir></fontconfig>\n",
        encoding="utf-8",
    )
    return str(settings)


def _finished(raw: str, dot_digest: str, title: str, description: str) -> str:
    width, height = (float(n) for n in re.findall(r'viewBox="0.00 0.00 ([\d.]+) ([\d.]+)"', raw)[0])
    opening = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" role="img" '
        f'aria-labelledby="title description" data-dot="{dot_digest}">\n'
        f'<title id="title">{html.escape(title)}</title>\n'
        f'<desc id="description">{html.escape(description)}</desc>\n'
        f"<style>{_style()}</style>\n"
    )
    body = raw[raw.index(">", raw.index("<svg")) + 1 :].lstrip()
    body = re.sub(r"<!--.*?-->\n|<title>.*?</title>\n", "", body, flags=re.DOTALL)
    # Graphviz puts a tooltip on a link to nowhere; browsers show a title, and screen readers find it.
    body = re.sub(r'<g id="a_(t\.[^"]*)"><a xlink:title="([^"]*)">', r'<g id="\1"><title>\2</title>', body)
    body = re.sub(r'<g id="a_[^"]*"><a xlink:title="([^"]*)">', r"<g><title>\1</title>", body).replace("</a>\n", "")
    return opening + body.replace(f'font-family="{FONT}"', f'font-family="{FALLBACK}"')


def _style() -> str:
    rules = "".join(f'[fill="{c.light}"]{{fill:{c.dark}}}[stroke="{c.light}"]{{stroke:{c.dark}}}' for c in COLOURS)
    return f".card polygon{{shape-rendering:crispEdges}}@media (prefers-color-scheme:dark){{{rules}}}"
