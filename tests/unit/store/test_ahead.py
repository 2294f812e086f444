"""Readers found ahead are claimed only as long as what was found still holds."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, select, update

from newsletter.sending import plan
from newsletter.store import claims
from newsletter.store.ahead import FRESH, Ahead
from newsletter.store.claims import EVERYBODY
from newsletter.store.engine import writing, writing_later
from newsletter.store.ledger import ALL
from subscribers.tables import subscriber
from tests.support.ledger import MONTH, Desk, add_readers, crowd, open_desk, schedule


@pytest.fixture
def desk(database: str) -> Iterator[Desk]:
    """Six readers who wait for this month's mail."""
    desk = open_desk(database)
    add_readers(desk, crowd(6))
    schedule(desk)
    with writing(desk.engine) as connection:
        plan.begin(connection, MONTH, desk.clock.now())
    yield desk
    desk.engine.dispose()


def claim(
    desk: Desk, connection: Connection, ahead: Ahead, after: int, limit: int
) -> claims.Claimed:
    """Claim in a transaction of its own, on the run's connection."""
    now = desk.clock.now()
    with connection.begin():
        return claims.claim_queued(connection, 1, after, limit, now, EVERYBODY, ALL, ahead)


def third(desk: Desk) -> int:
    with writing(desk.engine) as connection:
        return int(connection.execute(select(subscriber.c.id).offset(2).limit(1)).scalar_one())


def test_everybody_is_claimed_once_in_order(desk: Desk) -> None:
    """Whatever number is asked for, nobody is left out or comes twice."""
    ahead, last, found = Ahead(), 0, []
    with writing_later(desk.engine) as connection:
        for limit in (1, 2, 2, 2):
            claimed = claim(desk, connection, ahead, last, limit)
            last = claimed.last or last
            found += [one.email for one in claimed.ours]
    assert found == crowd(6)


def test_who_leaves_after_they_were_found_is_skipped(desk: Desk) -> None:
    """Somebody who unsubscribes between two claims is not mailed by the second."""
    ahead = Ahead()
    with writing_later(desk.engine) as connection:
        first = claim(desk, connection, ahead, 0, 2)
        gone = update(subscriber).where(subscriber.c.id == third(desk))
        with writing(desk.engine) as other:
            other.execute(gone.values(state="unsubscribed"))
        second = claim(desk, connection, ahead, first.last, 2)
    assert ([one.email for one in second.ours], second.skipped) == ([crowd(6)[3]], 1)


def test_a_pause_that_ends_by_itself_is_seen(desk: Desk) -> None:
    """What was found is looked at anew after a while, though nobody has written."""
    ahead, until = Ahead(), desk.clock.now() + FRESH / 2
    with writing(desk.engine) as other:
        resting = update(subscriber).where(subscriber.c.id > 2)
        other.execute(resting.values(paused_until=until))
    with writing_later(desk.engine) as connection:
        first = claim(desk, connection, ahead, 0, 2)
        desk.clock.move(seconds=FRESH.total_seconds() + 1)
        second = claim(desk, connection, ahead, first.last, 4)
    assert [one.email for one in (*first.ours, *second.ours)] == crowd(6)


def test_another_place_to_begin_is_looked_up_anew(desk: Desk) -> None:
    """Whoever goes back in the order gets what stands there now."""
    ahead = Ahead()
    with writing_later(desk.engine) as connection:
        first = claim(desk, connection, ahead, 0, 2)
        with connection.begin():
            claims.put_back(connection, first.ours)
        again = claim(desk, connection, ahead, 0, 2)
    assert [one.id for one in again.ours] == [one.id for one in first.ours]
