"""Chunks of a mailing, on either database."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import update

from newsletter.errors import LeaseHeld
from newsletter.model import DeliveryState, MailingState
from newsletter.sending import plan
from newsletter.store import chunks, leases, mailings
from newsletter.store.engine import writing
from newsletter.store.tables import delivery
from tests.support.ledger import MONTH, START, Desk, add_readers, crowd, open_desk, schedule

LATER = START + timedelta(hours=1)


@pytest.fixture
def desk(database: str) -> Iterator[Desk]:
    """Eleven readers of a mailing that has begun, cut into chunks of four."""
    desk = open_desk(database)
    add_readers(desk, crowd(11))
    schedule(desk)
    with writing(desk.engine) as connection:
        mailing = plan.begin(connection, MONTH, START, alone=False)
        chunks.cut(connection, mailing.id, 4, START)
    yield desk
    desk.engine.dispose()


def test_every_delivery_is_in_one_chunk(desk: Desk) -> None:
    """In order, without gaps between their readers, the last one smaller; all due at once."""
    with writing(desk.engine) as connection:
        cut = chunks.of_mailing(connection, desk.mailing().id)
        assert [(one.first, one.last) for one in cut] == [(1, 4), (5, 8), (9, 11)]
        assert [one.id for one in chunks.waiting(connection, START)] == [one.id for one in cut]
        assert chunks.waiting(connection, START - timedelta(seconds=1)) == []


def test_what_somebody_has_does_not_wait(desk: Desk) -> None:
    """Until its lease has run out."""
    with writing(desk.engine) as connection:
        first, *others = chunks.of_mailing(connection, desk.mailing().id)
        leases.take(connection, first.lease, leases.Holder("x", "elsewhere", 7), START)
        assert chunks.waiting(connection, START) == others
        assert chunks.in_hands(connection, first.mailing_id, START)
        assert chunks.waiting(connection, START + leases.LIFETIME) == [first, *others]


def test_a_mailing_that_stands_still_wakes_nobody(desk: Desk) -> None:
    """Paused: its chunks are due, and wait for nobody."""
    with writing(desk.engine) as connection:
        sending = (MailingState.SENDING,)
        mailings.move(connection, desk.mailing().id, sending, MailingState.PAUSED)
    with writing(desk.engine) as connection:
        assert chunks.waiting(connection, START) == []


def test_a_chunk_that_is_done_is_due_when_it_says(desk: Desk) -> None:
    """And a mailing when its first chunk is; never, when none is."""
    with writing(desk.engine) as connection:
        mailing_id = desk.mailing().id
        for one, due in zip(
            chunks.of_mailing(connection, mailing_id), (None, LATER, None), strict=True
        ):
            chunks.put_down(connection, one, due, finished=True)
        assert chunks.next_due(connection, mailing_id) == LATER
        assert [one.first for one in chunks.waiting(connection, LATER)] == [5]


def test_a_wish_wakes_whom_it_concerns(desk: Desk) -> None:
    """Failed ones again: their chunk alone; who puts it down without knowing keeps the wish."""
    with writing(desk.engine) as connection:
        mailing_id = desk.mailing().id
        before = chunks.of_mailing(connection, mailing_id)
        for one in before:
            chunks.put_down(connection, one, None, finished=True)
        failed = delivery.c.subscriber_id == 6
        connection.execute(update(delivery).values(state="sent"))
        connection.execute(update(delivery).where(failed).values(state="failed"))
        chunks.wake(connection, mailing_id, START, DeliveryState.FAILED)
        (woken,) = chunks.waiting(connection, START)
        assert (woken.first, woken.again) == (5, DeliveryState.FAILED)
        chunks.put_down(connection, before[1], None, finished=True)
        assert chunks.get(connection, woken.id) == woken
        chunks.put_down(connection, woken, None, finished=True)
        assert chunks.waiting(connection, START) == []


def test_one_sender_takes_it_all_when_nobody_has_a_part(desk: Desk) -> None:
    """While a worker has a chunk it refuses; then there are no chunks any more."""
    with writing(desk.engine) as connection:
        mailing_id = desk.mailing().id
        (first, *_) = chunks.of_mailing(connection, mailing_id)
        holder = leases.Holder("x", "elsewhere", 7)
        leases.take(connection, first.lease, holder, START)
        with pytest.raises(LeaseHeld, match="workers"):
            chunks.reclaim(connection, mailing_id, START)
        leases.release(connection, first.lease, holder)
        chunks.reclaim(connection, mailing_id, START)
        assert chunks.of_mailing(connection, mailing_id) == []
