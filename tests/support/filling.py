"""Rows for every table there is, whatever they mean: what is moved must not depend on it."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import CheckConstraint, Column, Engine, Table, insert

from newsletter.store.engine import writing
from newsletter.store.tables import metadata
from subscribers.tables import Moment

MOMENT = datetime(2021, 2, 1, 9, 30, 0, 123456, tzinfo=UTC)
ROWS = 3


def fill(engine: Engine) -> None:
    """Put some rows into every table."""
    with writing(engine) as connection:
        for table in metadata.sorted_tables:
            for number in range(1, ROWS + 1):
                connection.execute(insert(table).values(_row(table, number)))


def _row(table: Table, number: int) -> dict[str, Any]:
    own = table.autoincrement_column  # given by the database: 1, 2 and so on
    return {one.name: _value(one, number) for one in table.columns if one is not own}


def _value(column: Column[Any], number: int) -> Any:
    allowed = _allowed(column)
    if allowed:
        return allowed[number % len(allowed)]
    if column.nullable and number == ROWS:
        return None
    if isinstance(column.type, Moment):
        return MOMENT + timedelta(microseconds=number)
    kind = column.type.python_type
    if kind is str:
        words = f"{number}: “Ünï”\t\\N,\n'{column.name}' %s"
        return words[: getattr(column.type, "length", None)]
    values = {int: number, float: number / 10, bytes: bytes([0, 255, number]), bool: number == 1}
    return values[kind]


def _allowed(column: Column[Any]) -> list[str]:
    """Return the words that a check of the table allows in a column."""
    assert isinstance(column.table, Table)
    checks = (one for one in column.table.constraints if isinstance(one, CheckConstraint))
    return [
        word
        for one in checks
        for word in re.findall(rf"\b{column.name} = '(\w+)'", str(one.sqltext))
    ]
