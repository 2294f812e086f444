"""A whole site from one database to another: SQLite to PostgreSQL, and back.

Everything goes over in one transaction, a page at a time, and every row is read again and compared
before it counts. The database that was left says so from then on: a month that was begun in one
place must not be sent from two.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any

from sqlalchemy import Connection, Engine, Table, func, inspect, select, text

from newsletter.errors import DatabaseError, UsageError
from newsletter.store import leases, migrate, milestones
from newsletter.store.engine import is_postgresql, reading, writing
from newsletter.store.tables import lease, metadata
from subscribers.bulk import insert_rows

Advance = Callable[[int], None]
"""Told how many more rows have been copied, or compared."""

_PAGE = 5000
"""Rows that are in hand at once."""
_CIRCLE = 1 << 128

# Leases are of the moment, and of processes that use the old place.
TABLES: Sequence[Table] = tuple(one for one in metadata.sorted_tables if one is not lease)
"""What is moved, in an order in which every row finds those it refers to."""


@dataclass
class Print:
    """A fingerprint of rows in any order: how many, and the sum of each one's digest."""

    rows: int = 0
    digest: int = 0

    def add(self, row: Sequence[Any]) -> None:
        """Take a row into it: the same values give the same print, whichever database held them."""
        self.rows += 1
        one = blake2b(repr(tuple(map(_plain, row))).encode(), digest_size=16).digest()
        self.digest = (self.digest + int.from_bytes(one)) % _CIRCLE


def _plain(value: object) -> object:
    return value.timestamp() if isinstance(value, datetime) else value


def steps(source: Engine) -> int:
    """Return what there is to do, in rows: each is copied and compared."""
    with reading(source) as connection:
        return 2 * sum(_number_of(connection, one) for one in TABLES)


def move(
    source: Engine, target: Engine, now: datetime, advance: Advance = lambda rows: None
) -> Mapping[str, int]:
    """Copy everything to an empty database, all of it or nothing; return each table's rows.

    Nobody writes to the old place meanwhile. Afterwards it refuses to be used. Raises LeaseHeld
    while anything sends or the service runs, UsageError for a target that is not empty, and
    DatabaseError where either can't be read or written.
    """
    if source.url == target.url:
        raise UsageError("the site lives there already", hint="name another database")
    migrate.require_current(source)
    with writing(source) as old:
        leases.refuse_any(old, now)
        with writing(target) as new:
            _require_empty(new)
            migrate.upgrade_in(new)
            before = {table: _copied(old, new, table, advance) for table in TABLES}
            for table in TABLES:
                _set_last_number(new, table, _last_number(old, table))
            for table in TABLES:
                _compare(new, table, before[table], advance)
        milestones.record(old, _mark(target), now)
    return {table.name: print_.rows for table, print_ in before.items()}


def _mark(target: Engine) -> str:
    return (migrate.MOVED + target.url.render_as_string(hide_password=True))[:200]


def _require_empty(connection: Connection) -> None:
    there = set(inspect(connection).get_table_names())
    for table in metadata.sorted_tables:
        if table.name in there and connection.execute(select(table).limit(1)).first() is not None:
            raise UsageError(
                f"the target is not empty: it has rows in {table.name}",
                hint="name a database that nothing has been written to",
            )


def _copied(old: Connection, new: Connection, table: Table, advance: Advance) -> Print:
    """Copy a table; return the fingerprint of what was read."""
    names = [column.name for column in table.columns]
    convert = _converters(new, table)
    print_ = Print()
    for page in _pages(old, table):
        for row in page:
            print_.add(row)
        rows = [tuple(one(value) for one, value in zip(convert, row, strict=True)) for row in page]
        insert_rows(new, table, names, rows)
        advance(len(page))
    return print_


def _compare(new: Connection, table: Table, wanted: Print, advance: Advance) -> None:
    """Read a table again. Raises DatabaseError where it is not what was copied."""
    found = Print()
    for page in _pages(new, table):
        for row in page:
            found.add(row)
        advance(len(page))
    if found != wanted:
        raise DatabaseError(
            f"the copy of {table.name} is not what was read:"
            f" {found.rows} rows of {wanted.rows}, or other values in them",
            hint="nothing was moved; try again, and report it if that happens twice",
        )


def _pages(connection: Connection, table: Table) -> Iterator[Sequence[Sequence[Any]]]:
    query = select(table).execution_options(yield_per=_PAGE)
    with connection.execute(query) as rows:
        yield from rows.partitions()


def _converters(connection: Connection, table: Table) -> Sequence[Callable[[Any], Any]]:
    """Return what makes the driver's own values of each column's."""
    kinds = (column.type.dialect_impl(connection.dialect) for column in table.columns)
    return [kind.bind_processor(connection.dialect) or (lambda value: value) for kind in kinds]


def _number_of(connection: Connection, table: Table) -> int:
    return connection.execute(select(func.count()).select_from(table)).scalar_one()


def _last_number(connection: Connection, table: Table) -> int:
    """Return the highest number that a row of the table has or had; 0 where rows have none."""
    column = table.autoincrement_column
    if column is None:
        return 0
    highest = connection.execute(select(func.max(column))).scalar() or 0
    return max(highest, _given_before(connection, table))


def _given_before(connection: Connection, table: Table) -> int:
    if is_postgresql(connection):
        sequence = _sequence(connection, table)
        row = connection.execute(text(f"SELECT last_value, is_called FROM {sequence}")).one()  # noqa: S608
        return row.last_value if row.is_called else 0
    query = text("SELECT seq FROM sqlite_sequence WHERE name = :name")
    return connection.execute(query, {"name": table.name}).scalar() or 0


def _set_last_number(connection: Connection, table: Table, number: int) -> None:
    """See to it that the next row gets a higher number."""
    if table.autoincrement_column is None or not number:
        return
    if is_postgresql(connection):
        values = {"name": _sequence(connection, table), "number": number}
        connection.execute(text("SELECT setval(CAST(:name AS regclass), :number)"), values)
    elif table.dialect_options["sqlite"]["autoincrement"]:
        values = {"name": table.name, "number": number}
        for statement in (
            "DELETE FROM sqlite_sequence WHERE name = :name",
            "INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :number)",
        ):
            connection.execute(text(statement), values)


def _sequence(connection: Connection, table: Table) -> str:
    query = text("SELECT pg_get_serial_sequence(:table, 'id')")
    return str(connection.execute(query, {"table": table.name}).scalar_one())
