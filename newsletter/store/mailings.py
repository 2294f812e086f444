"""Mailings and their frozen editions: rows in, values out."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from newsletter.model import DeliveryState, Edition, EditionKey, Mailing, MailingState, Month
from newsletter.store import texts
from newsletter.store.tables import delivery, edition, mailing


def _value(row: Row[Any]) -> Mailing:
    fields = dict(row._mapping)
    fields["month"] = Month.parse(fields["month"])
    fields["state"] = MailingState(fields["state"])
    fields["topics"] = tuple(frozenset(slugs) for slugs in json.loads(fields["topics"]))
    return Mailing(**fields)


def find(connection: Connection, month: Month, *, lock: bool = False) -> Mailing | None:
    """Return the month's mailing, where there is one.

    With `lock`, nobody else changes it before this transaction ends.
    """
    query = select(mailing).where(mailing.c.month == str(month))
    row = connection.execute(query.with_for_update() if lock else query).first()
    return _value(row) if row else None


def hold(connection: Connection, mailing_id: int, *, alone: bool) -> Mailing:
    """Return a mailing that nobody changes before this transaction ends.

    Others may hold it too, unless `alone`.
    """
    query = select(mailing).where(mailing.c.id == mailing_id).with_for_update(read=not alone)
    return _value(connection.execute(query).one())


def get(connection: Connection, mailing_id: int) -> Mailing:
    """Return a mailing that is known to exist."""
    return _value(connection.execute(select(mailing).where(mailing.c.id == mailing_id)).one())


def all_of(connection: Connection) -> tuple[Mailing, ...]:
    """Return every mailing, oldest month first."""
    rows = connection.execute(select(mailing).order_by(mailing.c.month))
    return tuple(_value(row) for row in rows)


def create(
    connection: Connection,
    month: Month,
    heading: str,
    topics: Sequence[Collection[str]],
    salt: bytes,
    now: datetime,
) -> Mailing:
    """Add a scheduled mailing and return it. Its month must not have one yet.

    Its Date is now, until it starts.
    """
    values: dict[str, object] = {
        "month": str(month),
        "state": MailingState.SCHEDULED,
        "heading": heading,
    }
    values |= {"topics": json.dumps([sorted(slugs) for slugs in topics])}
    values |= {"salt": salt, "created_at": now, "dated_at": now}
    added = mailing.insert().values(values).returning(mailing.c.id)
    return get(connection, connection.execute(added).scalar_one())


def remove_scheduled(connection: Connection, mailing_id: int) -> None:
    """Take back a mailing that has not started, so that the month can be frozen anew."""
    texts.discard(connection, mailing_id)
    connection.execute(edition.delete().where(edition.c.mailing_id == mailing_id))
    mine = (mailing.c.id == mailing_id) & (mailing.c.state == MailingState.SCHEDULED)
    connection.execute(mailing.delete().where(mine))


def move(
    connection: Connection,
    mailing_id: int,
    before: Collection[MailingState],
    after: MailingState,
    *,
    reason: str = "",
    **moments: datetime,
) -> bool:
    """Change the state, if it is one of `before`; return whether it was."""
    query = update(mailing).where(mailing.c.id == mailing_id, mailing.c.state.in_(before))
    return bool(connection.execute(query.values(state=after, reason=reason, **moments)).rowcount)


def add_editions(
    connection: Connection, mailing_id: int, editions: Iterable[Edition], revision: int = 1
) -> Mapping[EditionKey, int]:
    """Keep the finished editions of a mailing; return their numbers."""
    numbers: dict[EditionKey, int] = {}
    for one in editions:
        values: dict[str, object] = {"mailing_id": mailing_id, "revision": revision}
        values |= {"key": str(one.key), "subject": one.subject}
        values |= {"html": one.html, "text": one.text, "mjml": one.mjml}
        values |= {"greeting": one.greeting}
        added = edition.insert().values(values).returning(edition.c.id)
        numbers[one.key] = connection.execute(added).scalar_one()
    return numbers


def editions(connection: Connection, mailing_id: int) -> Mapping[int, Edition]:
    """Return the mailing's editions by number, older revisions first."""
    rows = connection.execute(
        select(edition).where(edition.c.mailing_id == mailing_id).order_by(edition.c.id)
    )
    return {
        row.id: Edition(
            EditionKey.parse(row.key), row.subject, row.html, row.text, row.mjml, row.greeting
        )
        for row in rows
    }


def languages(connection: Connection, month: Month) -> frozenset[str]:
    """Return the languages that a month's mailing was frozen in; none where there is no mailing."""
    query = select(edition.c.key).join(mailing, mailing.c.id == edition.c.mailing_id)
    rows = connection.execute(query.where(mailing.c.month == str(month))).scalars()
    return frozenset(EditionKey.parse(key).language for key in rows)


def counts(connection: Connection, mailing_id: int) -> Mapping[DeliveryState, int]:
    """Return how many deliveries stand in each state; every state has a number."""
    query = select(delivery.c.state, func.count()).where(delivery.c.mailing_id == mailing_id)
    rows = connection.execute(query.group_by(delivery.c.state))
    found = {row[0]: row[1] for row in rows}
    return {state: found.get(state, 0) for state in DeliveryState}


def readers_by_edition(connection: Connection, mailing_id: int) -> Mapping[EditionKey, int]:
    """Return how many readers each edition in use has."""
    query = (
        select(edition.c.key, func.count())
        .join(delivery, delivery.c.edition_id == edition.c.id)
        .where(edition.c.mailing_id == mailing_id)
        .group_by(edition.c.key)
    )
    return {EditionKey.parse(key): number for key, number in connection.execute(query)}
