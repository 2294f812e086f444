"""The limits of a site as they stand: what may go now, and when more may."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from newsletter.delivery.pacing import Bucket, Day, Limits, next_day
from newsletter.sending.outfit import Hold
from newsletter.store import paces
from newsletter.store.claims import EVERYBODY, Lane
from newsletter.store.paces import Kept

ANY = sys.maxsize
_RATE, _RAMP = paces.RATE, paces.RAMP


@dataclass
class Pace:
    """What has gone so far, and what may go. Kept in the database with each claim.

    One sender at a time has the lease, so what it holds in memory is what the database holds; but
    for the mails to single readers, which go at the same rate: see `refresh`.
    """

    limits: Limits
    zone: ZoneInfo
    kept: dict[str, Kept]

    @classmethod
    def of(cls, limits: Limits, zone: ZoneInfo, kept: Mapping[str, Kept]) -> "Pace":
        """Return the pace as it was left."""
        return cls(limits, zone, dict(kept))

    def refresh(self, connection: Connection) -> None:
        """Hear what else went since, in a transaction that claims: what it spends adds to that."""
        if self.limits.rate or self.limits.domains:
            paces.lock(connection)
            self.kept = dict(paces.load(connection))

    @property
    def lanes(self) -> Sequence[Lane]:
        """Readers who are limited apart: domains with a limit of their own first, then all else."""
        domains = tuple(self.limits.domains)
        return (*map(Lane, domains), Lane(others=domains)) if domains else (EVERYBODY,)

    def hold(self, now: datetime) -> Hold | None:
        """Return what stops everything for hours, if anything does."""
        quiet, zone = self.limits.quiet, self.zone
        if quiet and quiet.holds(now, zone):
            return Hold("it is quiet now", quiet.ends(now, zone))
        if not self.limits.ramp:
            return None
        day = self._day(now)
        if day.left(self.limits.ramp) == 0:
            words = f"the ramp's {self.limits.ramp[day.step]} messages of this day are gone"
            return Hold(words, next_day(now, zone))
        return None

    def room(self, now: datetime) -> int:
        """Return how many messages may go now, whoever gets them."""
        left = self._day(now).left(self.limits.ramp) if self.limits.ramp else None
        return min(self._free(self.limits.rate, _RATE, now), ANY if left is None else left)

    def room_in(self, lane: Lane, now: datetime) -> int:
        """Return how many of a lane may go now, as far as its own limit says."""
        return self._free(self._bucket(lane), _name(lane), now)

    def reserve(self, lane: Lane, number: int, now: datetime) -> int:
        """Return how many of up to `number` messages to a lane may be claimed now."""
        return max(0, min(number, self.room(now), self.room_in(lane, now)))

    def opens(self, lanes: Sequence[Lane], now: datetime) -> datetime:
        """Return when the next message of any of these lanes may go; the hold apart."""
        first = min(self._opens(self._bucket(lane), _name(lane), now) for lane in lanes)
        return max(first, self._opens(self.limits.rate, _RATE, now))

    def spend(self, connection: Connection, lane: Lane, number: int, now: datetime) -> None:
        """Count messages as gone, in the transaction that claims them."""
        if not number:
            return
        for name, bucket in ((_RATE, self.limits.rate), (_name(lane), self._bucket(lane))):
            if bucket:
                paid = bucket.after(self._paid(name), number, now)
                self._keep(connection, name, Kept(paid))
        if self.limits.ramp:
            self._keep_day(connection, self._day(now).after(number), now)

    def give_back(self, connection: Connection, number: int, now: datetime) -> None:
        """Take messages back from the day that were never handed over."""
        if self.limits.ramp:
            self._keep_day(connection, self._day(now).after(-number), now)

    def _bucket(self, lane: Lane) -> Bucket | None:
        return self.limits.domains.get(lane.domain)

    def _paid(self, name: str) -> datetime | None:
        kept = self.kept.get(name)
        return kept.at if kept else None

    def _free(self, bucket: Bucket | None, name: str, now: datetime) -> int:
        return bucket.free(self._paid(name), now) if bucket else ANY

    def _opens(self, bucket: Bucket | None, name: str, now: datetime) -> datetime:
        return bucket.opens(self._paid(name), now) if bucket else now

    def _day(self, now: datetime) -> Day:
        today = self._date(now)
        kept = self.kept.get(_RAMP)
        if kept is None:
            return Day(today)
        return Day(self._date(kept.at), kept.step, kept.used).on(today, self.limits.ramp)

    def _date(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()

    def _keep_day(self, connection: Connection, day: Day, now: datetime) -> None:
        noon = datetime(day.when.year, day.when.month, day.when.day, 12, tzinfo=self.zone)
        self._keep(connection, _RAMP, Kept(noon.astimezone(UTC), day.step, day.used))

    def _keep(self, connection: Connection, name: str, kept: Kept) -> None:
        self.kept[name] = kept
        paces.save(connection, name, kept)


def _name(lane: Lane) -> str:
    return paces.of_domain(lane.domain)
