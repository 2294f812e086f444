"""`/data/…`: what we hold of a reader. Its link comes by mail and works for two hours."""

import json
from collections.abc import Sequence

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from newsletter import reporting
from newsletter.languages import marked
from newsletter.post import act, ask
from newsletter.store.engine import reading
from newsletter.web.forms import posted
from newsletter.web.pages import PRIVATE, Pages
from newsletter.web.readers import errand_of
from subscribers.address import examine
from subscribers.model import State
from subscribers.tokens import Purpose

_WRONG_ADDRESS = marked("Please write the new address in full, like anna@example.org.")
_SAME = marked("This is the address we have.")
_ENOUGH = marked("You have changed it several times today. Please wait a day.")


def routes(pages: Pages) -> Sequence[BaseRoute]:
    """Return the routes of this subject."""

    def page(request: Request) -> Response:
        return _page(pages, request)

    def download(request: Request) -> Response:
        return _download(pages, request)

    def move(request: Request) -> Response:
        return _move(pages, request)

    def erase(request: Request) -> Response:
        return _erase(pages, request)

    def erased(request: Request) -> Response:
        return pages.show(request, "erased.html")

    path, post = "/data/{token}", ["POST"]
    return [
        Route(path, page),
        Route(f"{path}/download", download, methods=post),
        Route(f"{path}/move", move, methods=post),
        Route(f"{path}/erase", erase, methods=post),
        Route("/erased", erased),
    ]


def _page(
    pages: Pages, request: Request, *, status: int = 200, problem: str = "", given: str = ""
) -> Response:
    one, reader = errand_of(pages, request, Purpose.DATA)
    return pages.show(
        request,
        "data.html",
        status=status,
        language=one.language,
        reader=reader,
        on_list=reader.state is State.ACTIVE,
        here_path=f"/data/{request.path_params['token']}",
        problem=problem,
        given=given,
    )


def _download(pages: Pages, request: Request) -> Response:
    _, reader = errand_of(pages, request, Purpose.DATA)
    posted(pages, request)
    with reading(pages.app.engine) as connection:
        document = reporting.dossier(connection, reader)
    text = json.dumps(document, ensure_ascii=False, indent=2, default=str)
    headers = {**PRIVATE, "Content-Disposition": 'attachment; filename="my-data.json"'}
    return Response(text.encode(), headers=headers, media_type="application/json")


def _move(pages: Pages, request: Request) -> Response:
    one, reader = errand_of(pages, request, Purpose.DATA)
    given = posted(pages, request).one("email")
    address = examine(given)
    if isinstance(address, str):
        return _page(pages, request, status=422, problem=_WRONG_ADDRESS, given=given)
    if address.email == reader.email:
        return _page(pages, request, status=422, problem=_SAME, given=given)
    if not ask.move(pages.app.office, reader, address, one.language):
        return _page(pages, request, status=429, problem=_ENOUGH, given=given)
    return pages.show(request, "asked.html", language=one.language, email=address.email)


def _erase(pages: Pages, request: Request) -> Response:
    one, _ = errand_of(pages, request, Purpose.DATA)
    posted(pages, request)
    if not act.erase(pages.app.office, request.path_params["token"]):
        raise HTTPException(410)
    return pages.lead(request, "/erased", lang=one.language)
