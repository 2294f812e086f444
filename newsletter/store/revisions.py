"""Corrections: editions frozen again while a mailing is under way, for whoever hasn't had it."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select, update

from newsletter.store.tables import edition, mailing, revision


@dataclass(frozen=True, slots=True)
class Revision:
    """Which revision an edition is of, from 1; its Date, where it isn't the mailing's own."""

    number: int
    dated_at: datetime | None


def add(
    connection: Connection, mailing_id: int, topics: Sequence[Collection[str]], now: datetime
) -> int:
    """Begin a new revision of a mailing, dated now, with its summaries' topics.

    Returns its number; its editions are added with it.
    """
    newest = select(func.max(edition.c.revision)).where(edition.c.mailing_id == mailing_id)
    number: int = connection.execute(newest).scalar_one() + 1
    values = {"mailing_id": mailing_id, "number": number, "dated_at": now}
    connection.execute(revision.insert().values(values))
    listed = json.dumps([sorted(slugs) for slugs in topics])
    connection.execute(update(mailing).where(mailing.c.id == mailing_id).values(topics=listed))
    return number


def of_editions(connection: Connection, mailing_id: int) -> Mapping[int, Revision]:
    """Return the revision of each edition of a mailing, by the edition's number."""
    query = (
        select(edition.c.id, edition.c.revision, revision.c.dated_at)
        .outerjoin(
            revision,
            (revision.c.mailing_id == edition.c.mailing_id)
            & (revision.c.number == edition.c.revision),
        )
        .where(edition.c.mailing_id == mailing_id)
    )
    return {row[0]: Revision(row[1], row[2]) for row in connection.execute(query)}


def newest(connection: Connection, mailing_id: int) -> datetime | None:
    """Return when a mailing was corrected last; None where it never was."""
    mine = revision.c.mailing_id == mailing_id
    query = select(revision.c.dated_at).where(mine).order_by(revision.c.number.desc()).limit(1)
    return connection.execute(query).scalar_one_or_none()


def is_pending(connection: Connection, mailing_id: int) -> bool:
    """Tell whether there is a revision that no reader was moved to yet."""
    mine = (revision.c.mailing_id == mailing_id) & revision.c.taken_up_at.is_(None)
    return connection.execute(select(revision.c.number).where(mine)).first() is not None


def take_up(connection: Connection, mailing_id: int, now: datetime) -> None:
    """Note that readers were moved to the newest revision."""
    mine = (revision.c.mailing_id == mailing_id) & revision.c.taken_up_at.is_(None)
    connection.execute(update(revision).where(mine).values(taken_up_at=now))
