"""Which pages the archive has, and what stands on each: read in one moment of the database."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from sqlalchemy import ColumnElement, Connection

from newsletter.languages import Language
from newsletter.model import Month, ResearchType, Topic
from newsletter.store import archive, search, shelves
from newsletter.web.archive import jsonld
from newsletter.web.archive.feed import MOST, Feed
from newsletter.web.archive.snippets import marked, snippet
from newsletter.web.archive.views import IssueView, MonthPlace, Press, SummaryView, path_of
from newsletter.web.pages import Pages
from newsletter.web.place import Place

RECENT = 12
"""Months on the first page; the others stand by year."""
A_PAGE = 20
"""Summaries on one page of a list."""

FRONT, TOPICS, TYPES, SEARCH = "/archive", "/archive/topics", "/archive/types", "/archive/search"


@dataclass(frozen=True)
class Page:
    """A page: its address on this site, its template in `archive/`, what the template shows."""

    path: str
    template: str
    values: Mapping[str, object] = field(default_factory=dict)

    def write(self, pages: Pages, here: Place) -> bytes:
        """Return the page as it stands in `here`."""
        template = f"archive/{self.template}"
        return pages.write(template, here, page=self, **self.values).encode()


@dataclass(frozen=True)
class Leaf:
    """One of the pages that a list is cut into, counted from 1, with the addresses beside it."""

    number: int
    count: int
    total: int
    path: str

    @property
    def newer(self) -> str:
        """The page before this one; empty on the first."""
        return "" if self.number == 1 else leaf_path(self.path, self.number - 1)

    @property
    def older(self) -> str:
        """The page after this one; empty on the last."""
        return "" if self.number == self.count else leaf_path(self.path, self.number + 1)


@dataclass(frozen=True)
class Contents:
    """The archive's pages, of one database connection. A page that isn't there is None."""

    connection: Connection
    press: Press

    @cached_property
    def months(self) -> Mapping[Month, datetime]:
        """Every month there is, the newest first, and when it changed last."""
        return archive.months(self.connection)

    @property
    def changed(self) -> datetime | None:
        """When anything changed last."""
        return max(self.months.values(), default=None)

    @cached_property
    def years(self) -> Sequence[int]:
        """Every year there is, the newest first."""
        return list(dict.fromkeys(month.year for month in self.months))

    def front(self) -> Page:
        """The last months, and the way to the others."""
        issues = self._issues(archive.recent(self.connection, RECENT))
        return Page(FRONT, "front.html", {"issues": issues, "all_years": self.years})

    def year(self, year: int) -> Page | None:
        """A year's months."""
        issues = self._issues(archive.of_year(self.connection, year))
        values = {"issues": issues, "all_years": self.years, "year": year}
        return Page(f"{FRONT}/{year:04d}", "year.html", values) if issues else None

    def month(self, month: Month) -> Page | None:
        """A month, with the way to those before and after it."""
        kept = archive.find(self.connection, month)
        return self._month_page(IssueView(kept, self.press)) if kept else None

    def summary(self, month: Month, slug: str) -> Page | None:
        """A summary, with the others of its month."""
        kept = archive.find(self.connection, month)
        if kept is None:
            return None
        issue = IssueView(kept, self.press)
        mine = (one for one in issue.summaries if one.kept.summary.slug == slug)
        return next((self._summary_page(one, issue) for one in mine), None)

    def moved(self, month: Month, slug: str) -> str | None:
        """The page where a summary is now that had this address before a correction."""
        now = archive.moved(self.connection, month, slug)
        return None if now is None else f"{path_of(month)}/{now}" if now else path_of(month)

    @cached_property
    def all_topics(self) -> Mapping[str, tuple[Topic, int]]:
        """Each topic by its slug, and how many summaries it has."""
        return {topic.slug: (topic, n) for topic, n in shelves.topics(self.connection).items()}

    @cached_property
    def all_types(self) -> Mapping[str, tuple[ResearchType, int]]:
        """Each research type by its slug, and how many summaries it has."""
        found = shelves.research_types(self.connection)
        return {kind.slug: (kind, n) for kind, n in found.items()}

    def topics(self) -> Page:
        """All topics, under the headings that readers choose them by."""
        groups: dict[str, list[tuple[Topic, int]]] = {}
        for topic, number in sorted(self.all_topics.values(), key=lambda one: one[0].name):
            groups.setdefault(topic.group, []).append((topic, number))
        return Page(TOPICS, "topics.html", {"groups": dict(sorted(groups.items()))})

    def types(self) -> Page:
        """All research types."""
        kinds = sorted(self.all_types.values(), key=lambda one: one[0].name)
        return Page(TYPES, "types.html", {"kinds": kinds})

    def topic(self, slug: str, number: int = 1) -> Page | None:
        """A page of the summaries on a topic."""
        if slug not in self.all_topics:
            return None
        topic, total = self.all_topics[slug]
        path, feed = f"{TOPICS}/{slug}", f"{TOPICS}/{slug}/feed.xml"
        values = {"shelf": topic, "list": TOPICS, "feed": feed}
        return self._shelf(path, number, total, shelves.on_topic(slug), values)

    def research_type(self, slug: str, number: int = 1) -> Page | None:
        """A page of the summaries of a kind of study."""
        if slug not in self.all_types:
            return None
        kind, total = self.all_types[slug]
        values = {"shelf": kind, "list": TYPES, "feed": ""}
        return self._shelf(f"{TYPES}/{slug}", number, total, shelves.of_type(slug), values)

    def search(self, asked: str, number: int = 1) -> Page | None:
        """A page of what a search finds; the empty form where nothing is asked."""
        looked_for = search.wanted(asked)
        offset = (number - 1) * A_PAGE
        found = search.find(self.connection, asked, offset=offset, limit=A_PAGE)
        leaf = _leaf(SEARCH, number, found.total)
        if leaf is None:
            return None
        kept = archive.with_numbers(self.connection, found.ids)
        views = [SummaryView(one, self.press) for one in kept]
        hits = [
            (one, marked(one.heading, looked_for), snippet(one.words, looked_for)) for one in views
        ]
        return Page(SEARCH, "search.html", {"asked": asked.strip(), "hits": hits, "leaf": leaf})

    def feed(self, language: Language) -> Feed:
        """What was sent last."""
        return self._feed(language, "/feed.xml", FRONT)

    def feed_on(self, slug: str, language: Language) -> Feed | None:
        """What was sent last on a topic."""
        if slug not in self.all_topics:
            return None
        topic, _ = self.all_topics[slug]
        path = f"{TOPICS}/{slug}"
        return self._feed(language, f"{path}/feed.xml", path, topic)

    def addresses(self) -> Iterator[tuple[str, datetime | None]]:
        """Yield every page that can be listed, and when it changed last where that is known."""
        yield "/", None
        yield from ((path, self.changed) for path in (FRONT, TOPICS, TYPES))
        yield from ((f"{FRONT}/{year:04d}", None) for year in self.years)
        for month, changed in self.months.items():
            yield path_of(month), changed
        for month, slug, changed in archive.places(self.connection):
            yield f"{path_of(month)}/{slug}", changed
        yield from ((f"{TOPICS}/{slug}", None) for slug in self.all_topics)
        yield from ((f"{TYPES}/{slug}", None) for slug in self.all_types)

    def everything(self) -> Iterator[Page]:
        """Yield every page but the search."""
        yield self.front()
        yield self.topics()
        yield self.types()
        yield from filter(None, map(self.year, self.years))
        for month in self.months:
            yield from self._of_month(month)
        for slug, (_, total) in self.all_topics.items():
            yield from filter(None, (self.topic(slug, n) for n in _numbers(total)))
        for slug, (_, total) in self.all_types.items():
            yield from filter(None, (self.research_type(slug, n) for n in _numbers(total)))

    def all_summaries(self) -> Sequence[SummaryView]:
        """Every summary, the newest first."""
        return [SummaryView(one, self.press) for one in archive.summaries(self.connection)]

    def all_moved(self) -> Iterator[tuple[str, str]]:
        """Yield every address that a summary had before a correction, and where it leads now."""
        for month, old, new in archive.all_moved(self.connection):
            yield f"{path_of(month)}/{old}", f"{path_of(month)}/{new}" if new else path_of(month)

    def _of_month(self, month: Month) -> Iterator[Page]:
        kept = archive.find(self.connection, month)
        if kept is not None:
            issue = IssueView(kept, self.press)
            yield self._month_page(issue)
            yield from (self._summary_page(one, issue) for one in issue.summaries)

    def _issues(self, kept: Sequence[archive.KeptIssue]) -> Sequence[IssueView]:
        return [IssueView(one, self.press) for one in kept]

    def _month_page(self, issue: IssueView) -> Page:
        beside = _beside(list(self.months), issue.kept.month)
        values = {"issue": issue, "beside": beside, "told": jsonld.of_issue(issue)}
        return Page(issue.path, "issue.html", values)

    def _summary_page(self, view: SummaryView, issue: IssueView) -> Page:
        others = [one for one in issue.summaries if one is not view]
        told = jsonld.of_summary(view, issue)
        values = {"summary": view, "issue": issue, "others": others, "told": told}
        return Page(view.path, "summary.html", values)

    def _feed(self, language: Language, path: str, page: str, topic: Topic | None = None) -> Feed:
        on_topic = (shelves.on_topic(topic.slug),) if topic else ()
        kept = archive.summaries(self.connection, *on_topic, limit=MOST)
        entries = [SummaryView(one, self.press) for one in kept]
        return Feed(self.press, language, path, page, entries, topic)

    def _shelf(
        self,
        path: str,
        number: int,
        total: int,
        which: ColumnElement[bool],
        values: Mapping[str, object],
    ) -> Page | None:
        leaf = _leaf(path, number, total)
        if leaf is None:
            return None
        offset = (number - 1) * A_PAGE
        kept = archive.summaries(self.connection, which, offset=offset, limit=A_PAGE)
        views = [SummaryView(one, self.press) for one in kept]
        shown = {**values, "summaries": views, "leaf": leaf}
        return Page(leaf_path(path, number), "shelf.html", shown)


def leaf_path(path: str, number: int) -> str:
    """Return the address of a page of a list: the first one is the list's own."""
    return path if number == 1 else f"{path}/{number}"


def _numbers(total: int) -> range:
    """Return the numbers of the pages that a list of so many is cut into."""
    return range(1, max(1, -(-total // A_PAGE)) + 1)


def _leaf(path: str, number: int, total: int) -> Leaf | None:
    count = len(_numbers(total))
    return Leaf(number, count, total, path) if 1 <= number <= count else None


def _beside(months: Sequence[Month], month: Month) -> dict[str, MonthPlace]:
    """Return the months after and before one, of a list that begins with the newest."""
    at = months.index(month)
    names = {"newer": at - 1, "older": at + 1}
    return {name: MonthPlace.of(months[n]) for name, n in names.items() if 0 <= n < len(months)}
