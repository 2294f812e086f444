"""Pages served on a loopback port, from a thread of their own, for real browsers."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from newsletter.service.server import listen

PATIENCE = 20.0
"""Seconds after which a server that was told to stop hasn't."""


@contextmanager
def served(pages: ASGIApp) -> Iterator[str]:
    """Serve pages until the block ends; yields their address."""
    server = uvicorn.Server(uvicorn.Config(pages, lifespan="off", log_config=None))
    with listen("127.0.0.1", 0) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(PATIENCE)
            assert not thread.is_alive()
