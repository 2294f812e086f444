"""The pace: rate, domains, ramp and quiet hours, with a clock that is moved by hand."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from newsletter.config import Delivery
from newsletter.delivery import Message, Receipt, Stage
from newsletter.delivery.memory import MemoryBackend
from newsletter.delivery.pacing import Limits
from newsletter.errors import BackendError
from newsletter.model import MailingState
from newsletter.sending import holds, send, send_until_settled
from newsletter.sending.guard import LOOK
from newsletter.sending.pace import Pace
from newsletter.sending.run import LINGER
from newsletter.store import leases, paces
from newsletter.store.claims import EVERYBODY
from newsletter.store.engine import reading, writing
from newsletter.store.tables import lease
from tests.support.database import NewDatabase
from tests.support.ledger import (
    MONTH,
    START,
    ZONE,
    Desk,
    add_readers,
    crowd,
    open_desk,
    schedule,
)


class Timed(MemoryBackend):
    """Notes when each message was pulled, and how often it was asked to deliver."""

    def __init__(self, desk: Desk, **options: object) -> None:
        super().__init__(in_flight=1, **options)  # type: ignore[arg-type]
        self.desk = desk
        self.moments: list[tuple[datetime, str]] = []
        self.streams = 0

    def deliver(self, messages: Iterator[Message]) -> Iterator[Sequence[Receipt]]:
        self.streams += 1
        return super().deliver(self._noted(messages))

    def _noted(self, messages: Iterator[Message]) -> Iterator[Message]:
        for message in messages:
            self.moments.append((self.desk.clock.now(), message.recipient))
            yield message


def seconds(backend: Timed, domain: str = "") -> list[float]:
    """Return when messages went, in seconds after the start."""
    found = [moment for moment, who in backend.moments if who.endswith(domain)]
    return [(moment - START).total_seconds() for moment in found]


def timed(desk: Desk, **policy: object) -> Timed:
    desk.policy = Delivery(connections=1, **policy)  # type: ignore[arg-type]
    backend = Timed(desk)
    desk.backend = backend
    return backend


def doze(desk: Desk, seconds: float) -> None:
    """Let each wait last so long at least: the nights of these tests are short enough for us."""
    desk.sleep = lambda length: desk.clock.move(seconds=seconds)  # type: ignore[method-assign]


def test_the_rate_holds_for_all_messages(desk: Desk) -> None:
    """Four a second: one each quarter of a second, in a single stream, until all have gone."""
    add_readers(desk, crowd(9))
    schedule(desk)
    backend = timed(desk, rate_per_second=4.0)
    result = send(desk.outfit, MONTH, ZONE)
    assert seconds(backend) == [0.25 * number for number in range(9)]
    assert backend.streams == 1
    assert result.mailing.state is MailingState.SENT


def test_for_a_long_wait_connections_are_closed(desk: Desk) -> None:
    """Ten seconds between messages: each has a stream of its own, and the run goes on by itself."""
    add_readers(desk, crowd(3))
    schedule(desk)
    backend = timed(desk, rate_per_second=0.1)
    assert timedelta(seconds=10) > LINGER
    send(desk.outfit, MONTH, ZONE)
    assert seconds(backend) == [0.0, 10.0, 20.0]
    assert backend.streams == 3


def test_nobody_is_claimed_before_their_turn(desk: Desk) -> None:
    """Whoever leaves during the wait for their turn gets nothing."""
    readers = add_readers(desk, crowd(3))
    schedule(desk)
    backend = timed(desk, rate_per_second=1.0)
    states: list[dict[str, int]] = []
    sleep = desk.sleep

    def observed(length: float) -> None:
        states.append(desk.states())
        sleep(length)

    desk.sleep = observed  # type: ignore[method-assign]
    send(desk.outfit, MONTH, ZONE)
    assert len(backend.delivered) == len(readers)
    assert all("sending" not in one or one["sending"] == 1 for one in states)
    assert states[0] == {"sending": 1, "queued": 2} or states[0] == {"sent": 1, "queued": 2}


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rate=st.sampled_from([0.2, 3.0, 40.0]), stops=st.lists(st.integers(1, 9), max_size=4))
def test_the_rate_holds_over_restarts(
    new_database: NewDatabase, rate: float, stops: list[int]
) -> None:
    """A sender that is stopped and started again gains nothing by it."""
    desk = open_desk(new_database())
    add_readers(desk, crowd(15))
    schedule(desk)
    backend = timed(desk, rate_per_second=rate)
    for number in [*stops, 100]:
        target = len(backend.moments) + number
        send(desk.outfit, MONTH, ZONE, stop=lambda end=target: len(backend.moments) >= end)
    desk.engine.dispose()
    moments = seconds(backend)
    assert len(moments) == 15
    burst = max(1, int(rate / 10))
    for first, start in enumerate(moments):
        for number, end in enumerate(moments[first:], 1):
            assert number <= rate * (end - start) + burst + 1e-6


def test_a_domain_has_its_own_rate_and_holds_up_nobody_else(desk: Desk) -> None:
    """Slow readers wait for each other; the others are done at once."""
    slow = [f"s{one}@slow.example" for one in range(3)]
    add_readers(desk, [*slow, *crowd(5), "S9@slow.example", "x@notslow.example"])
    schedule(desk)
    backend = timed(desk, domain_rate={"slow.example": "30/m"})
    result = send(desk.outfit, MONTH, ZONE)
    assert seconds(backend, "@slow.example") == [0.0, 2.0, 4.0, 6.0]
    assert max(seconds(backend, "@example.org") + seconds(backend, "@notslow.example")) == 0.0
    assert result.mailing.state is MailingState.SENT


def test_a_domains_rate_holds_for_retries_too(desk: Desk) -> None:
    """Two readers of one domain, deferred together, are tried apart."""
    add_readers(desk, ["a@slow.example", "b@slow.example"])
    schedule(desk)
    timed(desk, domain_rate={"slow.example": "30/m"})
    desk.answer_with(lambda one: Receipt(one.key, False, Stage.DONE, 451, "4.3.0", "later"))
    send(desk.outfit, MONTH, ZONE)
    assert desk.states() == {"deferred": 2}
    desk.clock.move(hours=1)
    backend = timed(desk, domain_rate={"slow.example": "30/m"})
    send(desk.outfit, MONTH, ZONE)
    first, second = seconds(backend)
    assert second - first == 2.0
    assert desk.states() == {"sent": 2}


def test_both_limits_hold_at_once(desk: Desk) -> None:
    """The rate of all is never passed by the sum of the lanes."""
    add_readers(desk, [f"a{one}@one.example" for one in range(4)])
    add_readers(desk, [f"b{one}@two.example" for one in range(4)])
    add_readers(desk, crowd(4))
    schedule(desk)
    limits = {"one.example": "1/s", "two.example": "2/s"}
    backend = timed(desk, rate_per_second=2.0, domain_rate=limits)
    send(desk.outfit, MONTH, ZONE)
    assert len(backend.delivered) == 12
    moments = seconds(backend)
    assert all(later - earlier >= 0.5 for earlier, later in pairwise(moments))
    ones = seconds(backend, "@one.example")
    assert all(later - earlier >= 1.0 for earlier, later in pairwise(ones))


def test_the_ramp_ends_a_day_and_the_next_goes_on(desk: Desk) -> None:
    """5 on the first day, 10 on the second, then all; the mailing stays `sending` meanwhile."""
    add_readers(desk, crowd(40))
    schedule(desk)
    backend = timed(desk, ramp=(5, 10))
    counts = []
    for _ in range(3):
        result = send(desk.outfit, MONTH, ZONE)
        counts.append(len(backend.delivered))
        if result.hold:
            assert result.mailing.state is MailingState.SENDING
            assert "ramp" in result.hold.why
            assert result.goes_on_at == result.hold.until
            desk.clock.moment = result.hold.until
    assert counts == [5, 15, 40]
    assert result.mailing.state is MailingState.SENT


def test_a_days_end_is_midnight_where_the_newsletter_lives(desk: Desk) -> None:
    """Half past nine in Toronto's morning: the day ends at five in the morning, UTC."""
    add_readers(desk, crowd(2))
    schedule(desk)
    timed(desk, ramp=(1,))
    result = send(desk.outfit, MONTH, ZONE)
    assert result.hold
    assert result.hold.until == datetime(2021, 2, 2, 5, 0, tzinfo=UTC)
    assert holds(desk.outfit, ZONE) == result.hold


def test_a_relay_that_is_down_costs_nothing_of_the_day(desk: Desk) -> None:
    """What goes back unsent does not count against the ramp."""

    class Down(MemoryBackend):
        def deliver(self, messages: Iterator[Message]) -> Iterator[Sequence[Receipt]]:
            next(messages)
            raise BackendError("nothing listens")
            yield ()

    add_readers(desk, crowd(8))
    schedule(desk)
    desk.policy = Delivery(connections=2, ramp=(5,))
    desk.backend = Down()
    for _ in range(4):
        with pytest.raises(BackendError):
            send(desk.outfit, MONTH, ZONE)
    backend = timed(desk, ramp=(5,))
    send(desk.outfit, MONTH, ZONE)
    assert len(backend.delivered) == 5


def test_nothing_goes_in_quiet_hours(desk: Desk) -> None:
    """The run ends and says when it goes on; nobody is claimed; then it does."""
    add_readers(desk, crowd(3))
    schedule(desk)
    backend = timed(desk, quiet="08:00-10:00")
    result = send(desk.outfit, MONTH, ZONE)
    assert result.hold
    assert result.hold.until == datetime(2021, 2, 1, 15, 0, tzinfo=UTC)
    assert desk.states() == {"queued": 3}
    desk.clock.moment = result.hold.until
    assert send(desk.outfit, MONTH, ZONE).mailing.state is MailingState.SENT
    assert len(backend.delivered) == 3


def test_no_server_is_asked_in_quiet_hours(desk: Desk) -> None:
    """Nor where nobody is due: the run ends before a backend is opened."""
    add_readers(desk, crowd(1))
    schedule(desk)
    timed(desk, quiet="08:00-10:00")
    send(desk.outfit, MONTH, ZONE)
    assert not desk.backend.closed
    desk.answer_with(lambda one: Receipt(one.key, False, Stage.DONE, 451, "4.3.0", "later"))
    desk.policy = Delivery()
    send(desk.outfit, MONTH, ZONE)
    assert desk.backend.closed
    backend = timed(desk)
    send(desk.outfit, MONTH, ZONE)
    assert desk.states() == {"deferred": 1}
    assert not backend.closed


def test_quiet_hours_begin_in_the_middle(desk: Desk) -> None:
    """At the stroke of the hour no more are claimed; what was in flight is finished."""
    add_readers(desk, crowd(10))
    schedule(desk)
    backend = timed(desk, rate_per_second=1.0, quiet="09:00-10:00")
    desk.clock.moment = datetime(2021, 2, 1, 13, 59, 57, tzinfo=UTC)
    result = send(desk.outfit, MONTH, ZONE)
    assert len(backend.delivered) == 3
    assert result.hold
    assert desk.states() == {"sent": 3, "queued": 7}


def test_waiting_until_all_is_settled(desk: Desk) -> None:
    """Through quiet hours and retries, in one call, with the lease free in between."""
    add_readers(desk, crowd(3))
    schedule(desk)
    doze(desk, 5)
    backend = timed(desk, quiet="09:00-10:00")
    refused: list[str] = []

    def busy_once(message: Message) -> Receipt | None:
        if message.recipient in refused:
            return None
        refused.append(message.recipient)
        return Receipt(message.key, False, Stage.DONE, 451, "4.3.0", "later")

    backend._answer = busy_once
    waits = []

    def look(stands: object) -> None:
        with writing(desk.engine) as connection:
            leases.take(connection, "sender", leases.Holder("b", "elsewhere", 1), START)
            leases.release(connection, "sender", leases.Holder("b", "elsewhere", 1))
        waits.append(desk.clock.now())

    result = send_until_settled(desk.outfit, MONTH, ZONE, waits=look)
    assert result.mailing.state is MailingState.SENT
    assert len(backend.delivered) == 3
    assert waits[0] == START
    assert backend.moments[0][0] >= START + timedelta(hours=1)
    assert backend.moments[-1][0] > START + timedelta(hours=1, minutes=4)


def test_waiting_ends_when_somebody_pauses(desk: Desk) -> None:
    """A pause is heard within about a second, however long the wait would be."""
    from newsletter.sending import steer

    add_readers(desk, crowd(1))
    schedule(desk)
    timed(desk, quiet="09:00-21:00")

    def pause(stands: object) -> None:
        with writing(desk.engine) as connection:
            steer.pause(connection, desk.mailing())

    result = send_until_settled(desk.outfit, MONTH, ZONE, waits=pause)
    assert result.mailing.state is MailingState.PAUSED
    assert desk.clock.now() - START <= timedelta(seconds=1.5)


def test_waiting_ends_on_a_stop(desk: Desk) -> None:
    """Within a quarter of a second."""
    add_readers(desk, crowd(1))
    schedule(desk)
    timed(desk, quiet="09:00-21:00")
    end = START + timedelta(seconds=30)
    send_until_settled(desk.outfit, MONTH, ZONE, stop=lambda: desk.clock.now() >= end)
    assert desk.clock.now() - end <= LOOK


def test_a_stop_is_heard_while_the_rate_is_kept(desk: Desk) -> None:
    """The wait for the next turn ends within a quarter of a second."""
    add_readers(desk, crowd(2))
    schedule(desk)
    timed(desk, rate_per_second=0.01)
    end = START + timedelta(seconds=30)
    send(desk.outfit, MONTH, ZONE, stop=lambda: desk.clock.now() >= end)
    assert desk.clock.now() - end <= LOOK
    assert desk.states() == {"sent": 1, "queued": 1}


def test_a_clock_set_back_holds_nothing_up(desk: Desk) -> None:
    """An hour back in the middle of a wait of ten seconds: the wait is not an hour longer."""
    add_readers(desk, crowd(2))
    schedule(desk)
    backend = timed(desk, rate_per_second=0.1)
    sleeps: list[float] = []

    def sleep(length: float) -> None:
        sleeps.append(length)
        desk.clock.move(seconds=length, hours=-1 if len(sleeps) == 8 else 0)

    desk.sleep = sleep  # type: ignore[method-assign]
    assert send(desk.outfit, MONTH, ZONE).mailing.state is MailingState.SENT
    assert len(backend.delivered) == 2
    assert sum(sleeps) <= 22


def test_the_lease_lives_through_a_long_wait(desk: Desk) -> None:
    """Minutes between two messages: whoever asks meanwhile is told that we are at work."""
    add_readers(desk, crowd(2))
    schedule(desk)
    timed(desk, rate_per_second=0.002)
    expiries = []
    sleep = desk.sleep

    def watched(length: float) -> None:
        sleep(length)
        with reading(desk.engine) as connection:
            expires = connection.execute(select(lease.c.expires_at)).scalar_one()
        expiries.append(expires - desk.clock.now())

    desk.sleep = watched  # type: ignore[method-assign]
    send(desk.outfit, MONTH, ZONE)
    assert len(expiries) > 1000
    assert min(expiries) > timedelta(seconds=40)


def test_the_pace_is_written_with_the_claim(desk: Desk) -> None:
    """A crash right after a claim forgets nothing that may have gone."""
    add_readers(desk, crowd(4))
    schedule(desk)
    desk.policy = Delivery(connections=2, rate_per_second=20.0, ramp=(100,))

    class Dying(MemoryBackend):
        def deliver(self, messages: Iterator[Message]) -> Iterator[Sequence[Receipt]]:
            next(messages)
            raise KeyboardInterrupt
            yield ()

    desk.backend = Dying()
    with pytest.raises(KeyboardInterrupt):
        send(desk.outfit, MONTH, ZONE)
    with reading(desk.engine) as connection:
        pace = Pace.of(Limits.of(desk.policy), ZONE, paces.load(connection))
    assert pace.room(desk.clock.now()) == 0
    assert pace.kept["ramp"].used >= 1


def test_without_limits_nothing_is_kept(desk: Desk) -> None:
    """Whoever asks for no limit pays for none."""
    add_readers(desk, crowd(3))
    schedule(desk)
    timed(desk)
    send(desk.outfit, MONTH, ZONE)
    with reading(desk.engine) as connection:
        assert paces.load(connection) == {}
    assert Pace.of(Limits.of(Delivery()), ZONE, {}).lanes == (EVERYBODY,)


def test_everybody_gets_it_whatever_the_limits(desk: Desk) -> None:
    """All limits together delay; they lose nobody and send nothing twice."""
    domains = ["one.example", "two.example", "three.example"]
    people = [f"r{number}@{domains[number % 3]}" for number in range(45)]
    add_readers(desk, people)
    schedule(desk)
    doze(desk, 60)
    backend = timed(
        desk,
        rate_per_second=2.0,
        domain_rate={"one.example": "1/s", "two.example": "20/m"},
        ramp=(10, 20),
        quiet="22:00-07:00",
    )
    result = send_until_settled(desk.outfit, MONTH, ZONE)
    assert result.mailing.state is MailingState.SENT
    assert Counter(one.recipient for one in backend.delivered) == Counter(people)
