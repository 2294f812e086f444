"""Addresses that may not be mailed, whoever asks. Kept by the hash of the address's key.

A suppression stands beside the reader: it holds for an address that is not on the list, and it
outlives erasure.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, delete, func, select, update

from subscribers.bulk import insert_new
from subscribers.tables import suppression


class Reason(StrEnum):
    """Why, from the weakest to the strongest: a weaker one never replaces a stronger one."""

    BOUNCE = "bounce"
    OPERATOR = "operator"
    COMPLAINT = "complaint"
    ERASED = "erased"


_STRENGTH = {reason: strength for strength, reason in enumerate(Reason)}


@dataclass(frozen=True, slots=True)
class Suppression:
    """Why and since when an address may not be mailed."""

    reason: Reason
    note: str
    at: datetime


def suppress(
    connection: Connection, address_hash: str, reason: Reason, now: datetime, note: str = ""
) -> bool:
    """Stop all mail to an address; tell whether that is new, or for a stronger reason.

    `note` is for the operator (a server's words); never put an address into it.
    """
    values = {"reason": reason, "note": note, "at": now}
    if insert_new(connection, suppression, {"address_hash": address_hash, **values}):
        return True
    weaker = [one for one in Reason if _STRENGTH[one] < _STRENGTH[reason]]
    mine = (suppression.c.address_hash == address_hash) & suppression.c.reason.in_(weaker)
    return connection.execute(update(suppression).where(mine).values(values)).rowcount > 0


def lift(connection: Connection, address_hash: str) -> bool:
    """Let an address be mailed again; tell whether it was suppressed."""
    mine = suppression.c.address_hash == address_hash
    return connection.execute(delete(suppression).where(mine)).rowcount > 0


def find(connection: Connection, address_hash: str) -> Suppression | None:
    """Return an address's suppression; None where it may be mailed."""
    column = suppression.c
    query = select(column.reason, column.note, column.at).where(column.address_hash == address_hash)
    row = connection.execute(query).one_or_none()
    return None if row is None else Suppression(Reason(row.reason), row.note, row.at)


def counts(connection: Connection) -> dict[Reason, int]:
    """Return how many addresses may not be mailed, by reason; every reason has a number."""
    query = select(suppression.c.reason, func.count()).group_by(suppression.c.reason)
    found = {row[0]: row[1] for row in connection.execute(query)}
    return {reason: found.get(reason, 0) for reason in Reason}


def number_since(connection: Connection, reason: Reason, since: datetime) -> int:
    """Return how many addresses have been suppressed for a reason since a moment."""
    query = select(func.count()).where(suppression.c.reason == reason, suppression.c.at >= since)
    return connection.execute(query.select_from(suppression)).scalar_one()
