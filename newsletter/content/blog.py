"""A saved blog page becomes months of summaries; nothing on it is dropped silently.

Each month stands under a heading like "February 2021"; each summary is a title (sometimes twice),
perhaps a citation, a body, and practice implications. Where a summary begins is `boundaries`'
question; here every line gets its role.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from newsletter.content import boundaries, doi, shapes
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
        parts.append(_summary(lines[begin:end], foot=last and end == len(lines)))
    return joined(parts)


def _furniture(lines: Sequence[Line]) -> Part:
    return Part(placed=tuple((line, Role.FURNITURE) for line in lines))


def _outside(line: Line, reason: str) -> Part:
    return _furniture([line]) if is_furniture(line.text) else unplaced(line, reason)


@dataclass
class _Gathering:
    """One summary while its lines are read."""

    title: Line
    citation: list[Line] = field(default_factory=list)
    body: list[Line] = field(default_factory=list)
    implications: list[Line] = field(default_factory=list)
    heading: Line | None = None
    ended: bool = False
    placed: list[tuple[Line, Role]] = field(default_factory=list)
    warnings: list[tuple[int, str]] = field(default_factory=list)

    def place(self, line: Line, role: Role) -> None:
        self.placed.append((line, role))

    def leave_out(self, line: Line, reason: str) -> None:
        part = unplaced(line, reason)
        self.placed += part.placed
        self.warnings += part.warnings

    def replace(self, line: Line, role: Role) -> None:
        self.placed = [(one, role if one is line else was) for one, was in self.placed]

    def warn(self, line: Line, message: str) -> None:
        self.warnings.append((line.number, message))


def _summary(lines: Sequence[Line], foot: bool) -> Part:
    """Read the lines from one title to the next; `foot`: the page's foot may be below."""
    now = _Gathering(lines[0])
    now.place(lines[0], Role.TITLE)
    for line in lines[1:]:
        if is_furniture(line.text) and not shapes.is_citation(line.text):
            now.place(line, Role.FURNITURE)
            now.ended = now.ended or bool(now.implications)
        elif now.ended:
            now.leave_out(line, "this stands below a summary's end")
        elif now.heading is None:
            _above_implications(now, line)
        else:
            _implications(now, line, foot)
    return _finished(now)


def _above_implications(now: _Gathering, line: Line) -> None:
    rest = shapes.implications(line.text)
    if rest is not None:
        _begin_implications(now, line, rest)
    elif not now.body and shapes.same(line.text, now.title.text):
        now.place(line, Role.TITLE)
    elif shapes.is_label(line.text) and not shapes.is_citation(line.text):
        now.leave_out(line, "a label, not a part of the summary")
    elif not now.body and _belongs_to_citation(now, line):
        now.citation.append(line)
        now.place(line, Role.CITATION)
    else:
        if _is_stray(line):
            now.warn(line, f"a short line, kept within the text of “{now.title.text}”")
        now.body.append(line)
        now.place(line, Role.BODY)


def _belongs_to_citation(now: _Gathering, line: Line) -> bool:
    if not now.citation:
        return shapes.is_citation(line.text)
    if shapes.is_citation(line.text) and not shapes.continues_citation(line.text):
        now.warn(line, f"a second citation under “{now.title.text}”; both were kept as one")
        return True
    return shapes.continues_citation(line.text)


def _begin_implications(now: _Gathering, line: Line, rest: str) -> None:
    now.heading = line
    now.place(line, Role.IMPLICATIONS if rest else Role.HEADING)
    if rest:
        now.implications.append(replace(line, text=rest, kind="text"))


def _implications(now: _Gathering, line: Line, foot: bool) -> None:
    rest = shapes.implications(line.text)
    if rest is not None:
        if now.implications:
            message = (
                f"a second “Practice Implications” under “{now.title.text}”: is a title missing?"
            )
            now.warn(line, message)
        _begin_implications(now, line, rest)
        return
    if now.implications and _is_stray(line):
        if foot:
            now.ended = True
            now.leave_out(line, "this stands below a summary's end")
            return
        message = f"a short line, kept within the practice implications of “{now.title.text}”"
        now.warn(line, message)
    now.implications.append(line)
    now.place(line, Role.IMPLICATIONS)


def _finished(now: _Gathering) -> Part:
    _adopt_citation(now)
    _give_back_body(now)
    _drop_stray_titles(now)
    for missing in _missing(now):
        now.warn(now.title, f"“{now.title.text}” has no {missing}")
    text = " ".join(shapes.without_label(line.text) for line in now.citation) or None
    summary = FoundSummary(
        title=now.title.text,
        line=now.title.number,
        citation=text,
        doi=_doi(now, text),
        body=tuple(now.body),
        implications=tuple(now.implications),
    )
    return Part((summary,), tuple(now.placed), tuple(now.warnings))


def _missing(now: _Gathering) -> Iterator[str]:
    if not now.body:
        yield "text"
    if not now.implications:
        yield "practice implications"


def _adopt_citation(now: _Gathering) -> None:
    """A lone reference at the end of the text or of the implications is the summary's citation."""
    for lines in (now.body, now.implications):
        if now.citation or len(lines) < 2 or not shapes.is_citation(lines[-1].text):
            continue
        line = lines.pop()
        now.citation.append(line)
        now.replace(line, Role.CITATION)
        now.warn(
            line, f"taken as the citation of “{now.title.text}”, though it isn't below the title"
        )


def _give_back_body(now: _Gathering) -> None:
    """A citation with no text below it, but long, has the text run into it."""
    if now.body or len(now.citation) != 1 or len(now.citation[0].text) < 800:
        return
    line = now.citation.pop()
    now.body.append(line)
    now.replace(line, Role.BODY)
    now.warn(line, f"the citation of “{now.title.text}” runs into its text; kept as text")


def _drop_stray_titles(now: _Gathering) -> None:
    """A short line at the very end of the implications belongs to what comes next, not to them."""
    strays = []
    while len(now.implications) > 1 and _is_stray(now.implications[-1]):
        strays.append(now.implications.pop())
    ids, numbers = {id(line) for line in strays}, {line.number for line in strays}
    now.placed = [pair for pair in now.placed if id(pair[0]) not in ids]
    now.warnings = [pair for pair in now.warnings if pair[0] not in numbers]
    for line in reversed(strays):
        now.leave_out(line, "a short line between two summaries")


def _is_stray(line: Line) -> bool:
    if line.kind == "item" or shapes.is_citation(line.text) or not shapes.is_title(line.text):
        return False
    return line.text[-1] not in "?!" or shapes.is_title_case(line.text)


def _doi(now: _Gathering, citation: str | None) -> str | None:
    """Return the DOI printed in the citation, or behind one of its links, or behind the title's."""
    if citation and (found := doi.find(citation)):
        return found
    links = [link for line in (*now.citation, now.title) for link in line.links]
    return next((found for link in links if (found := doi.find(link))), None)
