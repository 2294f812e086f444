"""The readers in the database: found, listed, changed, forgotten.

Every function works in the caller's transaction. Changes to readers who were erased do nothing.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, delete, func, select, update

from subscribers.address import examine, parse
from subscribers.bulk import insert_rows
from subscribers.consent import Evidence, Kind, record
from subscribers.eligibility import why_not
from subscribers.errors import UnknownSubscriber
from subscribers.intake import Entries, Entry, Intake, Outcome, Taken
from subscribers.model import Mode, Preferences, State, Subscriber
from subscribers.names import clean_name
from subscribers.preferences import topics_of
from subscribers.suppression import Reason, suppress
from subscribers.tables import consent, errand, subscriber, subscriber_topic, suppression

_PAGE = 1000
_ON_THE_LIST = subscriber.c.state.in_((State.PENDING, State.ACTIVE))


def add(
    connection: Connection,
    entry: Entry,
    evidence: Evidence,
    now: datetime,
    *,
    again: bool = False,
    language: str = "en",
) -> Taken:
    """Add one reader, or change one; say what became of it.

    Somebody who left stays away unless `again`: only where they asked for it themselves. A
    suppressed address is refused in any case.
    """
    intake = Intake(connection, evidence, now, again=again, language=language)
    batch = intake.take(Entries.of([entry]), [1])
    return batch.others.get(0) or Taken(Outcome.ADDED, batch.added[0])


def find(connection: Connection, email: str) -> Subscriber | None:
    """Return the reader with this address, in any spelling; None where there is none."""
    address = examine(email)
    if isinstance(address, str):
        return None
    return _one(connection, subscriber.c.address_key == address.key)


def known(connection: Connection, email: str) -> Subscriber:
    """Return the reader with this address. Raises AddressError or UnknownSubscriber."""
    found = _one(connection, subscriber.c.address_key == parse(email).key)
    if found is None:
        raise UnknownSubscriber(
            f"nobody on the list has the address {email}", hint="see `newsletter subscribers list`"
        )
    return found


def get(connection: Connection, subscriber_id: int) -> Subscriber:
    """Return a reader by number, an erased one too. Raises UnknownSubscriber."""
    found = _one(connection, subscriber.c.id == subscriber_id)
    if found is None:
        raise UnknownSubscriber(
            "nobody on the list has this number", hint="`newsletter subscribers list` has them all"
        )
    return found


def stream(
    connection: Connection,
    *,
    states: Collection[State] = (State.PENDING, State.ACTIVE, State.UNSUBSCRIBED),
    topic: str | None = None,
    after: int = 0,
) -> Iterator[Subscriber]:
    """Yield readers in the order of their ids, from the one after `after`; a page at a time."""
    query = _query().where(subscriber.c.state.in_(states)).order_by(subscriber.c.id).limit(_PAGE)
    if topic is not None:
        chosen = select(subscriber_topic.c.subscriber_id).where(subscriber_topic.c.topic == topic)
        query = query.where(subscriber.c.id.in_(chosen))
    while rows := connection.execute(query.where(subscriber.c.id > after)).all():
        yield from _readers(connection, rows)
        after = rows[-1].id


def set_topics(connection: Connection, subscriber_id: int, topics: Collection[str]) -> None:
    """Replace a reader's topics (slugs); none means everything."""
    if get(connection, subscriber_id).state is State.ERASED:
        return
    mine = subscriber_topic.c.subscriber_id == subscriber_id
    connection.execute(delete(subscriber_topic).where(mine))
    rows = [(subscriber_id, topic) for topic in sorted(set(topics))]
    insert_rows(connection, subscriber_topic, ("subscriber_id", "topic"), rows)


def set_mode(connection: Connection, subscriber_id: int, mode: Mode) -> None:
    """Say what becomes of summaries outside a reader's topics."""
    _update(connection, subscriber_id, mode=mode)


def set_language(connection: Connection, subscriber_id: int, language: str) -> None:
    """Set a reader's language (BCP 47)."""
    _update(connection, subscriber_id, language=language)


def set_name(connection: Connection, subscriber_id: int, name: str) -> None:
    """Set a reader's name, cleaned."""
    _update(connection, subscriber_id, name=clean_name(name))


def pause(connection: Connection, subscriber_id: int, until: datetime | None) -> None:
    """Send nothing before `until`; None ends a pause. Who has left has nothing to pause."""
    _update(connection, subscriber_id, _ON_THE_LIST, paused_until=until)


def unsubscribe(
    connection: Connection, subscriber_id: int, evidence: Evidence, now: datetime
) -> bool:
    """Take a reader off; tell whether they were on. A second time changes nothing."""
    values = {"state": State.UNSUBSCRIBED, "paused_until": None}
    changed = _update(connection, subscriber_id, _ON_THE_LIST, **values)
    if changed:
        record(connection, [subscriber_id], Kind.WITHDRAWN, evidence, now)
    return changed


def erase(connection: Connection, email: str, now: datetime) -> Subscriber:
    """Forget a reader; return them as they were. Raises AddressError or UnknownSubscriber.

    The row stays without any personal value, so that its number is never given to another;
    the address's hash is suppressed, so that no import brings it back.
    """
    reader = known(connection, email)
    _update(
        connection,
        reader.id,
        state=State.ERASED,
        email="",
        address_key=f"erased:{reader.id}",
        address_hash="",
        name="",
        mode=Mode.HIGHLIGHTS,
        language="",
        paused_until=None,
    )
    for table in (subscriber_topic, consent, errand):
        connection.execute(delete(table).where(table.c.subscriber_id == reader.id))
    suppress(connection, parse(email).hash, Reason.ERASED, now)
    return reader


def stats(connection: Connection, now: datetime) -> dict[str, int]:
    """Count readers: `active` (would be mailed now), `pending`, `paused`, `unsubscribed`.

    `suppressed` counts the addresses on the suppression list, whether or not a reader has them.
    """
    reason = why_not(now).label("reason")
    query = select(reason, func.count()).select_from(subscriber).group_by(reason)
    readers = {row[0]: row[1] for row in connection.execute(query)}
    listed = select(func.count()).select_from(suppression)
    return {
        "active": readers.get("", 0),
        "pending": readers.get("not confirmed", 0),
        "paused": readers.get("paused", 0),
        "unsubscribed": readers.get("unsubscribed", 0),
        "suppressed": connection.execute(listed).scalar_one(),
    }


def _update(connection: Connection, subscriber_id: int, *conditions: Any, **values: Any) -> bool:
    mine = (subscriber.c.id == subscriber_id) & (subscriber.c.state != State.ERASED)
    query = update(subscriber).where(mine, *conditions).values(values)
    return connection.execute(query).rowcount > 0


def _query() -> Select[Any]:
    reason = (
        select(suppression.c.reason)
        .where(suppression.c.address_hash == subscriber.c.address_hash)
        .scalar_subquery()
    )
    return select(subscriber, func.coalesce(reason, "").label("suppressed"))


def _one(connection: Connection, condition: ColumnElement[bool]) -> Subscriber | None:
    rows = connection.execute(_query().where(condition)).all()
    return next(_readers(connection, rows), None)


def _readers(connection: Connection, rows: Sequence[Row[Any]]) -> Iterator[Subscriber]:
    topics = topics_of(connection, [row.id for row in rows])
    for row in rows:
        chosen = frozenset(topics.get(row.id, ()))
        yield Subscriber(
            id=row.id,
            email=row.email,
            name=row.name,
            state=State(row.state),
            preferences=Preferences(chosen, Mode(row.mode), row.language),
            created_at=row.created_at,
            confirmed_at=row.confirmed_at,
            paused_until=row.paused_until,
            suppressed=row.suppressed,
        )
