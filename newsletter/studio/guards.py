"""What keeps the studio to itself: who may ask, headers, and the frame the mail is shown in."""

import re
from collections.abc import Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PAGE: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:;"
        " connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'self';"
        " frame-ancestors 'none'"
    )
}
"""Of the studio's own pages: its own script and style, nothing from anywhere else."""

SANDBOX = "allow-same-origin allow-popups allow-popups-to-escape-sandbox"
"""What the mail may do: open a link in a window of its own. No script of its own ever runs; the
page around it, of the same origin, keeps its scroll position when it loads anew."""

FRAME: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none';"
        f" form-action 'none'; frame-ancestors 'self'; sandbox {SANDBOX}"
    )
}
"""Of what stands in the frame: no script, no network. It holds outside the frame, too."""

_EVERYWHERE = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
_OUTWARD = re.compile(r"<a (?=[^>]*\bhref=\"(?:https?|mailto):)", re.I)


def links_leave_the_frame(html: str) -> str:
    """Return the mail with its outward links opening in a window of their own."""
    return _OUTWARD.sub('<a target="_blank" rel="noopener noreferrer" ', html)


class OwnPages:
    """Middleware that answers nobody but people and the studio's own pages.

    Whatever may change something names where it comes from (Origin), and so does a page elsewhere
    that fetches; browsers see to that. A link to the studio is followed from anywhere.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request on, or answer 403."""
        if scope["type"] == "http" and _is_foreign(scope["method"], Headers(scope=scope)):
            refusal = PlainTextResponse("This is for the studio's own pages.\n", 403)
            await refusal(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def _is_foreign(method: str, headers: Headers) -> bool:
    origin, site = headers.get("origin"), headers.get("sec-fetch-site", "none")
    if origin is None and method not in ("GET", "HEAD"):
        return True
    if origin is not None and origin != f"http://{headers.get('host')}":
        return True
    fetched = headers.get("sec-fetch-mode", "navigate") != "navigate"
    return fetched and site not in ("none", "same-origin")


class ForAll:
    """Middleware that puts on every answer what no page of another site may do with it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the application does, with the headers added."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_EVERYWHERE)
            await send(message)

        await self.app(scope, receive, send_with_headers)
