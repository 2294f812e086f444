"""The editor's preview: every edition of every month, kept up with the files. Loopback only."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import (
    HTMLResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from watchfiles import awatch

from newsletter.bootstrap import App
from newsletter.errors import ContentError, NewsletterError
from newsletter.model import Month
from newsletter.studio.gallery import Gallery, Picture

HOST = "127.0.0.1"
_POLICY = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; script-src 'self'; img-src 'self' data:;"
    " connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'self'"
)


@dataclass(frozen=True)
class Studio:
    """The pages, over one application and the templates they are made from."""

    app: App
    gallery: Gallery
    pages: Environment

    async def index(self, request: Request) -> Response:
        """Go to the newest month."""
        months = self.gallery.months()
        if not months:
            return self._page(months, None, None, "No months yet", "make one: newsletter new")
        return RedirectResponse(f"/{months[-1]}")

    async def month(self, request: Request) -> Response:
        """Show a month: its findings, and one edition of it in a frame."""
        month = _month(request)
        months = self.gallery.months()
        try:
            picture = await run_in_threadpool(self.gallery.picture, month)
        except NewsletterError as error:
            return self._page(months, month, None, error.message, error.hint, error)
        chosen = _number(request.query_params.get("edition", "0"), len(picture.editions))
        return self._page(months, month, picture, chosen=chosen)

    async def edition(self, request: Request) -> Response:
        """Serve one edition as `html`, `text` or `mjml`."""
        picture = await run_in_threadpool(self.gallery.picture, _month(request))
        number = _number(request.path_params["number"], len(picture.editions))
        document = picture.documents(number)[request.path_params["form"]]
        kind = HTMLResponse if request.path_params["form"] == "html" else PlainTextResponse
        return kind(document)

    async def changes(self, request: Request) -> Response:
        """Tell the page, as server-sent events, when a file has changed."""
        return StreamingResponse(self._events(), media_type="text/event-stream")

    async def _events(self) -> AsyncIterator[str]:
        yield "retry: 500\n\n"
        async for _ in awatch(*self.gallery.folders(), step=50, debounce=200):
            self.gallery.forget()
            yield "data: changed\n\n"

    def _page(
        self,
        months: tuple[Month, ...],
        month: Month | None,
        picture: Picture | None,
        problem: str = "",
        hint: str = "",
        error: NewsletterError | None = None,
        chosen: int = 0,
    ) -> Response:
        findings = error.findings if isinstance(error, ContentError) else ()
        html = self.pages.get_template("studio.html").render(
            name=self.app.settings.newsletter.name,
            months=tuple(reversed(months)),
            month=month,
            picture=picture,
            chosen=chosen,
            problem=problem,
            hint=hint,
            findings=picture.findings if picture else findings,
            stamp=datetime.now(UTC).timestamp(),
        )
        return HTMLResponse(html, headers={"Content-Security-Policy": _POLICY})


def _month(request: Request) -> Month:
    return Month.parse(request.path_params["month"])


def _number(text: str, count: int) -> int:
    number = int(text) if text.isascii() and text.isdigit() else 0
    return number if number < count else 0


async def _not_a_month(_request: Request, _error: Exception) -> Response:
    return PlainTextResponse("There is no such page.\n", status_code=404)


def build(app: App, templates: Path) -> Starlette:
    """Return the studio as a web application; `templates` holds `studio.html` and its files."""
    pages = Environment(
        loader=FileSystemLoader(templates), autoescape=True, undefined=StrictUndefined
    )
    studio = Studio(app, Gallery(app), pages)
    return Starlette(
        routes=[
            Route("/", studio.index),
            Route("/changes", studio.changes),
            Mount("/static", StaticFiles(directory=templates / "static")),
            Route("/{month}", studio.month),
            Route("/{month}/{number}/{form}", studio.edition),
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=[HOST, "localhost"])],
        exception_handlers={ValueError: _not_a_month, KeyError: _not_a_month},
    )
