"""The queue of mails to single readers: small, durable, and empty most of the time.

A row is there until its mail was taken, refused for good, or too old. Every function works in
the caller's transaction.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from secrets import token_hex
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, select, update

from newsletter.model import PostKind
from newsletter.store.tables import post


@dataclass(frozen=True, slots=True)
class Post:
    """A mail to one reader. `about` is what it says beside what its kind does."""

    id: int
    kind: PostKind
    subscriber_id: int
    errand_id: int | None
    email: str
    language: str
    about: Mapping[str, Any]
    mark: str
    made_at: datetime
    tries: int


def put(
    connection: Connection,
    kind: PostKind,
    subscriber_id: int,
    email: str,
    now: datetime,
    *,
    language: str,
    errand_id: int | None = None,
    about: Mapping[str, Any] | None = None,
) -> None:
    """Have a mail sent."""
    values = {
        "kind": kind,
        "subscriber_id": subscriber_id,
        "errand_id": errand_id,
        "email": email,
        "language": language,
        "about": json.dumps(about or {}, ensure_ascii=False, sort_keys=True),
        "mark": token_hex(16),
        "made_at": now,
        "next_try_at": now,
    }
    connection.execute(post.insert().values(values))


def due(connection: Connection, now: datetime, most: int) -> Sequence[Post]:
    """Return what may be tried now, oldest first."""
    query = select(post).where(post.c.next_try_at <= now).order_by(post.c.id).limit(most)
    return [_value(row) for row in connection.execute(query)]


def any_due(connection: Connection, now: datetime) -> bool:
    """Tell whether something may be tried now."""
    query = select(post.c.id).where(post.c.next_try_at <= now).limit(1)
    return connection.execute(query).first() is not None


def begin(connection: Connection, one: Post, next_try_at: datetime) -> None:
    """Note a try before it is made: if we are cut off, the next one has to wait."""
    query = update(post).where(post.c.id == one.id)
    connection.execute(query.values(tries=one.tries + 1, next_try_at=next_try_at))


def drop(connection: Connection, number: int) -> None:
    """It was taken, or will never be."""
    connection.execute(delete(post).where(post.c.id == number))


def forget(connection: Connection, readers: Select[tuple[int]]) -> None:
    """Drop what waits for the readers with these numbers."""
    connection.execute(delete(post).where(post.c.subscriber_id.in_(readers)))


def of_reader(connection: Connection, subscriber_id: int) -> Sequence[Post]:
    """Return what waits for a reader."""
    query = select(post).where(post.c.subscriber_id == subscriber_id).order_by(post.c.id)
    return [_value(row) for row in connection.execute(query)]


def _value(row: Row[Any]) -> Post:
    return Post(
        id=row.id,
        kind=PostKind(row.kind),
        subscriber_id=row.subscriber_id,
        errand_id=row.errand_id,
        email=row.email,
        language=row.language,
        about=json.loads(row.about),
        mark=row.mark,
        made_at=row.made_at,
        tries=row.tries,
    )
