"""The database's own time: where several machines send together, they go by one clock."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Lock
from time import monotonic

from sqlalchemy import Engine, text

from newsletter.errors import DatabaseError
from newsletter.store.engine import writing_later

ASKED_EVERY = 60.0
"""Seconds for which an answer is good; in between our own clock runs on from it."""


class ServerClock:
    """Tells the time as PostgreSQL has it. Where it can't be asked, it runs on."""

    def __init__(self, engine: Engine, ticks: Callable[[], float] = monotonic) -> None:
        self._engine = engine
        self._ticks = ticks
        self._lock = Lock()
        self._asked_at: float | None = None
        self._then = datetime.min.replace(tzinfo=UTC)

    def now(self) -> datetime:
        """Return the server's time, in UTC. Raises DatabaseError where it never answered."""
        with self._lock:
            if self._asked_at is None or self._ticks() - self._asked_at >= ASKED_EVERY:
                self._ask()
            assert self._asked_at is not None  # noqa: S101
            return self._then + timedelta(seconds=self._ticks() - self._asked_at)

    def _ask(self) -> None:
        before = self._ticks()
        try:
            with writing_later(self._engine) as connection, connection.begin():
                found: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
        except DatabaseError:
            if self._asked_at is None:
                raise
            return
        after = self._ticks()
        # What was said was true somewhere between the question and the answer.
        self._asked_at, self._then = (before + after) / 2, found.astimezone(UTC)
