"""What happened once, and when: rows that are written and never changed back."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, select

from newsletter.store.tables import milestone

BACKEND_DOWN = "trouble/backend"
"""Since when no message can be handed over; forgotten when one can."""


def record(connection: Connection, name: str, now: datetime) -> None:
    """Write down that it happened now; what was written down before stays."""
    if name not in reached(connection, name):
        connection.execute(milestone.insert().values(name=name, at=now))


def reached(connection: Connection, prefix: str = "") -> Mapping[str, datetime]:
    """Return the milestones whose name begins with `prefix`, and when they were reached."""
    query = select(milestone).where(milestone.c.name.startswith(prefix, autoescape=True))
    return {row.name: row.at for row in connection.execute(query)}


def move_back(connection: Connection, name: str, at: datetime) -> None:
    """Correct a milestone that was written while the clock was ahead."""
    late = (milestone.c.name == name) & (milestone.c.at > at)
    connection.execute(milestone.update().where(late).values(at=at))


def forget(connection: Connection, name: str) -> None:
    """Take it back: what comes and goes may be said again when it comes back."""
    connection.execute(milestone.delete().where(milestone.c.name == name))
