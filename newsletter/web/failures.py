"""What a person sees when something goes wrong, and what the log learns of it."""

import traceback

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from newsletter.errors import DatabaseError
from newsletter.languages import marked
from newsletter.web.access import page_of
from newsletter.web.guards import Guard
from newsletter.web.pages import Pages
from newsletter.web.readers import OfATest

log = structlog.get_logger()

_WORDS = {
    400: (
        marked("This can’t be read"),
        marked("Something in the address or the form is not as it should be."),
    ),
    403: (
        marked("This came from another site"),
        marked("Forms are taken from our own pages only. Open the page here, and try again."),
    ),
    404: (
        marked("There is no such page"),
        marked("If you followed a link from a mail, use the whole link: some programs cut it off."),
    ),
    405: (
        marked("This can’t be done here"),
        marked("The page is there, but not for this."),
    ),
    410: (
        marked("This link is over"),
        marked("It was used, or it is too old. Ask for a new one, or subscribe again."),
    ),
    503: (
        marked("One moment, please"),
        marked("We can’t reach our records just now. Nothing was changed; try again in a minute."),
    ),
    500: (
        marked("Something went wrong"),
        marked("The fault is ours and has been noted. Nothing about you is shown to anybody."),
    ),
}

_OF_A_TEST = (
    marked("This link is from a test"),
    marked("So it does nothing. In the mails that readers get, each link is their own, and works."),
)


class Failures(Guard):
    """Turns what a page failed with into a page; innermost, so that every guard sees the answer."""

    def __init__(self, app: ASGIApp, pages: Pages) -> None:
        super().__init__(app)
        self._pages = pages

    async def guard(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the application does, or with a page that says what went wrong."""
        begun = False

        async def send_and_note(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self.app(scope, receive, send_and_note)
        except Exception as error:
            note(scope, error)
            if begun:  # too late for another answer: break the connection off
                raise RuntimeError("a page broke off") from None
            status = 503 if isinstance(error, DatabaseError) else 500
            answer = await run_in_threadpool(failed, self._pages, Request(scope), status)
            await answer(scope, receive, send)


def refused(pages: Pages, request: Request, error: Exception) -> Response:
    """Answer what a route, or its absence, refuses."""
    status = error.status_code if isinstance(error, HTTPException) else 400
    headers = getattr(error, "headers", None) or {}
    if isinstance(error, OfATest):
        answer = _shown(pages, request, status, _OF_A_TEST)
    else:
        answer = failed(pages, request, status)
    answer.headers.update(headers)
    return answer


def failed(pages: Pages, request: Request, status: int) -> Response:
    """Return the page for a status."""
    words = _WORDS.get(status, _WORDS[400 if status < 500 else 500])
    answer = _shown(pages, request, status, words)
    if status == 503:
        answer.headers["Retry-After"] = "60"
    return answer


def _shown(pages: Pages, request: Request, status: int, what: tuple[str, str]) -> Response:
    title, words = what
    return pages.show(request, "failure.html", status=status, title=title, words=words)


def note(scope: Scope, error: Exception) -> None:
    """Write down what failed and where; not its words, which may hold a reader's."""
    if isinstance(error, DatabaseError):
        log.error("a page could not be made", page=page_of(scope), error=error.message)
        return
    frames = traceback.extract_tb(error.__traceback__)
    places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    log.error("a page failed", page=page_of(scope), error=type(error).__name__, at=places)
