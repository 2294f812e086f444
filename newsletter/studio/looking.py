"""What the studio shows: a month's editions in a frame, and the news that something changed."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from http import HTTPStatus

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse

from newsletter import publishing
from newsletter.model import Finding, Month
from newsletter.rendering.places import template_folders
from newsletter.studio import guards
from newsletter.studio.editions import menu
from newsletter.studio.embedding import embedded
from newsletter.studio.gallery import Gallery
from newsletter.studio.pages import Pages
from newsletter.studio.people import LISTED, Person
from newsletter.studio.picture import FORMS, Picture
from newsletter.studio.remarks import remarks
from newsletter.studio.suggesting import offers
from newsletter.studio.visit import Visit, Visits
from newsletter.studio.watch import Watch
from newsletter.studio.wish import Wish

_NO_REASON = HTTPStatus(404).phrase


@dataclass(frozen=True)
class Looking:
    """What there is to look at: months, editions, and the news of them."""

    gallery: Gallery
    visits: Visits
    watch: Watch
    pages: Pages

    async def index(self, request: Request) -> Response:
        """Go to the newest month."""
        shelf = await run_in_threadpool(self.gallery.shelf)
        if shelf.months:
            return RedirectResponse(f"/{shelf.months[0]}")
        return self.pages.page("studio-month.html", shelf)

    async def month(self, request: Request) -> Response:
        """Show one edition of a month in a frame, and what there is to say of it."""
        return await self.page(request)

    async def page(
        self, request: Request, said: Sequence[Finding] = (), status: int = 200
    ) -> Response:
        """Show a month; `said` is what came of something that was asked on its page."""
        version = self.watch.version
        shelf = await run_in_threadpool(self.gallery.shelf)
        month, wish = month_of(request), self._wish(request)
        if month not in shelf.months and not shelf.unreadable:
            raise HTTPException(404, f"There is no month {month}.")
        visit = await run_in_threadpool(self.visits.visit, month, wish)
        settings = self.gallery.app.settings
        return self.pages.page(
            "studio-month.html",
            shelf,
            version=version,
            status=status,
            month=month,
            wish=wish,
            visit=visit,
            print=self._print(visit, wish),
            menu=_menu(visit),
            languages=publishing.languages_there_are(settings),
            offers=await run_in_threadpool(offers, settings, month),
            said=remarks(said, settings),
        )

    async def document(self, request: Request) -> Response:
        """Serve one edition in one of its forms, for the frame."""
        month, code = month_of(request), request.path_params["edition"]
        form, wish = request.path_params["form"], Wish.read(request.query_params)
        view = await run_in_threadpool(self.gallery.look, month, code, wish.language)
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
        detail = getattr(error, "detail", _NO_REASON)
        apology = "There is no such page." if detail == _NO_REASON else detail
        shelf = await run_in_threadpool(self.gallery.shelf)
        return self.pages.page("studio-month.html", shelf, status=404, apology=apology)

    def _wish(self, request: Request) -> Wish:
        """Return what is asked for; a language that would be shown unasked needs no asking."""
        wish, usual = Wish.read(request.query_params), self.gallery.app.settings.newsletter.language
        needless = wish.reader != LISTED and wish.language == usual
        return replace(wish, language="") if needless else wish

    def _document(self, picture: Picture, form: str, person: Person, wish: Wish) -> str:
        if form == "inbox":
            row, at = picture.row, picture.at
            return self.pages.sheet("studio-inbox.html", row=row, at=at, screen=wish.screen)
        document = picture.document(form, person, wish.eyes)
        if form != "letter":
            title, lines = FORMS[form], document.splitlines()
            return self.pages.sheet("studio-text.html", title=title, lines=lines, form=form)
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


def _menu(visit: Visit) -> object:
    picture = visit.view.picture
    return menu(picture.choices, picture.count) if picture else {}


async def _after(first: str, rest: AsyncIterator[str]) -> AsyncIterator[str]:
    yield first
    async for one in rest:
        yield one


def month_of(request: Request) -> Month:
    """Return the month in an address; a 404 for what is none."""
    try:
        return Month.parse(request.path_params["month"])
    except ValueError:
        raise HTTPException(404) from None
