"""Every family of checks in turn: over each file, each summary, the month."""

from collections.abc import Callable, Iterator, Sequence

from newsletter.checks import (
    abbreviations,
    characters,
    citations,
    fields,
    headings,
    lengths,
    linking,
    markup,
    months,
    numbers,
    pictures,
    titles,
    words,
)
from newsletter.checks.desk import Desk
from newsletter.checks.papers import Paper
from newsletter.model import Finding

EVERY_FILE: Sequence[Callable[[Paper], Iterator[Finding]]] = (
    characters.mark_at_the_start,
    fields.check,
    words.check,
    markup.check,
    headings.check,
    linking.check,
    pictures.check,
    numbers.check,
)

EVERY_SUMMARY: Sequence[Callable[[Paper], Iterator[Finding]]] = (titles.title, lengths.check)

THE_MONTH: Sequence[Callable[[Desk], Iterator[Finding]]] = (
    months.date,
    months.folder,
    months.names,
    months.repeats,
    titles.style,
    titles.subject,
    lengths.letter,
)


def check_files(desk: Desk) -> Iterator[Finding]:
    """Yield what the month's files have to be told, beyond what kept them from being read."""
    for paper in desk.papers:
        yield from characters.check(paper)
        if paper.summary is None and not paper.is_issue:
            continue
        for check in EVERY_FILE:
            yield from check(paper)
        yield from abbreviations.check(paper, desk.settings.checks.abbreviations)
    for paper in desk.summaries:
        for check in EVERY_SUMMARY:
            yield from check(paper)
        yield from citations.check(desk, paper)
    for look in THE_MONTH:
        yield from look(desk)
