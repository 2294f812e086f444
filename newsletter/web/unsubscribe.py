"""`/unsubscribe/…`: a page with one button; a POST acts at once (RFC 8058), whatever its body is.

A mail program posts to the link itself and is answered 200; the page's own buttons have addresses
of their own, and lead to a page that says what was done. The link is good for leaving, and for what
is less than that: a pause, fewer topics, coming back. It shows nothing of what a reader has chosen.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

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

_NOTHING = marked("No topic was ticked: nothing has changed.")

Change = Callable[[Pages, Request, Subscriber, Form], str]


def routes(pages: Pages) -> Sequence[BaseRoute]:
    """Return the routes of this subject."""

    def page(request: Request) -> Response:
        return _page(pages, request)

    def one_click(request: Request) -> Response:
        return _one_click(pages, request)

    def leave(request: Request) -> Response:
        return _leave(pages, request)

    def doing(change: Change) -> Callable[[Request], Response]:
        return lambda request: _done(pages, request, change)

    path = "/unsubscribe/{token}"
    return [
        Route(path, page),
        Route(path, one_click, methods=["POST"]),
        Route(f"{path}/leave", leave, methods=["POST"]),
        Route(f"{path}/back", doing(_back), methods=["POST"]),
        Route(f"{path}/pause", doing(_pause), methods=["POST"]),
        Route(f"{path}/topics", doing(_topics), methods=["POST"]),
    ]


def _page(pages: Pages, request: Request) -> Response:
    """Show the button, or what was done a moment ago; who has left sees how to come back."""
    reader = reader_of(pages, request, Purpose.UNSUBSCRIBE)
    done = request.query_params.get("done", "")
    until = reader.paused_until
    return pages.show(
        request,
        _template(reader, done, pages.app.clock.now()),
        language=reader.preferences.language,
        reader=reader,
        notice=_NOTHING if done == "nothing" else "",
        groups=topic_groups(pages),
        months=range(1, MONTHS + 1),
        paused_until=until.astimezone(pages.app.settings.zone) if until else None,
        **_ways(pages, request, reader),
    )


def _template(reader: Subscriber, done: str, now: datetime) -> str:
    """Return what fits how a reader stands: an address that was kept says nothing untrue."""
    if reader.state is State.UNSUBSCRIBED:
        return "left.html"
    if done == "back" and reader.state is State.ACTIVE and not reader.suppressed:
        return "welcome.html"
    if done == "paused" and reader.paused_until and reader.paused_until > now:
        return "paused.html"
    if done == "fewer" and reader.preferences.mode is Mode.ONLY:
        return "fewer.html"
    return "unsubscribe.html"


def _one_click(pages: Pages, request: Request) -> Response:
    """Act for a mail program (RFC 8058, 3.2): no page of ours is asked first, and none after."""
    clicked = b"One-Click" in guards.body(request)
    reader = _take_off(
        pages, request, "one-click link in a mail" if clicked else "posted to the link in a mail"
    )
    return pages.show(
        request,
        "left.html",
        language=reader.preferences.language,
        reader=reader,
        **_ways(pages, request, reader),
    )


def _leave(pages: Pages, request: Request) -> Response:
    """Act for the page's button, wherever it was pressed."""
    _take_off(pages, request, "button on the web page")
    return pages.lead(request, _path(request))


def _take_off(pages: Pages, request: Request, how: str) -> Subscriber:
    """Take a reader off the list, a second time too; return them."""
    reader = reader_of(pages, request, Purpose.UNSUBSCRIBE)
    with writing(pages.app.engine) as connection:
        store.unsubscribe(connection, reader.id, Evidence(how), pages.app.clock.now())
    return reader


def _done(pages: Pages, request: Request, change: Change) -> Response:
    """Do something else than leave, then lead to the page that says so."""
    reader = reader_of(pages, request, Purpose.UNSUBSCRIBE)
    form = posted(pages, request)
    done = change(pages, request, reader, form)
    return pages.lead(request, _path(request), done=done)


def _back(pages: Pages, request: Request, reader: Subscriber, _form: Form) -> str:
    """Take the leaving back: it is in the history, and so is this, with what was agreed to."""
    evidence = Evidence("web page, leaving taken back", _wording(pages, request, reader))
    with writing(pages.app.engine) as connection:
        if reader.state is not State.ACTIVE:
            joining.come_back(connection, reader, evidence, pages.app.clock.now())
    return "back"


def _pause(pages: Pages, _request: Request, reader: Subscriber, form: Form) -> str:
    text = form.one("months")
    months = int(text) if text.isascii() and text.isdigit() and len(text) <= 2 else 1
    until = months_later(pages.app.clock.now(), max(1, min(months, MONTHS)))
    with writing(pages.app.engine) as connection:
        store.pause(connection, reader.id, until)
    return "paused"


def _topics(pages: Pages, _request: Request, reader: Subscriber, form: Form) -> str:
    topics = form.topics(taxonomy_of(pages.app.settings.content.root))
    if not topics:
        return "nothing"
    with writing(pages.app.engine) as connection:
        store.set_topics(connection, reader.id, topics)
        store.set_mode(connection, reader.id, Mode.ONLY)
    return "fewer"


def _wording(pages: Pages, request: Request, reader: Subscriber) -> str:
    language = pages.place(request, reader.preferences.language).language
    return language.gettext(BACK, newsletter=pages.app.settings.newsletter.name)


def _path(request: Request) -> str:
    return f"/unsubscribe/{request.path_params['token']}"


def _ways(pages: Pages, request: Request, reader: Subscriber) -> Mapping[str, Any]:
    """Return where one can go from here; `undo` is empty for an address that may not be mailed."""
    here = _path(request)
    undo = "" if reader.suppressed else f"{here}/back"
    return {"here_path": here, "undo": undo, "wording": _wording(pages, request, reader)}
