"""The package's own sentences, which are Markdown, as safe HTML.

Knows as much of Markdown as `lifecycle.prose` writes: headings, paragraphs, lists, tables, quotes, bold, italics, code and
small print. Everything else is text, and text is escaped: whatever a sentence holds, it brings no markup of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from markupsafe import Markup, escape

Cite = Callable[[str], Markup]
"""Makes of the id of a rule what stands in its place."""

_INLINE = re.compile(
    r"(?P<code>`[^`]+`)|(?P<bold>\*\*.+?\*\*)|(?P<cites>\*\([^()*]+\)\*)|(?P<italic>\*[^*\s][^*]*\*)"
    r"|(?P<small><sub>.*?</sub>)"
)


def inline(text: str, cite: Cite | None = None) -> Markup:
    """Return one line of Markdown; *cite* makes links of the ids of rules that end a sentence."""
    found, end = Markup(), 0
    for match in _INLINE.finditer(text):
        found += escape(text[end : match.start()]) + _marked(match, cite)
        end = match.end()
    return found + escape(text[end:])


def _marked(match: re.Match[str], cite: Cite | None) -> Markup:
    words = match[0]
    if match["code"]:
        return Markup("<code>{}</code>").format(words[1:-1])
    if match["bold"]:
        return Markup("<strong>{}</strong>").format(inline(words[2:-2]))
    if match["small"]:
        return Markup('<small class="quiet">{}</small>').format(inline(words[5:-6]))
    if match["cites"]:
        ids = words[2:-2].split(", ")
        return Markup('<span class="cites">{}</span>').format(
            Markup(" ").join(cite(i) if cite else escape(i) for i in ids)
        )
    return Markup("<em>{}</em>").format(inline(words[1:-1]))


def html_of(text: str, cite: Cite | None = None, *, level: int = 0) -> Markup:
    """Return Markdown as HTML; headings stand *level* ranks lower than they say."""
    blocks = re.split(r"\n\s*\n", text.strip())
    return Markup("\n").join(each for block in blocks for each in _block(block, cite, level))


def _block(block: str, cite: Cite | None, level: int) -> Iterator[Markup]:
    lines = block.split("\n")
    if heading := re.match(r"(#+) (.*)", lines[0]):
        rank = min(6, len(heading[1]) + level)
        yield Markup("<h{0}>{1}</h{0}>").format(rank, inline(heading[2]))
        lines = lines[1:]
    if not lines or not "".join(lines).strip():
        return
    if lines[0].startswith("|"):
        yield _table(lines, cite)
    elif lines[0].startswith("- "):
        items = [Markup("<li>{}</li>").format(inline(item, cite)) for item in _items(lines)]
        yield Markup("<ul>{}</ul>").format(Markup().join(items))
    elif lines[0].startswith("> "):
        yield Markup("<blockquote>{}</blockquote>").format(inline(" ".join(x.removeprefix("> ") for x in lines), cite))
    else:
        yield Markup("<p>{}</p>").format(inline(" ".join(lines), cite))


def _items(lines: list[str]) -> list[str]:
    items: list[str] = []
    for line in lines:
        if line.startswith("- "):
            items.append(line[2:])
        else:
            items[-1] += f" {line.strip()}"
    return items


def _table(lines: list[str], cite: Cite | None) -> Markup:
    head, rows = _cells(lines[0]), [_cells(line) for line in lines[2:]]
    top = Markup().join(Markup('<th scope="col">{}</th>').format(inline(word)) for word in head)
    body = Markup().join(
        Markup("<tr>{}</tr>").format(
            Markup().join(
                Markup("<td>{}</td>").format(_cell(name, word, cite)) for name, word in zip(head, row, strict=False)
            )
        )
        for row in rows
    )
    return Markup(
        '<div class="scrolls" tabindex="0" role="region" aria-label="{}">'
        "<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>"
    ).format(f"Table: {', '.join(filter(None, head[:3]))}", top, body)


def _cell(name: str, word: str, cite: Cite | None) -> Markup:
    if name == "rests on" and cite is not None and word:
        return Markup(" ").join(cite(each) for each in word.split(", "))
    return inline(word, cite)


def _cells(line: str) -> list[str]:
    return [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line.strip())[1:-1]]
