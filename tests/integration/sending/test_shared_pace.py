"""Limits that hold for several senders together, with a clock that is moved by hand."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from newsletter.config import Delivery
from newsletter.delivery.pacing import Limits
from newsletter.sending.shared_pace import SharedPace
from newsletter.store.claims import Lane
from newsletter.store.engine import reading
from tests.support.database import NewDatabase
from tests.support.ledger import START, ZONE, Desk, open_desk

SENDERS = 3
SLACK = 1e-6


@pytest.fixture
def desk(new_postgresql: NewDatabase) -> Iterator[Desk]:
    desk = open_desk(new_postgresql())
    yield desk
    desk.engine.dispose()


def crew(desk: Desk, **policy: object) -> list[SharedPace]:
    limits = Limits.of(Delivery(**policy))  # type: ignore[arg-type]
    return [SharedPace(limits, ZONE, {}, desk.engine) for _ in range(SENDERS)]


def send(desk: Desk, paces: list[SharedPace], turns: int) -> list[tuple[datetime, Lane]]:
    """Let each in turn, as chance will have it, send as much as it may; return what went when."""
    chance, gone = random.Random(turns), []  # noqa: S311
    for _ in range(turns):
        now, pace = desk.clock.now(), chance.choice(paces)
        for lane in pace.lanes if pace.hold(now) is None else ():
            number = pace.reserve(lane, chance.randint(1, 8), now)
            with reading(desk.engine) as connection:
                pace.spend(connection, lane, number, now)
            gone += [(now, lane)] * number
        desk.clock.move(seconds=chance.uniform(0, 0.05))
    return gone


def most(moments: list[datetime], rate: float) -> float:
    """Return by how many messages a rate is passed in the span of time in which it is most."""
    spans = [
        number - rate * (end - start).total_seconds()
        for first, start in enumerate(moments)
        for number, end in enumerate(moments[first:], 1)
    ]
    return max(spans)


def test_the_rate_is_everybodys(desk: Desk) -> None:
    """In no span of time do more go than the rate, its burst, and what each had in hand."""
    gone = send(desk, crew(desk, rate_per_second=80.0), 300)
    burst, in_hand = 8, SENDERS * 2
    moments = [moment for moment, _ in gone]
    assert most(moments, 80.0) <= burst + in_hand + SLACK
    seconds = (desk.clock.now() - START).total_seconds()
    assert len(gone) > 0.7 * 80.0 * seconds


def test_a_domain_has_its_own_rate(desk: Desk) -> None:
    """A domain's limit holds over all, while others go as fast as they may."""
    gone = send(desk, crew(desk, domain_rate={"example.com": "10/s"}), 100)
    slow = [moment for moment, lane in gone if lane.domain]
    assert most(slow, 10.0) <= 1 + SENDERS + SLACK
    assert len(gone) > 5 * len(slow) > 0


def test_the_ramp_is_everybodys(desk: Desk) -> None:
    """So many go on the first day, whoever sends them; what is given back may go too."""
    paces = crew(desk, ramp=(50, 100))
    first, second = send(desk, paces, 100), send(desk, paces, 100)
    assert (len(first), second) == (50, [])
    with reading(desk.engine) as connection:
        paces[0].give_back(connection, 7, desk.clock.now())
    assert len(send(desk, paces, 100)) == 7
    desk.clock.move(days=1)
    assert len(send(desk, paces, 200)) == 100


def test_what_is_in_hand_at_the_end_is_given_back(desk: Desk) -> None:
    """A chunk that ends leaves the rest of its rights to the day."""
    paces = crew(desk, ramp=(50,), rate_per_second=200.0)
    now = desk.clock.now()
    assert paces[0].reserve(paces[0].lanes[0], 1, now) == 1
    paces[0].close(now)
    desk.clock.move(seconds=5)
    gone = send(desk, paces[1:], 200)
    assert len(gone) == 50
    assert max(moment for moment, _ in gone) < now + timedelta(minutes=1)
