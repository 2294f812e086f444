"""What is kept between runs of how much has gone, and of how near a mailing is to pausing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, case, delete, select, text, update

from newsletter.store.tables import breaker, fault, pace
from subscribers.bulk import insert_new


@dataclass(frozen=True, slots=True)
class Kept:
    """A row of the pace: see `newsletter.store.tables.pace`."""

    at: datetime
    step: int = 0
    used: int = 0


RATE, RAMP = "rate", "ramp"
"""The names of what holds for everybody."""


def of_domain(domain: str) -> str:
    """Return the name of what holds for a domain's readers."""
    return f"domain:{domain}"


def load(connection: Connection) -> Mapping[str, Kept]:
    """Return every row by its name."""
    rows = connection.execute(select(pace))
    return {row.name: Kept(row.at, row.step, row.used) for row in rows}


def lock(connection: Connection) -> None:
    """Let nobody else change any row before this transaction ends, where others might."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("LOCK TABLE pace IN SHARE ROW EXCLUSIVE MODE"))


def save(connection: Connection, name: str, kept: Kept) -> None:
    """Keep a row, in the place of the one before."""
    values = {"at": kept.at, "step": kept.step, "used": kept.used}
    if not connection.execute(update(pace).where(pace.c.name == name).values(values)).rowcount:
        connection.execute(pace.insert().values(values | {"name": name}))


def faults(connection: Connection, mailing_id: int) -> float:
    """Return the level at which a mailing's breaker was left."""
    query = select(breaker.c.level).where(breaker.c.mailing_id == mailing_id)
    return connection.execute(query).scalar() or 0.0


def add_faults(connection: Connection, mailing_id: int, number: int, credit: float) -> float:
    """Add faults to a mailing's breaker, after `credit` was taken off; return the new level.

    Others may do so at the same time.
    """
    insert_new(connection, breaker, {"mailing_id": mailing_id, "level": 0.0})
    level = breaker.c.level
    rest = case((level > credit, level - credit), else_=0.0)
    query = update(breaker).where(breaker.c.mailing_id == mailing_id).values(level=rest + number)
    after: float = connection.execute(query.returning(level)).scalar_one()
    return after


def keep_faults(connection: Connection, mailing_id: int, level: float) -> None:
    """Keep the level of a mailing's breaker."""
    connection.execute(delete(breaker).where(breaker.c.mailing_id == mailing_id))
    connection.execute(breaker.insert().values(mailing_id=mailing_id, level=level))


def fault_returned(connection: Connection, mailing_id: int) -> int:
    """Count a letter of a mailing that came back for a reason of ours; return how many did."""
    mine = fault.c.mailing_id == mailing_id
    number: int = connection.execute(select(fault.c.number).where(mine)).scalar() or 0
    connection.execute(delete(fault).where(mine))
    connection.execute(fault.insert().values(mailing_id=mailing_id, number=number + 1))
    return number + 1


def forget_faults(connection: Connection, mailing_id: int) -> None:
    """Begin a mailing's count of faults anew."""
    for table in (breaker, fault):
        connection.execute(delete(table).where(table.c.mailing_id == mailing_id))
