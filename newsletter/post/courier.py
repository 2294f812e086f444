"""The thread that makes the rounds: at once when the bell rings, every few seconds otherwise."""

import threading
from collections.abc import Callable

import structlog

from newsletter.errors import NewsletterError
from newsletter.post.office import Office
from newsletter.post.round import make_round, tidy

log = structlog.get_logger()

EVERY = 5.0
"""Seconds between two rounds when no bell rings: another process may have taken a sign-up."""
_TIDY_EVERY = 720
"""Rounds between two tidyings: about an hour."""
_AT_THE_END = 10.0
"""Seconds that a stop waits for a round; what it was at is tried again after the next start."""
_LONGEST = 300.0
"""Seconds to wait at most when nothing can be sent."""


class Courier:
    """Makes rounds while the `with` block runs. `current` gives the office of the moment."""

    def __init__(self, current: Callable[[], Office]) -> None:
        self._current = current
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="post", daemon=True)

    def __enter__(self) -> "Courier":
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stopping.set()
        self._current().bell.set()
        self._thread.join(_AT_THE_END)

    def _run(self) -> None:
        rounds, failed = 0, 0
        while not self._stopping.is_set():
            failed = 0 if self._round(rounds) else failed + 1
            rounds += 1
            bell = self._current().bell
            bell.wait(min(EVERY * 2 ** min(failed, 10), _LONGEST))
            bell.clear()

    def _round(self, rounds: int) -> bool:
        """Make one round; tell whether it went well."""
        try:
            office = self._current()
            make_round(office)
            if rounds % _TIDY_EVERY == 0:
                tidy(office)
        except Exception as error:
            if not self._stopping.is_set():  # else the database may be gone, and all is kept
                _say(error)
            return False
        return True


def _say(error: Exception) -> None:
    if isinstance(error, NewsletterError):
        log.error("the post waits", error=error.message, hint=error.hint)
    else:
        log.error("the post waits: nobody foresaw this", error=type(error).__name__)
