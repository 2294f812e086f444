"""The ledger: one row for each reader of a mailing, and the few statements that move it.

The statements are built once and run many times: this is the hot path, and it has no ORM.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    bindparam,
    case,
    func,
    literal_column,
    select,
    text,
    update,
)

from newsletter.model import DeliveryState
from newsletter.store.prepared import Prepared
from newsletter.store.tables import IN_FLIGHT, delivery, doubt, edition, feedback, mailing, post
from subscribers.model import State
from subscribers.tables import subscriber


@dataclass(frozen=True, slots=True)
class Span:
    """Deliveries to readers from one number to another."""

    first: int = 0
    last: int = 2**31 - 1


ALL = Span()


class Outcome(NamedTuple):
    """What became of a delivery: its new state and the server's last words."""

    id: int
    state: DeliveryState
    code: int | None = None
    status: str = ""
    reply: str = ""
    sent_at: datetime | None = None
    next_try_at: datetime | None = None


_RECORD = Prepared(
    update(delivery)
    .where(delivery.c.id == bindparam("id_"))
    .values(
        state=bindparam("state_"),
        code=bindparam("code_"),
        status=bindparam("status_"),
        reply=case((delivery.c.email == literal_column("''"), ""), else_=bindparam("reply_")),
        sent_at=bindparam("sent_at_"),
        next_try_at=bindparam("next_try_at_"),
    ),
    *("state_", "code_", "status_", "reply_", "sent_at_", "next_try_at_", "id_"),
)


def record(connection: Connection, outcomes: Sequence[Outcome]) -> None:
    """Write what became of deliveries."""
    _RECORD.each(connection, [_fields(one) for one in outcomes])


_WORDS = {state: state.value for state in DeliveryState}


def _fields(one: Outcome) -> tuple[Any, ...]:
    number, state, code, status, reply, sent_at, next_try_at = one
    return _WORDS[state], code, status, reply, sent_at, next_try_at, number


def recover(connection: Connection, mailing_id: int, now: datetime, span: Span = ALL) -> int:
    """Call `uncertain` what a sender that is gone left in flight; return how many."""
    theirs = delivery.c.subscriber_id.between(span.first, span.last)
    mine = (delivery.c.mailing_id == mailing_id) & IN_FLIGHT & theirs
    _keep_in_doubt(connection, mine)
    values = {"state": DeliveryState.UNCERTAIN, "next_try_at": now}
    query = update(delivery).where(mine).values(values | {"reply": "the sender was cut off"})
    return connection.execute(query).rowcount


def keep_in_doubt(connection: Connection, ids: Sequence[int]) -> None:
    """Note that deliveries may have arrived: from now on they keep their bytes."""
    _keep_in_doubt(connection, delivery.c.id.in_(ids))


def _keep_in_doubt(connection: Connection, which: ColumnElement[bool]) -> None:
    known = select(doubt.c.delivery_id).where(doubt.c.delivery_id == delivery.c.id).exists()
    found = select(delivery.c.id).where(which, ~known)
    connection.execute(doubt.insert().from_select(["delivery_id"], found))


def has_work(connection: Connection, mailing_id: int, now: datetime, *, hold: bool) -> bool:
    """Tell whether anything of a mailing may be tried now, or was left in flight.

    With `hold`, uncertain deliveries wait for the operator.
    """
    queued = delivery.c.state.in_((DeliveryState.QUEUED, DeliveryState.SENDING))
    again = {DeliveryState.DEFERRED} if hold else {DeliveryState.DEFERRED, DeliveryState.UNCERTAIN}
    due = delivery.c.state.in_(again) & (delivery.c.next_try_at <= now)
    query = select(delivery.c.id).where(delivery.c.mailing_id == mailing_id, queued | due)
    return connection.execute(query.limit(1)).first() is not None


def next_try(connection: Connection, mailing_id: int, *, hold: bool) -> datetime | None:
    """Return when the next deferred delivery is due, or the next uncertain one unless on `hold`."""
    states = "('deferred')" if hold else "('deferred', 'uncertain')"
    waits = (delivery.c.mailing_id == mailing_id) & text(f"delivery.state IN {states}")
    return connection.execute(select(func.min(delivery.c.next_try_at)).where(waits)).scalar()


def skip_rest(connection: Connection, mailing_id: int, why: str) -> int:
    """Skip whoever has not been mailed yet; return how many."""
    waiting = (DeliveryState.QUEUED, DeliveryState.DEFERRED)
    query = update(delivery).where(
        delivery.c.mailing_id == mailing_id, delivery.c.state.in_(waiting)
    )
    return connection.execute(query.values(state=DeliveryState.SKIPPED, reply=why)).rowcount


def may_have_reached_anybody(connection: Connection, mailing_id: int) -> bool:
    """Tell whether any reader has a mailing's message, gets it now, or may have got it."""
    states = (DeliveryState.SENDING, DeliveryState.SENT, DeliveryState.UNCERTAIN)
    doubted = select(doubt.c.delivery_id).where(doubt.c.delivery_id == delivery.c.id).exists()
    mine = delivery.c.mailing_id == mailing_id
    query = select(delivery.c.id).where(mine, delivery.c.state.in_(states) | doubted)
    return connection.execute(query.limit(1)).first() is not None


def begin_anew(connection: Connection, mailing_id: int) -> None:
    """Let the time for retries begin anew for whoever waits."""
    waiting = (DeliveryState.QUEUED, DeliveryState.DEFERRED, DeliveryState.UNCERTAIN)
    tried = delivery.c.first_tried_at.is_not(None) & delivery.c.state.in_(waiting)
    query = update(delivery).where(delivery.c.mailing_id == mailing_id, tried)
    connection.execute(query.values(first_tried_at=None))


def forgive(connection: Connection, mailing_id: int) -> int:
    """Let deliveries that failed by our own fault wait for another try; return how many.

    They are the failed ones that were given a time.
    """
    ours = (
        (delivery.c.mailing_id == mailing_id)
        & (delivery.c.state == DeliveryState.FAILED)
        & delivery.c.next_try_at.is_not(None)
    )
    query = update(delivery).where(ours).values(state=DeliveryState.DEFERRED)
    return connection.execute(query).rowcount


def decide(connection: Connection, mailing_id: int, state: DeliveryState) -> int:
    """Call uncertain deliveries `sent` (then: at their first try) or `failed`; return how many."""
    mine = (delivery.c.mailing_id == mailing_id) & (delivery.c.state == DeliveryState.UNCERTAIN)
    values: dict[str, object] = {"state": state, "next_try_at": None}
    if state is DeliveryState.SENT:
        values |= {"sent_at": func.coalesce(delivery.c.first_tried_at, delivery.c.next_try_at)}
    return connection.execute(update(delivery).where(mine).values(values)).rowcount


def forget(connection: Connection, subscriber_id: int) -> None:
    """Clear a reader's address and name from the ledger, and the words that may hold them.

    The rows, their states and codes stay; what waits to be mailed to them alone goes.
    """
    connection.execute(post.delete().where(post.c.subscriber_id == subscriber_id))
    query = update(delivery).where(delivery.c.subscriber_id == subscriber_id)
    connection.execute(query.values(email="", name="", since=None, reply=""))
    came_back = update(feedback).where(feedback.c.subscriber_id == subscriber_id)
    connection.execute(came_back.values(reply=""))


def forget_erased(connection: Connection, mailing_id: int) -> None:
    """Clear readers from the ledger who were erased while the audience was frozen.

    Where writers take turns there are none.
    """
    if connection.dialect.name != "postgresql":
        return
    erased = select(subscriber.c.id).where(subscriber.c.state == State.ERASED)
    theirs = (delivery.c.mailing_id == mailing_id) & delivery.c.subscriber_id.in_(erased)
    values = {"email": "", "name": "", "since": None, "reply": ""}
    connection.execute(update(delivery).where(theirs, delivery.c.email != "").values(values))


def odd_readers(connection: Connection, mailing_id: int) -> Iterator[tuple[int, str, str]]:
    """Yield edition, address and name of who may get it yet and has more than plain ASCII."""
    odd = _has(connection, delivery.c.name, "[^ -~]") | _has(connection, delivery.c.email, "[^!-~]")
    query = select(delivery.c.edition_id, delivery.c.email, delivery.c.name).where(
        delivery.c.mailing_id == mailing_id,
        delivery.c.edition_id.is_not(None),
        delivery.c.state != DeliveryState.SENT,
        odd,
    )
    with connection.execute(query.execution_options(yield_per=1000)) as rows:
        for row in rows:
            yield row.edition_id, row.email, row.name


def _has(connection: Connection, column: ColumnElement[str], letters: str) -> ColumnElement[bool]:
    """Tell of each row whether a column has one of these letters.

    SQLite's own GLOB, for there the regular expressions are Python's: a call for every row.
    """
    if connection.dialect.name == "sqlite":
        return column.op("GLOB", is_comparison=True)(f"*{letters}*")
    return column.regexp_match(letters)


def deliveries(
    connection: Connection, mailing_id: int, state: DeliveryState | None
) -> Iterator[Row[Any]]:
    """Yield the ledger's rows of a mailing, with each one's edition and revision, in order."""
    query = (
        select(delivery, edition.c.key.label("edition"), edition.c.revision)
        .outerjoin(edition, edition.c.id == delivery.c.edition_id)
        .where(delivery.c.mailing_id == mailing_id)
        .order_by(delivery.c.id)
    )
    if state is not None:
        query = query.where(delivery.c.state == state)
    with connection.execute(query.execution_options(yield_per=1000)) as rows:
        yield from rows


def of_reader(connection: Connection, subscriber_id: int) -> list[Row[Any]]:
    """Return all that the ledger holds of one reader, oldest month first."""
    column = delivery.c
    query = (
        select(
            mailing.c.month,
            edition.c.key.label("edition"),
            *(column.email, column.name, column.since, column.state, column.attempts),
            *(column.first_tried_at, column.sent_at, column.code, column.status, column.reply),
        )
        .join(mailing, mailing.c.id == column.mailing_id)
        .outerjoin(edition, edition.c.id == column.edition_id)
        .where(column.subscriber_id == subscriber_id)
        .order_by(mailing.c.month)
    )
    return list(connection.execute(query))
