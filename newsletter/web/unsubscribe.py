"""`/unsubscribe/…`: a page with one button; a POST acts at once (RFC 8058), whatever its body is.

Its link is good for leaving, and for what is less than that: a pause, fewer topics, coming back.
It shows nothing of what a reader has chosen.
"""

from collections.abc import Callable, Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from newsletter.content.taxonomy import taxonomy_of
from newsletter.languages import marked
from newsletter.store.engine import writing
from newsletter.web import guards
from newsletter.web.forms import Form, posted, topic_groups
from newsletter.web.pages import Pages
from newsletter.web.preferences import MONTHS
from newsletter.web.readers import reader_of
from subscribers import joining, store
from subscribers.consent import Evidence
from subscribers.model import Mode, State, Subscriber
from subscribers.preferences import months_later
from subscribers.tokens import Purpose

BACK = marked("Yes, send me %(newsletter)s by email again, as before.")
"""What a reader agrees to who takes their leaving back; kept with their consent."""

_PAUSED = marked("Paused. Nothing is sent to you until then.")
_FEWER = marked("Saved. From the next mail on you get these topics, and nothing else.")

Change = Callable[[Pages, Subscriber, Form], str]


def routes(pages: Pages) -> Sequence[BaseRoute]:
    """Return the routes of this subject."""

    def page(request: Request) -> Response:
        reader = reader_of(pages, request, Purpose.UNSUBSCRIBE)
        return _page(pages, request, reader)

    def leave(request: Request) -> Response:
        return _leave(pages, request)

    def back(request: Request) -> Response:
        return _back(pages, request)

    def instead(change: Change) -> Callable[[Request], Response]:
        return lambda request: _instead(pages, request, change)

    path = "/unsubscribe/{token}"
    return [
        Route(path, page),
        Route(path, leave, methods=["POST"]),
        Route(f"{path}/back", back, methods=["POST"]),
        Route(f"{path}/pause", instead(_pause), methods=["POST"]),
        Route(f"{path}/topics", instead(_topics), methods=["POST"]),
    ]


def _page(pages: Pages, request: Request, reader: Subscriber, notice: str = "") -> Response:
    on_list = reader.state is not State.UNSUBSCRIBED
    return pages.show(
        request,
        "unsubscribe.html" if on_list else "left.html",
        language=reader.preferences.language,
        reader=reader,
        notice=notice,
        groups=topic_groups(pages),
        months=range(1, MONTHS + 1),
        here_path=_path(request),
        undo=_undo(request, reader),
        wording=_wording(pages, request, reader),
    )


def _leave(pages: Pages, request: Request) -> Response:
    """Act, whoever posts: a mail program, a button, a second time."""
    reader = reader_of(pages, request, Purpose.UNSUBSCRIBE)
    one_click = b"One-Click" in guards.body(request)
    evidence = Evidence("one-click link in a mail" if one_click else "button on the web page")
    with writing(pages.app.engine) as connection:
        store.unsubscribe(connection, reader.id, evidence, pages.app.clock.now())
    return pages.show(
        request,
        "left.html",
        language=reader.preferences.language,
        reader=reader,
        undo=_undo(request, reader),
        wording=_wording(pages, request, reader),
    )


def _back(pages: Pages, request: Request) -> Response:
    """Take the leaving back: it is in the history, and so is this, with what was agreed to."""
    reader = reader_of(pages, request, Purpose.UNSUBSCRIBE)
    posted(pages, request)
    evidence = Evidence("web page, leaving taken back", _wording(pages, request, reader))
    with writing(pages.app.engine) as connection:
        again = reader.state is State.ACTIVE or joining.come_back(
            connection, reader, evidence, pages.app.clock.now()
        )
    return pages.show(
        request,
        "welcome.html" if again else "left.html",
        language=reader.preferences.language,
        reader=reader,
        undo="",
    )


def _instead(pages: Pages, request: Request, change: Change) -> Response:
    reader = reader_of(pages, request, Purpose.UNSUBSCRIBE)
    notice = change(pages, reader, posted(pages, request))
    return _page(pages, request, reader, notice)


def _pause(pages: Pages, reader: Subscriber, form: Form) -> str:
    text = form.one("months")
    months = int(text) if text.isascii() and text.isdigit() and len(text) <= 2 else 1
    until = months_later(pages.app.clock.now(), max(1, min(months, MONTHS)))
    with writing(pages.app.engine) as connection:
        store.pause(connection, reader.id, until)
    return _PAUSED


def _topics(pages: Pages, reader: Subscriber, form: Form) -> str:
    topics = form.topics(taxonomy_of(pages.app.settings.content.root))
    if not topics:
        return ""
    with writing(pages.app.engine) as connection:
        store.set_topics(connection, reader.id, topics)
        store.set_mode(connection, reader.id, Mode.ONLY)
    return _FEWER


def _wording(pages: Pages, request: Request, reader: Subscriber) -> str:
    language = pages.place(request, reader.preferences.language).language
    return language.gettext(BACK, newsletter=pages.app.settings.newsletter.name)


def _path(request: Request) -> str:
    return f"/unsubscribe/{request.path_params['token']}"


def _undo(request: Request, reader: Subscriber) -> str:
    """Return where leaving is taken back; nowhere for an address that may not be mailed."""
    return "" if reader.suppressed else f"{_path(request)}/back"
