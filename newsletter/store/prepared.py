"""Statements for the hot path: compiled once, then run on the driver's own cursor.

SQLAlchemy's way through a statement costs more than SQLite's work on it. The statement is still
written in its language and still fits the dialect; only the way is shorter. Errors are the
driver's own, which `newsletter.store.engine` explains like any other.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Dialect
from sqlalchemy.sql.dml import UpdateBase

Convert = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class _Form:
    """A statement as one dialect wants it; `order` is None where parameters have names."""

    sql: str
    fixed: Mapping[str, Any]
    order: Sequence[str] | None
    bind: Mapping[str, Convert]
    read: Sequence[Convert | None]

    def arguments(self, given: Mapping[str, Any]) -> Any:
        """Return the driver's parameters."""
        values = {**self.fixed, **given}
        for name, convert in self.bind.items():
            value = values[name]
            values[name] = None if value is None else convert(value)
        return values if self.order is None else [values[name] for name in self.order]

    def row(self, fields: Sequence[Any]) -> tuple[Any, ...]:
        """Return a row with its columns converted."""
        pairs = zip(self.read, fields, strict=True)
        return tuple([convert(field) if convert else field for convert, field in pairs])


def _form(statement: UpdateBase, dialect: Dialect) -> _Form:
    compiled = statement.compile(dialect=dialect)
    processors = {
        name: bind.type.dialect_impl(dialect).bind_processor(dialect)
        for name, bind in compiled.binds.items()
    }
    columns = [column.type.dialect_impl(dialect) for column in statement.exported_columns]
    return _Form(
        sql=str(compiled),
        fixed=compiled.params,
        order=getattr(compiled, "positiontup", None),
        bind={name: convert for name, convert in processors.items() if convert},
        read=[column.result_processor(dialect, None) for column in columns],
    )


class Prepared:
    """A data-changing statement, compiled when a dialect first asks for it."""

    def __init__(self, statement: UpdateBase) -> None:
        self._statement = statement
        self._forms: dict[str, _Form] = {}

    def _for(self, connection: Connection) -> _Form:
        name = connection.dialect.name
        if name not in self._forms:
            self._forms[name] = _form(self._statement, connection.dialect)
        return self._forms[name]

    def rows(self, connection: Connection, given: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Run it once; return what RETURNING gives."""
        form, cursor = self._for(connection), connection.connection.cursor()
        cursor.execute(form.sql, form.arguments(given))
        found = [form.row(fields) for fields in cursor.fetchall()]
        cursor.close()
        return found

    def each(self, connection: Connection, many: Iterable[Mapping[str, Any]]) -> None:
        """Run it once for each set of parameters."""
        form, cursor = self._for(connection), connection.connection.cursor()
        cursor.executemany(form.sql, [form.arguments(given) for given in many])
        cursor.close()
