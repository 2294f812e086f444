"""The links of a month's files: their words, their addresses, and addresses that aren't links."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from newsletter.checks.links import faults, says_nothing
from newsletter.checks.markup import LINK, without_code
from newsletter.checks.papers import Paper
from newsletter.content import doi
from newsletter.content.taxonomy import folded
from newsletter.model import Finding

_BARE = re.compile(r"(?:https?://|www\.)[^\s<>]+|\bdoi:\s*10\.\d{4,9}/\S+", re.I)


@dataclass(frozen=True, slots=True)
class Link:
    """A link of a file: where it leads, its words, its line."""

    url: str
    words: str
    line: int


def links_of(paper: Paper) -> Iterator[Link]:
    """Yield a file's links, in order; one over two lines begins where its first word stands."""
    for passage in paper.passages:
        open_link: Link | None = None
        for run in passage.runs:
            if open_link and run.link != open_link.url:
                yield open_link
                open_link = None
            if run.link is not None:
                words = " " if run.kind == "break" else run.text
                before = open_link.words if open_link else ""
                line = open_link.line if open_link else run.line
                open_link = Link(run.link, before + words, line)
        if open_link:
            yield open_link


def check(paper: Paper) -> Iterator[Finding]:
    """Yield what is wrong with a file's links, and with addresses that aren't links."""
    led: dict[str, Link] = {}
    for link in links_of(paper):
        if link.url.startswith("#") and len(link.url) > 1:
            message = f"“{link.url}” leads to no place in the letter"
            hint = "link to a page, or leave the link out"
            yield paper.finding("broken-anchor", link.line, message, hint, at=link.url)
        for fault in faults(link.url):
            yield paper.finding(fault.code, link.line, fault.message, fault.hint, at=link.url)
        yield from _words(paper, link)
        first = led.setdefault(folded(link.words), link)
        if first.url != link.url and link.words.strip() and not says_nothing(link.words):
            message = f"“{link.words}” leads to another place than in line {first.line}"
            hint = "give each place words of its own"
            yield paper.finding("ambiguous-link", link.line, message, hint, at=link.words)
    yield from _addresses(paper)
    yield from _empty(paper)


def _words(paper: Paper, link: Link) -> Iterator[Finding]:
    if says_nothing(link.words):
        message = f"“{link.words}” says nothing of where the link leads"
        hint = "name the page: [the study’s data](https://…)"
        yield paper.finding("link-text", link.line, message, hint, at=link.words)
    elif re.match(r"(?:https?://|www\.)", link.words.strip(), re.I):
        hint = "write words: [the study’s data](https://…)"
        message = "an address stands where words should"
        yield paper.finding("bare-url", link.line, message, hint, at=link.words)


def _addresses(paper: Paper) -> Iterator[Finding]:
    for passage in paper.passages:
        for run in passage.runs:
            if run.kind != "text" or run.link is not None or LINK.search(run.text):
                continue
            if match := _BARE.search(without_code(run.text)):
                address = match[0].rstrip(".,;:)")
                bare = doi.normalise(address)
                hint = f"write [words]({f'https://doi.org/{bare}' if bare else address})"
                message = "an address in the text, which is no link here"
                yield paper.finding("bare-url", run.line, message, hint, at=address)


def _empty(paper: Paper) -> Iterator[Finding]:
    """Links without words leave no run: the source shows them."""
    first = paper.document.body_line
    for number, line in enumerate(paper.lines[first - 1 :], first):
        if match := re.search(r"(?<!!)\[\s*\]\([^)]*\)", line):
            yield paper.finding(
                "empty-link", number, "a link without words", "write some", at=match[0]
            )
