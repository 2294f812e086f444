"""How often something may be done: counted in the database, so that a restart gains nothing."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, select, text, update

from subscribers.tables import allowance


@dataclass(frozen=True, slots=True)
class Limit:
    """So often in so long a time, from the first time on."""

    most: int
    span: timedelta


# In both databases' own words: two who begin at once must not fall over each other.
_BEGIN = text(
    "INSERT INTO allowance (name, since, used) VALUES (:name, :since, 0)"
    " ON CONFLICT (name) DO NOTHING"
).bindparams(bindparam("since", type_=allowance.c.since.type))

LONGEST = timedelta(days=2)
"""No limit looks further back."""


def use(connection: Connection, name: str, limit: Limit, now: datetime) -> bool:
    """Do it once more, if that is allowed; tell whether it is. In a writing transaction.

    What was counted in a future that a wrong clock showed does not count.
    """
    connection.execute(_BEGIN, {"name": name, "since": now})
    mine = allowance.c.name == name
    row = connection.execute(select(allowance).where(mine).with_for_update()).one()
    since, used = (row.since, row.used) if _holds(row, limit, now) else (now, 0)
    if used >= limit.most:
        return False
    connection.execute(update(allowance).where(mine).values(since=since, used=used + 1))
    return True


def spent(connection: Connection, name: str, limit: Limit, now: datetime) -> bool:
    """Tell whether it may not be done once more just now; nothing is counted."""
    row = connection.execute(select(allowance).where(allowance.c.name == name)).one_or_none()
    return row is not None and _holds(row, limit, now) and row.used >= limit.most


def _holds(row: Row[Any], limit: Limit, now: datetime) -> bool:
    """Tell whether what was counted still counts: not after its time, nor if it is to come."""
    since: datetime = row.since
    return since <= now < since + limit.span


def forget_old(connection: Connection, now: datetime) -> None:
    """Drop what no limit looks at any more."""
    connection.execute(delete(allowance).where(allowance.c.since < now - LONGEST))
