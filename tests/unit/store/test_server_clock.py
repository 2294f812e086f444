"""The database's own time."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from newsletter.errors import DatabaseError
from newsletter.store.engine import open_engine, reading
from newsletter.store.server_clock import ASKED_EVERY, ServerClock
from tests.support.database import NewDatabase
from tests.support.service import free_port


@pytest.fixture
def engine(new_postgresql: NewDatabase) -> Iterator[Engine]:
    opened = open_engine(new_postgresql())
    yield opened
    opened.dispose()


class Ticks:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def test_it_is_the_servers_time(engine: Engine) -> None:
    """It lies between what the server says before and after."""
    clock, query = ServerClock(engine), text("SELECT clock_timestamp()")
    with reading(engine) as connection:
        before = connection.execute(query).scalar_one()
    told = clock.now()
    with reading(engine) as connection:
        after = connection.execute(query).scalar_one()
    slack = timedelta(milliseconds=500)
    assert before - slack <= told <= after + slack


def test_it_runs_on_between_two_questions(engine: Engine) -> None:
    """Half a minute later it is half a minute later, without asking."""
    ticks = Ticks()
    clock = ServerClock(engine, ticks)
    first = clock.now()
    ticks.seconds += ASKED_EVERY / 2
    assert clock.now() - first == timedelta(seconds=ASKED_EVERY / 2)


def test_it_runs_on_where_the_server_is_gone(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that doesn't answer stops no clock that ever ran."""
    ticks = Ticks()
    clock = ServerClock(engine, ticks)
    first = clock.now()
    gone = open_engine(f"postgresql://me@127.0.0.1:{free_port()}/news")
    monkeypatch.setattr(clock, "_engine", gone)
    ticks.seconds += 3 * ASKED_EVERY
    assert clock.now() - first == timedelta(seconds=3 * ASKED_EVERY)
    with pytest.raises(DatabaseError):
        ServerClock(gone).now()
    gone.dispose()
