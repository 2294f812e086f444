"""The ledger: one row for each reader of a mailing, and the few statements that move it.

The statements are built once and run many times: this is the hot path, and it has no ORM.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, text, update

from newsletter.model import DeliveryState
from newsletter.store.prepared import Prepared
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
# In words, not as parameters: only then does SQLite see which partial index fits, and needs no new
# plan at each call to see that one doesn't.
_WAITS = text("delivery.state = 'queued'")
_TO_BE_TRIED_AGAIN = text("delivery.state IN ('deferred', 'uncertain')")
_NOW = bindparam("now", type_=Moment)
_CANDIDATES = (
    select(*(delivery.c[name] for name in Claim.__slots__), why_not(_NOW).label("why_not"))
    .join(subscriber, subscriber.c.id == delivery.c.subscriber_id)
    .where(delivery.c.mailing_id == bindparam("mailing"))
    .limit(bindparam("limit"))
    .with_for_update(of=delivery)
)
_QUEUED = Prepared(
    _CANDIDATES.where(_WAITS, delivery.c.subscriber_id > bindparam("after")).order_by(
        delivery.c.subscriber_id
    ),
    *("mailing", "now", "limit", "after"),
)
_DUE = Prepared(
    _CANDIDATES.where(
        _TO_BE_TRIED_AGAIN,
        delivery.c.next_try_at <= _NOW,
        delivery.c.state != bindparam("held"),
    ).order_by(delivery.c.next_try_at),
    *("mailing", "now", "limit", "held"),
)
# By their numbers, one by one: found and marked in one statement costs several times as much.
_ONE = update(delivery).where(delivery.c.id == bindparam("id_"))
_MARK = Prepared(
    _ONE.values(
        state=DeliveryState.SENDING.value,
        attempts=bindparam("attempts_"),
        first_tried_at=bindparam("first_"),
    ),
    *("attempts_", "first_", "id_"),
)
_SKIP = Prepared(
    _ONE.values(state=DeliveryState.SKIPPED.value, reply=bindparam("why_")), "why_", "id_"
)
_RECORD = Prepared(
    _ONE.values(
        state=bindparam("state_"),
        code=bindparam("code_"),
        status=bindparam("status_"),
        reply=bindparam("reply_"),
        sent_at=bindparam("sent_at_"),
        next_try_at=bindparam("next_try_at_"),
    ),
    *("state_", "code_", "status_", "reply_", "sent_at_", "next_try_at_", "id_"),
)


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a claim brought: deliveries that are ours, how many were skipped, the last reader."""

    ours: Sequence[Claim]
    skipped: int = 0
    last: int = 0

    def __bool__(self) -> bool:
        return bool(self.ours or self.skipped)


def claim_queued(
    connection: Connection, mailing_id: int, after: int, limit: int, now: datetime
) -> Claimed:
    """Take up to `limit` deliveries that wait for their first try, of readers after `after`.

    They are marked `sending`. Who may be mailed is read here again, in the same writing
    transaction: an unsubscribe that was committed before is never mailed.
    """
    rows = _QUEUED.rows(connection, mailing_id, now, limit, after)
    return _marked(connection, rows, now)


def claim_due(
    connection: Connection, mailing_id: int, limit: int, now: datetime, *, hold: bool
) -> Claimed:
    """Take up to `limit` deliveries whose next try is due, as `claim_queued` does.

    With `hold`, uncertain ones are left for the operator.
    """
    held = DeliveryState.UNCERTAIN.value if hold else ""
    return _marked(connection, _DUE.rows(connection, mailing_id, now, limit, held), now)


def _marked(connection: Connection, rows: Sequence[Sequence[Any]], now: datetime) -> Claimed:
    ours, skipped = [], []
    for number, reader, edition_id, email, name, since, attempts, first, why in rows:
        if why:
            skipped.append((why, number))
        else:
            ours.append(
                Claim(number, reader, edition_id, email, name, since, attempts + 1, first or now)
            )
    _MARK.each(connection, [(one.attempts, one.first_tried_at, one.id) for one in ours])
    if skipped:
        _SKIP.each(connection, skipped)
    return Claimed(ours, len(skipped), rows[-1][1] if rows else 0)


def record(connection: Connection, outcomes: Sequence[Outcome]) -> None:
    """Write what became of deliveries."""
    if outcomes:
        _RECORD.each(connection, map(_fields, outcomes))


def _fields(one: Outcome) -> tuple[Any, ...]:
    last_words = (one.code, one.status, one.reply)
    return (one.state.value, *last_words, one.sent_at, one.next_try_at, one.id)


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


def has_work(connection: Connection, mailing_id: int, now: datetime, *, hold: bool) -> bool:
    """Tell whether anything of a mailing may be tried now, or was left in flight.

    With `hold`, uncertain deliveries wait for the operator.
    """
    queued = delivery.c.state.in_((DeliveryState.QUEUED, DeliveryState.SENDING))
    again = {DeliveryState.DEFERRED} if hold else {DeliveryState.DEFERRED, DeliveryState.UNCERTAIN}
    due = delivery.c.state.in_(again) & (delivery.c.next_try_at <= now)
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
    """Clear a reader's address and name from the ledger, and the words that may hold them.

    The row, its state and its codes stay.
    """
    query = update(delivery).where(delivery.c.subscriber_id == subscriber_id)
    connection.execute(query.values(email="", name="", since=None, reply=""))


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
