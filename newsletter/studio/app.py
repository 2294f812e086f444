"""The studio as a web application; loopback only."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from newsletter.studio import guards
from newsletter.studio.deciding import Deciding
from newsletter.studio.deeds import Deeds
from newsletter.studio.filing import Filing
from newsletter.studio.gallery import Gallery
from newsletter.studio.looking import Looking
from newsletter.studio.pages import Pages, environment
from newsletter.studio.server import HOST
from newsletter.studio.trying import Trying
from newsletter.studio.visit import Visits
from newsletter.studio.watch import Watch


def build(gallery: Gallery, watch: Watch, templates: Path) -> Starlette:
    """Return the studio as a web application; `templates` holds `studio.html` and the rest.

    It watches the files for as long as it is served.
    """
    pages, visits = Pages(environment(templates), watch), Visits(gallery, watch.tell)
    looking = Looking(gallery, visits, watch, pages)
    trying = Trying(gallery, visits, pages, Deeds())
    deciding = Deciding(gallery, visits, watch, pages, Deeds())
    hosts = Middleware(TrustedHostMiddleware, allowed_hosts=[HOST, "localhost"], www_redirect=False)
    return Starlette(
        routes=[
            Route("/", looking.index),
            Route("/changes", looking.changes),
            Mount("/static", StaticFiles(directory=templates / "static")),
            Route("/{month}", looking.month),
            Route("/{month}/topics", Filing(looking).file, methods=["POST"]),
            Route("/{month}/test", trying.ask, methods=["GET"]),
            Route("/{month}/test", trying.send, methods=["POST"]),
            Route("/{month}/approve", deciding.review, methods=["GET"]),
            Route("/{month}/approve", deciding.approve, methods=["POST"]),
            Route("/{month}/{edition}/{form}", looking.document),
        ],
        middleware=[Middleware(guards.ForAll), hosts, Middleware(guards.OwnPages)],
        exception_handlers={404: looking.missing},
        lifespan=lambda _: _watching(watch, visits),
    )


@asynccontextmanager
async def _watching(watch: Watch, visits: Visits) -> AsyncIterator[None]:
    task = asyncio.create_task(watch.run())
    yield
    watch.stop()
    visits.close()
    await task
