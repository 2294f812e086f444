"""What a claim says and what it writes are the same."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select, update

from newsletter.sending import plan
from newsletter.store import claims
from newsletter.store.claims import EVERYBODY, Lane
from newsletter.store.engine import reading, writing
from newsletter.store.tables import delivery
from subscribers.tables import subscriber
from tests.support.ledger import MONTH, Desk, add_readers, crowd, open_desk, schedule

OTHERS = Lane(others=("elsewhere.example",))
"""A lane that everybody here is in, but that is claimed row by row."""


@pytest.fixture
def desk(database: str) -> Iterator[Desk]:
    """Six readers, of whom the third has left since the audience was frozen."""
    desk = open_desk(database)
    ids = add_readers(desk, crowd(6))
    schedule(desk)
    with writing(desk.engine) as connection:
        plan.begin(connection, MONTH, desk.clock.now())
        gone = update(subscriber).where(subscriber.c.id == ids[2]).values(state="unsubscribed")
        connection.execute(gone)
    yield desk
    desk.engine.dispose()


def rows(desk: Desk) -> list[tuple[str, int, str]]:
    with reading(desk.engine) as connection:
        query = select(delivery.c.state, delivery.c.attempts, delivery.c.reply)
        return [tuple(row) for row in connection.execute(query.order_by(delivery.c.id))]


@pytest.mark.parametrize("lane", [EVERYBODY, OTHERS], ids=["a stretch", "row by row"])
def test_a_claim_marks_whom_it_names(desk: Desk, lane: Lane) -> None:
    """Claimed readers are `sending`; whoever left between them is skipped, who follows waits."""
    with writing(desk.engine) as connection:
        found = claims.claim_queued(connection, 1, 0, 4, desk.clock.now(), lane)
    assert [one.email for one in found.ours] == [crowd(6)[at] for at in (0, 1, 3)]
    assert (found.skipped, found.last) == (1, found.ours[-1].subscriber_id)
    sending, waiting = ("sending", 1, ""), ("queued", 0, "")
    skipped = ("skipped", 0, "unsubscribed")
    assert rows(desk) == [sending, sending, skipped, sending, waiting, waiting]


@pytest.mark.parametrize("lane", [EVERYBODY, OTHERS], ids=["a stretch", "row by row"])
def test_a_claim_counts_as_the_ledger_does(desk: Desk, lane: Lane) -> None:
    """Tries and the moment of the first one are the same in hand and in the database."""
    start = desk.clock.now()
    with writing(desk.engine) as connection:
        first = claims.claim_queued(connection, 1, 0, 2, start, lane)
        claims.put_back(connection, first.ours[1:])
        connection.execute(update(delivery).values(attempts=3, first_tried_at=start))
        connection.execute(update(delivery).values(state="queued"))
    desk.clock.move(minutes=1)
    with writing(desk.engine) as connection:
        again = claims.claim_queued(connection, 1, 0, 2, desk.clock.now(), lane)
        query = select(delivery.c.attempts, delivery.c.first_tried_at).order_by(delivery.c.id)
        kept = [tuple(row) for row in connection.execute(query.limit(2))]
    assert kept == [(one.attempts, one.first_tried_at) for one in again.ours] == [(4, start)] * 2
