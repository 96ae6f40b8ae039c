"""Where words go: the terminal or a pipe, in colour or not, in any encoding; or one JSON document.

Knows widths, colours, signs and encodings. Does not know what is said.
A sign never stands without a word, and a colour never without both.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO, TypeVar

from attrs import frozen
from rich.console import Console
from rich.text import Text

_T = TypeVar("_T")

WIDEST = 100
"""No line is longer, however wide the terminal: longer ones are hard to read."""

NARROWEST = 48
"""Below this no two columns fit side by side; such a terminal has to fold our lines."""

_PLAIN = str.maketrans(
    {
        "✓": "+",
        "✗": "x",
        "◷": "@",
        "✉": ">",
        "●": "o",
        "▼": "v",
        "■": "#",
        "│": "|",
        "·": "-",
        "→": ">",
        "≥": ">",
        "“": '"',
        "”": '"',
        "’": "'",  # noqa: RUF001 - a sentence may hold one
        "–": "-",  # noqa: RUF001 - as above
        "…": ".",
        "─": "-",
        "╭": "+",
        "╮": "+",
        "╰": "+",
        "╯": "+",
    }
)
"""What stands in for a sign where the encoding lacks it; one letter for one letter, so that columns stay."""


class _Plain:
    """A stream that cannot write every letter, and writes the nearest it has."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write *text* with other letters where need be."""
        encoding = self._stream.encoding or "ascii"
        return self._stream.write(text.translate(_PLAIN).encode(encoding, "replace").decode(encoding))


def writes_signs(stream: TextIO) -> bool:
    """Whether the encoding of *stream* has every sign we use."""
    try:
        "".join(map(chr, _PLAIN)).encode(getattr(stream, "encoding", None) or "ascii")
    except (UnicodeError, LookupError):
        return False
    return True


class _Console(Console):
    """A console that leaves a closed pipe to whoever runs the command."""

    def on_broken_pipe(self) -> None:
        """Raise what was caught."""
        raise  # noqa: PLE0704 - called by rich while the error is handled


class Voice:
    """What a command says it with. *color* is None where the terminal and ``NO_COLOR`` decide."""

    def __init__(self, color: bool | None = None) -> None:
        self.signs = writes_signs(sys.stdout)
        stream: Any = sys.stdout if self.signs else _Plain(sys.stdout)
        settings: dict[str, Any] = {"file": stream, "highlight": False, "markup": False, "emoji": False}
        if color:
            settings |= {"force_terminal": True, "no_color": False}
        self.console = _Console(**settings)
        if color is False or self.console.no_color:
            self.console = _Console(**settings, color_system=None)
        self.console.width = self.width = max(NARROWEST, min(self.console.width, WIDEST))

    def say(self, text: Text | str = "", *, indent: int = 0, hang: int = 0) -> None:
        """Write *text*, wrapped; lines after its first stand *hang* further to the right."""
        self.rail(text, Text(" " * indent), Text(" " * (indent + hang)))

    def rail(self, text: Text | str, first: Text, later: Text) -> None:
        """Write *text*, wrapped, with *first* before its first line and *later* before each other."""
        text = Text(text) if isinstance(text, str) else text
        head, *more = text.wrap(self.console, self.width - first.cell_len) or [Text()]
        self._line(first, head)
        if more:
            # The lines after the first have a width of their own, so what is left is wrapped anew.
            rest = text[len(text.plain) - len(text.plain[len(head.plain) :].lstrip()) :]
            for line in rest.wrap(self.console, self.width - later.cell_len):
                self._line(later, line)

    def _line(self, start: Text, line: Text) -> None:
        whole = start + line
        whole.rstrip()
        self.console.print(whole, soft_wrap=True)

    def verbatim(self, content: bytes) -> None:
        """Write what could as well be a file: neither wrapped nor coloured, whatever a terminal speaks."""
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()

    def document(self, command: str, content: Mapping[str, Any]) -> None:
        """Write the one JSON document of a command."""
        said = {"schema": f"lifecycle/{command}/1", **content}
        sys.stdout.write(json.dumps(said, indent=2, ensure_ascii=not self.signs) + "\n")


@frozen
class Desk:
    """What every command is given: a voice, and the policy that was asked for by name."""

    voice: Voice
    policy_name: str | None = None


class Ticker:
    """Counts on the error output how far a long run is: only on a terminal, only after a second.

    *quiet* keeps it silent, where what is told meanwhile shows well enough how far it is; *delay* is another time to wait.
    """

    def __init__(self, what: str, *, quiet: bool = False, delay: float = 1.0) -> None:
        self._what = what
        self._quiet = quiet
        self._next = time.monotonic() + delay
        self._written = False

    def __call__(self, done: int) -> None:
        """Say that *done* are done, a few times a second at most."""
        self.say(f"{done} {self._what}")

    def say(self, words: str) -> None:
        """Say how far it is, a few times a second at most."""
        now = time.monotonic()
        if not self._quiet and now >= self._next and sys.stderr.isatty():
            sys.stderr.write(f"\r\033[K{words}")
            sys.stderr.flush()
            self._next, self._written = now + 0.2, True

    def each(self, things: Iterable[_T]) -> Iterator[_T]:
        """Yield *things*, counting them; at the end, or at an error, the line is taken away."""
        try:
            for done, thing in enumerate(things, start=1):
                self(done)
                yield thing
        finally:
            self.clear()

    def clear(self) -> None:
        """Take the line away again."""
        if self._written:
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()
            self._written = False


@contextlib.contextmanager
def unheard() -> Iterator[None]:
    """Let nothing reach the error output of this process, not even what libraries in C write there.

    Graphviz's fontconfig warns of a system's settings, which it then does not use; no stream of Python's sees that.
    """
    sys.stderr.flush()
    try:
        kept = os.dup(2)
    except OSError:
        # Nobody listens there anyway.
        yield
        return
    try:
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        sys.stderr.flush()
        os.dup2(kept, 2)
        os.close(kept)
