"""The limits of a site where several send at once: rights to send, taken from one place."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine

from newsletter.sending.outfit import Hold
from newsletter.sending.pace import Pace
from newsletter.store import paces
from newsletter.store.claims import Lane
from newsletter.store.engine import writing_beside

KEEPS = timedelta(seconds=1)
"""How long a right to send is good; what was not used by then is lost."""
_AT_ONCE = 4
"""Which part of a burst is taken at once, so that not every claim asks for its rights."""


@dataclass
class SharedPace(Pace):
    """A pace that others use too.

    Rights are taken in batches, in transactions of their own, from rows that one at a time has;
    `hand` holds what was taken for a lane and not used yet. So in any span of time all together
    send no more than the limits say, and what each had in hand at its beginning.
    """

    engine: Engine | None = None
    hand: dict[Lane, int] = field(default_factory=dict)
    taken_at: datetime | None = None

    def refresh(self, connection: Connection) -> None:
        """Do nothing: rights that are in hand hold, whatever else went."""

    def reserve(self, lane: Lane, number: int, now: datetime) -> int:
        """Take rights for up to `number` messages; some may be in hand already."""
        if not self._is_limited(lane):
            return number
        if self.taken_at is None or not timedelta() <= now - self.taken_at <= KEEPS:
            self.hand.clear()
        if self.hand.get(lane, 0) < number:
            self._take(lane, number, now)
        return min(number, self.hand.get(lane, 0))

    def spend(self, connection: Connection, lane: Lane, number: int, now: datetime) -> None:
        """Use rights that are in hand."""
        if self._is_limited(lane):
            self.hand[lane] = self.hand.get(lane, 0) - number

    def hold(self, now: datetime) -> Hold | None:
        """Return what stops everything for hours, as all of us together have it."""
        if self.limits.ramp and not any(self.hand.values()):
            with writing_beside(self._engine) as connection:
                self.kept = dict(paces.load(connection))
        return None if any(self.hand.values()) else super().hold(now)

    def give_back(self, connection: Connection, number: int, now: datetime) -> None:
        """Take messages back from the day that were never handed over."""
        self._return(number, now)

    def close(self, now: datetime) -> None:
        """Give back to the day what is in hand."""
        self._return(sum(self.hand.values()), now)
        self.hand.clear()

    def _return(self, number: int, now: datetime) -> None:
        if number and self.limits.ramp:
            with writing_beside(self._engine) as connection:
                paces.lock(connection)
                self.kept = dict(paces.load(connection))
                super().give_back(connection, number, now)

    def _take(self, lane: Lane, number: int, now: datetime) -> None:
        with writing_beside(self._engine) as connection:
            paces.lock(connection)
            self.kept = dict(paces.load(connection))
            free = min(self.room(now), self.room_in(lane, now))
            missing = number - self.hand.get(lane, 0)
            taken = max(0, min(free, max(missing, self._batch(lane))))
            super().spend(connection, lane, taken, now)
        self.hand[lane] = self.hand.get(lane, 0) + taken
        self.taken_at = now

    def _batch(self, lane: Lane) -> int:
        buckets = [one for one in (self.limits.rate, self._bucket(lane)) if one is not None]
        return min((one.burst // _AT_ONCE for one in buckets), default=0)

    def _is_limited(self, lane: Lane) -> bool:
        return bool(self.limits.rate or self.limits.ramp or self._bucket(lane))

    @property
    def _engine(self) -> Engine:
        assert self.engine is not None  # noqa: S101
        return self.engine
