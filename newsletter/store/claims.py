"""Claims: deliveries that become ours to send. Readers are looked at again in the same moment.

The statements are built once and run many times: this is the hot path, and it has no ORM.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    bindparam,
    case,
    func,
    literal_column,
    select,
    text,
    update,
)

from newsletter.model import DeliveryState
from newsletter.store.ahead import Ahead, Rows
from newsletter.store.ledger import ALL, Span
from newsletter.store.prepared import Prepared
from newsletter.store.tables import IN_FLIGHT, delivery
from subscribers.eligibility import why_not
from subscribers.tables import Moment, subscriber


class Claim(NamedTuple):
    """A delivery that is ours to send now.

    `attempts` counts this try; `was` is the state before it.
    """

    id: int
    subscriber_id: int
    edition_id: int
    email: str
    name: str
    since: datetime | None
    attempts: int
    first_tried_at: datetime
    was: str = DeliveryState.QUEUED.value


@dataclass(frozen=True, slots=True)
class Lane:
    """Readers who are claimed apart from others: those of one domain, or of all `others`."""

    domain: str = ""
    others: tuple[str, ...] = ()


EVERYBODY = Lane()


_NOW = bindparam("now", type_=Moment)
_FIELDS = (*Claim._fields[:-1], "state")
# A row that somebody has locked is waited for, not skipped: the walk never comes back to it.
_CANDIDATES = (
    select(*(delivery.c[name] for name in _FIELDS), delivery.c.next_try_at)
    .where(delivery.c.mailing_id == bindparam("mailing"))
    .limit(bindparam("limit"))
    .with_for_update()
)


def _with_readers(candidates: Select[Any], order: str) -> Select[Any]:
    """Look at the readers of the few who were found, and of nobody else.

    Joined before they are few, PostgreSQL may read everybody to find the next ten.
    """
    few = candidates.subquery("few")
    fields = (few.c[name] for name in _FIELDS)
    return (
        select(*fields, subscriber.c.email.label("email_now"), why_not(_NOW).label("why_not"))
        .join(subscriber, subscriber.c.id == few.c.subscriber_id)
        .order_by(few.c[order])
    )


# States are written out, not given as parameters: only then does SQLite see which partial index
# fits, and needs no new plan at each call to see that one doesn't.
@lru_cache
def _in_order(state: DeliveryState, lane: Lane) -> Prepared:
    """Find deliveries in a state, in the order of the readers' numbers."""
    query = _CANDIDATES.where(
        delivery.c.state == literal_column(f"'{state.value}'"),
        delivery.c.subscriber_id > bindparam("after"),
        delivery.c.subscriber_id <= bindparam("until"),
        *_within(lane),
    )
    ordered = query.order_by(delivery.c.subscriber_id)
    return Prepared(
        _with_readers(ordered, "subscriber_id"), "mailing", "now", "limit", "after", "until"
    )


@lru_cache
def _due(lane: Lane) -> Prepared:
    """Find deliveries to be tried again, the most overdue first."""
    query = _CANDIDATES.where(
        text("delivery.state IN ('deferred', 'uncertain')"),
        delivery.c.next_try_at <= _NOW,
        delivery.c.state != bindparam("held"),
        delivery.c.subscriber_id.between(bindparam("since"), bindparam("until")),
        *_within(lane),
    )
    ordered = query.order_by(delivery.c.next_try_at)
    return Prepared(
        _with_readers(ordered, "next_try_at"), "mailing", "now", "limit", "held", "since", "until"
    )


def _within(lane: Lane) -> Iterator[ColumnElement[bool]]:
    if lane.domain:
        yield delivery.c.email.endswith(f"@{lane.domain}", autoescape=True)
    for other in lane.others:
        yield ~delivery.c.email.endswith(f"@{other}", autoescape=True)


# Found and marked in one statement costs several times as much.
_STRETCH = Prepared(
    update(delivery)
    .where(
        delivery.c.mailing_id == bindparam("mailing_"),
        delivery.c.state == literal_column("'queued'"),
        delivery.c.subscriber_id > bindparam("after_"),
        delivery.c.subscriber_id <= bindparam("last_"),
    )
    .values(
        state=DeliveryState.SENDING.value,
        attempts=delivery.c.attempts + 1,
        first_tried_at=func.coalesce(delivery.c.first_tried_at, bindparam("now_", type_=Moment)),
    ),
    *("mailing_", "after_", "last_", "now_"),
)
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
_PUT_BACK = Prepared(
    _ONE.where(IN_FLIGHT).values(
        state=bindparam("was_"),
        attempts=delivery.c.attempts - 1,
        first_tried_at=case((delivery.c.attempts > 1, delivery.c.first_tried_at)),
    ),
    *("was_", "id_"),
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
    connection: Connection,
    mailing_id: int,
    after: int,
    limit: int,
    now: datetime,
    lane: Lane = EVERYBODY,
    span: Span = ALL,
    ahead: Ahead | None = None,
) -> Claimed:
    """Take up to `limit` deliveries that wait for their first try, of readers after `after`.

    They are marked `sending`. Who may be mailed is read here again, in the same writing
    transaction: an unsubscribe that was committed before is never mailed. With `ahead`, which
    belongs to this mailing, lane and span, it is read for many at once, while nobody writes.
    """
    query = _in_order(DeliveryState.QUEUED, lane)

    def find(number: int) -> Rows:
        return query.rows(connection, mailing_id, now, number, after, span.last)

    rows = find(limit) if ahead is None else ahead.take(connection, find, after, limit, now)
    ours, skipped = _sifted(rows, now)
    _SKIP.each(connection, skipped)
    if ours and lane == EVERYBODY:  # they are all who still wait between these two readers
        _STRETCH.each(connection, [(mailing_id, after, ours[-1].subscriber_id, now)])
    else:
        _mark(connection, ours)
    return Claimed(ours, len(skipped), _last(rows))


def claim_due(
    connection: Connection,
    mailing_id: int,
    limit: int,
    now: datetime,
    lane: Lane = EVERYBODY,
    span: Span = ALL,
    *,
    hold: bool,
) -> Claimed:
    """Take up to `limit` deliveries whose next try is due, as `claim_queued` does.

    With `hold`, uncertain ones are left for the operator.
    """
    held = DeliveryState.UNCERTAIN.value if hold else ""
    rows = _due(lane).rows(connection, mailing_id, now, limit, held, span.first, span.last)
    ours, skipped = _sifted(rows, now)
    _SKIP.each(connection, skipped)
    _mark(connection, ours)
    return Claimed(ours, len(skipped), _last(rows))


def claim_again(
    connection: Connection,
    mailing_id: int,
    state: DeliveryState,
    after: int,
    limit: int,
    now: datetime,
    lane: Lane = EVERYBODY,
    span: Span = ALL,
) -> Claimed:
    """Take up to `limit` deliveries in a state because a person asked for it.

    Their time to be tried begins anew. Who may not be mailed is left as it is: the operator sees
    what became of it.
    """
    rows = _in_order(state, lane).rows(connection, mailing_id, now, limit, after, span.last)
    found, left = _sifted(rows, now)
    ours = [one._replace(first_tried_at=now) for one in found]
    _mark(connection, ours)
    return Claimed(ours, len(left), _last(rows))


def anybody(
    connection: Connection,
    mailing_id: int,
    state: DeliveryState | None,
    after: int,
    now: datetime,
    lane: Lane = EVERYBODY,
    span: Span = ALL,
    *,
    hold: bool,
) -> bool:
    """Tell whether a claim would find anybody: in `state`, or queued or due where that is None."""
    held = DeliveryState.UNCERTAIN.value if hold else ""
    first = _in_order(state or DeliveryState.QUEUED, lane)
    if first.rows(connection, mailing_id, now, 1, after, span.last):
        return True
    again = _due(lane)
    ends = (span.first, span.last)
    return state is None and bool(again.rows(connection, mailing_id, now, 1, held, *ends))


def _sifted(
    rows: Sequence[Sequence[Any]], now: datetime
) -> tuple[Sequence[Claim], Sequence[tuple[str, int]]]:
    """Return the claims, and why and which deliveries can't be."""
    ours, others = [], []
    for number, reader, edition_id, email, name, since, tries, first, was, email_now, why in rows:
        if why or email != email_now:  # nobody is written to at an address they have left
            others.append((why or "address changed", number))
        else:
            begun = first or now
            ours.append(
                Claim(number, reader, edition_id, email, name, since, tries + 1, begun, was)
            )
    return ours, others


def _mark(connection: Connection, claims: Iterable[Claim]) -> None:
    _MARK.each(connection, [(one.attempts, one.first_tried_at, one.id) for one in claims])


def _last(rows: Sequence[Sequence[Any]]) -> int:
    return rows[-1][1] if rows else 0


def put_back(connection: Connection, claims: Iterable[Claim]) -> None:
    """Make claims that were never handed over what they were before."""
    _PUT_BACK.each(connection, [(one.was, one.id) for one in claims])
