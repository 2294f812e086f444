"""Transactions: the same on both databases."""

import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, exc, inspect, text

from newsletter.errors import DatabaseError
from newsletter.store.engine import open_engine, reading, writing
from tests.support.database import NewDatabase


@pytest.fixture
def numbers(new_database: NewDatabase) -> Iterator[Engine]:
    """A database with one table: number (n)."""
    engine = open_engine(new_database(ready=False))
    with writing(engine) as connection:
        connection.execute(text("CREATE TABLE number (n INTEGER PRIMARY KEY)"))
    yield engine
    engine.dispose()


def _run(engine: Engine, *statements: str) -> None:
    with writing(engine) as connection:
        for statement in statements:
            connection.execute(text(statement))


def _count(engine: Engine) -> int:
    with reading(engine) as connection:
        return connection.execute(text("SELECT count(*) FROM number")).scalar_one()


def test_writing_commits(numbers: Engine) -> None:
    """What was written stays."""
    with writing(numbers) as connection:
        connection.execute(text("INSERT INTO number VALUES (1)"))
    assert _count(numbers) == 1


def test_writing_rolls_back_everything(numbers: Engine) -> None:
    """An error takes back rows and tables alike: the transaction is real."""
    statements = ("INSERT INTO number VALUES (1)", "CREATE TABLE other (x INTEGER)", "SELECT no")
    with pytest.raises(DatabaseError):
        _run(numbers, *statements)
    with reading(numbers) as connection:
        assert inspect(connection).get_table_names() == ["number"]
    assert _count(numbers) == 0


def test_reading_sees_one_moment(numbers: Engine) -> None:
    """A write committed meanwhile is not seen before the reading ends."""
    with reading(numbers) as connection:
        query = text("SELECT count(*) FROM number")
        before = connection.execute(query).scalar_one()
        with writing(numbers) as other:
            other.execute(text("INSERT INTO number VALUES (1)"))
        assert connection.execute(query).scalar_one() == before == 0


def test_writers_take_turns(numbers: Engine) -> None:
    """Read, then write: nothing is lost between threads, for the lock is taken first."""

    def add() -> None:
        for _ in range(20):
            with writing(numbers) as connection:
                last = connection.execute(text("SELECT coalesce(max(n), 0) FROM number"))
                connection.execute(text("INSERT INTO number VALUES (:n)"), {"n": last.scalar() + 1})

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert _count(numbers) == 80


def test_a_broken_rule_is_no_outside_error(numbers: Engine) -> None:
    """An IntegrityError passes as it is: callers decide on it."""
    with pytest.raises(exc.IntegrityError), writing(numbers) as connection:
        connection.execute(text("INSERT INTO number VALUES (1), (1)"))


def test_missing_table_names_the_remedy(numbers: Engine) -> None:
    """A database of another shape leads to the upgrade."""
    with pytest.raises(DatabaseError) as info, reading(numbers) as connection:
        connection.execute(text("SELECT * FROM subscriber"))
    assert "newsletter db upgrade" in info.value.hint
