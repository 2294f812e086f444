"""Many rows at once."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, Engine, func, select

from newsletter.store.engine import open_engine, reading, writing
from subscribers.bulk import insert_rows, leaves_out
from subscribers.tables import allowance
from tests.support.database import NewDatabase

SINCE = {"since": datetime(2021, 2, 1, 9, tzinfo=UTC)}


def _insert(connection: Connection, *rows: tuple[object, ...], unless: str = "") -> int:
    return insert_rows(connection, allowance, ("name", "used"), rows, SINCE, unless=unless)


def test_rows_that_are_there_are_left_out(new_sqlite: NewDatabase) -> None:
    """Where that is asked for, the rows that are there stay as they are, and don't count."""
    engine = open_engine(new_sqlite())
    with writing(engine) as connection:
        assert leaves_out(connection)
        many = [(f"name {number}", 0) for number in range(1200)]
        assert _insert(connection, *many[100:200]) == 100
        changed = [(name, 7) for name, _ in many]
        assert _insert(connection, *changed, unless="name") == 1100
        query = select(func.count()).where(allowance.c.used == 7)
        assert connection.execute(query).scalar_one() == 1100
    engine.dispose()


def test_a_row_that_is_refused_undoes_everything(engine: Engine) -> None:
    """What went in before goes with it, and the next transaction finds all as it was."""
    refused = engine.dialect.loaded_dbapi.IntegrityError
    good = [(f"name {number}", 1) for number in range(600)]
    with pytest.raises(refused), writing(engine) as connection:
        _insert(connection, *good, ("last", None))
    with writing(engine) as connection:
        assert _insert(connection, ("name 0", 2)) == 1
    with reading(engine) as connection:
        rows = connection.execute(select(allowance.c.name, allowance.c.used)).all()
    assert [tuple(row) for row in rows] == [("name 0", 2)]
