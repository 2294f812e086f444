"""Where a summary's text ends and its practice implications begin."""

import difflib
import re
from dataclasses import dataclass
from itertools import pairwise

from markdown_it import MarkdownIt

TITLE = "practice implications"
_PARSER = MarkdownIt("commonmark")
_CLOSE = 0.8
_OTHER_NAMES = (
    *("clinical implications", "implications for practice", "implications"),
    *("implications pratiques", "implications cliniques", "implications pour la pratique"),
)
_LIKELY = re.compile(r"practice.{0,10}implications?", re.I)


@dataclass(frozen=True, slots=True)
class Parts:
    """A body cut at its heading. Lines count from 0 within the body.

    `heading` is None where there is none; `again` are further headings of the same name;
    `lookalike` is a line that says it without being a heading.
    """

    body: str
    implications: str = ""
    body_line: int = 0
    implications_line: int = 0
    heading: int | None = None
    again: tuple[int, ...] = ()
    lookalike: int | None = None


def split(markdown: str) -> Parts:
    """Cut at the first heading "Practice Implications": any level, any case, a colon or none."""
    lines = markdown.split("\n")
    spans = _headings(markdown) if _LIKELY.search(markdown) else []
    if not spans:
        near = (n for n, line in enumerate(lines) if is_title(line) or _is_misspelt(line))
        text, first = _stripped(lines, 0)
        return Parts(text, body_line=first, lookalike=next(near, None))
    start, end = spans[0]
    body, body_line = _stripped(lines[:start], 0)
    implications, line = _stripped(lines[end:], end)
    again = tuple(begin for begin, _ in spans[1:])
    return Parts(body, implications, body_line, line, start, again)


def _headings(markdown: str) -> list[tuple[int, int]]:
    tokens = _PARSER.parse(markdown)
    return [
        (token.map[0], token.map[1])
        for token, inline in pairwise(tokens)
        if token.type == "heading_open" and not token.level and token.map
        if is_title(inline.content)
    ]


def is_title(line: str) -> bool:
    """Say whether a line is the heading “Practice Implications”, however it is marked."""
    words = " ".join(re.sub(r"[#*_]", " ", line).split()).casefold()
    return words.rstrip(" :.") in (TITLE, TITLE.removesuffix("s"))


def _is_misspelt(line: str) -> bool:
    """Say whether a heading is meant as this one: a letter wrong, or another word before it."""
    mark = re.match(r"\s{0,3}#{1,6}\s*(.*?)[\s#:.]*$", line)
    if mark is None:
        return False
    words = mark[1].casefold()
    close = difflib.SequenceMatcher(None, words, TITLE).ratio() > _CLOSE
    return close or words in _OTHER_NAMES


def _stripped(lines: list[str], first: int) -> tuple[str, int]:
    """Return the text without blank lines around it, and the line where it begins."""
    text = "\n".join(lines)
    blank = 0
    while blank < len(lines) and not lines[blank].strip():
        blank += 1
    begin = blank if blank < len(lines) else 0
    return "\n".join(lines[begin:]).rstrip() if text.strip() else "", first + begin
