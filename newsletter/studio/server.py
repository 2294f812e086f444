"""The studio's socket, on loopback alone, and a server that ends at once."""

import errno
import os
import socket
from collections.abc import Callable

import uvicorn
from starlette.applications import Starlette

from newsletter.errors import OutsideError

HOST = "127.0.0.1"


def listen(port: int) -> socket.socket:
    """Return a socket that listens on loopback; `port` 0 takes any that is free.

    Raises OutsideError where the port is taken or not ours to take.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if os.name == "posix":  # elsewhere it would let two servers share a port
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen()
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            hint = f"perhaps a preview is open at http://{HOST}:{port}/ already; else --port 0"
            raise OutsideError(f"port {port} on {HOST} is taken", hint=hint) from None
        raise OutsideError(
            f"port {port} on {HOST} can't be opened: {error.strerror}",
            hint="choose another with --port; 0 takes any that is free",
        ) from None
    return listener


def address(listener: socket.socket) -> str:
    """Return where a listening socket is found: `http://127.0.0.1:8026`."""
    host, port = listener.getsockname()
    return f"http://{host}:{port}"


class Server(uvicorn.Server):
    """Serves the studio until it is told to stop; streams that pages hold open end first."""

    def __init__(self, web: Starlette, end_streams: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                web,
                log_config=None,
                log_level="warning",
                lifespan="on",
                timeout_graceful_shutdown=1,
            )
        )
        self._end_streams = end_streams

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the streams, then what uvicorn does."""
        self._end_streams()
        await super().shutdown(sockets)
