"""What a worker does with a chunk, beside what every dispatcher promises."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
import structlog
from sqlalchemy import bindparam, select, text
from sqlalchemy.exc import OperationalError

from newsletter.delivery import Message, Receipt
from newsletter.errors import BackendError
from newsletter.model import MailingState
from newsletter.sending import plan
from newsletter.sending.cluster.labour import AFTER_A_FAILURE, Labour
from newsletter.sending.cluster.worker import Worker
from newsletter.sending.guard import LEASE
from newsletter.store import chunks, leases, milestones
from newsletter.store.engine import reading, writing
from newsletter.store.tables import delivery
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

ELSEWHERE = leases.Holder("mark", "elsewhere", 7)


@pytest.fixture
def desk(new_postgresql: NewDatabase) -> Iterator[Desk]:
    """Nine readers of a mailing that has begun, in chunks of three."""
    desk = open_desk(new_postgresql())
    add_readers(desk, crowd(9))
    schedule(desk)
    with writing(desk.engine) as connection:
        mailing = plan.begin(connection, MONTH, START, alone=False)
        chunks.cut(connection, mailing.id, 3, START)
    yield desk
    desk.engine.dispose()


def numbers(desk: Desk) -> list[int]:
    with reading(desk.engine) as connection:
        return [one.id for one in chunks.of_mailing(connection, desk.mailing().id)]


def is_down(desk: Desk) -> bool:
    with reading(desk.engine) as connection:
        return bool(milestones.reached(connection, milestones.BACKEND_DOWN))


@contextmanager
def standing_still(desk: Desk, holder: leases.Holder, name: str) -> Iterator[None]:
    """Somebody who took a lease, and stands still in a transaction behind a pipelined statement.

    Awake again, they hear that their session is over.
    """
    with writing(desk.engine) as connection:
        leases.take(connection, name, holder, START)
    with desk.engine.connect() as connection:
        leases.sign(connection, holder)
        assert leases.keep(connection, name, holder)
        again = delivery.update().where(delivery.c.id == bindparam("row")).values(attempts=0)
        rows = connection.execute(select(delivery.c.id)).scalars().all()
        connection.execute(again, [{"row": row} for row in rows])
        yield
        with pytest.raises(OperationalError, match="terminat"):
            connection.execute(select(1))


def refuse(_message: Message) -> Receipt:
    raise BackendError("nobody is there", hint="wait")


def test_each_chunk_by_itself(desk: Desk) -> None:
    """A worker sends what is in its chunk and nothing else; the last one settles the mailing."""
    backend = desk.answer_with(lambda message: None)
    first, *others = numbers(desk)
    Labour(desk.outfit, ZONE).work(first)
    assert [one.recipient for one in backend.delivered] == crowd(9)[:3]
    assert desk.mailing().state is MailingState.SENDING
    for one in others:
        Labour(desk.outfit, ZONE).work(one)
    assert desk.states() == {"sent": 9}
    assert desk.mailing().state is MailingState.SENT


def test_what_is_away_is_said_in_one_line(desk: Desk) -> None:
    """A worker whose mail server is away says so, with a hint, and goes on with other chunks."""
    desk.answer_with(refuse)
    first, *_ = numbers(desk)
    with structlog.testing.capture_logs() as lines:
        Worker(desk.outfit, ZONE).send_chunk(first)
    (line,) = (one for one in lines if one["log_level"] == "error")
    assert (line["error"], line["hint"]) == ("nobody is there", "wait")


def test_who_stands_still_holds_up_nobody(desk: Desk) -> None:
    """Whoever takes over ends the session in which its rows are locked; all are sent."""
    backend = desk.answer_with(lambda message: None)
    first, *_ = numbers(desk)
    with standing_still(desk, ELSEWHERE, f"chunk:{first}"):
        desk.clock.move(seconds=leases.LIFETIME.total_seconds())
        Labour(desk.outfit, ZONE).work(first)
        assert [one.recipient for one in backend.delivered] == crowd(9)[:3]


def test_a_single_sender_who_stands_still_is_replaced(desk: Desk) -> None:
    """The same where one process sends, and another has stood by."""
    with standing_still(desk, ELSEWHERE, LEASE):
        desk.clock.move(seconds=leases.LIFETIME.total_seconds())
        with writing(desk.engine) as connection:
            connection.execute(text("SET LOCAL lock_timeout = '5s'"))
            mine = leases.Holder.this_process()
            leases.take(connection, LEASE, mine, desk.clock.now())
            assert leases.keep(connection, LEASE, mine)


def test_what_somebody_else_has_is_left_alone(desk: Desk) -> None:
    """Until they give no sign of life for a minute; then it is taken over."""
    backend = desk.answer_with(lambda message: None)
    first, *_ = numbers(desk)
    with writing(desk.engine) as connection:
        leases.take(connection, f"chunk:{first}", ELSEWHERE, START)
    assert not Labour(desk.outfit, ZONE).work(first)
    assert backend.delivered == []
    desk.clock.move(seconds=leases.LIFETIME.total_seconds())
    Labour(desk.outfit, ZONE).work(first)
    assert len(backend.delivered) == 3


def test_nothing_while_a_single_sender_is_at_work(desk: Desk) -> None:
    """The two ways of sending exclude each other."""
    backend = desk.answer_with(lambda message: None)
    with writing(desk.engine) as connection:
        leases.take(connection, LEASE, ELSEWHERE, START)
    assert not Labour(desk.outfit, ZONE).work(numbers(desk)[0])
    assert backend.delivered == []


def test_a_server_that_is_away_is_tried_again(desk: Desk) -> None:
    """In a minute; meanwhile it is noted for whoever watches, and after it no more."""
    desk.answer_with(refuse)
    first, *_ = numbers(desk)
    with pytest.raises(BackendError):
        Labour(desk.outfit, ZONE).work(first)
    assert is_down(desk)
    assert desk.states() == {"queued": 9}
    with reading(desk.engine) as connection:
        found = chunks.get(connection, first)
        assert found is not None
        assert found.due_at == START + AFTER_A_FAILURE
        held = leases.held_names(connection, START + timedelta(seconds=1))
    assert held == set()
    desk.answer_with(lambda message: None)
    Labour(desk.outfit, ZONE).work(first)
    assert not is_down(desk)
    assert desk.states() == {"queued": 6, "sent": 3}
