"""The studio's pages, over a gallery; loopback only. What they can change stands in `desk`."""

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
from newsletter.rendering.places import template_folders
from newsletter.studio import guards
from newsletter.studio.clients import PICTURES, SCREENS, STYLES
from newsletter.studio.editions import menu
from newsletter.studio.embedding import embedded
from newsletter.studio.gallery import Gallery, Shelf
from newsletter.studio.people import LISTED, SAMPLES, Person
from newsletter.studio.picture import FORMS, Picture
from newsletter.studio.server import HOST
from newsletter.studio.visit import Visit, Visits
from newsletter.studio.watch import Watch
from newsletter.studio.wish import WIDTHS, Wish

_UNSAID = HTTPStatus(404).phrase


@dataclass(frozen=True)
class Studio:
    """The pages, over a gallery and the templates they are made from."""

    gallery: Gallery
    visits: Visits
    watch: Watch
    pages: Environment

    async def index(self, request: Request) -> Response:
        """Go to the newest month."""
        shelf = await run_in_threadpool(self.gallery.shelf)
        if shelf.months:
            return RedirectResponse(f"/{shelf.months[0]}")
        return self._page("studio-month.html", shelf, wish=Wish(), visit=None)

    async def month(self, request: Request) -> Response:
        """Show one edition of a month in a frame, and what there is to say of it."""
        version = self.watch.version
        shelf = await run_in_threadpool(self.gallery.shelf)
        month, wish = _month(request), Wish.read(request.query_params)
        if month not in shelf.months and not shelf.unreadable:
            raise HTTPException(404, f"There is no month {month}.")
        visit = await run_in_threadpool(self.visits.visit, month, wish)
        return self._page(
            "studio-month.html",
            shelf,
            version=version,
            month=month,
            wish=wish,
            visit=visit,
            print=self._print(visit, wish),
            menu=_menu(visit),
        )

    async def document(self, request: Request) -> Response:
        """Serve one edition in one of its forms, for the frame."""
        month, code = _month(request), request.path_params["edition"]
        form, wish = request.path_params["form"], Wish.read(request.query_params)
        view = await run_in_threadpool(self.gallery.look, month, code)
        if view.picture is None or view.picture.choice.code != code or form not in FORMS:
            raise HTTPException(404, f"There is no such edition of {month}.")
        person = await run_in_threadpool(self.visits.person, wish)
        html = await run_in_threadpool(self._document, view.picture, form, person, wish)
        return HTMLResponse(html, headers=guards.FRAME)

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
        return self._page("studio-month.html", shelf, status=404, apology=apology, wish=Wish())

    def _document(self, picture: Picture, form: str, person: Person, wish: Wish) -> str:
        if form == "inbox":
            page = self.pages.get_template("studio-inbox.html")
            return page.render(row=picture.row, at=picture.at, screen=wish.screen)
        document = picture.document(form, person, wish.eyes)
        if form != "letter":
            page = self.pages.get_template("studio-text.html")
            return page.render(title=FORMS[form], lines=document.splitlines(), form=form)
        settings = self.gallery.app.settings
        public = settings.newsletter.public_url
        own = embedded(document, public, template_folders(settings.site))
        return guards.links_leave_the_frame(own)

    def _print(self, visit: Visit, wish: Wish) -> str:
        """Return what tells a document from others: a frame loads anew only when it changes."""
        picture = visit.view.picture
        if picture is None:
            return ""
        document = self._document(picture, wish.view, visit.person, wish)
        return sha256(document.encode()).hexdigest()[:16]

    def _page(
        self, name: str, shelf: Shelf, *, version: str = "", status: int = 200, **values: object
    ) -> Response:
        usual: dict[str, object] = {"month": None, "visit": None, "apology": "", "print": ""}
        html = self.pages.get_template(name).render(
            usual | {"menu": {}} | values, shelf=shelf, version=version or self.watch.version
        )
        return HTMLResponse(html, status, headers=guards.PAGE)


def _menu(visit: Visit) -> object:
    picture = visit.view.picture
    return menu(picture.choices, picture.count) if picture else {}


async def _after(first: str, rest: AsyncIterator[str]) -> AsyncIterator[str]:
    yield first
    async for one in rest:
        yield one


def _month(request: Request) -> Month:
    try:
        return Month.parse(request.path_params["month"])
    except ValueError:
        raise HTTPException(404) from None


def build(gallery: Gallery, watch: Watch, templates: Path) -> Starlette:
    """Return the studio as a web application; `templates` holds `studio-month.html` and the rest.

    It watches the files for as long as it is served.
    """
    pages = Environment(
        loader=FileSystemLoader(templates),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.globals |= {
        "FORMS": FORMS,
        "LISTED": LISTED,
        "PICTURES": PICTURES,
        "SAMPLES": SAMPLES,
        "SANDBOX": guards.SANDBOX,
        "SCREENS": SCREENS,
        "STYLES": STYLES,
        "WIDTHS": WIDTHS,
    }
    visits = Visits(gallery, watch.tell)
    studio = Studio(gallery, visits, watch, pages)
    hosts = Middleware(TrustedHostMiddleware, allowed_hosts=[HOST, "localhost"], www_redirect=False)
    return Starlette(
        routes=[
            Route("/", studio.index),
            Route("/changes", studio.changes),
            Mount("/static", StaticFiles(directory=templates / "static")),
            Route("/{month}", studio.month),
            Route("/{month}/{edition}/{form}", studio.document),
        ],
        middleware=[Middleware(guards.ForAll), hosts, Middleware(guards.OwnPages)],
        exception_handlers={404: studio.missing},
        lifespan=lambda _: _watching(watch, visits),
    )


@asynccontextmanager
async def _watching(watch: Watch, visits: Visits) -> AsyncIterator[None]:
    task = asyncio.create_task(watch.run())
    yield
    watch.stop()
    visits.close()
    await task
