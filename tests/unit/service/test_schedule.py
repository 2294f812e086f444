"""When the month is due."""

from datetime import UTC, datetime
from itertools import islice
from zoneinfo import ZoneInfo

import pytest

from newsletter.config import Schedule
from newsletter.errors import ConfigError
from newsletter.model import Month
from newsletter.service.schedule import month_for, next_times, trigger

TORONTO = ZoneInfo("America/Toronto")


def times(schedule: Schedule, count: int, after: datetime) -> list[str]:
    moments = islice(next_times(schedule, TORONTO, after), count)
    return [f"{moment:%Y-%m-%d %H:%M}" for moment in moments]


def test_the_first_monday_of_each_month() -> None:
    """`1st mon` names one day in each month."""
    start = datetime(2021, 1, 1, tzinfo=UTC)
    assert times(Schedule(), 3, start) == [
        "2021-01-04 09:00", "2021-02-01 09:00", "2021-03-01 09:00"
    ]  # fmt: skip


def test_the_last_day_of_each_month() -> None:
    """`last` follows the months' lengths."""
    start = datetime(2024, 1, 31, 20, tzinfo=UTC)
    assert times(Schedule(day="last"), 2, start) == ["2024-02-29 09:00", "2024-03-31 09:00"]


@pytest.mark.parametrize(
    ("which", "day", "month"),
    [
        ("current", datetime(2021, 2, 1), Month(2021, 2)),
        ("previous", datetime(2021, 2, 1), Month(2021, 1)),
        ("previous", datetime(2021, 1, 4), Month(2020, 12)),
    ],
)
def test_which_month_is_sent(which: str, day: datetime, month: Month) -> None:
    """The current month, or the one before it, also in January."""
    assert month_for(Schedule(month=which), day) == month


def test_words_the_clock_cannot_read_are_refused() -> None:
    """A schedule that is no schedule is a configuration error with a hint."""
    with pytest.raises(ConfigError) as caught:
        trigger(Schedule(day="someday"), TORONTO)
    assert "1st mon" in caught.value.hint
