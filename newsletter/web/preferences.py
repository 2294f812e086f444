"""`/preferences/…`: topics, mode, name, language, a pause; and the link to one's data."""

from collections.abc import Callable, Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from newsletter.content.taxonomy import taxonomy_of
from newsletter.languages import marked
from newsletter.post import ask
from newsletter.store.engine import writing
from newsletter.web.forms import Form, posted, topic_groups
from newsletter.web.pages import Pages
from newsletter.web.readers import reader_of
from subscribers import store
from subscribers.model import Mode, State, Subscriber
from subscribers.preferences import months_later
from subscribers.tokens import Purpose

MONTHS = 12
"""The longest pause."""

_NOTICES = {
    "saved": marked("Saved. It takes effect with the next mail."),
    "paused": marked("Paused. Nothing is sent to you until then."),
    "resumed": marked("It goes on with the next mail."),
    "asked": marked("We have written to you: the link is in the mail, and works for two hours."),
    "barred": marked("We can’t write to this address at present, so there is no link."),
    "enough": marked("You had this link several times today. Please use the last, or wait a day."),
}

Change = Callable[[Pages, Subscriber, Form], str]


def routes(pages: Pages) -> Sequence[BaseRoute]:
    """Return the routes of this subject."""

    def page(request: Request) -> Response:
        return _page(pages, request)

    def changing(change: Change) -> Callable[[Request], Response]:
        return lambda request: _changed(pages, request, change)

    path = "/preferences/{token}"
    return [
        Route(path, page),
        Route(path, changing(_save), methods=["POST"]),
        Route(f"{path}/pause", changing(_pause), methods=["POST"]),
        Route(f"{path}/data", changing(_data), methods=["POST"]),
    ]


def _page(pages: Pages, request: Request) -> Response:
    reader = reader_of(pages, request, Purpose.PREFERENCES)
    now = pages.app.clock.now()
    until = reader.paused_until
    return pages.show(
        request,
        "preferences.html",
        language=reader.preferences.language,
        reader=reader,
        here_path=f"/preferences/{request.path_params['token']}",
        notice=_NOTICES.get(request.query_params.get("done", ""), ""),
        groups=topic_groups(pages),
        chosen=reader.preferences.topics,
        mode=reader.preferences.mode.value,
        months=range(1, MONTHS + 1),
        paused_until=until.astimezone(pages.app.settings.zone) if until and until > now else None,
        on_list=reader.state is State.ACTIVE,
        unsubscribe=pages.app.office.links.unsubscribe(reader.id)[0],
    )


def _changed(pages: Pages, request: Request, change: Change) -> Response:
    """Change something, then lead to the page again."""
    reader = reader_of(pages, request, Purpose.PREFERENCES)
    done = change(pages, reader, posted(pages, request))
    page = f"/preferences/{request.path_params['token']}"
    return pages.lead(request, f"{page}#notice", done=done)


def _save(pages: Pages, reader: Subscriber, form: Form) -> str:
    topics = form.topics(taxonomy_of(pages.app.settings.content.root))
    mode = form.mode() if topics else Mode.HIGHLIGHTS
    language = form.one("language")
    with writing(pages.app.engine) as connection:
        store.set_topics(connection, reader.id, topics)
        store.set_mode(connection, reader.id, mode)
        store.set_name(connection, reader.id, form.one("name"))
        if pages.app.languages.knows(language):
            store.set_language(connection, reader.id, language)
    return "saved"


def _pause(pages: Pages, reader: Subscriber, form: Form) -> str:
    months = _number(form.one("months"))
    until = months_later(pages.app.clock.now(), months) if months else None
    with writing(pages.app.engine) as connection:
        store.pause(connection, reader.id, until)
    return "paused" if months else "resumed"


def _number(text: str) -> int:
    """Return how many months; 0 ends a pause, and so does what is no number of ours."""
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= 2 else 0
    return min(number, MONTHS)


def _data(pages: Pages, reader: Subscriber, _form: Form) -> str:
    if reader.suppressed:
        return "barred"
    sent = ask.data_link(pages.app.office, reader, reader.preferences.language)
    return "asked" if sent else "enough"
