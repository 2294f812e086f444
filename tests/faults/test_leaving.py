"""Readers who leave while it sends: none of them is mailed after that."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from newsletter.store.engine import open_engine, writing
from subscribers import store
from subscribers.consent import Evidence
from tests.faults.conftest import MakeWorld
from tests.faults.world import World

pytestmark = pytest.mark.faults

MILLISECONDS = 1_000_000
"""Nanoseconds in one."""


@contextmanager
def unsubscribing(world: World) -> Iterator[Callable[[str], int]]:
    """Return what takes a reader off the list, and returns the moment when that was committed."""
    engine = open_engine(f"sqlite:///{world.database}")

    def unsubscribe(email: str) -> int:
        with writing(engine) as connection:
            reader = store.known(connection, email)
            store.unsubscribe(connection, reader.id, Evidence("their own wish"), datetime.now(UTC))
        return time.monotonic_ns()

    yield unsubscribe
    engine.dispose()


def test_who_leaves_is_not_mailed_any_more(make_world: MakeWorld) -> None:
    """200 readers who are next or nearly so leave while a slow receiver is being sent to.

    A final dot that had just left may arrive after the commit, but not half an answer's time
    after; whoever was only claimed by then isn't mailed.
    """
    delay = 20
    world = make_world(1100, "delay", delay, CONNECTIONS=8)
    chance = random.Random(20210201)  # noqa: S311
    left: dict[str, int] = {}
    child = world.start_sending()
    with unsubscribing(world) as unsubscribe:
        for number in range(200):
            world.receiver.wait_for(20 + 4 * number)
            come = len(world.receiver.record().taken) + len(left) + chance.randrange(30)
            email = world.readers[min(come, len(world.readers) - 1)]
            left.setdefault(email, unsubscribe(email))
    assert world.finish(child).code == 0
    mailed = {one.recipient: one.moment for one in world.receiver.settled().taken}
    late = [
        email for email in left if mailed.get(email, 0) > left[email] + delay // 2 * MILLISECONDS
    ]
    assert late == []
    skipped = {email for email, row in world.ledger().items() if row.state == "skipped"}
    assert skipped == left.keys() - mailed.keys()
    assert mailed.keys() | skipped == set(world.readers)


def test_the_next_in_line_can_still_leave(make_world: MakeWorld) -> None:
    """While the server is slow to answer one message, the next reader leaves, and gets none.

    By then that reader was claimed, and the server has been told of them.
    """
    world = make_world(12, "delay", 500, CONNECTIONS=1)
    leave = world.readers[1::2]
    child = world.start_sending()
    with unsubscribing(world) as unsubscribe:
        for number, email in enumerate(leave, 1):
            world.receiver.wait_for(number)
            unsubscribe(email)
    assert world.finish(child).code == 0
    assert [one.recipient for one in world.receiver.settled().taken] == world.readers[::2]
    rows = world.ledger()
    assert {(rows[email].state, rows[email].reply) for email in leave} == {
        ("skipped", "unsubscribed")
    }
