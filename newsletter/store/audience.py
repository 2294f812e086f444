"""Who gets which edition, decided and frozen inside the database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Subquery,
    and_,
    case,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    text,
    update,
)

from newsletter.model import DeliveryState
from newsletter.store.tables import delivery, doubt
from subscribers.eligibility import may_be_mailed
from subscribers.model import Mode
from subscribers.preferences import chose_topics, matched_mask, spoken
from subscribers.tables import subscriber

NO_MATCH = "no topic matches"
"""Why a reader of mode `only` is skipped."""


@dataclass(frozen=True, slots=True)
class Group:
    """Readers who get the same edition: mode, language, whether they chose topics, what matched."""

    mode: Mode
    chose: bool
    matched: int
    language: str


@dataclass(frozen=True, slots=True)
class Offer:
    """What decides which edition a reader gets: each summary's topics, and the languages.

    Who reads none of the languages is given the first.
    """

    topics: Sequence[frozenset[str]]
    languages: Sequence[str]


def groups(connection: Connection, offer: Offer, now: datetime) -> Mapping[Group, int]:
    """Return how many readers who may be mailed now fall into each group."""
    return _counted(connection, _readers(offer).where(may_be_mailed(now)))


def _counted(connection: Connection, query: Select[Any]) -> Mapping[Group, int]:
    readers = query.subquery()
    kinds = (readers.c.mode, readers.c.chose, readers.c.mask, readers.c.language)
    return {
        Group(Mode(mode), bool(chose), mask, language): number
        for mode, chose, mask, language, number in connection.execute(
            select(*kinds, func.count()).group_by(*kinds)
        )
    }


def groups_without(connection: Connection, mailing_id: int, offer: Offer) -> Mapping[Group, int]:
    """Return how many readers of a mailing who surely haven't had it fall into each group."""
    theirs = delivery.c.subscriber_id == subscriber.c.id
    query = _readers(offer).join(delivery, theirs).where(_has_not_had_it(mailing_id))
    return _counted(connection, query)


def move_to(
    connection: Connection,
    mailing_id: int,
    offer: Offer,
    editions: Mapping[Group, int | None],
) -> int:
    """Give readers who surely haven't had a mailing other editions; return how many.

    Whoever was skipped because nothing was for them is queued where something is now, and the
    other way round.
    """
    readers = _readers(offer).subquery()
    chosen = _chosen(readers, editions)
    skipped = delivery.c.state == DeliveryState.SKIPPED
    query = (
        update(delivery)
        .where(delivery.c.subscriber_id == readers.c.id, _has_not_had_it(mailing_id))
        .values(
            edition_id=chosen,
            state=case(
                (chosen.is_(None), DeliveryState.SKIPPED),
                (skipped, DeliveryState.QUEUED),
                else_=delivery.c.state,
            ),
            reply=case((chosen.is_(None), NO_MATCH), (skipped, ""), else_=delivery.c.reply),
        )
    )
    return connection.execute(query).rowcount


def _has_not_had_it(mailing_id: int) -> ColumnElement[bool]:
    """Never tried, or surely refused each time; what may have arrived stays as it is."""
    states = (DeliveryState.QUEUED, DeliveryState.DEFERRED, DeliveryState.FAILED)
    no_match = (delivery.c.state == DeliveryState.SKIPPED) & (delivery.c.reply == NO_MATCH)
    doubted = select(doubt.c.delivery_id).where(doubt.c.delivery_id == delivery.c.id).exists()
    mine = delivery.c.mailing_id == mailing_id
    return and_(mine, or_(delivery.c.state.in_(states), no_match), ~doubted)


def freeze_audience(
    connection: Connection,
    mailing_id: int,
    offer: Offer,
    editions: Mapping[Group, int | None],
    now: datetime,
) -> int:
    """Make a delivery for every reader who may be mailed now; return how many.

    `editions` gives each group's edition, or None where nothing is for them.
    """
    query = _readers(offer).where(may_be_mailed(now)).order_by(subscriber.c.id)
    readers = query.subquery()
    chosen = _chosen(readers, editions)
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
    added = insert(delivery).from_select([*names, "reply"], frozen, include_defaults=False)
    number = connection.execute(added).rowcount
    if connection.dialect.name == "postgresql":  # else it plans claims as if there were no rows
        connection.execute(text("ANALYZE delivery"))
    return number


def _readers(offer: Offer) -> Select[Any]:
    """Ask for readers with what decides which edition they get."""
    return select(
        subscriber.c.id,
        subscriber.c.email,
        subscriber.c.name,
        subscriber.c.confirmed_at,
        subscriber.c.mode,
        chose_topics().label("chose"),
        matched_mask(offer.topics).label("mask"),
        spoken(offer.languages).label("language"),
    )


def _chosen(readers: Subquery, editions: Mapping[Group, int | None]) -> ColumnElement[Any]:
    """Give each reader the number of their group's edition, or nothing."""
    return case(
        *(
            (
                (readers.c.mode == group.mode)
                & (readers.c.chose == literal(group.chose))
                & (readers.c.mask == group.matched)
                & (readers.c.language == group.language),
                literal(number) if number is not None else null(),
            )
            for group, number in editions.items()
        )
    )
