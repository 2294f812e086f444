"""What is to be done now: the decisions, over ten years and with clocks that misbehave."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.config import Schedule
from newsletter.model import MailingState, Month
from newsletter.schedule import own_time
from newsletter.service.decide import Act, decide

TORONTO = ZoneInfo("America/Toronto")
SINCE = datetime(2020, 1, 1, tzinfo=UTC)
AUTOMATIC = Schedule(approval="automatic", month="previous")
DUE = datetime(2021, 2, 1, 14, tzinfo=UTC)
"""A first Monday, nine in Toronto: January's time."""
JANUARY = Month(2021, 1)
EARLIER = {Month(2020, number): MailingState.SENT for number in range(1, 13)} | {
    Month(2019, 12): MailingState.SENT
}


def acts(
    schedule: Schedule,
    now: datetime,
    states: dict[Month, MailingState] | None = None,
    since: datetime = SINCE,
) -> list[tuple[Act, Month]]:
    decisions = decide(schedule, TORONTO, now, since, EARLIER | (states or {}))
    return [(one.act, one.due.month) for one in decisions]


def after(**by: float) -> datetime:
    return DUE + timedelta(**by)


def test_nothing_before_its_time() -> None:
    """A second too early is too early."""
    quiet = AUTOMATIC.model_copy(update={"remind_before": timedelta()})
    assert acts(quiet, after(seconds=-1)) == []


@pytest.mark.parametrize("late", [timedelta(), timedelta(hours=5), timedelta(days=7)])
def test_due_and_late(late: timedelta) -> None:
    """From its time on, for as long as `late_by`, a month is sent."""
    assert acts(AUTOMATIC, DUE + late) == [(Act.SEND, JANUARY)]


def test_too_late() -> None:
    """After `late_by` somebody is asked, whether it was approved or not."""
    assert acts(AUTOMATIC, after(days=7, seconds=1)) == [(Act.ASK, JANUARY)]
    approved = {JANUARY: MailingState.SCHEDULED}
    assert acts(AUTOMATIC, after(days=7, seconds=1), approved) == [(Act.ASK, JANUARY)]


@pytest.mark.parametrize("state", ["sending", "paused", "sent", "cancelled"])
@pytest.mark.parametrize("days", [0, 8])
def test_what_was_started_is_not_started_again(state: str, days: int) -> None:
    """Neither in time nor too late is anything decided about a mailing that has begun."""
    assert acts(AUTOMATIC, after(days=days), {JANUARY: MailingState(state)}) == []


def test_never_too_late() -> None:
    """A `late_by` of a century lets an approved month go whenever, and forgets none."""
    patient = AUTOMATIC.model_copy(update={"late_by": timedelta(days=36500)})
    old = {Month(1999, 12): MailingState.SCHEDULED}
    assert acts(patient, DUE, old) == [(Act.SEND, Month(1999, 12)), (Act.SEND, JANUARY)]


def test_approval() -> None:
    """Where approval is required, an unapproved month waits and an approved one goes."""
    required = Schedule(approval="required", month="previous")
    assert acts(required, DUE) == [(Act.AWAIT_APPROVAL, JANUARY)]
    assert acts(required, after(days=3), {JANUARY: MailingState.SCHEDULED}) == [(Act.SEND, JANUARY)]


def test_an_approved_month_waits_for_its_time() -> None:
    """Approved before its time is not sent before its time, nor is anybody reminded of it."""
    assert acts(AUTOMATIC, after(days=-1), {JANUARY: MailingState.SCHEDULED}) == []


def test_a_reminder_before_the_time() -> None:
    """`remind_before` the time, and not earlier."""
    assert acts(AUTOMATIC, after(days=-3)) == [(Act.REMIND, JANUARY)]
    assert acts(AUTOMATIC, after(days=-3, seconds=-1)) == []


def test_a_second_time_in_the_month_reminds_nobody() -> None:
    """With two times a month, the first one is the time."""
    twice = AUTOMATIC.model_copy(update={"day": "1,15"})
    assert acts(twice, datetime(2021, 2, 13, 14, tzinfo=UTC)) == [(Act.ASK, JANUARY)]


def test_a_new_site_sends_nothing_that_was_due_before_it_was() -> None:
    """What was due before the first start is neither sent nor asked about."""
    for days in (0.5, 6, 30):
        assert (Act.SEND, JANUARY) not in acts(AUTOMATIC, after(days=days), since=after(hours=1))
        assert (Act.ASK, JANUARY) not in acts(AUTOMATIC, after(days=days), since=after(hours=1))


def test_the_minute_of_the_first_start_counts() -> None:
    """A service started at 9:00:40 for 9:00 is in time."""
    assert acts(AUTOMATIC, after(seconds=41), since=after(seconds=40)) == [(Act.SEND, JANUARY)]


def test_a_new_site_sends_what_was_approved() -> None:
    """An approval is somebody's word, also where the time was before the first start."""
    approved = {JANUARY: MailingState.SCHEDULED}
    assert acts(AUTOMATIC, after(hours=2), approved, since=after(hours=1)) == [(Act.SEND, JANUARY)]


def test_every_minute_is_the_current_month() -> None:
    """With `*` a new service sends the current month at once, wherever in the month it is."""
    always = Schedule(day="*", hour="*", minute="*", approval="automatic", month="current")
    now = datetime(2021, 2, 17, 11, 22, 33, tzinfo=UTC)
    assert acts(always, now, since=now) == [(Act.SEND, Month(2021, 2))]
    sent = {Month(2021, 2): MailingState.SENT}
    assert acts(always, now + timedelta(minutes=1), sent, since=now) == []


def test_the_time_that_is_named_is_the_first_we_were_there_for() -> None:
    """With many times a month, what is said to have been due is the one at which it should go."""
    always = Schedule(day="*", hour="*", minute="*", approval="automatic", month="current")
    now = datetime(2021, 2, 17, 11, 22, 33, tzinfo=UTC)
    (fresh,) = decide(always, TORONTO, now, now, {})
    assert fresh.due.at == datetime(2021, 2, 17, 11, 22, tzinfo=UTC)
    (waiting,) = decide(always, TORONTO, now + timedelta(days=8), now, {})
    assert waiting == fresh


def test_months_that_were_missed_while_down_are_all_asked_about() -> None:
    """Down for a quarter: the last month goes out if it still may, the others are asked about."""
    now = datetime(2021, 4, 6, tzinfo=UTC)
    assert acts(AUTOMATIC, now) == [
        (Act.SEND, Month(2021, 3)),
        (Act.ASK, JANUARY),
        (Act.ASK, Month(2021, 2)),
    ]


# Ten years, with the real decisions and a ledger that only remembers.


@dataclass
class World:
    """What a service does with its decisions: what is sent, when, and what is asked about."""

    schedule: Schedule
    zone: ZoneInfo
    since: datetime
    states: dict[Month, MailingState] = field(default_factory=dict)
    sent: list[tuple[Month, datetime]] = field(default_factory=list)
    asked: set[Month] = field(default_factory=set)

    def wake(self, now: datetime) -> None:
        for one in decide(self.schedule, self.zone, now, self.since, self.states):
            if one.act is Act.SEND:
                self.states[one.due.month] = MailingState.SENT
                self.sent.append((one.due.month, now))
            elif one.act is Act.ASK:
                self.asked.add(one.due.month)

    @property
    def months(self) -> list[Month]:
        return [month for month, _ in self.sent]


BEGIN = datetime(2010, 1, 1, tzinfo=UTC)
MONTHS = [Month(2010 + number // 12, number % 12 + 1) for number in range(120)]
ZONES = ("America/Toronto", "Europe/London", "Pacific/Apia", "UTC")


def wakes(step: timedelta) -> Iterable[datetime]:
    """Every `step` through ten years and a few days, from a second before midnight on."""
    number = int(timedelta(days=3656) / step)
    return (BEGIN - timedelta(seconds=1) + step * one for one in range(number))


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(
    "words",
    [
        {"day": "1st mon", "hour": "9"},
        {"day": "last", "hour": "23", "minute": "59"},
        {"day": "30", "hour": "9"},
        {"day": "31", "hour": "0"},
        {"day": "2nd sun", "hour": "2", "minute": "30"},
        {"day": "last sun", "hour": "1", "minute": "30"},
        {"day": "*", "hour": "*", "minute": "*"},
    ],
    ids=lambda words: " ".join(words.values()),
)
def test_ten_years_have_a_hundred_and_twenty_mailings(zone: str, words: dict[str, str]) -> None:
    """Each month goes out once, in order, in its own month, within one waking of its time."""
    schedule = Schedule.model_validate(
        {"approval": "automatic", "month": "current", "remind_before": "0d", **words}
    )
    step = timedelta(hours=23)
    world = World(schedule, ZoneInfo(zone), BEGIN - timedelta(days=1))
    for now in wakes(step):
        world.wake(now)
    assert [month for month in world.months if month in MONTHS] == MONTHS
    ours = [(month, now) for month, now in world.sent if month in MONTHS]
    assert all(now - own_time(schedule, world.zone, month) < step for month, now in ours)
    assert world.asked == set()


@st.composite
def clocks(draw: st.DrawFn) -> list[datetime]:
    """Wakings over two years: gaps, a service that is down for days, a clock set back or ahead."""
    now, found = BEGIN, []
    gaps = st.one_of(
        st.timedeltas(timedelta(seconds=1), timedelta(hours=30)),
        st.timedeltas(timedelta(days=1), timedelta(days=6)),
        st.just(-timedelta(days=1)),
        st.timedeltas(-timedelta(days=1), timedelta()),
    )
    for gap in draw(st.lists(gaps, min_size=30, max_size=300)):
        now += gap
        found.append(now)
    return found


SCHEDULES = st.builds(
    Schedule,
    day=st.sampled_from(["1", "15", "29", "30", "31", "last", "1st mon", "5th fri", "*"]),
    hour=st.sampled_from(["0", "2", "9", "23", "*"]),
    minute=st.sampled_from(["0", "30", "59", "*"]),
    month=st.sampled_from(["current", "previous"]),
    approval=st.just("automatic"),
)


@given(SCHEDULES, st.sampled_from(ZONES).map(ZoneInfo), clocks())
def test_no_clock_sends_a_month_twice_or_leaves_one_out(
    schedule: Schedule, zone: ZoneInfo, moments: list[datetime]
) -> None:
    """However the clock jumps: never twice, and nothing whose time was passed is left out."""
    since = BEGIN - timedelta(days=40)
    world = World(schedule, zone, since)
    for now in moments:
        world.wake(now)
    assert len(world.months) == len(set(world.months))
    last = decide(schedule, zone, max(moments), since, {})
    passed = {one.due.month for one in last if one.act in (Act.SEND, Act.ASK)}
    assert passed <= set(world.months) | world.asked
