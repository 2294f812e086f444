"""The archive by topic and by research type: what there is, and what stands there."""

from collections.abc import Iterable, Mapping
from typing import TypeVar

from sqlalchemy import ColumnElement, Connection, func, select

from newsletter.model import ResearchType, Topic
from newsletter.store.archive import NEWEST, SENT
from newsletter.store.tables import issue, mailing, summary, summary_topic

Shelf = TypeVar("Shelf", Topic, ResearchType)


def topics(connection: Connection) -> Mapping[Topic, int]:
    """Return each topic of the archive by its latest name, and how many summaries it has."""
    columns = (summary_topic.c.slug, summary_topic.c.name, summary_topic.c.heading)
    query = (
        select(*columns, func.count())
        .select_from(summary_topic)
        .join(summary, summary.c.id == summary_topic.c.summary_id)
        .join(issue, issue.c.id == summary.c.issue_id)
        .join(mailing, mailing.c.id == issue.c.mailing_id)
        .where(SENT, NEWEST)
        .group_by(*columns)
        .order_by(func.max(mailing.c.month))
    )
    rows = connection.execute(query)
    return _by_slug((Topic(slug, name, group=head), count) for slug, name, head, count in rows)


def research_types(connection: Connection) -> Mapping[ResearchType, int]:
    """Return each research type of the archive, as `topics` does."""
    columns = (summary.c.type_slug, summary.c.type_name)
    query = (
        select(*columns, func.count())
        .select_from(summary)
        .join(issue, issue.c.id == summary.c.issue_id)
        .join(mailing, mailing.c.id == issue.c.mailing_id)
        .where(SENT, NEWEST, summary.c.type_slug != "")
        .group_by(*columns)
        .order_by(func.max(mailing.c.month))
    )
    rows = connection.execute(query)
    return _by_slug((ResearchType(slug, name), count) for slug, name, count in rows)


def on_topic(slug: str) -> ColumnElement[bool]:
    """Say of a summary that it has this topic."""
    mine = summary_topic.c.summary_id == summary.c.id
    return select(summary_topic.c.slug).where(mine, summary_topic.c.slug == slug).exists()


def of_type(slug: str) -> ColumnElement[bool]:
    """Say of a summary that it is about this kind of study."""
    return summary.c.type_slug == slug


def _by_slug(rows: Iterable[tuple[Shelf, int]]) -> Mapping[Shelf, int]:
    """Add up what bore several names in its time; rows come with the latest name last."""
    counts: dict[str, int] = {}
    latest: dict[str, Shelf] = {}
    for shelf, number in rows:
        counts[shelf.slug] = counts.get(shelf.slug, 0) + number
        latest[shelf.slug] = shelf
    return {latest[slug]: counts[slug] for slug in sorted(latest)}
