"""How entries come onto the list, one or a million, by one set of rules.

An opt-out and a suppressed address stay what they are; what an entry leaves open stays as the
reader has it; new readers, and those who never confirmed, get a consent with its source.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import compress
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, delete, select, update

from subscribers.address import Address
from subscribers.bulk import among, insert_rows, leaves_out, reserve_ids
from subscribers.consent import Evidence, Kind, record
from subscribers.model import Mode, State
from subscribers.places import Places
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


class Entries(NamedTuple):
    """Many entries as columns, all of one length: of a million, a tuple for each takes a second."""

    emails: Sequence[str]
    keys: Sequence[str]
    hashes: Sequence[str]
    names: Sequence[str | None]
    topics: Sequence[tuple[str, ...] | None]
    modes: Sequence[Mode | None]
    languages: Sequence[str | None]

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> "Entries":
        """Return these entries, at least one, as columns."""
        addresses, names, topics, modes, languages = zip(*entries, strict=True)
        emails, keys, hashes = zip(*addresses, strict=True)
        return cls(emails, keys, hashes, names, topics, modes, languages)

    def pick(self, positions: Sequence[int]) -> "Entries":
        """Return the entries at these positions, which ascend."""
        if len(positions) == len(self.keys):
            return self
        picked: Iterable[Any] = ([column[at] for at in positions] for column in self)
        return Entries(*picked)


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
        self._places = Places()
        anybody = select(suppression.c.reason).limit(1)
        self._any_suppressed = connection.execute(anybody).first() is not None
        self._all_were_new = False

    def take(self, entries: Entries, places: Sequence[int]) -> Batch:
        """Add or update readers; say what became of each entry.

        `places` says where each entry stands (a line number from 1), for contradictions.
        """
        keys = entries.keys
        known = {} if self._all_were_new else self._look_up(keys)
        self._mark_suppressed(entries, known)
        new = _firsts(keys, known)
        ids = reserve_ids(self._connection, subscriber, len(new))
        if self._insert(ids, entries.pick(new)) < len(new):
            found = self._look_up(keys)
            known = {key: who for key, who in found.items() if who.id < ids[0]}
            self._mark_suppressed(entries, known)
            stayed = [keys[at] not in known for at in new]
            ids, new = list(compress(ids, stayed)), list(compress(new, stayed))
        # Then most likely the next ones are new, too: they are put in without a look for them, a
        # quarter of SQLite's work, and the table itself leaves out who is there already.
        self._all_were_new = not known and leaves_out(self._connection)
        added = entries.pick(new)
        self._add_topics(zip(ids, added.topics, strict=True))
        record(self._connection, ids, Kind.GRANTED, self._evidence, self._now, new=True)
        self._places.add(ids, [places[at] for at in new])
        if len(new) == len(keys):
            return Batch(ids, {})
        for id_, at in zip(ids, new, strict=True):
            known[keys[at]] = _Known(id_, State.ACTIVE, _merged(self._blank, entries, at))
        rest = sorted(set(range(len(keys))).difference(new))
        return Batch(ids, self._take_known(entries, places, known, rest))

    def _take_known(
        self,
        entries: Entries,
        places: Sequence[int],
        known: Mapping[str, _Known],
        positions: Sequence[int],
    ) -> Mapping[int, Taken]:
        changes = _Changes()
        taken = {
            at: self._decide(entries, at, places[at], known[entries.keys[at]], changes)
            for at in positions
        }
        self._change(changes)
        return taken

    def _decide(
        self, entries: Entries, at: int, place: int, who: _Known, changes: _Changes
    ) -> Taken:
        opens = who.state in self._open
        if who.suppressed:
            return Taken(Outcome.SUPPRESSED, who.id)
        if who.state == State.UNSUBSCRIBED and not opens:
            return Taken(Outcome.UNSUBSCRIBED, who.id)
        values, earlier = _merged(who.values, entries, at), self._places.get(who.id)
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

    def _look_up(self, keys: Sequence[str]) -> dict[str, _Known]:
        column = subscriber.c
        query = select(
            column.address_key, column.id, column.state, column.name, column.mode, column.language
        ).where(column.address_key.in_(among(self._connection, keys)))
        rows = self._connection.execute(query).all()
        topics = topics_of(self._connection, [row.id for row in rows])
        return {
            row.address_key: _Known(
                row.id,
                row.state,
                _Values(row.name, tuple(topics.get(row.id, ())), row.mode, row.language),
            )
            for row in rows
        }

    def _mark_suppressed(self, entries: Entries, known: dict[str, _Known]) -> None:
        if not self._any_suppressed:
            return
        keys = dict(zip(entries.hashes, entries.keys, strict=True))
        column = suppression.c.address_hash
        query = select(column).where(column.in_(among(self._connection, keys)))
        for address_hash in self._connection.execute(query).scalars():
            nobody = _Known(0, "", self._blank)
            known.setdefault(keys[address_hash], nobody).suppressed = True

    def _insert(self, ids: Sequence[int], entries: Entries) -> int:
        """Insert readers; return how many. None is left out unless all before them were new."""
        emails, keys, hashes, names, _, modes, languages = entries
        name, _, mode, language = self._blank
        columns: dict[str, Sequence[object]] = {
            "id": ids,
            "email": emails,
            "address_key": keys,
            "address_hash": hashes,
            "name": [name if one is None else one for one in names],
        }
        constants = {"state": "active", "created_at": self._now, "confirmed_at": self._now}
        for column, values, blank in (("mode", modes, mode), ("language", languages, language)):
            filled = [blank if one is None else str(one) for one in values]
            # Mostly all say the same, and each value that a row brings along costs.
            if len(set(filled)) == 1:
                constants[column] = filled[0]
            else:
                columns[column] = filled
        rows = list(zip(*columns.values(), strict=True))
        unless = "address_key" if self._all_were_new else ""
        return insert_rows(
            self._connection, subscriber, list(columns), rows, constants, unless=unless
        )

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


def _firsts(keys: Sequence[str], known: Collection[str]) -> Sequence[int]:
    """Return where each key that is not known stands first, ascending."""
    if not known and len(set(keys)) == len(keys):
        return range(len(keys))
    first = dict(zip(reversed(keys), range(len(keys) - 1, -1, -1), strict=True))
    for key in known:
        del first[key]
    return sorted(first.values())


def _merged(old: _Values, entries: Entries, at: int) -> _Values:
    """Return the values with what the entry at this position says laid over them."""
    name, topics = entries.names[at], entries.topics[at]
    mode, language = entries.modes[at], entries.languages[at]
    return _Values(
        old.name if name is None else name,
        old.topics if topics is None else topics,
        old.mode if mode is None else mode.value,
        old.language if language is None else language,
    )
