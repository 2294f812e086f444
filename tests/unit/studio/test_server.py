"""The studio's server."""

import logging

from starlette.applications import Starlette

from newsletter.studio.server import Server


def test_it_leaves_the_log_to_whoever_keeps_it() -> None:
    """Uvicorn would send its words past the program's own log, addresses and all."""
    before = [logging.getLogger(name).handlers[:] for name in ("uvicorn", "uvicorn.access")]
    Server(Starlette(), lambda: None)
    after = [logging.getLogger(name).handlers for name in ("uvicorn", "uvicorn.access")]
    assert after == before
    assert logging.getLogger("uvicorn.error").propagate
