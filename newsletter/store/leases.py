"""One at a time: a row that says who may send, or be the service, and until when."""

import os
import socket
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, Row, delete, select, true, update

from newsletter.errors import LeaseHeld
from newsletter.store import postgresql
from newsletter.store.engine import is_postgresql
from newsletter.store.tables import lease
from subscribers.bulk import insert_new

SERVICE = "service"
"""The lease of the one service; the sender's is its own business."""

LIFETIME = timedelta(seconds=60)
"""How long a lease lasts without a sign of life."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who asks for a lease: this process, with a mark that no other has.

    After a hyphen the mark says when the process began, where the system tells: another one may
    get its number, in a container at every start.
    """

    mark: str
    host: str
    pid: int

    @classmethod
    def this_process(cls) -> "Holder":
        """Return a new holder for the running process."""
        mark = f"{uuid.uuid4().hex}-{_beginning(os.getpid())}"
        return cls(mark, socket.gethostname(), os.getpid())


def holder_of(connection: Connection, name: str, now: datetime) -> str | None:
    """Say who holds a lease and since when, in words; None where nobody does."""
    return next(_held(connection, lease.c.name == name, now), None)


def holders(connection: Connection, now: datetime) -> list[str]:
    """Say who holds any lease: they are the ones at work here."""
    return list(_held(connection, true(), now))


def _held(connection: Connection, which: ColumnElement[bool], now: datetime) -> Iterator[str]:
    us = Holder.this_process()
    for row in connection.execute(select(lease).where(which)):
        if not _is_over(row, us, now):
            yield f"process {row.pid} on {row.host} since {row.taken_at:%Y-%m-%d %H:%M} UTC"


def take(connection: Connection, name: str, holder: Holder, now: datetime) -> None:
    """Take the lease, or raise LeaseHeld saying who has it and since when.

    A holder on this host whose process is gone is replaced at once, any other when it expires.
    Of several who try at the same time one gets it. If whoever is replaced stands still in a
    transaction of a session they signed, that session is ended.
    """
    values: dict[str, object] = {"holder": holder.mark, "host": holder.host, "pid": holder.pid}
    values |= {"taken_at": now, "expires_at": now + LIFETIME}
    if insert_new(connection, lease, values | {"name": name}):
        return
    row = connection.execute(select(lease).where(lease.c.name == name)).first()
    if row is None:
        raise LeaseHeld("somebody has ended this very moment", hint="try again")
    if not _is_over(row, holder, now) or not _replace(connection, row, values):
        since = f"{row.taken_at:%Y-%m-%d %H:%M} UTC"
        doing = "the service" if name == SERVICE else "sending"
        raise LeaseHeld(
            f"process {row.pid} on {row.host} has been {doing} since {since}",
            hint="wait for it, or stop it; a lease without a sign of life ends after a minute",
        )


def _replace(
    connection: Connection, row: Row[tuple[object, ...]], values: Mapping[str, object]
) -> bool:
    """Put another holder in the place of one whose lease is over, unless somebody has done so."""
    if is_postgresql(connection):
        postgresql.end_standing(connection, row.holder)
    same = (lease.c.name == row.name) & (lease.c.holder == row.holder)
    query = update(lease).where(same, lease.c.expires_at == row.expires_at).values(values)
    return bool(connection.execute(query).rowcount)


def sign(connection: Connection, holder: Holder) -> None:
    """Sign a session in which a holder will write for long: see `take`."""
    if is_postgresql(connection):
        with connection.begin():
            postgresql.sign(connection, holder.mark)


def refuse_any(connection: Connection, now: datetime) -> None:
    """Raise LeaseHeld where anybody has any lease."""
    here = Holder.this_process()
    for row in connection.execute(select(lease)):
        if not _is_over(row, here, now):
            raise LeaseHeld(
                f"process {row.pid} on {row.host} is at work: {row.name}", hint="stop it first"
            )


def renew(connection: Connection, name: str, holder: Holder, now: datetime) -> bool:
    """Give a sign of life; return whether the lease is still ours."""
    mine = (lease.c.name == name) & (lease.c.holder == holder.mark)
    query = update(lease).where(mine).values(expires_at=now + LIFETIME)
    return bool(connection.execute(query).rowcount)


def keep(connection: Connection, name: str, holder: Holder) -> bool:
    """Tell whether the lease is ours; if it is, nobody takes it before this transaction ends."""
    mine = select(lease.c.pid).where(lease.c.name == name, lease.c.holder == holder.mark)
    return connection.execute(mine.with_for_update(read=True)).first() is not None


def is_ours(connection: Connection, name: str, holder: Holder) -> bool:
    """Tell whether the lease is ours, as far as anybody can see now."""
    mine = select(lease.c.pid).where(lease.c.name == name, lease.c.holder == holder.mark)
    return connection.execute(mine).first() is not None


def held_names(connection: Connection, now: datetime) -> set[str]:
    """Return the names of all leases that somebody has."""
    us = Holder.this_process()
    rows = connection.execute(select(lease))
    return {row.name for row in rows if not _is_over(row, us, now)}


def release(connection: Connection, name: str, holder: Holder) -> None:
    """Give the lease back, if it is still ours."""
    connection.execute(delete(lease).where(lease.c.name == name, lease.c.holder == holder.mark))


def _is_over(row: Row[tuple[object, ...]], holder: Holder, now: datetime) -> bool:
    fields = row._mapping
    here = fields["host"] == holder.host
    return fields["expires_at"] <= now or (here and not _is_running(fields["pid"], row.holder))


def _is_running(pid: int, mark: str) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    then, now = mark.partition("-")[2], _beginning(pid)
    return not (then and now) or then == now


def _beginning(pid: int) -> str:
    """Return when a process began, in the system's own units; empty where it doesn't tell.

    Of one that has ended and only waits to be buried: `ended`.
    """
    try:
        words = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return ""
    return "ended" if words[0] == "Z" else words[19]  # fields 3 and 22 of proc(5)
