"""How entries come onto the list, one or a million, by one set of rules.

An opt-out and a suppressed address stay what they are; what an entry leaves open stays as the
reader has it; new readers, and those who never confirmed, get a consent with its source.
"""

import sys
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, delete, select, update

from subscribers.address import Address
from subscribers.bulk import among, insert_rows, reserve_ids
from subscribers.consent import Evidence, Kind, record
from subscribers.model import Mode, State
from subscribers.preferences import topics_of
from subscribers.tables import subscriber, subscriber_topic, suppression


class Entry(NamedTuple):
    """What is known of somebody to be added; None leaves a value as it is.

    `topics` are slugs, sorted, each once; an empty tuple means everything.
    """

    address: Address
    name: str | None = None
    topics: tuple[str, ...] | None = None
    mode: Mode | None = None
    language: str | None = None


class Outcome(StrEnum):
    """What became of an entry."""

    ADDED = "added"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    UNSUBSCRIBED = "unsubscribed"
    SUPPRESSED = "suppressed"
    CONTRADICTED = "contradicted"
    """An earlier entry of the same intake says otherwise of the same address."""


class Taken(NamedTuple):
    """The outcome, the reader's id (0 where there is none), and the earlier entry's place."""

    outcome: Outcome
    id: int = 0
    earlier: int = 0


class Batch(NamedTuple):
    """What became of entries: the ids of those who are new, all others by their position."""

    added: Sequence[int]
    others: Mapping[int, Taken]


class _Values(NamedTuple):
    name: str
    topics: tuple[str, ...]
    mode: str
    language: str


@dataclass(slots=True)
class _Known:
    """A reader as the database has it, or will when the batch is written."""

    id: int
    state: str
    values: _Values
    suppressed: bool = False


@dataclass(slots=True)
class _Changes:
    values: list[tuple[int, _Values]] = field(default_factory=list)
    topics: list[tuple[int, tuple[str, ...]]] = field(default_factory=list)
    consents: list[int] = field(default_factory=list)


class Intake:
    """Takes entries in batches of at most 10,000, all in the transaction of `connection`.

    `again` lets somebody back who had left: only for a reader who asks for it. `language` is
    for new readers whose entry names none.
    """

    def __init__(
        self,
        connection: Connection,
        evidence: Evidence,
        now: datetime,
        *,
        again: bool = False,
        language: str = "en",
    ) -> None:
        self._connection = connection
        self._evidence = evidence
        self._now = now
        self._blank = _Values("", (), Mode.HIGHLIGHTS, language)
        self._open = {State.PENDING, State.UNSUBSCRIBED} if again else {State.PENDING}
        self._places = _Places()
        anybody = select(suppression.c.reason).limit(1)
        self._any_suppressed = connection.execute(anybody).first() is not None

    def take(self, entries: Sequence[Entry], places: Sequence[int]) -> Batch:
        """Add or update readers; say what became of each entry.

        `places` says where each entry stands (a line number from 1), for contradictions.
        """
        keys = [entry.address.key for entry in entries]
        known = self._look_up(entries, keys)
        # Backwards, so that of two entries for one address the first is the new one.
        first = dict(zip(reversed(keys), range(len(keys) - 1, -1, -1), strict=True))
        for key in known:
            del first[key]
        new = sorted(first.values())
        ids = reserve_ids(self._connection, subscriber, len(new))
        self._add(ids, [entries[position] for position in new])
        self._places.add(ids, [places[position] for position in new])
        if len(new) == len(entries):
            return Batch(ids, {})
        added = dict(zip(new, ids, strict=True))
        for key, at in first.items():
            known[key] = _Known(added[at], State.ACTIVE, _merged(self._blank, entries[at]))
        rest = [position for position in range(len(entries)) if position not in added]
        return Batch(ids, self._take_known(entries, places, known, rest))

    def _take_known(
        self,
        entries: Sequence[Entry],
        places: Sequence[int],
        known: Mapping[str, _Known],
        positions: Sequence[int],
    ) -> Mapping[int, Taken]:
        changes = _Changes()
        taken = {
            at: self._decide(entries[at], places[at], known[entries[at].address.key], changes)
            for at in positions
        }
        self._change(changes)
        return taken

    def _decide(self, entry: Entry, place: int, who: _Known, changes: _Changes) -> Taken:
        opens = who.state in self._open
        if who.suppressed:
            return Taken(Outcome.SUPPRESSED, who.id)
        if who.state == State.UNSUBSCRIBED and not opens:
            return Taken(Outcome.UNSUBSCRIBED, who.id)
        values, earlier = _merged(who.values, entry), self._places.get(who.id)
        if earlier and values != who.values:
            return Taken(Outcome.CONTRADICTED, who.id, earlier)
        self._places.put(who.id, earlier or place)
        if values == who.values and not opens:
            return Taken(Outcome.UNCHANGED, who.id)
        changes.values.append((who.id, values))
        if values.topics != who.values.topics:
            changes.topics.append((who.id, values.topics))
        if opens:
            changes.consents.append(who.id)
        who.values, who.state = values, State.ACTIVE
        return Taken(Outcome.UPDATED, who.id)

    def _look_up(self, entries: Sequence[Entry], keys: Sequence[str]) -> dict[str, _Known]:
        column = subscriber.c
        query = select(
            column.address_key, column.id, column.state, column.name, column.mode, column.language
        ).where(column.address_key.in_(among(self._connection, keys)))
        rows = self._connection.execute(query).all()
        topics = topics_of(self._connection, [row.id for row in rows])
        known = {
            row.address_key: _Known(
                row.id,
                row.state,
                _Values(row.name, tuple(topics.get(row.id, ())), row.mode, row.language),
            )
            for row in rows
        }
        if self._any_suppressed:
            self._mark_suppressed(entries, known)
        return known

    def _mark_suppressed(self, entries: Sequence[Entry], known: dict[str, _Known]) -> None:
        keys = {entry.address.hash: entry.address.key for entry in entries}
        column = suppression.c.address_hash
        query = select(column).where(column.in_(among(self._connection, keys)))
        for address_hash in self._connection.execute(query).scalars():
            nobody = _Known(0, "", self._blank)
            known.setdefault(keys[address_hash], nobody).suppressed = True

    def _add(self, ids: Sequence[int], entries: Sequence[Entry]) -> None:
        name, _, mode, language = self._blank
        rows = [
            (id_, *address, called or name, chosen.value if chosen else mode, spoken or language)
            for id_, (address, called, _, chosen, spoken) in zip(ids, entries, strict=True)
        ]
        columns = ("id", "email", "address_key", "address_hash", "name", "mode", "language")
        constants = {"state": "active", "created_at": self._now, "confirmed_at": self._now}
        insert_rows(self._connection, subscriber, columns, rows, constants)
        self._add_topics((id_, one[2]) for id_, one in zip(ids, entries, strict=True))
        record(self._connection, ids, Kind.GRANTED, self._evidence, self._now, new=True)

    def _add_topics(self, chosen: Iterable[tuple[int, tuple[str, ...] | None]]) -> None:
        rows = [(id_, topic) for id_, topics in chosen if topics for topic in topics]
        insert_rows(self._connection, subscriber_topic, ("subscriber_id", "topic"), rows)

    def _change(self, changes: _Changes) -> None:
        mine = subscriber.c.id == bindparam("reader")
        if changes.values:
            rows = [
                {"reader": id_, "name": values.name, "mode": values.mode}
                | {"language": values.language}
                for id_, values in changes.values
            ]
            self._connection.execute(update(subscriber).where(mine), rows)
        if changes.topics:
            theirs = subscriber_topic.c.subscriber_id == bindparam("reader")
            readers = [{"reader": id_} for id_, _ in changes.topics]
            self._connection.execute(delete(subscriber_topic).where(theirs), readers)
            self._add_topics(changes.topics)
        if changes.consents:
            opened = update(subscriber).where(mine)
            opened = opened.values(state=State.ACTIVE, confirmed_at=self._now)
            self._connection.execute(opened, [{"reader": id_} for id_ in changes.consents])
            record(self._connection, changes.consents, Kind.GRANTED, self._evidence, self._now)


def _merged(old: _Values, entry: Entry) -> _Values:
    """Return the values with what the entry says laid over them."""
    return _Values(
        old.name if entry.name is None else entry.name,
        old.topics if entry.topics is None else entry.topics,
        old.mode if entry.mode is None else entry.mode.value,
        old.language if entry.language is None else entry.language,
    )


class _Places:
    """Where in the intake each reader came up; four octets for each of a million new ones."""

    def __init__(self) -> None:
        self._first = sys.maxsize
        self._new = array("I")
        self._old: dict[int, int] = {}

    def get(self, id_: int) -> int:
        """Return the place, or 0 for a reader who hasn't come up yet."""
        if id_ < self._first:
            return self._old.get(id_, 0)
        return self._new[id_ - self._first]

    def put(self, id_: int, place: int) -> None:
        """Keep the place of a reader who was on the list before."""
        if id_ < self._first:
            self._old[id_] = place

    def add(self, ids: Sequence[int], places: Sequence[int]) -> None:
        """Keep the places of new readers; their ids are higher than any before."""
        if not ids:
            return
        self._first = min(self._first, ids[0])
        self._new.extend([0] * (ids[0] - self._first - len(self._new)))
        if ids[-1] - ids[0] + 1 == len(ids):
            self._new.extend(places)
            return
        self._new.extend([0] * (ids[-1] + 1 - self._first - len(self._new)))
        for id_, place in zip(ids, places, strict=True):
            self._new[id_ - self._first] = place
