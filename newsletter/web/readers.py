"""Whose link it is."""

from starlette.exceptions import HTTPException
from starlette.requests import Request

from newsletter.errors import TokenError, UnknownSubscriber
from newsletter.message import INERT
from newsletter.post.ask import opened
from newsletter.store.engine import reading
from newsletter.web.pages import Pages
from subscribers import store
from subscribers.errands import Errand
from subscribers.model import State, Subscriber
from subscribers.tokens import Purpose


class OfATest(HTTPException):
    """The link stands in a mail that was sent as a test: it is nobody's, and that's no fault."""

    def __init__(self) -> None:
        super().__init__(404)


def reader_of(pages: Pages, request: Request, purpose: Purpose) -> Subscriber:
    """Return the reader of a link that is good for ever.

    Raises HTTPException: 404 for what is not ours, 410 where the reader was erased.
    """
    token = request.path_params["token"]
    if token == INERT.decode():
        raise OfATest
    try:
        number = pages.app.tokens.read(purpose, token)
        with reading(pages.app.engine) as connection:
            reader = store.get(connection, number)
    except (TokenError, UnknownSubscriber):
        raise HTTPException(404) from None
    if reader.state is State.ERASED:
        raise HTTPException(410)
    return reader


def errand_of(pages: Pages, request: Request, purpose: Purpose) -> tuple[Errand, Subscriber]:
    """Return the errand of a link from a mail, and its reader.

    Raises HTTPException: 404 for what is not ours, 410 for a link that is over.
    """
    office = pages.app.office
    try:
        with reading(pages.app.engine) as connection:
            one = opened(office, connection, purpose, request.path_params["token"])
            if one is None or one.subscriber_id is None:
                raise HTTPException(410)
            return one, store.get(connection, one.subscriber_id)
    except TokenError:
        raise HTTPException(404) from None
