"""Who is next, found many at a time, for as long as nobody else has written anything.

To find ten readers costs little less than to find a hundred. What was found holds until another
connection commits; SQLite says so for next to nothing. Where a database doesn't, every claim
looks for itself.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from newsletter.store.leaving import writes_of_others

MANY = 100
"""Readers found at once."""
FRESH = timedelta(seconds=1)
"""How long they are good for: a reader's pause may end by itself, without a write."""

Rows = Sequence[Sequence[Any]]


@dataclass
class Ahead:
    """The readers of one walk who were found and not yet claimed, in order."""

    _rows: Rows = ()
    _after: int = 0
    _seen: int | None = None
    _found_at: datetime | None = None

    def take(
        self,
        connection: Connection,
        find: Callable[[int], Rows],
        after: int,
        limit: int,
        now: datetime,
    ) -> Rows:
        """Return up to `limit` rows behind the reader `after`, by `find` where that is needed.

        In a writing transaction, so that nobody writes between this look and the claim. The
        second field of a row is the reader's number.
        """
        seen = writes_of_others(connection)
        if seen is None:
            return find(limit)
        if after != self._after or len(self._rows) < limit or not self._holds(seen, now):
            self._rows = find(max(limit, MANY))
            self._seen, self._found_at = seen, now
        taken, self._rows = self._rows[:limit], self._rows[limit:]
        self._after = taken[-1][1] if taken else after
        return taken

    def _holds(self, seen: int, now: datetime) -> bool:
        found_at = self._found_at
        return seen == self._seen and found_at is not None and found_at <= now <= found_at + FRESH
