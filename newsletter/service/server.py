"""The service's own web server: a thread beside the clock."""

import asyncio
import socket
import threading

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from newsletter.errors import OutsideError

_SECONDS = 5.0
"""How long a stop waits for pages that are still being sent."""
PATIENCE = 15.0
"""Seconds in which a request's head has to arrive, from the connection's first moment on."""


class Impatient(H11Protocol):
    """Closes connections whose request doesn't come, or not to its end.

    uvicorn waits for ever for the first one. A stranger could hold so many connections open that
    none is left for the month that has to be sent.
    """

    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait."""
        super().connection_made(transport)
        self._look_at_the_clock()

    def data_received(self, data: bytes) -> None:
        """Take what came; a whole head ends the wait, a part of one doesn't."""
        super().data_received(data)
        self._look_at_the_clock()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._stop()
        super().connection_lost(exc)

    def _look_at_the_clock(self) -> None:
        if self.cycle is not None and not self.cycle.response_complete:
            self._stop()
        elif self._timer is None:
            self._timer = self.loop.call_later(PATIENCE, self._give_up)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self) -> None:
        self._timer = None
        if self.cycle is None or self.cycle.response_complete:
            self.transport.close()


class Pages:
    """What the server shows; it can be exchanged while the server runs."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request to the application of the moment."""
        await self.app(scope, receive, send)


class Server:
    """Serves pages while the `with` block runs.

    Raises OutsideError at its beginning where the port is taken or not ours to take.
    """

    def __init__(self, pages: ASGIApp, host: str, port: int) -> None:
        self._address = (host, port)
        self._server = uvicorn.Server(
            uvicorn.Config(
                pages,
                http=Impatient,
                lifespan="off",
                log_config=None,
                access_log=False,
                proxy_headers=False,  # whom to believe is the pages' business
                server_header=False,
                timeout_graceful_shutdown=2,
            )
        )

    def __enter__(self) -> "Server":
        self._listener = listen(*self._address)
        self._thread = threading.Thread(target=self._run, name="web", daemon=True)
        self._thread.start()
        return self

    def _run(self) -> None:
        self._server.run(sockets=[self._listener])

    def __exit__(self, *_error: object) -> None:
        self._server.should_exit = True
        self._thread.join(_SECONDS)
        self._listener.close()


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket. Raises OutsideError where there can't be one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise OutsideError(
            f"nothing can be served at {host} port {port}: {error.strerror}",
            hint="another program may listen there; [web] names host and port",
        ) from None
