"""Another program locks the database: the sender waits, and then goes on."""

import sqlite3
import time

import pytest

from newsletter.store.engine import open_engine, reading
from tests.faults.conftest import MakeWorld
from tests.faults.world import CONNECTIONS, World, assert_complete

pytestmark = pytest.mark.faults

LOCKED = 3.0
"""Seconds; a whole minute is for `busy_timeout`, whose value another test looks at."""


class Locked:
    """The database is locked while the `with` block runs."""

    def __init__(self, world: World) -> None:
        self._connection = sqlite3.connect(world.database, timeout=60, isolation_level=None)

    def __enter__(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")

    def __exit__(self, *_: object) -> None:
        self._connection.execute("COMMIT")
        self._connection.close()


def test_a_lock_while_sending_is_waited_for(make_world: MakeWorld) -> None:
    """Nothing but what was claimed before goes out; then the rest does, each once."""
    world = make_world(300, "delay", 5)
    child = world.start_sending()
    world.receiver.wait_for(30)
    with Locked(world):
        before = len(world.receiver.record().taken)
        time.sleep(LOCKED)
        meanwhile = len(world.receiver.record().taken) - before
        assert child.is_running()
    assert meanwhile <= 2 * CONNECTIONS
    assert world.finish(child).code == 0
    assert assert_complete(world).duplicates == 0


def test_a_lock_at_the_start_is_waited_for(make_world: MakeWorld) -> None:
    """Whoever comes while the database is locked stands in line."""
    world = make_world(10)
    with Locked(world):
        child = world.start_sending()
        time.sleep(LOCKED / 2)
        assert child.is_running()
        assert not world.receiver.record().taken
    assert world.finish(child).code == 0
    assert_complete(world)


def test_a_lock_of_a_minute_is_waited_for(make_world: MakeWorld) -> None:
    """Each connection of ours has SQLite wait for longer than a minute."""
    engine = open_engine(f"sqlite:///{make_world(10).database}")
    with reading(engine) as connection:
        milliseconds = connection.exec_driver_sql("PRAGMA busy_timeout").scalar_one()
    engine.dispose()
    assert milliseconds > 60_000
