"""What was found on a blog page: the values that reading one gives."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from newsletter.content.lines import Line
from newsletter.model import Month


class Role(StrEnum):
    """What a line of the page was taken for."""

    FURNITURE = "furniture"
    """The page around the text: its head, and links, paging and copyright below."""
    MONTH = "month"
    TITLE = "title"
    CITATION = "citation"
    BODY = "body"
    HEADING = "heading"
    """The words "Practice Implications"."""
    IMPLICATIONS = "implications"
    UNPLACED = "unplaced"
    """Nothing we know; a warning names the line."""


Warnings = tuple[tuple[int, str], ...]
"""Line (from 1) and message."""


@dataclass(frozen=True, slots=True)
class FoundSummary:
    """One summary of the page, to the letter; `line` is its title's."""

    title: str
    line: int
    citation: str | None = None
    doi: str | None = None
    body: tuple[Line, ...] = ()
    implications: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class FoundMonth:
    """A month of the page with its summaries in order."""

    month: Month
    summaries: tuple[FoundSummary, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """All that was found. Every line that isn't blank stands in `placed` once, with its role."""

    months: tuple[FoundMonth, ...] = ()
    warnings: Warnings = ()
    placed: tuple[tuple[Line, Role], ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """What a stretch of lines gave."""

    summaries: tuple[FoundSummary, ...] = ()
    placed: tuple[tuple[Line, Role], ...] = ()
    warnings: Warnings = ()


def joined(parts: Iterable[Part]) -> Part:
    """Return the parts as one, in order."""
    every = list(parts)
    return Part(
        tuple(summary for part in every for summary in part.summaries),
        tuple(pair for part in every for pair in part.placed),
        tuple(warning for part in every for warning in part.warnings),
    )


def unplaced(line: Line, reason: str) -> Part:
    """Return the part for a line that could not be placed: named, and quoted at its beginning."""
    beginning = line.text if len(line.text) <= 60 else line.text[:59].rstrip() + "…"
    message = f"{reason}: “{beginning}”"
    return Part((), ((line, Role.UNPLACED),), ((line.number, message),))
