"""Chunks: stretches of a mailing's deliveries, each sent by one worker at a time.

Who has a chunk is said by its lease. When there is something to do in it is said here, and nowhere
else: a queue that wakes workers may forget everything.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, func, insert, literal, or_, select, update

from newsletter.errors import LeaseHeld
from newsletter.model import DeliveryState, MailingState
from newsletter.store import leases
from newsletter.store.tables import chunk, delivery, mailing, revision

_UNTRIED = (DeliveryState.QUEUED, DeliveryState.SENDING)
_TRIED = (DeliveryState.DEFERRED, DeliveryState.UNCERTAIN)


@dataclass(frozen=True, slots=True)
class Chunk:
    """Deliveries of a mailing to readers from number `first` to `last`.

    `again` is the state whose deliveries a person wants tried again, if any.
    """

    id: int
    mailing_id: int
    first: int
    last: int
    due_at: datetime | None
    again: DeliveryState | None

    @property
    def lease(self) -> str:
        """The name of its lease."""
        return f"chunk:{self.id}"

    @property
    def deliveries(self) -> ColumnElement[bool]:
        """What is in it, as a clause over the ledger."""
        mine = delivery.c.mailing_id == self.mailing_id
        return mine & delivery.c.subscriber_id.between(self.first, self.last)


def cut(connection: Connection, mailing_id: int, size: int, now: datetime) -> None:
    """Cut a mailing into chunks of `size` deliveries, all of them due now; once is enough."""
    mine = delivery.c.mailing_id == mailing_id
    place = (func.row_number().over(order_by=delivery.c.subscriber_id) - 1).label("place")
    rows = select(delivery.c.subscriber_id, place).where(mine).subquery()
    ends = func.min(rows.c.subscriber_id), func.max(rows.c.subscriber_id)
    found = select(literal(mailing_id), *ends, literal(now, chunk.c.due_at.type))
    names = ("mailing_id", "first", "last", "due_at")
    group = rows.c.place // size
    connection.execute(
        insert(chunk).from_select(names, found.select_from(rows).group_by(group).order_by(group))
    )


def get(connection: Connection, chunk_id: int) -> Chunk | None:
    """Return a chunk; None where its mailing is sent in another way by now."""
    row = connection.execute(select(chunk).where(chunk.c.id == chunk_id)).first()
    return None if row is None else _value(row._mapping)


def of_mailing(connection: Connection, mailing_id: int) -> Sequence[Chunk]:
    """Return the chunks of a mailing, in order."""
    query = select(chunk).where(chunk.c.mailing_id == mailing_id).order_by(chunk.c.first)
    return [_value(row) for row in connection.execute(query).mappings()]


def _value(row: object) -> Chunk:
    fields = dict(row)  # type: ignore[call-overload]
    again = fields.pop("again")
    return Chunk(**fields, again=DeliveryState(again) if again else None)


def waiting(connection: Connection, now: datetime) -> Sequence[Chunk]:
    """Return the chunks in which there is something to do now, and that nobody has.

    A correction is for all of them: while one waits to be taken up, they wait too.
    """
    corrected = (revision.c.mailing_id == mailing.c.id) & revision.c.taken_up_at.is_(None)
    held_up = select(revision.c.number).where(corrected).exists()
    query = (
        select(chunk)
        .join(mailing, mailing.c.id == chunk.c.mailing_id)
        .where(chunk.c.due_at <= now, mailing.c.state == MailingState.SENDING, ~held_up)
        .order_by(chunk.c.due_at, chunk.c.id)
    )
    held = leases.held_names(connection, now)
    found = (_value(row) for row in connection.execute(query).mappings())
    return [one for one in found if one.lease not in held]


def wake(
    connection: Connection, mailing_id: int, now: datetime, again: DeliveryState | None = None
) -> None:
    """Say that there is something to do in every chunk that has deliveries to be tried now.

    With `again`, in those that have deliveries in that state.
    """
    theirs = (delivery.c.mailing_id == chunk.c.mailing_id) & delivery.c.subscriber_id.between(
        chunk.c.first, chunk.c.last
    )
    due = delivery.c.state.in_(_TRIED) & (delivery.c.next_try_at <= now)
    wanted = delivery.c.state == again if again else or_(delivery.c.state.in_(_UNTRIED), due)
    has = select(delivery.c.id).where(theirs, wanted).exists()
    values: dict[str, object] = {"due_at": now} | ({"again": again} if again else {})
    connection.execute(update(chunk).where(chunk.c.mailing_id == mailing_id, has).values(values))


def put_down(
    connection: Connection, one: Chunk, due_at: datetime | None, *, finished: bool
) -> None:
    """Say when there is something to do in a chunk next.

    Where it was `finished`, what a person wanted of it is done; what they have wanted since is not.
    """
    same = chunk.c.again == (one.again or "")
    values: dict[str, object] = {"due_at": due_at} | ({"again": ""} if finished else {})
    connection.execute(update(chunk).where(chunk.c.id == one.id, same).values(values))


def next_due(connection: Connection, mailing_id: int) -> datetime | None:
    """Return when there is something to do in a mailing; None where there is nothing."""
    mine = chunk.c.mailing_id == mailing_id
    return connection.execute(select(func.min(chunk.c.due_at)).where(mine)).scalar()


def in_hands(connection: Connection, mailing_id: int, now: datetime) -> bool:
    """Tell whether anybody works on a chunk of a mailing."""
    held = leases.held_names(connection, now)
    return any(one.lease in held for one in of_mailing(connection, mailing_id))


def next_try(connection: Connection, one: Chunk, *, hold: bool) -> datetime | None:
    """Return when the next delivery of a chunk may be tried; None where nobody waits for it."""
    again = _TRIED[:1] if hold else _TRIED
    query = select(func.min(delivery.c.next_try_at)).where(
        one.deliveries, delivery.c.state.in_(again)
    )
    return connection.execute(query).scalar()


def has_queued(connection: Connection, one: Chunk) -> bool:
    """Tell whether anybody in a chunk waits for a first try, or was left in flight."""
    waits = delivery.c.state.in_(_UNTRIED)
    query = select(delivery.c.id).where(one.deliveries, waits).limit(1)
    return connection.execute(query).first() is not None


def reclaim(connection: Connection, mailing_id: int, now: datetime) -> None:
    """Put a mailing together again, for one sender. Raises LeaseHeld while workers have it."""
    if in_hands(connection, mailing_id, now):
        raise LeaseHeld(
            "workers are sending this mailing",
            hint='stop them first, or let them send it: delivery.dispatcher = "procrastinate"',
        )
    forget(connection, mailing_id)


def forget(connection: Connection, mailing_id: int) -> None:
    """Put a mailing together again: one sender has it."""
    connection.execute(delete(chunk).where(chunk.c.mailing_id == mailing_id))
