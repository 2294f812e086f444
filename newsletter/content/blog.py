"""A saved blog page becomes months of summaries; nothing on it is dropped silently.

Each month stands under a heading like "February 2021"; each summary is a title (sometimes twice),
perhaps a citation, a body, and practice implications. Where a summary begins is `boundaries`'
question, what its lines are `foundsummary`'s; here are the months and the page around them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from newsletter.content import boundaries, shapes
from newsletter.content.foundsummary import read_summary
from newsletter.content.furniture import is_furniture
from newsletter.content.html import html_lines, looks_like_html
from newsletter.content.lines import Line, text_lines
from newsletter.content.page import FoundMonth, FoundSummary, Page, Part, Role, joined, unplaced
from newsletter.model import Month

_LIST_OF_MONTHS = 3
"""So many month headings in a row are a list of links to archives, not months."""


def read_page(text: str) -> Page:
    """Read a page saved as text."""
    return read_lines(text_lines(text))


def read_html(text: str) -> Page:
    """Read a page saved as HTML; lines are numbered as in its source."""
    return read_lines(html_lines(text))


def read_any(text: str) -> Page:
    """Read a page, HTML or text as it looks."""
    return read_html(text) if looks_like_html(text) else read_page(text)


def read_lines(lines: Sequence[Line]) -> Page:
    """Give every line its role, and gather the summaries by month, in the page's order."""
    head, chunks = _chunks(lines)
    if not chunks:
        message = "no month heading such as “February 2021” was found"
        return Page((), ((1, message),), tuple((line, Role.UNPLACED) for line in lines))
    parts = [_head(head)]
    months: dict[Month, tuple[FoundSummary, ...]] = {}
    for n, chunk in enumerate(chunks):
        part = _month(chunk, started=bool(months), last=n == len(chunks) - 1)
        parts.append(part)
        if part.summaries:
            months[chunk.month] = months.get(chunk.month, ()) + part.summaries
    whole = joined(parts)
    found = tuple(FoundMonth(month, summaries) for month, summaries in months.items())
    return Page(found, tuple(sorted(whole.warnings)), whole.placed)


@dataclass(frozen=True, slots=True)
class _Chunk:
    """The lines under one month heading. `listed`: it stands in a list of months."""

    heading: Line
    month: Month
    lines: tuple[Line, ...]
    listed: bool = False


def _chunks(lines: Sequence[Line]) -> tuple[tuple[Line, ...], list[_Chunk]]:
    headings = [(n, month) for n, line in enumerate(lines) if (month := shapes.month(line.text))]
    ends = [n for n, _ in headings] + [len(lines)]
    chunks = [
        _Chunk(lines[n], month, tuple(lines[n + 1 : end]))
        for (n, month), (_, end) in zip(headings, pairwise(ends), strict=True)
    ]
    return tuple(lines[: ends[0]]), _marked_lists(chunks)


def _marked_lists(chunks: list[_Chunk]) -> list[_Chunk]:
    """Mark the months that stand in a list, the last of which has other text below."""
    runs: list[list[_Chunk]] = []
    for n, chunk in enumerate(chunks):
        if n and not chunks[n - 1].lines:
            runs[-1].append(chunk)
        else:
            runs.append([chunk])
    return [replace(chunk, listed=len(run) >= _LIST_OF_MONTHS) for run in runs for chunk in run]


def _head(lines: Sequence[Line]) -> Part:
    """The head is furniture, but for a summary that stands in it, whose month nobody can know."""
    signs = [
        n
        for n, line in enumerate(lines)
        if shapes.implications(line.text) is not None or shapes.is_citation(line.text)
    ]
    first = len(lines)
    if signs:
        first = signs[0]
        while first and shapes.is_prose(lines[first - 1].text):
            first -= 1
        first = max(0, first - 1)
    reason = "this stands before the first month heading, so its month is not known"
    return joined([_furniture(lines[:first]), *(unplaced(line, reason) for line in lines[first:])])


def _month(chunk: _Chunk, started: bool, last: bool) -> Part:
    lines = chunk.lines
    heading = Part(placed=((chunk.heading, Role.MONTH),))
    signs = any(
        shapes.implications(line.text) is not None or shapes.is_citation(line.text)
        for line in lines
    )
    if chunk.listed and not signs:
        rest = [_outside(line, "this belongs to no summary") for line in lines]
        return joined([_furniture([chunk.heading]), *(rest if started else [_furniture(lines)])])
    begins = boundaries.starts(lines)
    if not begins:
        message = f"there is no summary under “{chunk.heading.text}”"
        empty = Part((), ((chunk.heading, Role.MONTH),), ((chunk.heading.number, message),))
        return joined([empty, *(_outside(line, "this belongs to no summary") for line in lines)])
    parts = [heading]
    for line in lines[: begins[0]]:
        parts.append(_outside(line, "this stands before the month's first title"))
    for begin, end in pairwise([*begins, len(lines)]):
        parts.append(read_summary(lines[begin:end], foot=last and end == len(lines)))
    return joined(parts)


def _furniture(lines: Sequence[Line]) -> Part:
    return Part(placed=tuple((line, Role.FURNITURE) for line in lines))


def _outside(line: Line, reason: str) -> Part:
    return _furniture([line]) if is_furniture(line.text) else unplaced(line, reason)
