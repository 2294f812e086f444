"""The addresses under which the archive is served."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from newsletter.languages import Language
from newsletter.model import Month
from newsletter.store.engine import reading
from newsletter.web.archive.answer import answer
from newsletter.web.archive.contents import FRONT, SEARCH, TOPICS, TYPES, Contents, Page
from newsletter.web.archive.feed import ATOM, Feed
from newsletter.web.archive.sitemap import robots, sitemap
from newsletter.web.archive.views import Press
from newsletter.web.pages import Pages

LONGEST = 200
"""Characters of a search that are read."""

_HTML = "text/html"


@dataclass(frozen=True)
class Archive:
    """Serves the archive's pages. Nothing is changed by any of them."""

    pages: Pages

    @cached_property
    def press(self) -> Press:
        """Who publishes."""
        return Press.of(self.pages.app.settings)

    def front(self, request: Request) -> Response:
        """The last months."""
        return self._page(request, lambda contents: contents.front())

    def month_or_year(self, request: Request) -> Response:
        """`/archive/2021-02` and `/archive/2021`."""
        name = request.path_params["name"]
        if re.fullmatch(r"\d{4}", name, re.ASCII):
            return self._page(request, lambda contents: contents.year(int(name)))
        month = _month(name)
        return self._page(request, lambda contents: contents.month(month))

    def summary(self, request: Request) -> Response:
        """`/archive/2021-02/a-slug`; an address from before a correction leads on."""
        month, slug = _month(request.path_params["name"]), request.path_params["slug"]
        with self._contents() as contents:
            page, changed = contents.summary(month, slug), contents.changed
            moved = None if page else contents.moved(month, slug)
        if moved is not None:
            return RedirectResponse(self.pages.place(request).href(moved), 301)
        return self._shown(request, page, changed)

    def topics(self, request: Request) -> Response:
        """All topics."""
        return self._page(request, lambda contents: contents.topics())

    def types(self, request: Request) -> Response:
        """All research types."""
        return self._page(request, lambda contents: contents.types())

    def topic(self, request: Request) -> Response:
        """Summaries on a topic, page by page."""
        slug, number = request.path_params["slug"], _number(request.path_params.get("number", "1"))
        return self._page(request, lambda contents: contents.topic(slug, number))

    def research_type(self, request: Request) -> Response:
        """Summaries of a kind of study, page by page."""
        slug, number = request.path_params["slug"], _number(request.path_params.get("number", "1"))
        return self._page(request, lambda contents: contents.research_type(slug, number))

    def search(self, request: Request) -> Response:
        """What a search finds: no page to be listed elsewhere."""
        asked = request.query_params.get("q", "")[:LONGEST]
        number = _number(request.query_params.get("page", "1"))
        answered = self._page(request, lambda contents: contents.search(asked, number))
        answered.headers["X-Robots-Tag"] = "noindex"
        return answered

    def feed(self, request: Request) -> Response:
        """`/feed.xml`."""
        return self._feed(request, lambda contents, tongue: contents.feed(tongue))

    def feed_on(self, request: Request) -> Response:
        """A topic's own feed."""
        slug = request.path_params["slug"]
        return self._feed(request, lambda contents, tongue: contents.feed_on(slug, tongue))

    def sitemap(self, request: Request) -> Response:
        """`/sitemap.xml`."""
        with self._contents() as contents:
            content, changed = sitemap(self.press, contents.addresses()), contents.changed
        return answer(request, content, "application/xml", changed)

    def robots(self, request: Request) -> Response:
        """`/robots.txt`."""
        return answer(request, robots(self.press, self.pages.base), "text/plain", None)

    @contextmanager
    def _contents(self) -> Iterator[Contents]:
        with reading(self.pages.app.engine) as connection:
            yield Contents(connection, self.press)

    def _page(self, request: Request, made: Callable[[Contents], Page | None]) -> Response:
        with self._contents() as contents:
            page, changed = made(contents), contents.changed
        return self._shown(request, page, changed)

    def _shown(self, request: Request, page: Page | None, changed: datetime | None) -> Response:
        if page is None:
            raise HTTPException(404)
        content = page.write(self.pages, self.pages.place(request))
        return answer(request, content, _HTML, changed)

    def _feed(
        self, request: Request, made: Callable[[Contents, Language], Feed | None]
    ) -> Response:
        app = self.pages.app
        tongue = app.languages.get(app.settings.newsletter.language)
        with self._contents() as contents:
            feed, changed = made(contents, tongue), contents.changed
        if feed is None:
            raise HTTPException(404)
        return answer(request, feed.write(), ATOM, changed)


def routes(pages: Pages) -> list[BaseRoute]:
    """Return the archive's routes."""
    shown = Archive(pages)
    return [
        Route("/feed.xml", shown.feed),
        Route("/sitemap.xml", shown.sitemap),
        Route("/robots.txt", shown.robots),
        Route(FRONT, shown.front),
        Route(SEARCH, shown.search),
        Route(TOPICS, shown.topics),
        Route(f"{TOPICS}/{{slug}}", shown.topic),
        Route(f"{TOPICS}/{{slug}}/feed.xml", shown.feed_on),
        Route(f"{TOPICS}/{{slug}}/{{number}}", shown.topic),
        Route(TYPES, shown.types),
        Route(f"{TYPES}/{{slug}}", shown.research_type),
        Route(f"{TYPES}/{{slug}}/{{number}}", shown.research_type),
        Route(f"{FRONT}/{{name}}", shown.month_or_year),
        Route(f"{FRONT}/{{name}}/{{slug}}", shown.summary),
    ]


def _number(text: str) -> int:
    """Return the number of a page of a list; what is none has no page."""
    if not re.fullmatch(r"[1-9]\d{0,5}", text, re.ASCII):
        raise HTTPException(404)
    return int(text)


def _month(name: str) -> Month:
    try:
        return Month.parse(name)
    except ValueError:
        raise HTTPException(404) from None
