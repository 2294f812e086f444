"""The proof that a reader asked: rows that are added and never changed.

The database refuses to update one, and to delete one unless its reader was erased.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Connection, func, insert, literal, select

from subscribers.bulk import among
from subscribers.tables import consent, subscriber


class Kind(StrEnum):
    """What the reader said."""

    GRANTED = "granted"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a reader said it (`import readers.csv`, `web form`), and the wording they saw.

    Raises ValueError without a source: consent that nobody can trace is none.
    """

    source: str
    wording: str = ""

    def __post_init__(self) -> None:
        if not self.source.strip():
            raise ValueError("consent needs a source")


@dataclass(frozen=True, slots=True)
class Consent:
    """One row of a reader's history; `at` is aware, in UTC."""

    kind: Kind
    source: str
    wording: str
    at: datetime


def record(
    connection: Connection,
    subscriber_ids: Sequence[int],
    kind: Kind,
    evidence: Evidence,
    now: datetime,
    *,
    new: bool = False,
) -> None:
    """Add a row to the history of each of these readers; `new` ones have none yet."""
    if not subscriber_ids:
        return
    given = (kind, evidence.source, evidence.wording, now)
    columns = ("kind", "source", "wording", "at")
    values = (
        literal(value, consent.c[name].type) for name, value in zip(columns, given, strict=True)
    )
    number = literal(1) if new else _next_number()
    rows = select(subscriber.c.id, number, *values).where(_are(connection, subscriber_ids))
    connection.execute(insert(consent).from_select(("subscriber_id", "number", *columns), rows))


def _next_number() -> ColumnElement[int]:
    earlier = consent.alias()
    last = select(func.max(earlier.c.number)).where(earlier.c.subscriber_id == subscriber.c.id)
    return func.coalesce(last.scalar_subquery(), 0) + 1


def _are(connection: Connection, ids: Sequence[int]) -> ColumnElement[bool]:
    if isinstance(ids, range):
        return subscriber.c.id.between(ids[0], ids[-1])
    return subscriber.c.id.in_(among(connection, ids))


def history(connection: Connection, subscriber_id: int) -> list[Consent]:
    """Return a reader's consents and withdrawals, oldest first."""
    column = consent.c
    query = (
        select(column.kind, column.source, column.wording, column.at)
        .where(column.subscriber_id == subscriber_id)
        .order_by(column.number)
    )
    return [Consent(Kind(row.kind), *row[1:]) for row in connection.execute(query)]
