"""What is kept between runs of how much has gone, and of how near a mailing is to pausing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from newsletter.store.tables import breaker, pace


@dataclass(frozen=True, slots=True)
class Kept:
    """A row of the pace: see `newsletter.store.tables.pace`."""

    at: datetime
    step: int = 0
    used: int = 0


def load(connection: Connection) -> Mapping[str, Kept]:
    """Return every row by its name."""
    rows = connection.execute(select(pace))
    return {row.name: Kept(row.at, row.step, row.used) for row in rows}


def save(connection: Connection, name: str, kept: Kept) -> None:
    """Keep a row, in the place of the one before."""
    values = {"at": kept.at, "step": kept.step, "used": kept.used}
    if not connection.execute(update(pace).where(pace.c.name == name).values(values)).rowcount:
        connection.execute(pace.insert().values(values | {"name": name}))


def faults(connection: Connection, mailing_id: int) -> float:
    """Return the level at which a mailing's breaker was left."""
    query = select(breaker.c.level).where(breaker.c.mailing_id == mailing_id)
    return connection.execute(query).scalar() or 0.0


def keep_faults(connection: Connection, mailing_id: int, level: float) -> None:
    """Keep the level of a mailing's breaker; 0 forgets it."""
    connection.execute(delete(breaker).where(breaker.c.mailing_id == mailing_id))
    if level:
        connection.execute(breaker.insert().values(mailing_id=mailing_id, level=level))
