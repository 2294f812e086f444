"""A saved page as numbered lines, a paragraph a line, whatever it was saved as."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

Kind = Literal["text", "heading", "strong", "item"]

OUTER = " \t\f\v\u00a0\u200b\ufeff\u2028\u2029"
"""White space and invisible marks that may stand around a line's text, and are not part of it."""

_NARROW, _WIDE = 60, 100
_LONGEST_HEADING = 250
"""Letters: a paragraph that begins with `#` is none."""
_ENOUGH_PAIRS = 8


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph: its text without outer white space, and its line in the source, from 1.

    `kind` is what the markup says of it; `links` are the addresses in it; `last` is its last
    line where a paragraph was broken over several.
    """

    number: int
    text: str
    kind: Kind = "text"
    links: tuple[str, ...] = ()
    last: int = 0


def text_lines(text: str) -> tuple[Line, ...]:
    """Return the lines of a page saved as text that are not blank.

    Light markup (`## Heading`, `**all bold**`, `- item`) becomes the line's kind. A page whose
    paragraphs were broken at some width, as some browsers save them, is put together again.
    """
    raw = re.split(r"\r\n|\n|\r", text.removeprefix("\ufeff"))
    blocks = list(_blocks(raw))
    width = _wrapped_at(blocks)
    joined = (line for block in blocks for line in (_joined(block, width) if width else block))
    return tuple(line for line in map(_marked, joined) if line.text)


def clean(text: str) -> str:
    """Return `text` without control characters and outer white space."""
    visible = "".join(c for c in text if c == "\t" or unicodedata.category(c) != "Cc")
    return visible.strip(OUTER)


def _blocks(raw: list[str]) -> Iterator[list[Line]]:
    """Yield the runs of lines between blank ones."""
    block: list[Line] = []
    for number, text in enumerate(raw, 1):
        stripped = clean(text)
        if stripped:
            block.append(Line(number, stripped, last=number))
        elif block:
            yield block
            block = []
    if block:
        yield block


def _wrapped_at(blocks: list[list[Line]]) -> int | None:
    """Return the width at which the page's paragraphs were broken, or None if they were not.

    A line was broken if the next one's first word would not have fitted; on a wrapped page
    nearly all neighbours are of that kind.
    """
    width = max((len(line.text) for block in blocks for line in block), default=0)
    if not _NARROW <= width <= _WIDE:
        return None
    pairs = [_is_broken(a, b, width) for block in blocks for a, b in pairwise(block)]
    broken = sum(pairs)
    return width if broken >= _ENOUGH_PAIRS and broken * 3 >= len(pairs) else None


def _is_broken(line: Line, following: Line, width: int) -> bool:
    return len(line.text) + 1 + len(following.text.split()[0]) > width


def _joined(block: list[Line], width: int) -> Iterator[Line]:
    current = block[0]
    previous = block[0]
    for line in block[1:]:
        if _is_broken(previous, line, width):
            current = replace(current, text=f"{current.text} {line.text}", last=line.number)
        else:
            yield current
            current = line
        previous = line
    yield current


def _marked(line: Line) -> Line:
    text = line.text
    if heading := re.fullmatch(rf"#{{1,6}}[ \t]+(.{{1,{_LONGEST_HEADING}}}?)(?:[ \t]+#+)?", text):
        return replace(line, text=clean(heading[1]), kind="heading")
    if bold := re.fullmatch(r"(\*\*|__)(?!\s)([^*]+?)(?<!\s)\1", text):
        return replace(line, text=clean(bold[2]), kind="strong")
    if item := re.fullmatch(r"[-*•·][ \t\u00a0]+(.+)", text):
        return replace(line, text=clean(item[1]), kind="item")
    return line
