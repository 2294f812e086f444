"""The ledger: one row for each reader of a mailing, and the few statements that move it.

The statements are built once and run many times: this is the hot path, and it has no ORM.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Subquery, bindparam, case, func, select, text, update

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
# In words, not as parameters: only then does the database see that its partial index fits.
_TO_BE_TRIED_AGAIN = text("delivery.state IN ('deferred', 'uncertain')")
_NOW = bindparam("now", type_=Moment)
_CANDIDATE = (
    select(delivery.c.id, why_not(_NOW).label("why_not"))
    .join(subscriber, subscriber.c.id == delivery.c.subscriber_id)
    .where(delivery.c.mailing_id == bindparam("mailing"))
    .limit(bindparam("limit"))
)


def _claiming(candidates: Subquery) -> Prepared:
    """Mark the candidates: `sending`, or `skipped` with the reason. One statement does it all."""
    free = candidates.c.why_not == ""
    marked = update(delivery).where(delivery.c.id == candidates.c.id)
    statement = marked.values(
        state=case((free, DeliveryState.SENDING), else_=DeliveryState.SKIPPED),
        reply=case((free, delivery.c.reply), else_=candidates.c.why_not),
        attempts=delivery.c.attempts + case((free, 1), else_=0),
        first_tried_at=func.coalesce(delivery.c.first_tried_at, _NOW),
    ).returning(*(delivery.c[name] for name in Claim.__slots__), delivery.c.state)
    return Prepared(statement)


_CLAIM_QUEUED = _claiming(
    _CANDIDATE.where(delivery.c.state == "queued", delivery.c.subscriber_id > bindparam("after"))
    .order_by(delivery.c.subscriber_id)
    .subquery()
)
_CLAIM_DUE = _claiming(
    _CANDIDATE.where(
        _TO_BE_TRIED_AGAIN,
        delivery.c.next_try_at <= _NOW,
        delivery.c.state != bindparam("held"),
    )
    .order_by(delivery.c.next_try_at)
    .subquery()
)
_RECORD = Prepared(
    update(delivery)
    .where(delivery.c.id == bindparam("id_"))
    .values(
        state=bindparam("state_"),
        code=bindparam("code_"),
        status=bindparam("status_"),
        reply=bindparam("reply_"),
        sent_at=bindparam("sent_at_"),
        next_try_at=bindparam("next_try_at_"),
    )
)


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a claim brought: deliveries that are ours, how many were skipped, the last reader."""

    ours: list[Claim]
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
    given = {"mailing": mailing_id, "now": now, "limit": limit, "after": after}
    return _taken(_CLAIM_QUEUED.rows(connection, given))


def claim_due(
    connection: Connection, mailing_id: int, limit: int, now: datetime, *, hold: bool
) -> Claimed:
    """Take up to `limit` deliveries whose next try is due, as `claim_queued` does.

    With `hold`, uncertain ones are left for the operator.
    """
    held = DeliveryState.UNCERTAIN if hold else ""
    given = {"mailing": mailing_id, "now": now, "limit": limit, "held": held}
    return _taken(_CLAIM_DUE.rows(connection, given))


def _taken(rows: Sequence[tuple[Any, ...]]) -> Claimed:
    everything = [(Claim(*row[:-1]), row[-1]) for row in rows]
    everything.sort(key=lambda pair: pair[0].subscriber_id)
    ours = [one for one, state in everything if state == DeliveryState.SENDING]
    last = everything[-1][0].subscriber_id if everything else 0
    return Claimed(ours, len(everything) - len(ours), last)


def record(connection: Connection, outcomes: Sequence[Outcome]) -> None:
    """Write what became of deliveries."""
    if outcomes:
        _RECORD.each(connection, map(_fields, outcomes))


def _fields(outcome: Outcome) -> dict[str, object]:
    return {f"{name}_": getattr(outcome, name) for name in Outcome.__slots__}


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
