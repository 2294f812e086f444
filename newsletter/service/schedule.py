"""When the month is due: pure arithmetic over the settings and a moment."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger

from newsletter.config import Schedule
from newsletter.errors import ConfigError
from newsletter.model import Month


def trigger(schedule: Schedule, zone: ZoneInfo) -> CronTrigger:
    """Return APScheduler's trigger for the schedule. Raises ConfigError for words it can't read."""
    try:
        return CronTrigger(
            day=schedule.day, hour=schedule.hour, minute=schedule.minute, timezone=zone
        )
    except ValueError as error:
        raise ConfigError(
            f"[schedule] can't be read: {error}",
            hint='APScheduler\'s cron words: day = "1st mon", "last", 15; hour = 9',
        ) from None


def next_times(schedule: Schedule, zone: ZoneInfo, after: datetime) -> Iterator[datetime]:
    """Yield the times the month is due, the first one after `after`, in the zone."""
    plan, previous = trigger(schedule, zone), after.astimezone(zone)
    while moment := plan.get_next_fire_time(previous, previous):
        yield moment
        previous = moment


def month_for(schedule: Schedule, moment: datetime) -> Month:
    """Return the month that is sent at `moment` (in the newsletter's zone)."""
    if schedule.month == "current":
        return Month(moment.year, moment.month)
    return Month(moment.year - (moment.month == 1), (moment.month - 2) % 12 + 1)
