"""Where claims come from: who is next, within the limits."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from newsletter.model import DeliveryState
from newsletter.sending.outfit import Hold
from newsletter.sending.pace import Pace
from newsletter.store import claims
from newsletter.store.ahead import Ahead
from newsletter.store.claims import Claim, Claimed, Lane
from newsletter.store.ledger import ALL, Span


@dataclass
class Walk:
    """How far we have come in one lane: the last reader claimed in order.

    `idle` says that nobody in it waits now.
    """

    lane: Lane
    after: int = 0
    idle: bool = False
    ahead: Ahead = field(default_factory=Ahead)


Source = Callable[[Connection, Walk, int, datetime], Claimed]
_NOBODY = Claimed(())


@dataclass
class Queue:
    """Claims what may go now, and nothing sooner.

    With `only`, those in that state alone, each once; else whoever waits for a first try or whose
    next try is due, uncertain ones unless they are on `hold`.
    """

    mailing_id: int
    pace: Pace
    hold: bool
    only: DeliveryState | None = None
    span: Span = ALL
    held: Hold | None = None
    skipped: int = 0
    """Readers who could not be mailed any more, since the start."""
    walks: list[Walk] = field(init=False)

    def __post_init__(self) -> None:
        self.walks = [Walk(lane, self.span.first - 1) for lane in self.pace.lanes]

    def claim(
        self, connection: Connection, limit: int, now: datetime, *, look: bool
    ) -> list[Claim]:
        """Claim up to `limit` deliveries; with `look`, what is due again comes first."""
        ours: list[Claim] = []
        self.pace.refresh(connection)
        self.held = self.pace.hold(now)
        for walk in self.walks if self.held is None else ():
            room = self.pace.reserve(walk.lane, limit - len(ours), now)
            if room > 0:
                found = self._next(connection, walk, room, now, look=look)
                self.pace.spend(connection, walk.lane, len(found), now)
                walk.idle = not found
                ours += found
        if not ours and self.held is None:
            self.anybody(connection, now)
        return ours

    def anybody(self, connection: Connection, now: datetime) -> bool:
        """Find out who waits; tell whether that is anybody whom nothing holds up for hours."""
        self.held = self.pace.hold(now)
        for walk in self.walks:
            walk.idle = not claims.anybody(
                connection,
                self.mailing_id,
                self.only,
                walk.after,
                now,
                walk.lane,
                self.span,
                hold=self.hold,
            )
        return not (self.held or all(walk.idle for walk in self.walks))

    def put_back(
        self, connection: Connection, never_handed_over: Sequence[Claim], now: datetime
    ) -> None:
        """Give back claims that were never handed over; the day's number is theirs again."""
        claims.put_back(connection, never_handed_over)
        self.pace.give_back(connection, len(never_handed_over), now)

    def resumes(self, now: datetime) -> datetime | None:
        """Return when to ask again, after a claim that found none; None if nobody waits."""
        waiting = [walk.lane for walk in self.walks if not walk.idle]
        return self.pace.opens(waiting, now) if waiting and not self.held else None

    def _next(
        self, connection: Connection, walk: Walk, limit: int, now: datetime, *, look: bool
    ) -> Sequence[Claim]:
        """Return what the sources have, the first that has any; skip who can't be mailed."""
        if look and (found := self._from(self._due, connection, walk, limit, now)):
            return found
        return self._from(self._in_order, connection, walk, limit, now) or self._from(
            self._due, connection, walk, limit, now
        )

    def _from(
        self, source: Source, connection: Connection, walk: Walk, limit: int, now: datetime
    ) -> Sequence[Claim]:
        while claimed := source(connection, walk, limit, now):
            self.skipped += claimed.skipped
            if claimed.ours:
                return claimed.ours
        return ()

    def _due(self, connection: Connection, walk: Walk, limit: int, now: datetime) -> Claimed:
        if self.only:
            return _NOBODY
        return claims.claim_due(
            connection, self.mailing_id, limit, now, walk.lane, self.span, hold=self.hold
        )

    def _in_order(self, connection: Connection, walk: Walk, limit: int, now: datetime) -> Claimed:
        if self.only:
            claimed = claims.claim_again(
                connection, self.mailing_id, self.only, walk.after, limit, now, walk.lane, self.span
            )
        else:
            claimed = claims.claim_queued(
                connection,
                self.mailing_id,
                walk.after,
                limit,
                now,
                walk.lane,
                self.span,
                walk.ahead,
            )
        walk.after = claimed.last or walk.after
        return claimed
