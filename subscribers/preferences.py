"""What readers chose, as expressions for a query over the subscriber table.

The expressions are correlated to `subscriber`: use them in a query that selects from it. Each
costs one look-up in the primary key of `subscriber_topic` for a reader and a set of topics.
"""

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, Connection, Integer, case, literal, select

from subscribers.bulk import among
from subscribers.tables import subscriber, subscriber_topic


def chose_topics() -> ColumnElement[bool]:
    """Tell of each subscriber whether they chose any topic at all."""
    return (
        select(literal(1))
        .where(subscriber_topic.c.subscriber_id == subscriber.c.id)
        .correlate(subscriber)
        .exists()
    )


def matched_mask(topic_sets: Sequence[Collection[str]]) -> ColumnElement[int]:
    """Give of each subscriber which of the sets hold a topic they chose, as bits.

    Bit i (value `1 << i`) is set where the subscriber has a topic in `topic_sets[i]`;
    0 for one who chose none. At most 31 sets.
    """
    if len(topic_sets) > 31:
        raise ValueError("at most 31 topic sets fit into one mask")
    mask: ColumnElement[int] = literal(0, Integer)
    for position, topics in enumerate(topic_sets):
        if topics:
            mask = mask + case((_has_any(topics), 1 << position), else_=0)
    return mask


def topics_of(connection: Connection, ids: Sequence[int]) -> dict[int, list[str]]:
    """Return the topics of each reader who chose any, sorted."""
    topics: dict[int, list[str]] = {}
    if ids:
        column = subscriber_topic.c
        query = select(column.subscriber_id, column.topic).where(
            column.subscriber_id.in_(among(connection, ids))
        )
        for id_, topic in connection.execute(query.order_by(*column)):
            topics.setdefault(id_, []).append(topic)
    return topics


def _has_any(topics: Collection[str]) -> ColumnElement[bool]:
    return (
        select(literal(1))
        .where(subscriber_topic.c.subscriber_id == subscriber.c.id)
        .where(subscriber_topic.c.topic.in_(sorted(topics)))
        .correlate(subscriber)
        .exists()
    )
