"""Pictures in the text: a letter shows their words alone, so these must be there and tell."""

import re
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from newsletter.checks.papers import Paper, Run
from newsletter.model import Finding

LARGE = 1_000_000
"""Octets of a picture from which a page that shows it loads slowly on a telephone."""

_NAME_OF_A_FILE = re.compile(
    r"(?:img|dsc|image|screenshot|photo|picture|figure|untitled|scan)?[\s_-]*\d*(?:\.\w{3,4})?"
    r"|[\w\s-]+\.(?:png|jpe?g|gif|webp|svg)",
    re.I,
)


def says_nothing(words: str) -> bool:
    """Say whether a picture's words are none, or the name of its file."""
    return _NAME_OF_A_FILE.fullmatch(words.strip()) is not None


def check(paper: Paper) -> Iterator[Finding]:
    """Yield pictures without words, and those whose files aren't there."""
    for passage in paper.passages:
        for run in passage.runs:
            if run.kind == "image":
                yield from _picture(paper, run)


def _picture(paper: Paper, run: Run) -> Iterator[Finding]:
    if says_nothing(run.text):
        hint = "say what it shows: ![A curve that falls for two years](figure.png)"
        message = (
            f"“{run.text}” doesn't say what the picture shows"
            if run.text
            else ("a picture without words")
        )
        yield paper.finding("image-alt", run.line, message, hint, at="![", level="warning")
    if not run.source:
        hint = "put its address in the brackets; its words are shown in any case"
        yield paper.finding("picture", run.line, "a picture without an address", hint, at="![")
        return
    parts = urlsplit(run.source)
    if not parts.scheme and not parts.netloc:
        path = paper.path.parent / unquote(parts.path)
        if not path.is_file():
            message = f"there is no file {run.source}"
            hint = "put it beside the text; its words are shown in any case"
            yield paper.finding("picture", run.line, message, hint, at=run.source)
            return
        size = path.stat().st_size
        if size > LARGE:
            message = f"{run.source} has {size / 1_000_000:.1f} MB"
            hint = f"make it smaller than {LARGE // 1_000_000} MB"
            yield paper.finding("picture", run.line, message, hint, at=run.source)
            return
    message = "a picture: the letter shows its words alone, since a mail fetches nothing"
    yield paper.finding("picture", run.line, message, at="![", level="info")
