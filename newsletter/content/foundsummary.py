"""One summary of a blog page: each of its lines gets a role, from the title to the next."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from newsletter.content import doi, shapes
from newsletter.content.furniture import is_furniture
from newsletter.content.lines import Line
from newsletter.content.page import FoundSummary, Part, Role, unplaced

_RUN_INTO_TEXT = 800
"""Letters of a citation with no text below it from which on the text is held to be within it."""


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


def read_summary(lines: Sequence[Line], foot: bool) -> Part:
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
        if is_stray(line):
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
    if foot and now.implications and is_stray(line):
        now.ended = True
        now.leave_out(line, "this stands below a summary's end")
        return
    now.implications.append(line)
    now.place(line, Role.IMPLICATIONS)


def _finished(now: _Gathering) -> Part:
    _adopt_citation(now)
    _give_back_body(now)
    _sort_out_short_lines(now)
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
        message = f"taken as the citation of “{now.title.text}”, though it isn't below the title"
        now.warn(line, message)


def _give_back_body(now: _Gathering) -> None:
    """A citation with no text below it, but long, has the text run into it."""
    if now.body or len(now.citation) != 1 or len(now.citation[0].text) < _RUN_INTO_TEXT:
        return
    line = now.citation.pop()
    now.body.append(line)
    now.replace(line, Role.BODY)
    now.warn(line, f"the citation of “{now.title.text}” runs into its text; kept as text")


def _sort_out_short_lines(now: _Gathering) -> None:
    """At the very end of the implications, short lines belong to what comes next, not to them."""
    strays = []
    while len(now.implications) > 1 and is_stray(now.implications[-1]):
        strays.append(now.implications.pop())
    ids = {id(line) for line in strays}
    now.placed = [pair for pair in now.placed if id(pair[0]) not in ids]
    for line in reversed(strays):
        now.leave_out(line, "a short line between two summaries")
    for line in filter(is_stray, now.implications[1:]):
        now.warn(line, f"a short line, kept within the practice implications of “{now.title.text}”")


def is_stray(line: Line) -> bool:
    """Say whether the line looks like a title though it stands within a text."""
    if line.kind == "item" or shapes.is_citation(line.text) or not shapes.is_title(line.text):
        return False
    return line.text[-1] not in "?!" or shapes.is_title_case(line.text)


def _doi(now: _Gathering, citation: str | None) -> str | None:
    """Return the DOI printed in the citation, or behind one of its links, or behind the title's."""
    if citation and (found := doi.find(citation)):
        return found
    links = [link for line in (*now.citation, now.title) for link in line.links]
    return next((found for link in links if (found := doi.find(link))), None)
