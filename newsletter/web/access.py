"""The log of what was asked for: the kind of page, never whose, from where, or with what words."""

import time

import structlog
from starlette.types import Message, Receive, Scope, Send

from newsletter.web.guards import Guard

log = structlog.get_logger()


class Access(Guard):
    """Writes a line for each answer. A page is named as its route is: `/preferences/{token}`."""

    async def guard(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the application does, and say so."""
        began, status = time.monotonic(), 0

        async def send_and_note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, send_and_note)
        finally:
            took = round((time.monotonic() - began) * 1000)
            log.info(
                "page", method=_method(scope), page=page_of(scope), status=status, milliseconds=took
            )


def page_of(scope: Scope) -> str:
    """Return the route that answered; of an address that has none, nothing is told."""
    return getattr(scope.get("route"), "path", "") or "none"


def _method(scope: Scope) -> str:
    known = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
    return scope["method"] if scope["method"] in known else "other"
