"""Every family of checks in turn: over each file, each summary, the month, the letters."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
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
    with ThreadPoolExecutor(1) as beside:  # the filter takes longer than all the rest
        return _once(
            list(_letters(settings, renderer, issue, heading, beside if filtered else None))
        )


def _letters(
    settings: Settings,
    renderer: Renderer,
    issue: Issue,
    heading: Heading,
    filtering: Executor | None,
) -> Iterator[Finding]:
    everything = tuple(range(len(issue.summaries)))
    asked: Future[list[Finding]] | None = None
    for full in dict.fromkeys((everything, everything[:1], ())):
        key = EditionKey(full, everything[len(full) :], settings.newsletter.language)
        try:
            composed = renderer.compose(issue, key)
            for one in lint_composed(composed):
                yield replace(one, file=shown(Path(one.file)) if one.file else "")
            proof = Proof(settings, issue, renderer.render(issue, key), composed)
        except RenderError as error:
            yield _failure(error)
            continue
        if full == everything and filtering:
            asked = filtering.submit(_filtered, message.wire(proof, heading))
        for check in EVERY_LETTER if full != everything else (*EVERY_LETTER, *THE_LONGEST):
            yield from check(proof)
        if full == everything:
            yield from message.check(proof, heading)
    yield from asked.result() if asked else ()


def filtered_letter(
    settings: Settings, renderer: Renderer, issue: Issue, heading: Heading
) -> Iterator[Finding]:
    """Yield what the spam filter has against the edition with everything in full."""
    if issue.summaries:
        key = EditionKey(tuple(range(len(issue.summaries))), (), settings.newsletter.language)
        composed = renderer.compose(issue, key)
        proof = Proof(settings, issue, renderer.render(issue, key), composed)
        yield from spam.check(message.wire(proof, heading))


def _filtered(octets: bytes) -> list[Finding]:
    return list(spam.check(octets))


def _failure(error: RenderError) -> Finding:
    return found("render", error.what, (error.file, error.line), error.hint)


def _once(findings: list[Finding]) -> list[Finding]:
    """Tell once what is the same in several editions; a failure that has its own finding, never."""
    kept: dict[tuple[object, ...], Finding] = {}
    for one in findings:
        words = one.message if one.line is None else ""
        kept.setdefault((one.code, one.file, one.line, one.column, words), one)
    others = [one for one in kept.values() if one.code != "render"]
    places = {(one.file, one.line) for one in others}
    if any(one.level == "error" for one in others):
        places.add(("", None))  # a failure that knows no place, after an error that has one
    return [
        one for one in kept.values() if one.code != "render" or (one.file, one.line) not in places
    ]
