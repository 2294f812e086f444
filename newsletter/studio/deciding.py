"""The studio's approval: a page to look at, then frozen as `newsletter approve` does."""

from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from newsletter import publishing
from newsletter.bootstrap import App
from newsletter.errors import NewsletterError
from newsletter.model import Month
from newsletter.studio.deeds import Deeds
from newsletter.studio.fields import fields_of
from newsletter.studio.gallery import Gallery
from newsletter.studio.looking import month_of
from newsletter.studio.outcome import Outcome
from newsletter.studio.pages import Pages
from newsletter.studio.review import Act, Review, review
from newsletter.studio.visit import Visits
from newsletter.studio.watch import Watch
from newsletter.studio.wish import Wish

_PATIENCE = 30.0
"""Seconds to wait for the checks: nobody decides without them."""


@dataclass(frozen=True)
class Deciding:
    """The page that shows what would be frozen, and the freezing."""

    gallery: Gallery
    visits: Visits
    watch: Watch
    pages: Pages
    deeds: Deeds[Outcome]

    async def review(self, request: Request) -> Response:
        """Show what would be frozen now; say what came of the last time, where there was one."""
        month = month_of(request)
        shelf = await run_in_threadpool(self.gallery.shelf)
        if month not in shelf.months:
            raise HTTPException(404, f"There is no month {month}.")
        version = self.watch.version
        found = await run_in_threadpool(_review, self.gallery.app, month)
        await run_in_threadpool(self.visits.filtered, month, _PATIENCE)
        visit = await run_in_threadpool(self.visits.visit, month, Wish(), _PATIENCE)
        return self.pages.page(
            "studio-approve.html",
            shelf,
            version=version,
            month=month,
            visit=visit,
            review=found if isinstance(found, Review) else None,
            trouble=found if isinstance(found, Outcome) else None,
            outcome=self.deeds.result(request.query_params.get("done", "")),
            ticket=self.deeds.ticket(f"approve/{month}"),
        )

    async def approve(self, request: Request) -> Response:
        """Freeze what was looked at, once for each form; then lead to what came of it."""
        month, given = month_of(request), await fields_of(request)
        ticket, seen = given.get("ticket", ""), given.get("seen", "")
        if not self.deeds.is_ours(ticket, f"approve/{month}") or not seen:
            raise HTTPException(403)
        app, note = self.gallery.app, given.get("note", "")
        correction = given.get("act") == Act.CORRECTION
        work = _correct if correction else _approve
        await self.deeds.once(ticket, lambda: work(app, month, seen, note))
        self.watch.tell()
        return RedirectResponse(f"/{month}/approve?done={ticket}", 303)


def _review(app: App, month: Month) -> Review | Outcome:
    try:
        return review(app, month)
    except NewsletterError as error:
        return Outcome.of(error)


def _approve(app: App, month: Month, seen: str, _note: str) -> Outcome:
    parts = (app.settings, app.engine, app.renderer, month, app.clock.now())
    try:
        publishing.freeze(*parts, seen=seen)
    except NewsletterError as error:
        return Outcome.of(error)
    return Outcome(True, f"{month} is frozen and approved.")


def _correct(app: App, month: Month, seen: str, note: str) -> Outcome:
    parts = (app.settings, app.engine, app.renderer, month, app.clock.now())
    try:
        number = publishing.freeze_again(*parts, note, seen=seen)
    except NewsletterError as error:
        return Outcome.of(error)
    return Outcome(True, f"Revision {number} of {month} is frozen.")
