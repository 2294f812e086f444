"""`/`: the form that puts people on the list, and what is said when it was sent.

The answer is the same whoever's the address is; see `newsletter.post`.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from newsletter.content.taxonomy import taxonomy_of
from newsletter.errors import TokenError
from newsletter.languages import Language, marked
from newsletter.post import ask
from newsletter.web.forms import Form, posted, topic_groups
from newsletter.web.pages import Pages
from subscribers.address import Address, examine
from subscribers.model import Mode
from subscribers.tokens import Purpose

WORDING = marked(
    "Please send me %(newsletter)s by email, about once a month. My address is used for nothing"
    " else and given to nobody. I can leave at any time, with one click in every mail."
)
"""What a reader agrees to; kept with their consent, in the language they saw."""

HONEYPOT = "website"
"""A field that people don't see, and that programs like to fill."""
TOO_FAST = timedelta(seconds=2)
TOO_LONG = timedelta(days=1)
"""How old a form may be when it is sent."""

_OPEN = {"Cache-Control": "no-cache", "Vary": "Accept-Language"}

_WRONG_ADDRESS = marked("Please write your email address in full, like anna@example.org.")
_AGAIN = marked("Please look through it and press the button once more.")
_BUSY = marked("There are more sign-ups just now than we can take. Please try again in an hour.")


def routes(pages: Pages) -> Sequence[BaseRoute]:
    """Return the routes of this subject."""

    def form(request: Request) -> Response:
        return _form(pages, request)

    def subscribe(request: Request) -> Response:
        return _subscribe(pages, request, posted(pages, request))

    def to_form(request: Request) -> Response:
        return pages.lead(request, "/")

    return [
        Route("/", form),
        Route("/subscribe", subscribe, methods=["POST"]),
        Route("/subscribe", to_form),  # whoever comes back to the address of the answer
    ]


def wording(pages: Pages, language: Language) -> str:
    """Return what a reader agrees to."""
    return language.gettext(WORDING, newsletter=pages.app.settings.newsletter.name)


def _form(
    pages: Pages,
    request: Request,
    given: Form | None = None,
    *,
    status: int = 200,
    problem: str = "",
    wrong: str = "",
) -> Response:
    """Show the form, with what was filled in and what is wrong with it."""
    here, now = pages.place(request), pages.app.clock.now()
    return pages.show(
        request,
        "subscribe.html",
        status=status,
        headers=_OPEN,
        groups=topic_groups(pages),
        wording=wording(pages, here.language),
        stamp=pages.app.tokens.make(Purpose.FORM, int(now.timestamp())),
        honeypot=HONEYPOT,
        problem=problem,
        wrong=wrong,
        **_given(given),
    )


def _given(form: Form | None) -> Mapping[str, Any]:
    form = form or Form({})
    return {
        "email": form.one("email"),
        "name": form.one("name"),
        "chosen": set(form.many("topic")),
        "mode": form.mode().value,
    }


def _subscribe(pages: Pages, request: Request, form: Form) -> Response:
    if form.one(HONEYPOT):
        return _sent(pages, request, form)
    address = examine(form.one("email"))
    if isinstance(address, str):
        return _form(pages, request, form, status=422, problem=_WRONG_ADDRESS, wrong="email")
    if not _in_time(pages, form):
        return _form(pages, request, form, status=422, problem=_AGAIN)
    visitor = request.client.host if request.client else ""
    if not ask.sign_up(pages.app.office, _sign_up(pages, request, form, address), visitor):
        answer = _form(pages, request, form, status=429, problem=_BUSY)
        answer.headers["Retry-After"] = "3600"
        return answer
    return _sent(pages, request, form)


def _sign_up(pages: Pages, request: Request, form: Form, address: Address) -> ask.SignUp:
    spoken = pages.place(request).language
    language = pages.app.languages.get(form.one("language") or spoken.code)
    topics = form.topics(taxonomy_of(pages.app.settings.content.root))
    mode = form.mode() if topics else Mode.HIGHLIGHTS
    return ask.SignUp(
        address, form.one("name"), topics, mode, language.code, wording(pages, language)
    )


def _in_time(pages: Pages, form: Form) -> bool:
    """Tell whether a person can have filled it in since it was shown, and lately."""
    try:
        seconds = pages.app.tokens.read(Purpose.FORM, form.one("stamp"))
        shown = datetime.fromtimestamp(seconds, UTC)
    except (TokenError, ValueError, OverflowError, OSError):
        return False
    return TOO_FAST <= pages.app.clock.now() - shown <= TOO_LONG


def _sent(pages: Pages, request: Request, form: Form) -> Response:
    return pages.show(request, "sent.html", email=form.one("email"))
