"""What came back, in the database: which messages were read, what they say about whom."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, delete, func, insert, select, update

from newsletter.model import DeliveryState
from newsletter.store.tables import delivery, edition, feedback, mailing, rest, returned

DONE, FAILING, ASIDE = "done", "failing", "aside"
_PAGE = 5000


@dataclass(frozen=True, slots=True)
class Sent:
    """A delivery that something came back about. `email` is where it went."""

    id: int
    mailing_id: int
    subscriber_id: int
    email: str
    state: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of what came back. `kind` and `bearing` are plain words; see the glossary."""

    kind: str
    bearing: str
    at: datetime
    code: int | None = None
    status: str = ""
    reply: str = ""
    way: str = ""
    subscriber_id: int | None = None
    delivery_id: int | None = None
    identity: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """A row of a reader's history, with the month of the letter where that is known."""

    kind: str
    bearing: str
    status: str
    reply: str
    month: str | None
    at: datetime


def first_time(connection: Connection, identity: str, now: datetime) -> bool:
    """Note that a message was read; tell whether it had not been before."""
    if state_of(connection, identity)[0] == DONE:
        return False
    _note(connection, identity, DONE, 0, now)
    return True


def failed(connection: Connection, identity: str, limit: int, now: datetime) -> int:
    """Note that a message could not be read; return how often. At `limit` it is set aside."""
    tries = state_of(connection, identity)[1] + 1
    _note(connection, identity, ASIDE if tries >= limit else FAILING, tries, now)
    return tries


def state_of(connection: Connection, identity: str) -> tuple[str, int]:
    """Return how it stands with a message, and how often it could not be read."""
    query = select(returned.c.state, returned.c.tries).where(returned.c.identity == identity)
    row = connection.execute(query).one_or_none()
    return (row.state, row.tries) if row else ("", 0)


def _note(connection: Connection, identity: str, state: str, tries: int, now: datetime) -> None:
    values = {"state": state, "tries": tries, "at": now}
    mine = returned.c.identity == identity
    if not connection.execute(update(returned).where(mine).values(values)).rowcount:
        connection.execute(insert(returned).values(values | {"identity": identity}))


def set_aside(connection: Connection) -> int:
    """Return how many messages could not be read and wait for a person."""
    query = select(func.count()).select_from(returned).where(returned.c.state == ASIDE)
    return connection.execute(query).scalar_one()


def add(connection: Connection, entry: Entry) -> None:
    """Write down what came back."""
    values = {name: getattr(entry, name) for name in Entry.__slots__}
    connection.execute(insert(feedback).values(values))


def forget(connection: Connection, readers: Select[tuple[int]]) -> None:
    """Let what came back be about nobody, where it is about readers with these numbers."""
    query = update(feedback).where(feedback.c.subscriber_id.in_(readers))
    connection.execute(query.values(subscriber_id=None, reply=""))


def history(connection: Connection, subscriber_id: int) -> Sequence[Told]:
    """Return what came back about a reader, oldest first."""
    query = (
        select(
            *(feedback.c[name] for name in ("kind", "bearing", "status", "reply")),
            mailing.c.month,
            feedback.c.at,
        )
        .outerjoin(delivery, delivery.c.id == feedback.c.delivery_id)
        .outerjoin(mailing, mailing.c.id == delivery.c.mailing_id)
        .where(feedback.c.subscriber_id == subscriber_id)
        .order_by(feedback.c.id)
    )
    return [Told(*tuple(row)) for row in connection.execute(query)]


def letters_bounced(
    connection: Connection, subscriber_id: int, bearing: str, since: datetime
) -> int:
    """Return how many of a reader's letters have bounced so since a moment.

    Several bounces of one letter are one; those of no known letter count each day's as one.
    """
    query = select(feedback.c.delivery_id, feedback.c.at).where(
        feedback.c.subscriber_id == subscriber_id,
        feedback.c.bearing == bearing,
        feedback.c.at >= since,
    )
    return len({row.delivery_id or row.at.date() for row in connection.execute(query)})


def of_number(connection: Connection, delivery_id: int) -> Sent | None:
    """Return a delivery by its number."""
    return _one(connection, _sent().where(delivery.c.id == delivery_id))


def of_month(connection: Connection, month: str, subscriber_id: int) -> Sent | None:
    """Return a reader's delivery of a month."""
    mine = delivery.c.subscriber_id == subscriber_id
    query = _sent().join(mailing, mailing.c.id == delivery.c.mailing_id)
    return _one(connection, query.where(mine, mailing.c.month == month))


def latest(connection: Connection, subscriber_id: int) -> Sent | None:
    """Return the last delivery that was handed over to a reader."""
    tried = delivery.c.first_tried_at.is_not(None)
    query = _sent().where(delivery.c.subscriber_id == subscriber_id, tried)
    return _one(connection, query.order_by(delivery.c.mailing_id.desc()).limit(1))


def tried_since(connection: Connection, delivery_id: int, since: datetime) -> bool:
    """Tell whether a delivery was first handed over at that moment or later."""
    mine = (delivery.c.id == delivery_id, delivery.c.first_tried_at >= since)
    return connection.execute(select(delivery.c.id).where(*mine)).first() is not None


def _sent() -> Select[Any]:
    return select(*(delivery.c[name] for name in Sent.__slots__))


def _one(connection: Connection, query: Select[Any]) -> Sent | None:
    row = connection.execute(query).first()
    return Sent(*tuple(row)) if row else None


def letters_of(
    connection: Connection, month: str, only: int | None = None
) -> Iterator[tuple[int, int, bytes]]:
    """Yield number, revision and the mailing's salt of each delivery of a month, or of one."""
    query = (
        select(delivery.c.id, func.coalesce(edition.c.revision, 1), mailing.c.salt)
        .join(mailing, mailing.c.id == delivery.c.mailing_id)
        .outerjoin(edition, edition.c.id == delivery.c.edition_id)
        .where(mailing.c.month == month, delivery.c.first_tried_at.is_not(None))
        .order_by(delivery.c.id)
        .limit(_PAGE)
    )
    if only is not None:
        query = query.where(delivery.c.id == only)
    after = 0
    while rows := connection.execute(query.where(delivery.c.id > after)).all():
        yield from ((row[0], row[1], row[2]) for row in rows)
        after = rows[-1][0]


def fail(connection: Connection, one: Sent, entry: Entry) -> bool:
    """Let a delivery that was taken end as failed, in the words of what came back."""
    taken = (DeliveryState.SENT, DeliveryState.UNCERTAIN)
    query = update(delivery).where(delivery.c.id == one.id, delivery.c.state.in_(taken))
    values = {"state": DeliveryState.FAILED, "code": entry.code or None, "status": entry.status}
    values |= {"reply": entry.reply if one.email else "", "next_try_at": None}
    return connection.execute(query.values(values)).rowcount > 0


def counts(connection: Connection, mailing_id: int) -> dict[tuple[str, str], int]:
    """Return how many letters of a mailing something came back about, by kind and bearing."""
    query = (
        select(feedback.c.kind, feedback.c.bearing, func.count(feedback.c.delivery_id.distinct()))
        .join(delivery, delivery.c.id == feedback.c.delivery_id)
        .where(delivery.c.mailing_id == mailing_id)
        .group_by(feedback.c.kind, feedback.c.bearing)
    )
    return {(row[0], row[1]): row[2] for row in connection.execute(query)}


def totals(connection: Connection) -> dict[tuple[str, str], int]:
    """Return how often what came back, by kind and bearing."""
    query = select(feedback.c.kind, feedback.c.bearing, func.count())
    grouped = query.group_by(feedback.c.kind, feedback.c.bearing)
    return {(row[0], row[1]): row[2] for row in connection.execute(grouped)}


def resting(connection: Connection, address_hash: str) -> datetime | None:
    """Return until when an address rests, or rested; None where it never did, or that is over."""
    query = select(rest.c.until).where(rest.c.address_hash == address_hash)
    return connection.execute(query).scalar_one_or_none()


def begin_rest(connection: Connection, address_hash: str, since: datetime, until: datetime) -> None:
    """Let an address rest. Its suppression is the caller's."""
    end_rest(connection, address_hash)
    connection.execute(insert(rest).values(address_hash=address_hash, since=since, until=until))


def end_rest(connection: Connection, address_hash: str) -> None:
    """Forget that an address rested: nothing wakes it any more."""
    connection.execute(delete(rest).where(rest.c.address_hash == address_hash))


def rested(connection: Connection, now: datetime) -> Sequence[tuple[str, datetime]]:
    """Return the addresses whose rest has ended, and since when they rested."""
    query = select(rest.c.address_hash, rest.c.since).where(rest.c.until <= now)
    return [(row[0], row[1]) for row in connection.execute(query)]
