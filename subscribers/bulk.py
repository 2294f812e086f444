"""Many rows at once, without the toll of a dictionary and a processor for each value."""

import json
from collections.abc import Collection, Mapping, Sequence
from contextlib import closing
from functools import lru_cache
from itertools import chain
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Connection,
    Table,
    Text,
    func,
    literal,
    literal_column,
    select,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite

_TOGETHER = 500
"""Rows in one statement on SQLite, which takes 32,766 values (SQLITE_MAX_VARIABLE_NUMBER)."""


def insert_rows(
    connection: Connection,
    table: Table,
    columns: Sequence[str],
    rows: Sequence[tuple[object, ...]],
    constants: Mapping[str, object] | None = None,
    *,
    unless: str = "",
) -> int:
    """Insert rows of plain values (str, int, None) in the order of `columns`; return how many.

    `constants` are the same in every row, and may be of any type the table's columns know.
    `unless` is a unique column: rows whose value is there already are left out (see `leaves_out`).
    On SQLite many go to the driver in one statement; on PostgreSQL they stream in by COPY.
    """
    if not rows:
        return 0
    constants = constants or {}
    raw = tuple(_raw(connection, table, name, value) for name, value in constants.items())
    driver: Any = connection.connection.driver_connection
    listed = ", ".join([*columns, *constants])
    if connection.dialect.name == "sqlite":
        marks = ", ".join(["?"] * len(columns) + [_literal(value) for value in raw])
        end = f" ON CONFLICT ({unless}) DO NOTHING" if unless else ""
        inserted = 0
        with closing(driver.cursor()) as cursor:
            for start in range(0, len(rows), _TOGETHER):
                some = rows[start : start + _TOGETHER]
                statement = _insert(table.name, listed, marks, len(some)) + end
                inserted += cursor.execute(statement, tuple(chain.from_iterable(some))).rowcount
        return inserted
    statement = f"COPY {table.name} ({listed}) FROM STDIN"
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row + raw)
    return len(rows)


def leaves_out(connection: Connection) -> bool:
    """Tell whether `insert_rows` can leave out rows that are there: COPY can't."""
    return connection.dialect.name == "sqlite"


@lru_cache(maxsize=32)
def _insert(table: str, listed: str, marks: str, rows: int) -> str:
    """Return the statement for so many rows; the driver keeps it prepared.

    An error ends the whole transaction, as it does on PostgreSQL: SQLite needn't be ready to undo
    the statement alone, a third of its work where keys come in no order.
    """
    return f"INSERT OR ROLLBACK INTO {table} ({listed}) VALUES {', '.join([f'({marks})'] * rows)}"  # noqa: S608


def _literal(value: Any) -> str:
    """Write a plain value into a statement: binding it again for each row is what costs."""
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return "NULL" if value is None else str(int(value))


def insert_new(connection: Connection, table: Table, values: Mapping[str, object]) -> bool:
    """Insert a row unless its key is there already, whoever wrote it; tell whether it is new."""
    kind = sqlite if connection.dialect.name == "sqlite" else postgresql
    added = kind.insert(table).values(values).on_conflict_do_nothing()
    # Counting what comes back, for SQLAlchemy doesn't count rows of an INSERT everywhere.
    return connection.execute(added.returning(literal_column("1"))).first() is not None


def among(connection: Connection, values: Collection[Any]) -> Any:
    """Return what stands on the right of `column.in_(…)` for many strings or numbers.

    They are one value, for a thousand parameters cost far more: JSON for SQLite, an array for
    PostgreSQL.
    """
    listed = list(values)
    if connection.dialect.name == "sqlite":
        found = func.json_each(json.dumps(listed)).table_valued("value")
        return select(found.c.value)
    kind = BigInteger if listed and isinstance(listed[0], int) else Text
    return select(func.unnest(literal(listed, ARRAY(kind))))


def reserve_ids(connection: Connection, table: Table, count: int) -> Sequence[int]:
    """Return `count` ids that no row has or had, ascending.

    On SQLite they are the table's own once rows with them are inserted: only in a transaction
    that holds the write lock.
    """
    if connection.dialect.name == "sqlite":
        query = text("SELECT seq FROM sqlite_sequence WHERE name = :table")
        last: int = connection.execute(query, {"table": table.name}).scalar() or 0
        return range(last + 1, last + 1 + count)
    query = text(
        "SELECT nextval(pg_get_serial_sequence(:table, 'id')) FROM generate_series(1, :count)"
    )
    given = {"table": table.name, "count": count}
    return sorted(connection.execute(query, given).scalars())


def _raw(connection: Connection, table: Table, name: str, value: Any) -> Any:
    kind = table.c[name].type.dialect_impl(connection.dialect)
    processor = kind.bind_processor(connection.dialect)
    return processor(value) if processor else value
