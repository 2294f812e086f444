"""PostgreSQL: what goes wrong with a server, in words; and that programs take turns."""

import sys
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text

from newsletter.errors import ConfigError, DatabaseError
from newsletter.store import postgresql as postgresql_ways
from newsletter.store.engine import open_engine, reading, writing, writing_later
from subscribers.tables import subscriber
from tests.support.database import NewDatabase
from tests.support.postgresql import Server
from tests.support.service import free_port


@pytest.fixture
def engine(new_postgresql: NewDatabase) -> Iterator[Engine]:
    opened = open_engine(new_postgresql())
    yield opened
    opened.dispose()


def _words(engine: Engine) -> str:
    with pytest.raises(DatabaseError) as info, reading(engine):
        pass
    engine.dispose()
    assert info.value.exit_code == 3
    assert info.value.hint
    return info.value.message


def test_nobody_listens() -> None:
    """A server that isn't there is named, with what the driver says of it."""
    url = f"postgresql://me:secret@127.0.0.1:{free_port()}/news"
    words = _words(open_engine(url))
    assert "can't be reached" in words
    assert "refused" in words
    assert "secret" not in words


def test_no_such_database(postgresql: Server) -> None:
    """A name the server doesn't know is said in the server's words."""
    assert "does not exist" in _words(open_engine(postgresql.url("elsewhere")))


def test_the_driver_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who installed no driver hears which extra brings it."""
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(ConfigError) as info:
        open_engine("postgresql://db.example.org/news")
    assert "research-newsletter[cluster]" in info.value.hint


def test_another_kind_of_database() -> None:
    """What we have never tried is not tried here."""
    with pytest.raises(ConfigError, match="neither SQLite nor PostgreSQL"):
        open_engine("mysql://db.example.org/news")


def _take_turn_impatiently(engine: Engine) -> None:
    with writing_later(engine) as connection, connection.begin():
        connection.execute(text("SET LOCAL lock_timeout = '20ms'"))
        postgresql_ways.take_turn(connection)


def test_a_lock_that_never_ends(engine: Engine) -> None:
    """Whoever waits too long for their turn hears that another program is writing."""
    with writing(engine), pytest.raises(DatabaseError, match="locked by another program"):
        _take_turn_impatiently(engine)


def test_senders_need_no_turn(engine: Engine) -> None:
    """Who writes for hours holds up nobody, and is held up by nobody."""
    with writing(engine), writing_later(engine) as sender, sender.begin():
        assert sender.execute(subscriber.delete()).rowcount == 0


def test_reading_writes_nothing(engine: Engine) -> None:
    """A reading transaction can't write, and says so."""
    with pytest.raises(DatabaseError, match="can't be written"), reading(engine) as connection:
        connection.execute(subscriber.delete())


def test_a_connection_that_broke_is_replaced(engine: Engine, postgresql: Server) -> None:
    """After a restart of the server the next transaction works as if nothing had been."""
    with reading(engine) as connection:
        (number,) = connection.execute(text("SELECT pg_backend_pid()")).one()
    with writing(engine) as connection:
        other = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
    assert number == other
    killer = open_engine(postgresql.url("postgres"))
    with reading(killer) as connection:
        connection.execute(text("SELECT pg_terminate_backend(:n)"), {"n": number})
    killer.dispose()
    with reading(engine) as connection:
        assert connection.execute(text("SELECT pg_backend_pid()")).scalar_one() != number


def test_moments_are_utc(engine: Engine) -> None:
    """Whatever zone the server lives in, its moments come in UTC."""
    with reading(engine) as connection:
        (moment,) = connection.execute(text("SELECT now()")).one()
    assert moment.utcoffset().total_seconds() == 0
