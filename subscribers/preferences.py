"""What readers chose, as expressions for a query over the subscriber table.

The expressions are correlated to `subscriber`: use them in a query that selects from it. Each
costs one search in the primary key of `subscriber_topic` for a reader.
"""

import calendar
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Integer, String, case, func, literal, or_, select

from subscribers.bulk import among
from subscribers.model import State
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
    # One look at each reader's topics for all sets together: half the time of one for each.
    bits: ColumnElement[int] = literal(0, Integer)
    if not any(topic_sets):
        return bits
    for position, topics in enumerate(topic_sets):
        if topics:
            hit = subscriber_topic.c.topic.in_(sorted(topics))
            bits = bits + func.max(case((hit, 1 << position), else_=0))
    mine = subscriber_topic.c.subscriber_id == subscriber.c.id
    mask = select(bits).select_from(subscriber_topic).where(mine).correlate(subscriber)
    return func.coalesce(mask.scalar_subquery(), 0)


def spoken(codes: Sequence[str]) -> ColumnElement[str]:
    """Give of each subscriber the one of these languages (BCP 47) that they read.

    `fr` serves who asked for `fr-CA`; the first serves who asked for none of them.
    """
    asked = func.lower(subscriber.c.language)
    longest_first = sorted(codes, key=len, reverse=True)
    served = [
        (or_(asked == code.lower(), asked.like(f"{code.lower()}-%")), literal(code, String))
        for code in longest_first
    ]
    default = literal(codes[0], String)
    return case(*served, else_=default) if len(codes) > 1 else default


def languages_asked_for(connection: Connection) -> list[str]:
    """Return every language that somebody on the list asked for, as it was written, sorted."""
    column = subscriber.c.language
    here = subscriber.c.state.in_((State.PENDING, State.ACTIVE))
    query = select(column).where(here).distinct().order_by(column)
    return list(connection.execute(query).scalars())


def topics_of(connection: Connection, ids: Sequence[int]) -> dict[int, list[str]]:
    """Return the topics of each reader who chose any, sorted."""
    topics: dict[int, list[str]] = {}
    if ids:
        column = subscriber_topic.c
        query = select(column.subscriber_id, column.topic).where(
            column.subscriber_id.in_(among(connection, ids))
        )
        for id_, topic in connection.execute(query.order_by(column.subscriber_id)):
            topics.setdefault(id_, []).append(topic)
    for chosen in topics.values():  # here, for each database sorts words in its own way
        chosen.sort()
    return topics


def months_later(moment: datetime, months: int) -> datetime:
    """Return the same day some months on, or the last one of a shorter month."""
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return moment.replace(year=year, month=month + 1, day=min(moment.day, last))
