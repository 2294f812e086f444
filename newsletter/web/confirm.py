"""`/confirm/…` and `/move/…`: the pages behind the links that ask whether an address is yours."""

from collections.abc import Sequence

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from newsletter.content.taxonomy import taxonomy_of
from newsletter.post import act
from newsletter.web.forms import posted
from newsletter.web.pages import Pages
from newsletter.web.readers import errand_of
from subscribers.joining import wished
from subscribers.model import State
from subscribers.tokens import Purpose


def routes(pages: Pages) -> Sequence[BaseRoute]:
    """Return the routes of this subject."""

    def confirm(request: Request) -> Response:
        return _confirm(pages, request)

    def move(request: Request) -> Response:
        return _move(pages, request)

    both = ["GET", "POST"]
    return [
        Route("/confirm/{token}", confirm, methods=both),
        Route("/move/{token}", move, methods=both),
    ]


def _confirm(pages: Pages, request: Request) -> Response:
    one, reader = errand_of(pages, request, Purpose.CONFIRM)
    if request.method == "POST":
        posted(pages, request)
        if not act.confirm(pages.app.office, request.path_params["token"]):
            raise HTTPException(410)
        return pages.lead(request, f"/confirm/{request.path_params['token']}")
    if one.done:
        welcome = reader.state is State.ACTIVE and not reader.suppressed
        template = "welcome.html" if welcome else "left.html"
        return pages.show(request, template, language=one.language, reader=reader, undo="")
    _, wanted = wished(one)
    topics = taxonomy_of(pages.app.settings.content.root).topics
    return pages.show(
        request,
        "confirm.html",
        language=one.language,
        email=one.email,
        topics=[topic.name for topic in topics if topic.slug in wanted.topics],
        mode=wanted.mode.value,
    )


def _move(pages: Pages, request: Request) -> Response:
    one, _ = errand_of(pages, request, Purpose.MOVE)
    if request.method == "POST":
        posted(pages, request)
        if act.arrive(pages.app.office, request.path_params["token"]) is None:
            raise HTTPException(410)
        return pages.lead(request, f"/move/{request.path_params['token']}")
    template = "moved.html" if one.done else "move.html"
    return pages.show(request, template, language=one.language, email=one.email)
