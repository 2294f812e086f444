"""Where, within a month of a blog page, each summary begins.

A citation with a short line above it is the surest sign. Where a summary has no citation, its
title is told by shape: a short line that does not end like a sentence, followed by running text,
somewhere between the last practice implications and the next.
"""

from collections.abc import Sequence

from newsletter.content import shapes
from newsletter.content.furniture import is_furniture
from newsletter.content.lines import Line

_ENOUGH_FOR_A_SUMMARY = 200
"""Letters of running text below a title that make a summary without practice implications."""

_KINDS = ("heading", "strong", "text", "item")
"""What the markup says of a line, the likeliest title first."""

_NO_TITLES = {"reference", "references", "further reading", "sources", "source", "citation", "note"}


def starts(lines: Sequence[Line]) -> list[int]:
    """Return the indexes of the lines that are titles, ascending."""
    kept = [n for n, line in enumerate(lines) if not _is_beside(line)]
    return [kept[n] for n in _starts([lines[n] for n in kept])]


def _is_beside(line: Line) -> bool:
    if shapes.is_citation(line.text):
        return False
    return is_furniture(line.text) or shapes.is_label(line.text)


def _starts(lines: list[Line]) -> list[int]:
    found = {
        title
        for n, line in enumerate(lines)
        if shapes.is_citation(line.text) and (title := _title_above(lines, n)) is not None
    }
    marks = [n for n, line in enumerate(lines) if shapes.implications(line.text) is not None]
    previous: int | None = None
    for mark in marks:
        lowest = 0 if previous is None else previous + 1
        repeated = previous is not None and mark == lowest
        if not repeated and not any(lowest <= n < mark for n in found):
            title = _title_by_shape(lines, previous, mark)
            found |= {title} if title is not None else set()
        previous = mark
    if not found or min(found) > 0:
        found |= _title_first(lines)
    found |= _titles_after(lines, marks, found)
    return sorted(found)


def _title_above(lines: list[Line], citation: int) -> int | None:
    """Return the title that stands above a citation, if one does."""
    above = citation - 1
    if above < 0 or not _may_be_title(lines, above, citation):
        return None
    return above - 1 if above and shapes.same(lines[above - 1].text, lines[above].text) else above


def _may_be_title(lines: list[Line], n: int, citation: int) -> bool:
    """Anything short may be a title that has its citation below, even if it ends like a sentence.

    But then text must follow: a reference at the end of a summary has a sentence above it too.
    """
    line = lines[n]
    text = line.text
    if text.strip(" :").casefold() in _NO_TITLES or line.kind == "item":
        return False
    if shapes.is_citation(text) or shapes.implications(text) is not None or len(text) > 250:
        return False
    if shapes.is_title(text) or line.kind == "heading":
        return True
    below = lines[citation + 1] if citation + 1 < len(lines) else None
    follows = below is not None and shapes.is_text(below.text) and len(below.text) > len(text)
    return len(text) <= 150 and follows and shapes.implications(below.text if below else "") is None


def _title_by_shape(lines: list[Line], previous: int | None, mark: int) -> int | None:
    """Return the title between the last heading of practice implications and the one at `mark`."""
    if previous is None:
        first = 0
    else:
        first = previous + (1 if shapes.implications(lines[previous].text) else 2)
    region = range(first, mark)
    titles = [n for n in region if _is_title(lines[n]) and _text_follows(lines, n, mark)]
    for n in titles:
        if n + 1 < mark and shapes.same(lines[n].text, lines[n + 1].text):
            return n
    if titles:
        n = min(titles, key=lambda n: (_KINDS.index(lines[n].kind), _is_plain(lines[n]), n))
        return n - 1 if n > first and _opens_text(lines[n], lines[n - 1]) else n
    short = [n for n in region if n + 1 < mark and _is_short_sentence(lines[n], lines[n + 1])]
    if short:
        n = short[0]
        return n - 1 if n > first and shapes.same(lines[n - 1].text, lines[n].text) else n
    without_text = [n for n in region if _is_title(lines[n])]
    return without_text[0] if without_text else None


def _title_first(lines: list[Line]) -> set[int]:
    """The first line of a month is a title if it looks like one and text follows."""
    begins = bool(lines) and _is_title(lines[0]) and _text_follows(lines, 0, len(lines))
    return {0} if begins else set()


def _titles_after(lines: list[Line], marks: list[int], found: set[int]) -> set[int]:
    """Return titles that stand below practice implications, of summaries without any themselves."""
    more = set()
    for mark in marks:
        end = min((n for n in found | set(marks) if n > mark), default=len(lines))
        first = mark + (1 if shapes.implications(lines[mark].text) else 2)
        for n in range(first, end):
            below = lines[n + 1 : end]
            enough = sum(len(line.text) for line in below) >= _ENOUGH_FOR_A_SUMMARY
            if _is_title(lines[n]) and _text_follows(lines, n, end) and enough:
                more.add(n)
                break
    return more


def _opens_text(line: Line, above: Line) -> bool:
    """Whether this is a question that begins a text, with the title above it."""
    question = line.kind == "text" and line.text.endswith("?") and _is_plain(line)
    return question and _is_title(above) and not shapes.same(line.text, above.text)


def _is_plain(line: Line) -> bool:
    return not shapes.is_title_case(line.text)


def _is_title(line: Line) -> bool:
    if line.kind == "item" or line.text.strip(" :").casefold() in _NO_TITLES:
        return False
    if shapes.is_text(line.text) and _is_plain(line):
        return False
    return shapes.is_title(line.text) and not shapes.is_citation(line.text)


def _text_follows(lines: list[Line], n: int, end: int) -> bool:
    """Say whether running text comes next (after the title's repetition)."""
    below = n + 1
    if below < end and shapes.same(lines[n].text, lines[below].text):
        below += 1
    return below < end and shapes.is_text(lines[below].text)


def _is_short_sentence(line: Line, below: Line) -> bool:
    text = line.text
    return (
        len(text) <= 120
        and ". " not in text
        and shapes.is_prose(below.text)
        and (len(below.text) > 2 * len(text))
    )
