"""A kept month as templates show it. What a page doesn't ask for is not made."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property, lru_cache
from typing import Generic, TypeVar
from urllib.parse import quote
from zoneinfo import ZoneInfo

from markupsafe import Markup

from newsletter.config import Settings
from newsletter.model import Month, ResearchType, Topic
from newsletter.rendering import citations
from newsletter.rendering.citations import CitationParts
from newsletter.rendering.clean import one_line
from newsletter.rendering.context import direction, minutes, share_url
from newsletter.rendering.markdown import to_html
from newsletter.rendering.numbers import keep_together
from newsletter.rendering.plain import to_words
from newsletter.rendering.titles import shortened
from newsletter.store.archive import Correction, KeptIssue, KeptSummary

LEAD = 240
"""Characters of a text that lists show of it."""

# The same words are asked for again and again: by lists, by pages, by feeds.
_html = lru_cache(maxsize=1024)(to_html)
_words = lru_cache(maxsize=1024)(to_words)

Kept = TypeVar("Kept", KeptIssue, KeptSummary)


@dataclass(frozen=True)
class Press:
    """Who publishes: the newsletter's name, its public address, the zone of its days."""

    name: str
    public_url: str
    zone: ZoneInfo
    editors: str

    @classmethod
    def of(cls, settings: Settings) -> "Press":
        """Return what the settings say; `editors` sign what nobody else does."""
        own = settings.newsletter
        url = own.public_url.rstrip("/")
        return cls(one_line(own.name), url, settings.zone, one_line(settings.content.author))


@dataclass(frozen=True)
class CorrectionView:
    """A correction: the day, and what the editor says of it."""

    day: date
    note: str


@dataclass(frozen=True)
class _View(Generic[Kept]):
    """What a month and a summary have in common."""

    kept: Kept
    press: Press

    @property
    def path(self) -> str:
        """The address of its page on this site."""
        return path_of(self.kept.month)

    @property
    def url(self) -> str:
        """The address of its page, for everywhere."""
        return self.press.public_url + self.path

    @property
    def month(self) -> date:
        """The first day of its month."""
        return first_day(self.kept.month)

    @property
    def language(self) -> str:
        """What it is written in."""
        return self.kept.language

    @property
    def direction(self) -> str:
        """Which way that is written."""
        return direction(self.kept.language)

    @property
    def sent(self) -> datetime:
        """When it was sent."""
        return self.kept.sent_at.astimezone(self.press.zone)

    @property
    def updated(self) -> datetime:
        """When its words changed last."""
        return self.kept.updated_at.astimezone(self.press.zone)

    def _correction(self, kept: Correction) -> CorrectionView:
        day = kept.at.astimezone(self.press.zone).date()
        return CorrectionView(day, keep_together(one_line(kept.note)))


@dataclass(frozen=True)
class SummaryView(_View[KeptSummary]):
    """A summary, in a list or on its own page."""

    @property
    def path(self) -> str:
        """The address of its page on this site."""
        return f"{self.month_path}/{quote(self.kept.summary.slug, safe='')}"

    @property
    def month_path(self) -> str:
        """The address of its month on this site."""
        return path_of(self.kept.month)

    @property
    def title(self) -> str:
        """Its title on one line."""
        return one_line(self.kept.summary.title)

    @property
    def heading(self) -> str:
        """Its title with numbers kept together."""
        return keep_together(self.title)

    @property
    def author(self) -> str:
        """Who wrote it."""
        return one_line(self.kept.summary.author)

    @property
    def topics(self) -> tuple[Topic, ...]:
        """What it is about, by the names of its day."""
        return self.kept.summary.topics

    @property
    def research_type(self) -> ResearchType | None:
        """What kind of study it is about."""
        return self.kept.summary.research_type

    @property
    def corrected(self) -> CorrectionView | None:
        """What changed since it was sent."""
        found = self.kept.corrected
        return self._correction(found) if found else None

    @cached_property
    def words(self) -> str:
        """Its bare text on one line."""
        summary = self.kept.summary
        return f"{_words(summary.body)} {_words(summary.implications)}".strip()

    @property
    def lead(self) -> str:
        """How it begins."""
        return keep_together(shortened(_words(self.kept.summary.body), LEAD))

    @property
    def minutes(self) -> int:
        """How long it takes to read."""
        return minutes(self.kept.summary.body, self.kept.summary.implications)

    @cached_property
    def body(self) -> Markup:
        """Its body, whose headings stand under the page's own."""
        return _html(self.kept.summary.body, self.press.public_url, top=2)

    @cached_property
    def implications(self) -> Markup:
        """What it means for practice, under a heading of its own."""
        return _html(self.kept.summary.implications, self.press.public_url, top=3)

    @cached_property
    def citation(self) -> CitationParts | None:
        """The reference to the study."""
        found = self.kept.summary.citation
        return citations.parts(found) if found and found.text.strip() else None

    @property
    def study_url(self) -> str:
        """Where the study is; empty where that isn't known."""
        found = self.kept.summary.citation
        return citations.url(found) if found else ""

    @property
    def share_url(self) -> str:
        """A mail to somebody else, with title and address in it."""
        return share_url(self.title, self.url)


@dataclass(frozen=True)
class IssueView(_View[KeptIssue]):
    """A month, in a list or on its own page."""

    @property
    def number(self) -> int:
        """The masthead's number."""
        return self.kept.issue.number

    @cached_property
    def introduction(self) -> Markup:
        """The editor's word at its beginning; empty where there is none."""
        return _html(self.kept.issue.introduction, self.press.public_url, top=2)

    @cached_property
    def summaries(self) -> tuple[SummaryView, ...]:
        """Its summaries in order."""
        return tuple(SummaryView(one, self.press) for one in self.kept.summaries)

    @property
    def corrections(self) -> tuple[CorrectionView, ...]:
        """What changed since it was sent, the latest first."""
        return tuple(map(self._correction, self.kept.corrections))

    @property
    def minutes(self) -> int:
        """How long all of it takes to read."""
        return sum(one.minutes for one in self.summaries)


@dataclass(frozen=True)
class MonthPlace:
    """A month that a page leads to: its address on this site, and its first day."""

    path: str
    month: date

    @classmethod
    def of(cls, month: Month) -> "MonthPlace":
        """Return where a month stands."""
        return cls(path_of(month), first_day(month))


def path_of(month: Month) -> str:
    """Return the address of a month on this site."""
    return f"/archive/{month}"


def first_day(month: Month) -> date:
    """Return a month as languages want it to name it."""
    return date(month.year, month.number, 1)
