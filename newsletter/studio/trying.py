"""The studio's test letters: asked for on a page, sent as `newsletter test-send` does."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from newsletter import publishing
from newsletter.bootstrap import App
from newsletter.errors import AddressError, NewsletterError
from newsletter.model import Month
from newsletter.sending.trial import outcome
from newsletter.studio.deeds import Deeds
from newsletter.studio.editions import menu
from newsletter.studio.fields import fields_of
from newsletter.studio.gallery import Gallery
from newsletter.studio.looking import month_of
from newsletter.studio.outcome import Outcome
from newsletter.studio.pages import Pages
from newsletter.studio.visit import Visits
from newsletter.studio.wish import Wish
from subscribers.address import parse

_MOST = 20
"""Addresses of one test: it is for editors' own inboxes."""


@dataclass(frozen=True)
class Trying:
    """The page that asks which edition goes to whom, and the sending."""

    gallery: Gallery
    visits: Visits
    pages: Pages
    deeds: Deeds[Outcome]

    async def ask(self, request: Request) -> Response:
        """Ask for the addresses; say what came of the last test, where there was one."""
        outcome = self.deeds.result(request.query_params.get("done", ""))
        return await self._page(request, Wish.read(request.query_params), outcome=outcome)

    async def send(self, request: Request) -> Response:
        """Send a test, once for each form; then lead to what came of it."""
        month, given = month_of(request), await fields_of(request)
        wish, ticket = Wish.read(given), given.get("ticket", "")
        if not self.deeds.is_ours(ticket, f"test/{month}"):
            raise HTTPException(403)
        try:
            addresses = addresses_in(given.get("addresses", ""))
        except AddressError as error:
            bad, typed = Outcome.of(error), given.get("addresses", "")
            return await self._page(request, wish, outcome=bad, addresses=typed, status=422)
        app = self.gallery.app
        person, code, language, _ = await run_in_threadpool(self.visits.who, month, wish)
        wanted = (month, code, language)
        await self.deeds.once(ticket, lambda: _send(app, wanted, addresses, person.name))
        query = wish.query() or "?"
        return RedirectResponse(f"/{month}/test{query}&done={ticket}", 303)

    async def _page(self, request: Request, wish: Wish, **said: Any) -> Response:
        month = month_of(request)
        shelf = await run_in_threadpool(self.gallery.shelf)
        visit = await run_in_threadpool(self.visits.visit, month, wish)
        if month not in shelf.months:
            raise HTTPException(404, f"There is no month {month}.")
        settings, picture = self.gallery.app.settings, visit.view.picture
        usual: dict[str, Any] = {
            "addresses": "\n".join(settings.alerts.editors),
            "backend": settings.delivery.backend,
            "languages": publishing.languages_there_are(settings),
            "menu": menu(picture.choices, picture.count) if picture else {},
            "month": month,
            "outcome": None,
            "ticket": self.deeds.ticket(f"test/{month}"),
            "visit": visit,
            "wish": wish,
        }
        return self.pages.page("studio-test.html", shelf, **(usual | said))


def addresses_in(text: str) -> list[str]:
    """Return the addresses in a text, each once. Raises AddressError for what is none."""
    words = [word for word in re.split(r"[\s,;]+", text) if word]
    if not words:
        raise AddressError("there is no address", hint="write one a line")
    if len(words) > _MOST:
        raise AddressError(f"that are more than {_MOST} addresses", hint="send to fewer at a time")
    return list(dict.fromkeys(parse(word).email for word in words))


def _send(app: App, wanted: tuple[Month, str, str], addresses: Sequence[str], name: str) -> Outcome:
    """Send the edition that is wanted: its month, code and language."""
    rows: list[tuple[str, str, str]] = []
    try:
        edition = publishing.edition_called(app.settings, app.renderer, *wanted)
        for address, receipt in app.send_test(edition, wanted[0], addresses, name):
            rows.append((address, outcome(receipt), receipt.words))
    except NewsletterError as error:
        return Outcome.of(error).after(tuple(rows))
    good = sum(word == "sent" for _, word, _ in rows)
    message = f"{good} of {len(addresses)} sent"
    return Outcome(good == len(addresses), message).after(tuple(rows))
