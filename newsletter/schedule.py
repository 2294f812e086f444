"""When a month is due: pure arithmetic over the settings and a moment.

The schedule's words name times on the wall. They are read without any zone, and only then looked
up in the newsletter's: a time that a clock change leaves out comes as much later as the clocks
jump, a time that comes twice is taken the first time. A calendar month in which the words name no
day (the 31st, the fifth Monday) has its time on its last day. So every month has its time.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger

from newsletter.config import Schedule
from newsletter.errors import ConfigError
from newsletter.model import Month

_LONGEST_JUMP = timedelta(hours=25)
"""No zone's clocks ever jumped further: whole days were left out, as in Samoa in 2011."""


_BEGIN = datetime(1971, 1, 1, tzinfo=UTC)
"""Cron words know no earlier years."""


class Due(NamedTuple):
    """A month, and a moment (in the newsletter's zone) at which it is to go out."""

    month: Month
    at: datetime


def trigger(schedule: Schedule, zone: ZoneInfo) -> CronTrigger:
    """Return APScheduler's trigger for the schedule. Raises ConfigError for words it can't read."""
    return _trigger(schedule, day=schedule.day, timezone=zone)


def _trigger(schedule: Schedule, **more: object) -> CronTrigger:
    try:
        return CronTrigger(hour=schedule.hour, minute=schedule.minute, **more)
    except ValueError as error:
        raise ConfigError(
            f"[schedule] can't be read: {error}",
            hint='APScheduler\'s cron words: day = "1st mon", "last", 15; hour = 9',
        ) from None


def coming(schedule: Schedule, zone: ZoneInfo, after: datetime) -> Iterator[Due]:
    """Yield the times after a moment, with the month that goes out then."""
    calendar = _calendar(after - _LONGEST_JUMP, zone)
    while True:
        for at in _times(schedule, zone, calendar, after):
            if at > after:
                yield Due(_sent_in(schedule, calendar), at)
                after = at
        calendar = _next(calendar)


def firsts(schedule: Schedule, zone: ZoneInfo, begin: datetime, end: datetime) -> Iterator[Due]:
    """Yield each month with its first time from `begin` to `end`, both included; oldest first."""
    begin = max(begin, _BEGIN)
    calendar, last = _calendar(begin - _LONGEST_JUMP, zone), _calendar(end, zone)
    while calendar <= last:
        at = _first_time(schedule, zone, calendar)
        if at < begin:
            at = next(_times(schedule, zone, calendar, begin), at)
        if begin <= at <= end:
            yield Due(_sent_in(schedule, calendar), at)
        calendar = _next(calendar)


def own_time(schedule: Schedule, zone: ZoneInfo, month: Month) -> datetime:
    """Return the very first time of a month, however long ago."""
    return _first_time(schedule, zone, _sending(schedule, month))


def first_from(
    schedule: Schedule, zone: ZoneInfo, month: Month, begin: datetime
) -> datetime | None:
    """Return a month's first time from `begin` on; None where all its times were before."""
    return next(_times(schedule, zone, _sending(schedule, month), begin), None)


def goes_out(schedule: Schedule, zone: ZoneInfo, month: Month, now: datetime) -> datetime | None:
    """Return the time at which a month that is approved goes out by itself.

    It may be past, as long as `late_by` allows: then it goes out at once. None: it is too late.
    """
    return first_from(schedule, zone, month, now - schedule.late_by)


def last_time(schedule: Schedule, zone: ZoneInfo, month: Month) -> datetime:
    """Return the last time of a month; its only one, unless the words name several."""
    calendar = _sending(schedule, month)
    plan, day = _plan(schedule, calendar), _first_of(_next(calendar))
    walls: list[datetime] = []
    while not walls:
        day -= timedelta(days=1)
        walls = list(_walls(plan, day))
    return _moment(walls[-1], zone)


@lru_cache(maxsize=256)
def _first_time(schedule: Schedule, zone: ZoneInfo, calendar: Month) -> datetime:
    return next(_times(schedule, zone, calendar))


def _times(
    schedule: Schedule, zone: ZoneInfo, calendar: Month, begin: datetime | None = None
) -> Iterator[datetime]:
    """Yield a calendar month's times, those before `begin` left out."""
    plan = _plan(schedule, calendar)
    wall = _first_of(calendar) if begin is None else max(_first_of(calendar), _wall(begin, zone))
    for time in _walls(plan, wall):
        at = _moment(time, zone)
        if begin is None or at >= begin:
            yield at


def _walls(plan: CronTrigger, wall: datetime) -> Iterator[datetime]:
    """Yield what the wall shows at each time of a plan, from a moment on."""
    time = plan.get_next_fire_time(None, wall)
    while time is not None:
        yield time
        time = plan.get_next_fire_time(time, time)


@lru_cache(maxsize=256)
def _plan(schedule: Schedule, calendar: Month) -> CronTrigger:
    """Return the trigger of one calendar month, on a wall whose clock is never changed (UTC)."""
    own = {"year": calendar.year, "month": calendar.number, "timezone": UTC}
    plan = _trigger(schedule, day=schedule.day, **own)
    names_a_day = plan.get_next_fire_time(None, _first_of(calendar))
    return plan if names_a_day else _trigger(schedule, day="last", **own)


def _moment(wall: datetime, zone: ZoneInfo) -> datetime:
    return wall.replace(tzinfo=zone).astimezone(UTC).astimezone(zone)


def _wall(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return what the wall shows, or would show had the clocks not been changed lately."""
    now = moment.astimezone(zone)
    before = (moment.astimezone(UTC) - _LONGEST_JUMP).astimezone(zone)
    return min(one.replace(tzinfo=UTC) for one in (now, _later(before, _LONGEST_JUMP)))


def _later(moment: datetime, by: timedelta) -> datetime:
    return moment.replace(tzinfo=None) + by


def _calendar(moment: datetime, zone: ZoneInfo) -> Month:
    local = moment.astimezone(zone)
    return Month(local.year, local.month)


def _first_of(calendar: Month) -> datetime:
    return datetime(calendar.year, calendar.number, 1, tzinfo=UTC)


def _sent_in(schedule: Schedule, calendar: Month) -> Month:
    return calendar if schedule.month == "current" else _before(calendar)


def _sending(schedule: Schedule, month: Month) -> Month:
    """Return the calendar month in which a month goes out."""
    return month if schedule.month == "current" else _next(month)


def _next(month: Month) -> Month:
    return Month(month.year + month.number // 12, month.number % 12 + 1)


def _before(month: Month) -> Month:
    return Month(month.year - (month.number == 1), (month.number - 2) % 12 + 1)
