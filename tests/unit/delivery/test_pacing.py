"""How fast messages may go: arithmetic over moments."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from newsletter.config import Delivery
from newsletter.delivery.pacing import Bucket, Day, Limits, Quiet, next_day, per_second

NOW = datetime(2021, 2, 1, 14, 0, tzinfo=UTC)
TORONTO = ZoneInfo("America/Toronto")
ZONES = [TORONTO, ZoneInfo("Europe/London"), ZoneInfo("Pacific/Apia"), ZoneInfo("UTC")]
moments = st.integers(1_300_000_000, 1_900_000_000).map(
    lambda one: datetime.fromtimestamp(one, UTC)
)
rates = st.floats(0.001, 5000)


class BucketMachine(RuleBasedStateMachine):
    """A sender that takes what it may, waits, dies, comes back, and has its clock set back."""

    @initialize(rate=rates)
    def begin(self, rate: float) -> None:
        self.bucket = Bucket.of(rate)
        self.rate = rate
        self.now = NOW
        self.kept: datetime | None = None
        self.gone: list[datetime] = []

    @rule(share=st.floats(0, 1))
    def send(self, share: float) -> None:
        """Send some of what may go; the kept moment is all that is left of it."""
        number = round(self.bucket.free(self.kept, self.now) * share)
        if number:
            self.kept = self.bucket.after(self.kept, number, self.now)
            self.gone += [self.now] * number

    @rule()
    def send_all_and_then_wait_as_told(self) -> None:
        """What opens is open: one message may go then, and none a moment before."""
        free = self.bucket.free(self.kept, self.now)
        if free:
            self.kept = self.bucket.after(self.kept, free, self.now)
            self.gone += [self.now] * free
        opens = self.bucket.opens(self.kept, self.now)
        assert opens > self.now
        assert self.bucket.free(self.kept, opens - timedelta(microseconds=1)) == 0
        assert self.bucket.free(self.kept, opens) == 1
        self.now = opens

    @rule(seconds=st.floats(0, 10_000))
    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    @invariant()
    def never_more_than_rate_times_time_and_a_burst(self) -> None:
        """Over every span that ends now, restarts or not."""
        for number, start in enumerate(getattr(self, "gone", [])):
            span = (self.now - start).total_seconds()
            allowed = self.rate * span + self.bucket.burst
            assert len(self.gone) - number <= allowed + 1e-6

    @invariant()
    def a_burst_is_a_tenth_of_a_second(self) -> None:
        if hasattr(self, "bucket"):
            assert self.bucket.burst == max(1, int(self.rate / 10))


TestBucketMachine = BucketMachine.TestCase


@given(rates, st.integers(1, 10), st.timedeltas(timedelta(0), timedelta(days=400)))
def test_a_clock_set_back_costs_no_more_than_a_burst(
    rate: float, number: int, by: timedelta
) -> None:
    """However far it was set back, sending goes on after as long as a burst takes."""
    bucket = Bucket.of(rate)
    kept = bucket.after(None, min(number, bucket.burst), NOW)
    opens = bucket.opens(kept, NOW - by)
    assert opens - (NOW - by) <= bucket.gap * bucket.burst
    assert bucket.free(kept, opens) >= 1


def test_the_rate_is_reached() -> None:
    """Whoever sends whenever it may comes to the rate, not below it."""
    bucket, now, kept, gone = Bucket.of(7.0), NOW, None, 0
    while now < NOW + timedelta(seconds=60):
        number = bucket.free(kept, now)
        kept, gone = bucket.after(kept, number, now), gone + number
        now = bucket.opens(kept, now)
    assert 419 <= gone <= 421


@pytest.mark.parametrize(
    ("frequency", "rate"), [("5/s", 5.0), ("30/m", 0.5), ("3600/h", 1.0), ("86400/d", 1.0)]
)
def test_frequencies_are_read(frequency: str, rate: float) -> None:
    """So many a second, minute, hour or day."""
    assert per_second(frequency) == rate


RAMP = (500, 1000)
FIRST = date(2021, 2, 1)


def test_the_ramp_rises_after_a_day_that_used_it_up() -> None:
    """500 on the first day, 1,000 on the next, and then no limit."""
    day = Day(FIRST)
    assert day.left(RAMP) == 500
    second = day.after(500).on(date(2021, 2, 2), RAMP)
    assert second.left(RAMP) == 1000
    assert second.after(1000).on(date(2021, 2, 9), RAMP).left(RAMP) is None


def test_a_day_with_less_leaves_the_ramp_where_it_was() -> None:
    """A small month teaches receivers nothing of a large one."""
    assert Day(FIRST).after(499).on(date(2021, 3, 1), RAMP).left(RAMP) == 500


@given(
    st.lists(st.integers(1, 50), max_size=5).map(tuple),
    st.lists(st.tuples(st.integers(-3, 3), st.integers(0, 60)), max_size=40),
)
def test_no_day_has_more_than_its_step(ramp: tuple[int, ...], acts: list[tuple[int, int]]) -> None:
    """Whatever the clock does, a date never gets more than the highest step reached on it."""
    today, day = FIRST, Day(FIRST)
    gone: dict[date, int] = {}
    for days, wish in acts:
        today = max(today + timedelta(days=days), day.when - timedelta(days=7))
        day = day.on(today, ramp)
        left = day.left(ramp)
        number = wish if left is None else min(wish, left)
        limit = None if left is None else ramp[day.step]
        day = day.after(number)
        gone[day.when] = gone.get(day.when, 0) + number
        assert limit is None or gone[day.when] <= limit


def test_a_clock_that_was_years_ahead_holds_nothing_up() -> None:
    """What was used then counts for today; tomorrow is another day."""
    wrong = Day(date(2091, 1, 1)).after(500)
    today = wrong.on(FIRST, RAMP)
    assert today.left(RAMP) == 0
    assert today.on(FIRST + timedelta(days=1), RAMP).left(RAMP) == 1000


def test_what_was_not_handed_over_is_taken_back() -> None:
    """Claims that go back don't count against the day."""
    assert Day(FIRST).after(100).after(-40).left(RAMP) == 440
    assert Day(FIRST).after(-1) == Day(FIRST)


@given(moments, st.sampled_from(ZONES))
def test_the_next_day_begins_within_a_day_or_so(now: datetime, zone: ZoneInfo) -> None:
    """The moment is later, on another date there, and the date before it is today's."""
    begins = next_day(now, zone)
    assert now < begins <= now + timedelta(hours=49)
    today = now.astimezone(zone).date()
    assert begins.astimezone(zone).date() > today
    assert (begins - timedelta(microseconds=1)).astimezone(zone).date() == today


hours = st.times().map(lambda one: one.replace(second=0, microsecond=0))
spans = st.tuples(hours, hours).filter(lambda pair: pair[0] != pair[1]).map(lambda p: Quiet(*p))


@given(spans, moments, st.sampled_from(ZONES))
def test_quiet_ends_when_it_is_quiet_no_more(quiet: Quiet, now: datetime, zone: ZoneInfo) -> None:
    """The end lies ahead, and then something may go."""
    ends = quiet.ends(now, zone)
    assert ends > now
    assert not quiet.holds(ends, zone)
    if quiet.holds(now, zone):
        assert ends - now <= timedelta(hours=49)


@given(spans, moments)
def test_every_minute_until_the_end_is_quiet(quiet: Quiet, now: datetime) -> None:
    """Nothing is lost of the day: where no clock changes, it ends at its end and no later."""
    zone = ZoneInfo("UTC")
    if quiet.holds(now, zone):
        ends = quiet.ends(now, zone)
        assert quiet.holds(ends - timedelta(microseconds=1), zone)
        assert quiet.holds(now + (ends - now) / 2, zone)


@pytest.mark.parametrize(
    ("clock", "quiet"),
    [("21:59", False), ("22:00", True), ("23:30", True), ("03:00", True), ("07:00", False)],
)
def test_quiet_hours_go_over_midnight(clock: str, quiet: bool) -> None:
    """By the clock on the newsletter's wall."""
    hour, minute = map(int, clock.split(":"))
    now = datetime(2021, 2, 1, hour, minute, tzinfo=TORONTO)
    assert Quiet.parse("22:00-07:00").holds(now, TORONTO) is quiet


def test_quiet_hours_of_the_night_with_an_hour_more() -> None:
    """In the second 01:30 of the autumn night, the end is still the one that comes next."""
    now = datetime(2021, 11, 7, 1, 10, tzinfo=TORONTO).replace(fold=1)
    ends = Quiet(time(0, 0), time(1, 30)).ends(now, TORONTO)
    assert ends == datetime(2021, 11, 7, 6, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["night", "22-7", "22:00-22:00", "24:00-07:00", "22:00-07:60", "22:00"]
)
def test_what_is_no_span_is_refused(text: str) -> None:
    """With the span as it was written."""
    with pytest.raises(ValueError, match=text):
        Quiet.parse(text)


def test_limits_come_from_the_settings() -> None:
    """None where nothing is asked for."""
    assert Limits.of(Delivery()) == Limits(None, {}, (), None)
    asked = Delivery(
        rate_per_second=20.0, domain_rate={"Gmail.com": "30/m"}, ramp=(5,), quiet="22:00-07:00"
    )
    assert Limits.of(asked) == Limits(
        Bucket(timedelta(milliseconds=50), 2),
        {"gmail.com": Bucket(timedelta(seconds=2), 1)},
        (5,),
        Quiet(time(22), time(7)),
    )
