"""How entries come onto the list, one or a million, by one set of rules.

An opt-out and a suppressed address stay what they are; what an entry leaves open stays as the
reader has it; new readers, and those who never confirmed, get a consent with its source.
"""

import sys
from array import array
from collections.abc import Iterable, Iterator, Sequence
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
class _Writes:
    new: list[tuple[int, Address, _Values]] = field(default_factory=list)
    changed: list[tuple[int, _Values]] = field(default_factory=list)
    retopiced: list[tuple[int, tuple[str, ...]]] = field(default_factory=list)
    consented: list[int] = field(default_factory=list)


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

    def take(self, entries: Sequence[Entry], places: Iterable[int]) -> list[Taken]:
        """Add or update readers; say of each entry, in order, what became of it.

        `places` says where each entry stands (a line number from 1), for contradictions.
        """
        known = self._look_up([entry.address for entry in entries])
        ids = reserve_ids(self._connection, subscriber, len(entries) - len(known))
        writes = _Writes()
        taken = [
            self._decide(entry, place, known, ids, writes)
            for entry, place in zip(entries, places, strict=True)
        ]
        self._write(writes)
        return taken

    def _decide(
        self,
        entry: Entry,
        place: int,
        known: dict[str, _Known],
        ids: Iterator[int],
        writes: _Writes,
    ) -> Taken:
        key = entry.address.key
        who = known.get(key)
        if who is None:
            who = known[key] = _Known(next(ids), State.ACTIVE, _merged(self._blank, entry))
            writes.new.append((who.id, entry.address, who.values))
            self._places.put_new(who.id, place)
            return Taken(Outcome.ADDED, who.id)
        if who.suppressed:
            return Taken(Outcome.SUPPRESSED, who.id)
        opens = who.state in self._open
        if who.state == State.UNSUBSCRIBED and not opens:
            return Taken(Outcome.UNSUBSCRIBED, who.id)
        return self._change(entry, place, who, opens, writes)

    def _change(self, entry: Entry, place: int, who: _Known, opens: bool, writes: _Writes) -> Taken:
        values, earlier = _merged(who.values, entry), self._places.get(who.id)
        if earlier and values != who.values:
            return Taken(Outcome.CONTRADICTED, who.id, earlier)
        self._places.put(who.id, earlier or place)
        if values == who.values and not opens:
            return Taken(Outcome.UNCHANGED, who.id)
        writes.changed.append((who.id, values))
        if values.topics != who.values.topics:
            writes.retopiced.append((who.id, values.topics))
        if opens:
            writes.consented.append(who.id)
        who.values, who.state = values, State.ACTIVE
        return Taken(Outcome.UPDATED, who.id)

    def _look_up(self, addresses: Sequence[Address]) -> dict[str, _Known]:
        column = subscriber.c
        keys = [address.key for address in addresses]
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
        self._mark_suppressed(addresses, known)
        return known

    def _mark_suppressed(self, addresses: Sequence[Address], known: dict[str, _Known]) -> None:
        hashes = {address.hash: address.key for address in addresses}
        column = suppression.c.address_hash
        query = select(column).where(column.in_(among(self._connection, hashes)))
        for address_hash in self._connection.execute(query).scalars():
            nobody = _Known(0, "", self._blank)
            known.setdefault(hashes[address_hash], nobody).suppressed = True

    def _write(self, writes: _Writes) -> None:
        insert_rows(
            self._connection,
            subscriber,
            ("id", "email", "address_key", "address_hash", "name", "mode", "language"),
            [
                (id_, *address, values.name, values.mode, values.language)
                for id_, address, values in writes.new
            ],
            {"state": State.ACTIVE.value, "created_at": self._now, "confirmed_at": self._now},
        )
        self._update(writes)
        topics = [(id_, values.topics) for id_, _, values in writes.new] + writes.retopiced
        rows = [(id_, topic) for id_, chosen in topics for topic in chosen]
        insert_rows(self._connection, subscriber_topic, ("subscriber_id", "topic"), rows)
        granted = [id_ for id_, _, _ in writes.new] + writes.consented
        record(self._connection, granted, Kind.GRANTED, self._evidence, self._now)

    def _update(self, writes: _Writes) -> None:
        mine = subscriber.c.id == bindparam("reader")
        if writes.changed:
            rows = [
                {"reader": id_, "name": values.name, "mode": values.mode}
                | {"language": values.language}
                for id_, values in writes.changed
            ]
            self._connection.execute(update(subscriber).where(mine), rows)
        if writes.retopiced:
            theirs = subscriber_topic.c.subscriber_id == bindparam("reader")
            readers = [{"reader": id_} for id_, _ in writes.retopiced]
            self._connection.execute(delete(subscriber_topic).where(theirs), readers)
        if writes.consented:
            opened = update(subscriber).where(mine)
            opened = opened.values(state=State.ACTIVE, confirmed_at=self._now)
            self._connection.execute(opened, [{"reader": id_} for id_ in writes.consented])


def _merged(old: _Values, entry: Entry) -> _Values:
    """Return the values with what the entry says laid over them."""
    return _Values(
        old.name if entry.name is None else entry.name,
        old.topics if entry.topics is None else entry.topics,
        old.mode if entry.mode is None else entry.mode.value,
        old.language if entry.language is None else entry.language,
    )


class _Places:
    """Where in the intake each reader came up; a few octets for each of a million new ones."""

    def __init__(self) -> None:
        self._first = sys.maxsize
        self._new = array("L")
        self._old: dict[int, int] = {}

    def get(self, id_: int) -> int:
        """Return the place, or 0 for a reader who hasn't come up yet."""
        offset = id_ - self._first
        if offset < 0:
            return self._old.get(id_, 0)
        return self._new[offset] if offset < len(self._new) else 0

    def put(self, id_: int, place: int) -> None:
        """Keep the place of a reader who was on the list before."""
        if id_ < self._first:
            self._old[id_] = place

    def put_new(self, id_: int, place: int) -> None:
        """Keep the place of a reader who is new: their ids ascend."""
        self._first = min(self._first, id_)
        self._new.extend([0] * (id_ - self._first - len(self._new)))
        self._new.append(place)
