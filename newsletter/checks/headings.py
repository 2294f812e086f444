"""A file's own headings: their order, their words, what stands below them."""

import re
from collections.abc import Iterator
from itertools import pairwise

from newsletter.checks.papers import Paper, Passage
from newsletter.content.body import is_title
from newsletter.model import Finding


def check(paper: Paper) -> Iterator[Finding]:
    """Yield what is wrong with the headings of a body."""
    headings = [one for one in paper.passages if one.kind == "heading"]
    yield from _order(paper, headings)
    yield from _words(paper, headings)
    yield from _meant(paper)


def _order(paper: Paper, headings: list[Passage]) -> Iterator[Finding]:
    """A summary's headings begin at ##; the implications have a level of their own."""
    above = 1
    for heading in headings:
        if is_title(heading.text):
            above = 2
            continue
        if heading.level == 1:
            message = "a heading of the first level: that is the title's"
            yield paper.finding("heading-order", heading.line, message, "write ##")
        elif heading.level > above + 1:
            message = f"a heading of level {heading.level} below one of level {above}"
            hint = f"write {'#' * (above + 1)}: screen readers go by the levels"
            yield paper.finding("heading-order", heading.line, message, hint)
        above = max(2, heading.level)


def _words(paper: Paper, headings: list[Passage]) -> Iterator[Finding]:
    for heading in headings:
        if not heading.text.strip():
            yield paper.finding("heading", heading.line, "a heading without words", "take it out")
    blocks = [token for token in paper.tokens if token.level == 0 and token.map]
    for block, below in pairwise([*blocks, None]):
        if block is None or block.type != "heading_open" or not block.map:
            continue
        words = next((one for one in headings if one.line == _line(paper, block.map[0])), None)
        if words is None or is_title(words.text) or not words.text.strip():
            continue
        deeper = below is not None and below.type == "heading_open" and below.tag > block.tag
        if below is None or (below.type == "heading_open" and not deeper):
            message = f"nothing stands below “{words.text}”"
            yield paper.finding("empty-section", words.line, message, "write it, or take it out")


def _line(paper: Paper, offset: int) -> int:
    return paper.document.body_line + offset


def _meant(paper: Paper) -> Iterator[Finding]:
    """What is meant as a heading: `##Words` without a space, a paragraph all in bold."""
    for passage in paper.passages:
        if passage.kind != "paragraph" or is_title(passage.text):
            continue
        source = paper.lines[passage.line - 1].strip()
        if re.match(r"#{1,6}[^\s#]", source):
            message = "“#” without a space after it makes no heading"
            yield paper.finding("heading", passage.line, message, "write ## and a space")
        elif passage.line == passage.last and re.fullmatch(
            r"(\*\*|__)(?!\s)[^*_]{1,80}(?<![.?!\s])\1:?", source
        ):
            message = "a paragraph in bold is no heading to who can't see it"
            yield paper.finding("heading", passage.line, message, "write ## before it")
