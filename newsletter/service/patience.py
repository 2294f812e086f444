"""When to try again what has failed. Kept in memory: a new start tries at once."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

HOUR = timedelta(hours=1)
_SHORTEST = timedelta(minutes=1)
_LONGEST = timedelta(minutes=15)


@dataclass
class Patience:
    """Remembers what has to wait, and until when. What is waited for is told by a name."""

    _waits: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)
    """From when, until when."""
    _failed: dict[str, int] = field(default_factory=dict)

    def may_try(self, what: str, now: datetime) -> bool:
        """Tell whether it is time; a clock that was set back keeps nothing waiting."""
        since, until = self._waits.get(what, (now, now))
        return not since <= now < until

    def wait(self, what: str, now: datetime, by: timedelta) -> None:
        """Leave it alone for a while."""
        self._waits[what] = (now, now + by)

    def failed(self, what: str, now: datetime) -> None:
        """Wait longer each time it fails: a minute, two, four, up to a quarter of an hour."""
        number = self._failed[what] = self._failed.get(what, 0) + 1
        self.wait(what, now, min(_SHORTEST * 2 ** min(number - 1, 10), _LONGEST))

    def forget(self) -> None:
        """Try everything at once: what stood in the way may be mended."""
        self._waits.clear()

    def done(self, what: str) -> None:
        """It went well: next time there is nothing to wait for."""
        self._waits.pop(what, None)
        self._failed.pop(what, None)
