"""The public pages as one application: its routes, and the guards before them."""

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from newsletter.bootstrap import App
from newsletter.web import (
    confirm,
    data,
    failures,
    guards,
    preferences,
    subscribe,
    unsubscribe,
)
from newsletter.web.access import Access
from newsletter.web.archive import routes as archive
from newsletter.web.pages import Pages


def routes(pages: Pages) -> list[BaseRoute]:
    """Return the route of every page."""
    subjects = (subscribe, confirm, preferences, unsubscribe, data, archive)
    own = [route for subject in subjects for route in subject.routes(pages)]
    return [*own, Route("/static/{name}", pages.assets.serve)]


def site(app: App) -> Starlette:
    """Return the pages of one site, guarded. Raises ConfigError for settings they can't use."""
    pages = Pages(app)
    settings = app.settings
    trusted = list(settings.web.trusted_proxies)

    def refuse(request: Request, error: Exception) -> Response:
        return failures.refused(pages, request, error)

    made = Starlette(
        routes=routes(pages),
        middleware=[
            Middleware(ProxyHeadersMiddleware, trusted_hosts=trusted),
            Middleware(Access),
            Middleware(guards.Answers, settings=settings),
            Middleware(guards.Hosts, settings=settings),
            Middleware(guards.Prefix, settings=settings),
            Middleware(guards.Bodies),
            Middleware(failures.Failures, pages=pages),
        ],
        exception_handlers={HTTPException: refuse},
    )
    made.router.redirect_slashes = False  # an address that isn't ours is none
    return made


def mounted(app: App) -> Sequence[BaseRoute]:
    """Return the pages as the service takes them, behind its own few routes."""
    return [Mount("/", site(app))]
