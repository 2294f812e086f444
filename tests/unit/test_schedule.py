"""When a month is due."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise, takewhile
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.config import Schedule
from newsletter.errors import ConfigError
from newsletter.model import Month
from newsletter.schedule import Due, coming, first_from, firsts, last_time, own_time, trigger

TORONTO = ZoneInfo("America/Toronto")


def times(
    schedule: Schedule, count: int, after: datetime, zone: ZoneInfo = TORONTO
) -> list[tuple[str, str]]:
    dues = islice(coming(schedule, zone, after), count)
    return [(str(due.month), f"{due.at:%Y-%m-%d %H:%M}") for due in dues]


def test_the_first_monday_of_each_month() -> None:
    """`1st mon` names one day in each month."""
    start = datetime(2021, 1, 1, tzinfo=UTC)
    assert times(Schedule(), 3, start) == [
        ("2021-01", "2021-01-04 09:00"),
        ("2021-02", "2021-02-01 09:00"),
        ("2021-03", "2021-03-01 09:00"),
    ]


@pytest.mark.parametrize(
    ("day", "times_"),
    [
        ("last", ["2024-02-29", "2024-03-31", "2024-04-30"]),
        ("31", ["2024-02-29", "2024-03-31", "2024-04-30"]),
        ("30", ["2024-02-29", "2024-03-30", "2024-04-30"]),
        ("29", ["2024-02-29", "2024-03-29", "2024-04-29"]),
        ("5th mon", ["2024-02-29", "2024-03-31", "2024-04-29"]),
    ],
)
def test_days_that_not_every_month_has(day: str, times_: list[str]) -> None:
    """Where a month lacks the day, its last day stands for it; a leap year's too."""
    start = datetime(2024, 2, 2, tzinfo=UTC)
    found = times(Schedule(day=day), 3, start)
    assert found == [(one[:7], f"{one} 09:00") for one in times_]


def test_twenty_ninth_of_february_in_a_common_year() -> None:
    """The 29th is the 28th there."""
    found = times(Schedule(day="29"), 1, datetime(2023, 2, 1, tzinfo=UTC))
    assert found == [("2023-02", "2023-02-28 09:00")]


@pytest.mark.parametrize(
    ("which", "after", "month"),
    [
        ("current", datetime(2021, 2, 1, tzinfo=UTC), "2021-02"),
        ("previous", datetime(2021, 2, 1, tzinfo=UTC), "2021-01"),
        ("previous", datetime(2021, 1, 1, tzinfo=UTC), "2020-12"),
    ],
)
def test_which_month_is_sent(which: str, after: datetime, month: str) -> None:
    """The current month, or the one before it, also in January."""
    assert times(Schedule(month=which), 1, after)[0][0] == month


def test_a_time_that_spring_leaves_out() -> None:
    """Half past two on the night the clocks go forward is half past three."""
    schedule = Schedule(day="2nd sun", hour="2", minute="30")
    assert times(schedule, 1, datetime(2021, 3, 2, tzinfo=UTC))[0][1] == "2021-03-14 03:30"


def test_a_time_that_autumn_has_twice() -> None:
    """Half past one on the night the clocks go back is the first of the two."""
    schedule = Schedule(day="1st sun", hour="1", minute="30")
    (due, after) = islice(coming(schedule, TORONTO, datetime(2021, 11, 2, tzinfo=UTC)), 2)
    assert (due.at.utcoffset(), due.at.fold) == (timedelta(hours=-4), 0)
    assert after.month == Month(2021, 12)


def test_a_day_that_was_left_out() -> None:
    """Samoa had no 30 December 2011: what was due then is due on the 31st, for December."""
    found = times(
        Schedule(day="30"), 2, datetime(2011, 12, 5, tzinfo=UTC), ZoneInfo("Pacific/Apia")
    )
    assert found == [("2011-12", "2011-12-31 09:00"), ("2012-01", "2012-01-30 09:00")]


def test_a_last_day_that_was_left_out() -> None:
    """Kiritimati had no 31 December 1994: December still has its time, and January its own."""
    zone = ZoneInfo("Pacific/Kiritimati")
    found = times(Schedule(day="last"), 2, datetime(1994, 12, 5, tzinfo=UTC), zone)
    assert found == [("1994-12", "1995-01-01 09:00"), ("1995-01", "1995-01-31 09:00")]


def test_every_minute_counts() -> None:
    """With `*` each minute is a time, and the night the clocks change has none twice over."""
    schedule = Schedule(day="*", hour="*", minute="*")
    start = datetime(2021, 3, 14, 6, 58, 20, tzinfo=UTC)
    found = [one for _, one in times(schedule, 62, start)]
    assert found[:2] == ["2021-03-14 01:59", "2021-03-14 03:00"]
    assert found[-2:] == ["2021-03-14 03:59", "2021-03-14 04:00"]
    assert len(set(found)) == 62


def test_words_the_clock_cannot_read_are_refused() -> None:
    """A schedule that is no schedule is a configuration error with a hint."""
    start, wrong = datetime(2021, 1, 1, tzinfo=UTC), Schedule(day="someday")
    for ask in (lambda: trigger(wrong, TORONTO), lambda: times(wrong, 1, start)):
        with pytest.raises(ConfigError) as caught:
            ask()
        assert "1st mon" in caught.value.hint


ZONES = st.sampled_from(
    ["America/Toronto", "Europe/London", "Pacific/Apia", "UTC", "America/Sao_Paulo",
     "Australia/Lord_Howe", "Africa/Casablanca"]
).map(ZoneInfo)  # fmt: skip
SCHEDULES = st.builds(
    Schedule,
    day=st.sampled_from(["1", "15", "29", "30", "31", "last", "1st mon", "5th fri", "1,15"]),
    hour=st.sampled_from(["0", "1", "2", "3", "9", "23", "1-3"]),
    minute=st.sampled_from(["0", "30", "59", "0,30"]),
    month=st.sampled_from(["current", "previous"]),
)
MOMENTS = st.timedeltas(timedelta(), timedelta(days=5844)).map(
    lambda later: datetime(2009, 1, 1, tzinfo=UTC) + later
)


@given(SCHEDULES, ZONES, MOMENTS)
def test_every_month_has_its_time_once(schedule: Schedule, zone: ZoneInfo, start: datetime) -> None:
    """A year from any moment on holds every month, each with its first time, in order."""
    found = list(firsts(schedule, zone, start, start + timedelta(days=365)))
    months = [due.month for due in found]
    assert len(months) in (11, 12, 13)
    assert months == sorted(set(months))
    assert [due.at for due in found] == sorted(due.at for due in found)
    assert all(b == _after(a) for a, b in pairwise(months))


def _after(month: Month) -> Month:
    return Month(month.year + month.number // 12, month.number % 12 + 1)


@given(SCHEDULES, ZONES, MOMENTS)
def test_coming_and_firsts_agree(schedule: Schedule, zone: ZoneInfo, start: datetime) -> None:
    """What comes after a moment is after it, in order, and begins with what `firsts` finds."""
    dues = list(islice(coming(schedule, zone, start), 6))
    moments = [start, *(due.at for due in dues)]
    assert all(a < b for a, b in pairwise(moments))
    found = list(firsts(schedule, zone, start + timedelta(microseconds=1), dues[-1].at))
    assert found == list(_first_of_each(dues))


def _first_of_each(dues: list[Due]) -> Iterator[Due]:
    seen: set[Month] = set()
    for due in dues:
        if due.month not in seen:
            seen.add(due.month)
            yield due


@given(SCHEDULES, ZONES, MOMENTS)
def test_first_and_last_time_of_a_month(
    schedule: Schedule, zone: ZoneInfo, start: datetime
) -> None:
    """They are the first and the last of all that come, and from any moment the next is found."""
    month = next(coming(schedule, zone, start)).month
    first, last = own_time(schedule, zone, month), last_time(schedule, zone, month)
    before = first - timedelta(microseconds=1)
    ours = [
        one.at for one in takewhile(lambda one: one.month == month, coming(schedule, zone, before))
    ]
    assert (ours[0], ours[-1]) == (first, last)
    for begin in (before, start, last, last + timedelta(seconds=1)):
        left = [at for at in ours if at >= begin]
        assert first_from(schedule, zone, month, begin) == (left[0] if left else None)


@given(SCHEDULES, ZONES, MOMENTS)
def test_a_month_has_one_own_time(schedule: Schedule, zone: ZoneInfo, start: datetime) -> None:
    """The very first time of a month doesn't depend on when one asks."""
    due = next(coming(schedule, zone, start))
    own = own_time(schedule, zone, due.month)
    assert own <= due.at
    assert due.at - own < timedelta(days=31)
