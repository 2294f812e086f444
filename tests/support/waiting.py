"""Waiting for something to be so, with a deadline."""

import time
from collections.abc import Callable

PATIENCE = 60.0
"""Seconds; far more than anything takes, even on a busy machine."""


def until(so: Callable[[], bool], what: str, patience: float = PATIENCE) -> None:
    """Return once `so()` holds; fail, saying `what`, where it doesn't come about."""
    end = time.monotonic() + patience
    while not so():
        assert time.monotonic() < end, f"waited {patience:.0f} seconds in vain until {what}"
        time.sleep(0.005)
