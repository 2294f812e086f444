"""Who gets which edition, decided and frozen inside the database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, case, func, insert, literal, null, select, text

from newsletter.model import DeliveryState
from newsletter.store.tables import delivery
from subscribers.eligibility import may_be_mailed
from subscribers.model import Mode
from subscribers.preferences import chose_topics, matched_mask
from subscribers.tables import subscriber

NO_MATCH = "no topic matches"
"""Why a reader of mode `only` is skipped."""


@dataclass(frozen=True, slots=True)
class Group:
    """Readers who get the same edition: their mode, whether they chose topics, what matched."""

    mode: Mode
    chose: bool
    matched: int


def groups(
    connection: Connection, topic_sets: Sequence[frozenset[str]], now: datetime
) -> Mapping[Group, int]:
    """Return how many readers who may be mailed now fall into each group."""
    mask, chose = matched_mask(topic_sets), chose_topics()
    query = (
        select(subscriber.c.mode, chose.label("chose"), mask.label("mask"), func.count())
        .where(may_be_mailed(now))
        .group_by(subscriber.c.mode, text("chose"), text("mask"))
    )
    return {
        Group(Mode(mode), bool(chose), mask): number
        for mode, chose, mask, number in connection.execute(query)
    }


def freeze_audience(
    connection: Connection,
    mailing_id: int,
    topic_sets: Sequence[frozenset[str]],
    editions: Mapping[Group, int | None],
    now: datetime,
) -> int:
    """Make a delivery for every reader who may be mailed now; return how many.

    `editions` gives each group's edition, or None where nothing is for them.
    """
    readers = (
        select(
            subscriber.c.id,
            subscriber.c.email,
            subscriber.c.name,
            subscriber.c.confirmed_at,
            subscriber.c.mode,
            chose_topics().label("chose"),
            matched_mask(topic_sets).label("mask"),
        )
        .where(may_be_mailed(now))
        .order_by(subscriber.c.id)
        .subquery()
    )
    chosen = case(
        *(
            (
                (readers.c.mode == group.mode)
                & (readers.c.chose == literal(group.chose))
                & (readers.c.mask == group.matched),
                literal(number) if number is not None else null(),
            )
            for group, number in editions.items()
        )
    )
    frozen = select(
        literal(mailing_id),
        readers.c.id,
        chosen,
        readers.c.email,
        readers.c.name,
        readers.c.confirmed_at,
        case((chosen.is_(None), DeliveryState.SKIPPED), else_=DeliveryState.QUEUED),
        case((chosen.is_(None), NO_MATCH), else_=""),
    )
    names = ["mailing_id", "subscriber_id", "edition_id", "email", "name", "since", "state"]
    query = insert(delivery).from_select([*names, "reply"], frozen, include_defaults=False)
    return connection.execute(query).rowcount
