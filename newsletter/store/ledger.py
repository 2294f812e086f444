"""The ledger: one row for each reader of a mailing, and the few statements that move it.

The statements are built once and run many times: this is the hot path, and it has no ORM.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, text, update

from newsletter.model import DeliveryState
from newsletter.store.tables import IN_FLIGHT, delivery, edition
from subscribers.eligibility import why_not
from subscribers.tables import Moment, subscriber


@dataclass(frozen=True, slots=True)
class Claim:
    """A delivery that is ours to send now. `attempts` counts this one."""

    id: int
    subscriber_id: int
    edition_id: int
    email: str
    name: str
    since: datetime | None
    attempts: int
    first_tried_at: datetime


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a delivery: its new state and the server's last words."""

    id: int
    state: DeliveryState
    code: int | None = None
    status: str = ""
    reply: str = ""
    sent_at: datetime | None = None
    next_try_at: datetime | None = None


WAITING = delivery.c.state.in_(
    (DeliveryState.QUEUED, DeliveryState.DEFERRED, DeliveryState.UNCERTAIN)
)
# In words, not as parameters: only then does the database see that its partial index fits.
_TO_BE_TRIED_AGAIN = text("delivery.state IN ('deferred', 'uncertain')")
_NOW = bindparam("now", type_=Moment)
_CANDIDATE = (
    select(
        delivery.c.id,
        delivery.c.subscriber_id,
        delivery.c.edition_id,
        delivery.c.email,
        delivery.c.name,
        delivery.c.since,
        delivery.c.attempts,
        delivery.c.first_tried_at,
        why_not(_NOW).label("why_not"),
    )
    .join(subscriber, subscriber.c.id == delivery.c.subscriber_id)
    .where(delivery.c.mailing_id == bindparam("mailing_id"))
    .limit(bindparam("limit"))
)
_QUEUED = _CANDIDATE.where(
    delivery.c.state == "queued", delivery.c.subscriber_id > bindparam("after")
).order_by(delivery.c.subscriber_id)
_DUE = _CANDIDATE.where(
    _TO_BE_TRIED_AGAIN, delivery.c.next_try_at <= _NOW, delivery.c.state != bindparam("held")
).order_by(delivery.c.next_try_at)
_MARK = text(
    "UPDATE delivery SET state = 'sending', attempts = attempts + 1,"
    " first_tried_at = coalesce(first_tried_at, :now)"
    " WHERE id IN (SELECT value FROM json_each(:ids))"
).bindparams(bindparam("now", type_=Moment))
_SKIP = text("UPDATE delivery SET state = 'skipped', reply = :why_not WHERE id = :id")
_RECORD = text(
    "UPDATE delivery SET state = :state, code = :code, status = :status, reply = :reply,"
    " sent_at = :sent_at, next_try_at = :next_try_at WHERE id = :id"
).bindparams(bindparam("sent_at", type_=Moment), bindparam("next_try_at", type_=Moment))


@dataclass(slots=True)
class Cursor:
    """How far the first pass over a mailing has come; deliveries due again are found apart."""

    mailing_id: int
    after: int = 0


def claim(
    connection: Connection, cursor: Cursor, limit: int, now: datetime, *, hold: bool
) -> tuple[list[Claim], int]:
    """Take up to `limit` deliveries and mark them `sending`; return them and how many were skipped.

    Who may be mailed is read here again, in the same writing transaction: an unsubscribe that was
    committed before is never mailed. With `hold`, uncertain ones wait for the operator.
    """
    given = {"mailing_id": cursor.mailing_id, "now": now}
    held = DeliveryState.UNCERTAIN if hold else ""
    rows = list(connection.execute(_DUE, {**given, "limit": limit, "held": held}))
    if len(rows) < limit:
        more = {**given, "limit": limit - len(rows), "after": cursor.after}
        queued = list(connection.execute(_QUEUED, more))
        cursor.after = queued[-1].subscriber_id if queued else cursor.after
        rows += queued
    gone = [{"id": row.id, "why_not": row.why_not} for row in rows if row.why_not]
    if gone:
        connection.execute(_SKIP, gone)
    ours = [_claimed(row, now) for row in rows if not row.why_not]
    if ours:
        connection.execute(_MARK, {"now": now, "ids": json.dumps([one.id for one in ours])})
    return ours, len(gone)


def _claimed(row: Row[Any], now: datetime) -> Claim:
    return Claim(
        row.id,
        row.subscriber_id,
        row.edition_id,
        row.email,
        row.name,
        row.since,
        row.attempts + 1,
        row.first_tried_at or now,
    )


def record(connection: Connection, outcomes: Sequence[Outcome]) -> None:
    """Write what became of deliveries."""
    if outcomes:
        connection.execute(_RECORD, [_fields(one) for one in outcomes])


def _fields(outcome: Outcome) -> dict[str, object]:
    return {name: getattr(outcome, name) for name in Outcome.__slots__}


def recover(connection: Connection, mailing_id: int, now: datetime) -> int:
    """Call `uncertain` what a sender that is gone left in flight; return how many."""
    query = (
        update(delivery)
        .where(delivery.c.mailing_id == mailing_id, IN_FLIGHT)
        .values(state=DeliveryState.UNCERTAIN, next_try_at=now, reply="the sender was cut off")
    )
    return connection.execute(query).rowcount


def requeue(connection: Connection, ids: Sequence[int]) -> None:
    """Put claimed deliveries back that were never handed over."""
    back = update(delivery).where(delivery.c.id.in_(ids), IN_FLIGHT)
    connection.execute(back.values(state=DeliveryState.QUEUED, attempts=delivery.c.attempts - 1))


def has_work(connection: Connection, mailing_id: int, now: datetime) -> bool:
    """Tell whether anything of a mailing may be tried now, or was left in flight."""
    queued = delivery.c.state.in_((DeliveryState.QUEUED, DeliveryState.SENDING))
    waiting = delivery.c.state.in_((DeliveryState.DEFERRED, DeliveryState.UNCERTAIN))
    due = waiting & (delivery.c.next_try_at <= now)
    query = select(delivery.c.id).where(delivery.c.mailing_id == mailing_id, queued | due)
    return connection.execute(query.limit(1)).first() is not None


def skip_rest(connection: Connection, mailing_id: int, why: str) -> int:
    """Skip whoever has not been mailed yet; return how many."""
    waiting = (DeliveryState.QUEUED, DeliveryState.DEFERRED)
    query = update(delivery).where(
        delivery.c.mailing_id == mailing_id, delivery.c.state.in_(waiting)
    )
    return connection.execute(query.values(state=DeliveryState.SKIPPED, reply=why)).rowcount


def forget(connection: Connection, subscriber_id: int) -> None:
    """Clear a reader's address and name from the ledger; the row and its outcome stay."""
    query = update(delivery).where(delivery.c.subscriber_id == subscriber_id)
    connection.execute(query.values(email="", name="", since=None))


def odd_readers(connection: Connection, mailing_id: int) -> Iterator[tuple[int, str, str]]:
    """Yield edition, address and name of who waits and has anything but plain ASCII in them."""
    odd = delivery.c.name.regexp_match("[^ -~]") | delivery.c.email.regexp_match("[^!-~]")
    query = select(delivery.c.edition_id, delivery.c.email, delivery.c.name).where(
        delivery.c.mailing_id == mailing_id, delivery.c.edition_id.is_not(None), WAITING, odd
    )
    for row in connection.execute(query.execution_options(yield_per=1000)):
        yield row.edition_id, row.email, row.name


def deliveries(
    connection: Connection, mailing_id: int, state: DeliveryState | None
) -> Iterator[Row[Any]]:
    """Yield the ledger's rows of a mailing, with the key of each one's edition, in order."""
    query = (
        select(delivery, edition.c.key.label("edition"))
        .outerjoin(edition, edition.c.id == delivery.c.edition_id)
        .where(delivery.c.mailing_id == mailing_id)
        .order_by(delivery.c.id)
    )
    if state is not None:
        query = query.where(delivery.c.state == state)
    yield from connection.execute(query.execution_options(yield_per=1000))
