"""How fast messages may go: pure arithmetic over moments. Nothing here waits or knows a clock.

Bucket   at most so many a second, evenly
Day      a new sending domain's ramp: so many a day, and more the next
Quiet    hours of the night in which nothing goes
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from math import ceil
from zoneinfo import ZoneInfo

from newsletter.config import Delivery

BURST_SECONDS = 0.1
"""How much of a second's messages may go at once: few enough to call it even."""

_APART = timedelta(seconds=1)
_WEEK = timedelta(days=7)
_PER = {"s": 1, "m": 60, "h": 3600, "d": 86400}


@dataclass(frozen=True, slots=True)
class Bucket:
    """A token bucket, kept as one moment: when everything that went is paid for.

    A message costs `gap`; `burst` of them may be owed at once. So in any span of time there go at
    most `burst` messages, an urgent one, and one more for each `gap` in it. (The generic cell rate
    algorithm of ITU-T I.371, in its virtual scheduling form.)
    """

    gap: timedelta
    burst: int

    @classmethod
    def of(cls, rate: float) -> "Bucket":
        """Return the bucket for `rate` messages a second (more than 0, at most a million)."""
        gap = timedelta(microseconds=max(1, ceil(1_000_000 / rate)))
        return cls(gap, max(1, int(rate * BURST_SECONDS)))

    def free(self, paid: datetime | None, now: datetime) -> int:
        """Return how many may go at `now`."""
        return self.burst + -self._owed(paid, now) // self.gap

    def opens(self, paid: datetime | None, now: datetime) -> datetime:
        """Return when the next one may go: `now`, if one may."""
        return now + max(timedelta(), self._owed(paid, now) - self.gap * (self.burst - 1))

    def after(self, paid: datetime | None, number: int, now: datetime) -> datetime:
        """Return the moment to keep when `number` messages go at `now`."""
        return now + self._owed(paid, now) + self.gap * number

    @property
    def urgent(self) -> "Bucket":
        """The same bucket for who may owe one message more, and so goes before the others."""
        return Bucket(self.gap, self.burst + 1)

    def _owed(self, paid: datetime | None, now: datetime) -> timedelta:
        """Return what is owed at `now`: nothing, where it is more than can be, an urgent one's too.

        Then the clock was set back, and when it was paid for nobody knows. A second more may be
        the difference between the clocks of two machines that send together.
        """
        owed = paid - now if paid is not None else timedelta()
        most = self.gap * (self.burst + 1) + _APART
        return owed if timedelta() < owed <= most else timedelta()


def per_second(frequency: str) -> float:
    """Return the messages a second of a setting like `20/m`."""
    number, _, unit = frequency.partition("/")
    return int(number) / _PER[unit]


@dataclass(frozen=True, slots=True)
class Day:
    """How much has gone on one day of the ramp: its step from 0, its messages."""

    when: date
    step: int = 0
    used: int = 0

    def on(self, today: date, ramp: Sequence[int]) -> "Day":
        """Return the day as it stands today.

        A step is behind us when a day has used it up; a day with less leaves us where we were, for
        receivers trust what they have seen. A clock set back doesn't begin a new day; one that was
        wrong by more than a week goes on from where it is now.
        """
        if today < self.when - _WEEK:
            return Day(today, self.step, self.used)
        if today <= self.when:
            return self
        return Day(today, self.step + (self.left(ramp) == 0))

    def left(self, ramp: Sequence[int]) -> int | None:
        """Return how many more may go; None where the ramp is behind us."""
        return max(0, ramp[self.step] - self.used) if self.step < len(ramp) else None

    def after(self, number: int) -> "Day":
        """Return the day when `number` more have gone; a negative number takes some back."""
        return Day(self.when, self.step, max(0, self.used + number))


def next_day(now: datetime, zone: ZoneInfo) -> datetime:
    """Return the moment at which the next day begins in a zone, in UTC."""
    tomorrow = now.astimezone(zone).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), zone).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours by the clock on the wall, from `start` up to `end`, over midnight if need be."""

    start: time
    end: time

    @classmethod
    def parse(cls, text: str) -> "Quiet":
        """Read `22:00-07:00`. Raises ValueError for anything else, and for an empty span."""
        match = re.fullmatch(r"(\d\d):(\d\d)-(\d\d):(\d\d)", text, re.ASCII)
        if match is None:
            raise ValueError(f"“{text}” is not a span of hours like 22:00-07:00")
        first, its_minute, last, their_minute = map(int, match.groups())
        try:
            found = cls(time(first, its_minute), time(last, their_minute))
        except ValueError:
            raise ValueError(f"“{text}” names an hour that no clock shows") from None
        if found.start == found.end:
            raise ValueError(f"“{text}” is no span: it ends when it begins")
        return found

    def holds(self, now: datetime, zone: ZoneInfo) -> bool:
        """Tell whether it is quiet at `now`."""
        clock = now.astimezone(zone).time()
        if self.start < self.end:
            return self.start <= clock < self.end
        return clock >= self.start or clock < self.end

    def ends(self, now: datetime, zone: ZoneInfo) -> datetime:
        """Return the next moment, in UTC, at which the clock on the wall shows `end`.

        In the night in which the clock leaps over `end`, it may be an hour later.
        """
        today = now.astimezone(zone).date()
        ends = (
            datetime.combine(today + timedelta(days=ahead), self.end, zone).replace(fold=fold)
            for ahead in range(3)
            for fold in (0, 1)
        )
        moments = (one.astimezone(UTC) for one in ends)
        return min(one for one in moments if one > now and not self.holds(one, zone))


@dataclass(frozen=True, slots=True)
class Limits:
    """All limits of a site. `domains` are recipients' domains in lower case."""

    rate: Bucket | None
    domains: dict[str, Bucket]
    ramp: tuple[int, ...]
    quiet: Quiet | None

    @classmethod
    def of(cls, policy: Delivery) -> "Limits":
        """Return the limits that the settings ask for."""
        return cls(
            Bucket.of(policy.rate_per_second) if policy.rate_per_second else None,
            {name: Bucket.of(per_second(rate)) for name, rate in policy.domain_rate.items()},
            policy.ramp,
            Quiet.parse(policy.quiet) if policy.quiet else None,
        )
