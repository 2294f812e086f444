"""Time as a value that is handed in, so that a test can be in any year."""

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time; whatever needs it takes one of these."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return the machine's time in UTC."""
        return datetime.now(UTC)
