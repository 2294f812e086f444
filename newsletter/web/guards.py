"""What stands before the pages: what every answer says, and what is refused unseen.

Plain ASGI, so that a refusal costs nothing and nothing is buffered twice.
"""

import asyncio
from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from newsletter.config import Settings

MOST = 64 * 1024
"""Octets of a form: far more than ours ever have."""
SECONDS = 15.0
"""How long a form may take to arrive."""

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'"
)
_ALWAYS = {
    "Content-Security-Policy": _POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_HSTS = "max-age=31536000"
_BODY = "newsletter.body"


def headers_for(settings: Settings) -> Mapping[str, str]:
    """Return what every answer says to the browser."""
    if urlsplit(settings.newsletter.public_url).scheme == "https":
        return _ALWAYS | {"Strict-Transport-Security": _HSTS}
    return _ALWAYS


class Guard:
    """Stands before an application; whatever isn't HTTP goes by."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or hand it on."""
        if scope["type"] == "http":
            await self.guard(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def guard(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request of HTTP, or hand it on."""
        raise NotImplementedError


class Answers(Guard):
    """Puts on every answer what browsers may not do with it; what isn't said is not stored."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        super().__init__(app)
        self._headers = headers_for(settings)

    async def guard(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the application does, with the headers added."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(self._headers)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self.app(scope, receive, send_with_headers)


class Hosts(Guard):
    """Refuses whoever asks for another host than `public_url`'s or this machine's own."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        super().__init__(app)
        public = urlsplit(settings.newsletter.public_url).hostname or ""
        self._known = {public, "127.0.0.1", "::1", "localhost"}

    async def guard(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer 400."""
        if host_of(Headers(scope=scope).get("host", "")) in self._known:
            await self.app(scope, receive, send)
        else:
            refusal = PlainTextResponse("There is no such site here.\n", 400)
            await refusal(scope, receive, send)


def host_of(value: str) -> str:
    """Return the name in a Host header, in small letters; empty where there is none."""
    try:
        return urlsplit(f"//{value}").hostname or ""
    except ValueError:
        return ""


class Prefix(Guard):
    """Takes the path of `public_url` off, where the proxy before us has left it on."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        super().__init__(app)
        self._prefix = urlsplit(settings.newsletter.public_url).path.rstrip("/")

    async def guard(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on with the path as our routes have it."""
        path: str = scope["path"]
        if self._prefix and (path == self._prefix or path.startswith(f"{self._prefix}/")):
            short = path.removeprefix(self._prefix) or "/"
            scope["path"], scope["raw_path"] = short, short.encode()
        await self.app(scope, receive, send)


class Bodies(Guard):
    """Reads a form before its page is called, so that pages are plain functions.

    One that is too long or too slow is refused: 413, 408. Of one that broke off nothing is kept.
    """

    async def guard(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Keep the body for `body`; answer 413 or 408 where there is none to keep."""
        if scope["method"] in ("GET", "HEAD"):
            await self.app(scope, receive, send)
            return
        try:
            scope[_BODY] = await asyncio.wait_for(_read(receive), SECONDS)
        except ClientDisconnect:
            scope[_BODY] = None
        except (ValueError, TimeoutError) as error:
            status = 413 if isinstance(error, ValueError) else 408
            refusal = PlainTextResponse(
                "This form is too long.\n" if status == 413 else "This took too long.\n",
                status,
                {"Connection": "close"},
            )
            await refusal(scope, receive, send)
            return
        await self.app(scope, receive, send)


async def _read(receive: Receive) -> bytes:
    """Return the whole body. Raises ValueError where it is too long, ClientDisconnect for half."""
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        part: bytes = message.get("body", b"")
        size += len(part)
        if size > MOST:
            raise ValueError("too long")
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


def body(request: Request) -> bytes:
    """Return what was posted; nothing of what broke off."""
    posted: bytes | None = request.scope.get(_BODY)
    return posted or b""


def broke_off(request: Request) -> bool:
    """Tell whether whoever posted this hung up before all of it had come."""
    return request.scope.get(_BODY, b"") is None


def from_elsewhere(request: Request, settings: Settings) -> bool:
    """Tell whether a page of another site posted this (Fetch Metadata; else Origin).

    Our pages send no referrer, so their Origin is `null`: that alone says nothing.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = request.headers.get("origin", "null")
    if origin == "null":
        return False
    public = urlsplit(settings.newsletter.public_url).hostname
    return host_of(origin.partition("//")[2]) not in {public, host_of(request.headers["host"])}
