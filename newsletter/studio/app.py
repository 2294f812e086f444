"""The studio's pages. Nothing is changed by any of them; loopback only."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from newsletter.model import Month
from newsletter.studio import guards
from newsletter.studio.editions import menu
from newsletter.studio.gallery import Gallery, Shelf, View
from newsletter.studio.picture import FORMS
from newsletter.studio.server import HOST
from newsletter.studio.watch import Watch
from newsletter.studio.wish import THEMES, WIDTHS, Wish

_UNSAID = HTTPStatus(404).phrase


@dataclass(frozen=True)
class Studio:
    """The pages, over a gallery and the templates they are made from."""

    gallery: Gallery
    watch: Watch
    pages: Environment

    async def index(self, request: Request) -> Response:
        """Go to the newest month."""
        shelf = await run_in_threadpool(self.gallery.shelf)
        if shelf.months:
            return RedirectResponse(f"/{next(iter(shelf.months))}")
        return self._page(shelf, Wish())

    async def month(self, request: Request) -> Response:
        """Show one edition of a month in a frame, and what there is to say of it."""
        version = self.watch.version
        shelf = await run_in_threadpool(self.gallery.shelf)
        month = _month(request)
        wish = Wish.read(request.query_params)
        if month not in shelf.months and not shelf.unreadable:
            raise HTTPException(404, f"There is no month {month}.")
        view = await run_in_threadpool(self.gallery.look, month, wish.edition)
        return self._page(shelf, wish, month, view, version)

    async def document(self, request: Request) -> Response:
        """Serve one edition in one of its forms, for the frame."""
        month, code = _month(request), request.path_params["edition"]
        view = await run_in_threadpool(self.gallery.look, month, code)
        form = request.path_params["form"]
        if view.picture is None or view.picture.choice.code != code or form not in FORMS:
            raise HTTPException(404, f"There is no such edition of {month}.")
        return self._document(view.picture.document(form), form)

    async def changes(self, request: Request) -> Response:
        """Tell a page, as server-sent events, that it is no longer the latest."""
        seen = request.headers.get("Last-Event-ID") or request.query_params.get("since", "")
        events = (f"id: {word}\ndata: {word}\n\n" async for word in self.watch.news(seen))
        return StreamingResponse(_after("retry: 500\n\n", events), media_type="text/event-stream")

    async def missing(self, request: Request, error: Exception) -> Response:
        """Say what there is instead."""
        detail = getattr(error, "detail", _UNSAID)
        apology = "There is no such page." if detail == _UNSAID else detail
        shelf = await run_in_threadpool(self.gallery.shelf)
        return self._page(shelf, Wish(), apology=apology, status=404)

    def _document(self, document: str, form: str) -> Response:
        if form == "letter":
            html = guards.links_leave_the_frame(document)
        else:
            page = self.pages.get_template("studio-text.html")
            html = page.render(title=FORMS[form], lines=document.splitlines(), form=form)
        return HTMLResponse(html, headers=guards.FRAME)

    def _page(
        self,
        shelf: Shelf,
        wish: Wish,
        month: Month | None = None,
        view: View | None = None,
        version: str = "",
        *,
        apology: str = "",
        status: int = 200,
    ) -> Response:
        picture = view.picture if view else None
        html = self.pages.get_template("studio.html").render(
            shelf=shelf,
            month=month,
            view=view,
            picture=picture,
            menu=menu(picture.choices, picture.count) if picture else {},
            remarks=(*shelf.remarks, *(view.remarks if view else ())),
            print=_print(picture.document(wish.view)) if picture else "",
            wish=wish,
            sandbox=guards.SANDBOX,
            version=version or self.watch.version,
            apology=apology,
            forms=FORMS,
            widths=WIDTHS,
            themes=THEMES,
        )
        return HTMLResponse(html, status, headers=guards.PAGE)


async def _after(first: str, rest: AsyncIterator[str]) -> AsyncIterator[str]:
    yield first
    async for one in rest:
        yield one


def _print(document: str) -> str:
    """Return what tells a document from others: a frame is loaded anew only when it changes."""
    return sha256(document.encode()).hexdigest()[:16]


def _month(request: Request) -> Month:
    try:
        return Month.parse(request.path_params["month"])
    except ValueError:
        raise HTTPException(404) from None


def build(gallery: Gallery, watch: Watch, templates: Path) -> Starlette:
    """Return the studio as a web application; `templates` holds `studio.html` and its files.

    It watches the files for as long as it is served.
    """
    pages = Environment(
        loader=FileSystemLoader(templates),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    studio = Studio(gallery, watch, pages)
    hosts = Middleware(TrustedHostMiddleware, allowed_hosts=[HOST, "localhost"], www_redirect=False)
    return Starlette(
        routes=[
            Route("/", studio.index),
            Route("/changes", studio.changes),
            Mount("/static", StaticFiles(directory=templates / "static")),
            Route("/{month}", studio.month),
            Route("/{month}/{edition}/{form}", studio.document),
        ],
        middleware=[hosts, Middleware(guards.Headers)],
        exception_handlers={404: studio.missing},
        lifespan=lambda _: _watching(watch),
    )


@asynccontextmanager
async def _watching(watch: Watch) -> AsyncIterator[None]:
    task = asyncio.create_task(watch.run())
    yield
    watch.stop()
    await task
