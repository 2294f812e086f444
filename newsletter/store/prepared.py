"""Statements for the hot path: compiled once, then run on the driver's own cursor.

SQLAlchemy's way through a statement costs more than SQLite's work on it. The statement is still
written in its language and still fits the dialect; only the way is shorter. Errors are the
driver's own, which `newsletter.store.engine` explains like any other.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Dialect, Select
from sqlalchemy.sql.dml import UpdateBase

Statement = Select[Any] | UpdateBase
Row = tuple[Any, ...]
Convert = Callable[[Any], Any]
Converted = Sequence[tuple[int, Convert]]
"""Which places of a row need a conversion, and which one."""


@dataclass(frozen=True, slots=True)
class _Form:
    """A statement as one dialect wants it.

    `fixed` are the values written in the statement itself; `arrange` makes the driver's
    parameters of a caller's values followed by these.
    """

    sql: str
    fixed: Row
    arrange: Callable[[Row], Any]
    bind: Converted
    read: Converted

    def arguments(self, values: Row) -> Any:
        """Return the driver's parameters."""
        return self.arrange((*_converted(values, self.bind), *self.fixed))


def _converted(row: Sequence[Any], places: Converted) -> Sequence[Any]:
    fields = list(row)
    for place, convert in places:
        if fields[place] is not None:
            fields[place] = convert(fields[place])
    return fields


def _form(statement: Statement, names: Sequence[str], dialect: Dialect) -> _Form:
    compiled = statement.compile(dialect=dialect)
    # Plain strings instead of members of an enumeration: the driver looks twice at those.
    fixed = {
        name: getattr(value, "value", value)
        for name, value in compiled.params.items()
        if name not in names
    }
    everything = [*names, *fixed]
    processors = [
        compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect) for name in names
    ]
    columns = [column.type.dialect_impl(dialect) for column in statement.exported_columns]
    order: Sequence[str] | None = getattr(compiled, "positiontup", None)
    return _Form(
        sql=str(compiled),
        fixed=tuple(fixed.values()),
        arrange=_named(everything) if order is None else _placed(everything, order),
        bind=[(at, convert) for at, convert in enumerate(processors) if convert],
        read=[
            (at, convert)
            for at, column in enumerate(columns)
            if (convert := column.result_processor(dialect, None))
        ],
    )


def _named(names: Sequence[str]) -> Callable[[Row], Any]:
    return lambda values: dict(zip(names, values, strict=True))


def _placed(names: Sequence[str], order: Sequence[str]) -> Callable[[Row], Any]:
    places = [names.index(name) for name in order]
    return itemgetter(*places) if len(places) > 1 else lambda values: [values[0]]


class Prepared:
    """A statement, compiled when a dialect first asks for it.

    `names` are its parameters, in the order in which callers give their values.
    """

    def __init__(self, statement: Statement, *names: str) -> None:
        self._statement = statement
        self._names = names
        self._forms: dict[str, _Form] = {}

    def _for(self, connection: Connection) -> _Form:
        name = connection.dialect.name
        if name not in self._forms:
            self._forms[name] = _form(self._statement, self._names, connection.dialect)
        return self._forms[name]

    def rows(self, connection: Connection, *values: object) -> list[Sequence[Any]]:
        """Run it once; return what it finds."""
        form, cursor = self._for(connection), connection.connection.cursor()
        cursor.execute(form.sql, form.arguments(values))
        found = [_converted(row, form.read) for row in cursor.fetchall()]
        cursor.close()
        return found

    def each(self, connection: Connection, many: Collection[Row]) -> None:
        """Run it once for each row of values."""
        if not many:
            return
        form, cursor = self._for(connection), connection.connection.cursor()
        cursor.executemany(form.sql, [form.arguments(values) for values in many])
        cursor.close()
