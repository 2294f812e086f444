"""The words of each Issue as they were sent, and as they were corrected: kept once and for ever."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Select, select

from newsletter.model import Issue, Summary
from newsletter.store import archive, search
from newsletter.store.lineage import Descent, descents, issue_words
from newsletter.store.tables import issue, summary, summary_topic


def keep(
    connection: Connection,
    mailing_id: int,
    said: Issue,
    plain: Sequence[str],
    language: str,
    now: datetime,
    *,
    revision: int | None = None,
    note: str = "",
) -> bool:
    """Keep an Issue's words as a mailing's newest version; return whether they are new.

    Words that are the newest version's already aren't kept twice. `plain` is the bare text of
    each summary, for the search.
    """
    before = archive.newest(connection, mailing_id)
    if before and issue_words(before.issue) == issue_words(said):
        return False
    version = before.version + 1 if before else 1
    values: dict[str, object] = {"mailing_id": mailing_id, "version": version, "kept_at": now}
    values |= {"revision": revision, "note": note, "number": said.number, "language": language}
    values |= {"subject": said.subject, "preheader": said.preheader}
    values |= {"introduction": said.introduction}
    taken = connection.execute(_of(mailing_id, summary.c.origin)).scalars().all()
    search.forget(connection, _of(mailing_id, summary.c.id))
    number = connection.execute(issue.insert().values(values).returning(issue.c.id)).scalar_one()
    known = before.summaries if before else ()
    lines = descents(known, said.summaries, taken, version)
    for position, (one, descent, bare) in enumerate(zip(said.summaries, lines, plain, strict=True)):
        added = _add(connection, number, position, one, descent)
        search.index(connection, added, one, bare)
    return True


def discard(connection: Connection, mailing_id: int) -> None:
    """Forget the words of a mailing that nobody was sent."""
    numbers = _of(mailing_id, summary.c.id)
    search.forget(connection, numbers)
    connection.execute(summary_topic.delete().where(summary_topic.c.summary_id.in_(numbers)))
    connection.execute(summary.delete().where(summary.c.id.in_(numbers)))
    connection.execute(issue.delete().where(issue.c.mailing_id == mailing_id))


def _of(mailing_id: int, column: Column[Any]) -> Select[Any]:
    """Select something of all summaries of a mailing, in every version."""
    mine = issue.c.mailing_id == mailing_id
    return select(column).join(issue, issue.c.id == summary.c.issue_id).where(mine)


def _add(
    connection: Connection, issue_id: int, position: int, one: Summary, descent: Descent
) -> int:
    """Add a summary with its topics; return its number."""
    cited, kind = one.citation, one.research_type
    values: dict[str, object] = {"issue_id": issue_id, "position": position, "slug": one.slug}
    values |= {"origin": descent.origin, "changed_in": descent.changed_in}
    values |= {"title": one.title, "body": one.body, "implications": one.implications}
    values |= {"citation": cited.text if cited else "", "doi": (cited and cited.doi) or ""}
    values |= {"type_slug": kind.slug if kind else "", "type_name": kind.name if kind else ""}
    values |= {"author": one.author}
    added = summary.insert().values(values).returning(summary.c.id)
    number: int = connection.execute(added).scalar_one()
    for place, topic in enumerate(one.topics):
        row = {"summary_id": number, "position": place, "slug": topic.slug, "name": topic.name}
        connection.execute(summary_topic.insert().values(row | {"heading": topic.group}))
    return number
