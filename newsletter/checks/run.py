"""Every family of checks in turn: over each file, each summary, the month, the letters."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from newsletter.checks import (
    abbreviations,
    characters,
    citations,
    clients,
    colours,
    fields,
    headings,
    lengths,
    letter,
    linking,
    markup,
    message,
    months,
    numbers,
    pictures,
    site,
    spam,
    titles,
    words,
)
from newsletter.checks.desk import Desk, found
from newsletter.checks.papers import Paper
from newsletter.checks.proofs import Proof
from newsletter.config import Settings
from newsletter.content.places import shown
from newsletter.errors import RenderError
from newsletter.message import Heading
from newsletter.model import EditionKey, Finding, Issue
from newsletter.rendering.lint import lint_composed
from newsletter.rendering.render import Renderer

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
    site.taxonomy,
    site.settings,
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


EVERY_LETTER: Sequence[Callable[[Proof], Iterator[Finding]]] = (
    letter.parts,
    letter.leftovers,
    letter.structure,
    letter.links,
    letter.plain,
    colours.check,
)
"""What each edition is asked."""

THE_LONGEST: Sequence[Callable[[Proof], Iterator[Finding]]] = (
    letter.whole,
    letter.fetched,
    letter.tables,
    letter.dark,
    colours.sizes,
    clients.check,
)
"""What the edition with everything in full is asked, for all."""


def check_letters(
    settings: Settings,
    renderer: Renderer,
    issue: Issue,
    heading: Heading,
    *,
    filtered: bool = False,
) -> list[Finding]:
    """Return what is wrong with the editions: all in full, one in full, none in full.

    Between them they use every part of the templates. What they share is told once. With `filtered`
    the spam filter is asked, where there is one.
    """
    everything = tuple(range(len(issue.summaries)))
    findings: list[Finding] = []
    for full in dict.fromkeys((everything, everything[:1], ())):
        key = EditionKey(full, everything[len(full) :], settings.newsletter.language)
        try:
            composed = renderer.compose(issue, key)
            findings += [
                replace(one, file=shown(Path(one.file)) if one.file else "")
                for one in lint_composed(composed)
            ]
            proof = Proof(settings, issue, renderer.render(issue, key), composed)
        except RenderError as error:
            findings.append(_failure(error))
            continue
        for check in EVERY_LETTER if full != everything else (*EVERY_LETTER, *THE_LONGEST):
            findings += check(proof)
        if full == everything:
            findings += message.check(proof, heading)
            findings += spam.check(message.wire(proof, heading)) if filtered else ()
    return _once(findings)


def _failure(error: RenderError) -> Finding:
    return found("render", error.what, (error.file, error.line), error.hint)


def _once(findings: list[Finding]) -> list[Finding]:
    """Tell once what is the same in several editions; a failure that has its own finding, never."""
    kept: dict[tuple[object, ...], Finding] = {}
    for one in findings:
        words = one.message if one.line is None else ""
        kept.setdefault((one.code, one.file, one.line, one.column, words), one)
    places = {(one.file, one.line) for one in kept.values() if one.code != "render"}
    return [
        one for one in kept.values() if one.code != "render" or (one.file, one.line) not in places
    ]
