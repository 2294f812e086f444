"""The proof that a reader asked: rows that are added and never changed.

The database refuses to update one, and to delete one unless its reader was erased.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, insert, select

from subscribers.tables import consent


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
    connection: Connection, subscriber_id: int, kind: Kind, evidence: Evidence, now: datetime
) -> None:
    """Add a row to a reader's history."""
    connection.execute(
        insert(consent).values(
            subscriber_id=subscriber_id,
            kind=kind,
            source=evidence.source,
            wording=evidence.wording,
            at=now,
        )
    )


def history(connection: Connection, subscriber_id: int) -> list[Consent]:
    """Return a reader's consents and withdrawals, oldest first."""
    column = consent.c
    query = (
        select(column.kind, column.source, column.wording, column.at)
        .where(column.subscriber_id == subscriber_id)
        .order_by(column.id)
    )
    return [Consent(Kind(row.kind), *row[1:]) for row in connection.execute(query)]
