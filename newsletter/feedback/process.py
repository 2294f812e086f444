"""The way of a returned message: read, weighed, its reader found, its consequence committed.

Only then is it acknowledged where it lies. A crash in between brings it again, and then its
identity is known. What can't be read is set aside after some tries; the others go on meanwhile.
Nothing is ever sent in answer.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine

from newsletter.clock import Clock
from newsletter.config import Settings
from newsletter.errors import OutsideError
from newsletter.feedback.consequences import follow
from newsletter.feedback.faults import pause_for_faults
from newsletter.feedback.weigh import Bearing, Ruling, weigh
from newsletter.feedback.who import SEARCHES, Finder, Forged
from newsletter.model import Month
from newsletter.postbox import Feedback, Kind, Report
from newsletter.postbox.mime import MAX_OCTETS, Bomb
from newsletter.postbox.read import read
from newsletter.postbox.source import Item, Source
from newsletter.slots import one_line
from newsletter.store import returns
from newsletter.store.engine import writing

TRIES = 3
"""After so many, a message that can't be read is set aside."""

Alert = Callable[[Month, str], None]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the answer: what a message says about one recipient."""

    source: str
    recipient: str
    kind: str
    verdict: str
    status: str
    reply: str

    def as_json(self) -> dict[str, str]:
        """Return the object that `newsletter bounces process --json` lists."""
        return asdict(self)


@dataclass(frozen=True)
class Clerk:
    """What reads returned mail. `alert` is told when a mailing pauses.

    `vouched` is for what an operator hands over: there an address is believed without any mark of
    ours. Anybody can write to a mailbox.
    """

    engine: Engine
    clock: Clock
    settings: Settings
    finder: Finder
    alert: Alert
    vouched: bool = False

    def process(self, source: Source) -> Iterator[Row]:
        """Read what lies there, do what follows, and say what it was.

        Raises MailboxError and DatabaseError; what was yielded before is done.
        """
        self.finder.searches = SEARCHES
        for item in source.items():
            yield from self._handle(source, item)

    def _handle(self, source: Source, item: Item) -> Iterator[Row]:
        octets = b""
        try:
            octets = _octets(item)
            report = read(octets)
            with writing(self.engine) as connection:
                now = self.clock.now()
                if returns.first_time(connection, report.identity, now):
                    self._take(connection, report, now)
        except OutsideError:
            raise
        except Bomb as error:
            yield self._refuse(source, item, octets, f"refused: {error}", limit=1)
        except Exception as error:
            yield self._refuse(source, item, octets, _unreadable(error), limit=TRIES)
        else:
            source.done(item)
            yield from rows(item.name, report)

    def _refuse(self, source: Source, item: Item, octets: bytes, words: str, *, limit: int) -> Row:
        """Count the try; set the message aside when there were enough."""
        known = octets or f"{item.name} {item.size}".encode()
        identity = hashlib.sha256(known).hexdigest()
        with writing(self.engine) as connection:
            tries = returns.failed(connection, identity, limit, self.clock.now())
        if tries >= limit:
            source.aside(item)
            words += "; set aside"
        return _nothing(item, words)

    def _take(self, connection: Connection, report: Report, now: datetime) -> None:
        """Do what follows; nothing where a token is forged."""
        with suppress(Forged):
            for one, ruling in _by_reader(report, self.finder.is_personal(report.marks)):
                self._act(connection, report, one, ruling, now)

    def _act(
        self, connection: Connection, report: Report, one: Feedback, ruling: Ruling, now: datetime
    ) -> None:
        found = self.finder.find(connection, one, report.marks)
        if found is None:
            returns.add(connection, _of_nobody(one, ruling, report.identity, now))
            return
        policy = self.settings.bounces
        sure = found.way.is_proof or self.vouched
        follow(connection, found, one.kind, ruling, policy, now, report.identity, sure=sure)
        if ruling.bearing is Bearing.OURS and found.letter is not None and sure:
            limit = self.settings.delivery.pause_after
            pause_for_faults(connection, found.letter, ruling, limit, self.alert)


def look(source: Source) -> Iterator[Row]:
    """Say what lies there, and change nothing."""
    for item in source.items():
        try:
            found = list(rows(item.name, read(_octets(item))))
        except OutsideError:
            raise
        except Bomb as error:
            found = [_nothing(item, f"refused: {error}")]
        except Exception as error:
            found = [_nothing(item, _unreadable(error))]
        yield from found


def _nothing(item: Item, words: str) -> Row:
    """Return the row of a message that says nothing."""
    return Row(item.name, "", Kind.OTHER.value, Bearing.NONE.value, "", words)


def _unreadable(error: Exception) -> str:
    return f"can't be read: {type(error).__name__}"


def rows(name: str, report: Report) -> Iterator[Row]:
    """Yield the answer's lines about a message: one for each recipient, and at least one."""
    for one in report.feedback:
        ruling = weigh(one)
        words = (one.kind.value, ruling.bearing.value, ruling.status, ruling.reply)
        yield Row(name, one_line(one.recipient), *words)


def _octets(item: Item) -> bytes:
    if item.size > MAX_OCTETS:
        raise Bomb(f"{item.size} octets")
    return item.read()


_WEIGHT = (Bearing.NONE, Bearing.OURS, Bearing.SOFT, Bearing.HARD)


def _by_reader(report: Report, personal: bool) -> list[tuple[Feedback, Ruling]]:
    """Return what a message says, as far as it is about different readers.

    One that is `personal` is about one reader, whoever their mail went on to: the mildest word
    counts then, for another address of theirs may have had it.
    """
    weighed = [(one, weigh(one)) for one in report.feedback]
    if personal:
        return [min(weighed, key=lambda pair: _WEIGHT.index(pair[1].bearing))]
    return weighed


def _of_nobody(one: Feedback, ruling: Ruling, identity: str, now: datetime) -> returns.Entry:
    """Return the row for somebody we don't know: without words, for they may name them."""
    return returns.Entry(
        kind=one.kind.value,
        bearing=ruling.bearing.value,
        at=now,
        code=ruling.code or None,
        status=ruling.status,
        identity=identity,
    )
