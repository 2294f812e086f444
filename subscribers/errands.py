"""What somebody asked for that waits for us, and then for the click in a mail.

Nothing about a reader changes by asking: an errand is done when its link's button is pressed.
Every function works in the caller's transaction.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from subscribers.tables import NEW, errand


class Kind(StrEnum):
    """What it is about."""

    SUBSCRIBE = "subscribe"
    """To be on the list, or on it again."""
    DATA = "data"
    """To see, take away, move or erase what we hold."""
    MOVE = "move"
    """To get the mail at another address."""


@dataclass(frozen=True, slots=True)
class Errand:
    """One of them. Moments are aware and in UTC.

    `subscriber_id` is None until it was looked at; `email` is the address it is about, empty
    where that is the reader's own; `wish` is what the form said.
    """

    id: int
    kind: Kind
    subscriber_id: int | None
    email: str
    wish: Mapping[str, Any]
    language: str
    made_at: datetime
    expires_at: datetime
    done: bool = False

    @property
    def facts(self) -> tuple[str, ...]:
        """What its link is bound to, beside its number: another row of that number has others."""
        return (str(self.subscriber_id), self.email, self.expires_at.isoformat())


def ask(
    connection: Connection,
    kind: Kind,
    now: datetime,
    lasts: timedelta,
    *,
    language: str,
    email: str = "",
    wish: Mapping[str, Any] | None = None,
) -> int:
    """Note what somebody asked for; return its number. It is for `new` to look at."""
    values = {
        "kind": kind,
        "state": "new",
        "email": email,
        "wish": json.dumps(wish or {}, ensure_ascii=False, sort_keys=True),
        "language": language,
        "made_at": now,
        "expires_at": now + lasts,
    }
    added = insert(errand).values(values).returning(errand.c.id)
    number: int = connection.execute(added).scalar_one()
    return number


def belongs(connection: Connection, number: int, subscriber_id: int) -> None:
    """Say whose it is."""
    query = update(errand).where(errand.c.id == number)
    connection.execute(query.values(subscriber_id=subscriber_id))


def new(connection: Connection, most: int) -> Sequence[Errand]:
    """Return those that nobody has looked at yet, oldest first."""
    query = select(errand).where(NEW).order_by(errand.c.id).limit(most)
    return [_value(row) for row in connection.execute(query)]


def count_new(connection: Connection) -> int:
    """Return how many wait to be looked at."""
    query = select(func.count()).select_from(errand).where(NEW)
    return connection.execute(query).scalar_one()


def open_up(connection: Connection, number: int, subscriber_id: int) -> Errand:
    """Let it wait for its link's button; what the same reader asked before of its kind is void."""
    mine = connection.execute(select(errand.c.kind).where(errand.c.id == number)).scalar_one()
    earlier = (errand.c.subscriber_id == subscriber_id) & (errand.c.kind == mine)
    connection.execute(delete(errand).where(earlier, errand.c.id != number))
    query = update(errand).where(errand.c.id == number)
    connection.execute(query.values(state="open", subscriber_id=subscriber_id))
    return _value(connection.execute(select(errand).where(errand.c.id == number)).one())


def find(connection: Connection, number: int, now: datetime) -> Errand | None:
    """Return an errand that waits for its click, or had it, unless its time is over."""
    query = select(errand).where(errand.c.id == number, errand.c.state != "new")
    row = connection.execute(query.where(errand.c.expires_at > now)).one_or_none()
    return _value(row) if row else None


def of_reader(connection: Connection, subscriber_id: int) -> Sequence[Errand]:
    """Return what a reader has asked for and not confirmed yet."""
    query = select(errand).where(errand.c.subscriber_id == subscriber_id).order_by(errand.c.id)
    return [_value(row) for row in connection.execute(query)]


def done(connection: Connection, number: int) -> None:
    """Note that it is done; what the form said is kept no longer."""
    connection.execute(update(errand).where(errand.c.id == number).values(state="done", wish="{}"))


def close(connection: Connection, number: int) -> None:
    """Drop it: it is void."""
    connection.execute(delete(errand).where(errand.c.id == number))


def expired(connection: Connection, now: datetime) -> int:
    """Drop those whose time is over; return how many."""
    return connection.execute(delete(errand).where(errand.c.expires_at <= now)).rowcount


def _value(row: Row[Any]) -> Errand:
    return Errand(
        id=row.id,
        kind=Kind(row.kind),
        subscriber_id=row.subscriber_id,
        email=row.email,
        wish=json.loads(row.wish),
        language=row.language,
        made_at=row.made_at,
        expires_at=row.expires_at,
        done=row.state == "done",
    )
