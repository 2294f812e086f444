"""The least that a sender in Python does: what this machine leaves room for.

`python -m tests.bench.bare PORT SESSIONS MESSAGES FILE`. One loop, the same octets again and again,
and a ledger of one small table, written as durably and at the same moments as ours: a message's
outcome, and that the next one is on its way, before the next final dot. Nothing else: nobody is
looked up, nobody leaves, nothing is filled in, no reply is read but for its line end. The last line
is a JSON document with the fields of `Sample`.
"""

import json
import selectors
import socket
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from pathlib import Path

from tests.bench.machine import CACHE
from tests.bench.sample import Sample

_ENVELOPE = b"MAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.net>\r\nDATA\r\n"
_REPLIES = 3
"""To an envelope."""
_DOT = b".\r\n"
_READ, _WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE
_TABLE = "CREATE TABLE delivery (id INTEGER PRIMARY KEY, state TEXT, reply TEXT, sent_at TEXT)"
_SENDING = "UPDATE delivery SET state = 'sending' WHERE id = ?"
_SENT = (
    "UPDATE delivery SET state = 'sent', reply = '250 2.0.0 Ok', sent_at = '2021-02-01 09:00:00' "
    "WHERE id = ?"
)


@dataclass(eq=False, slots=True)
class Session:
    """A connection: the message whose verdict is due, the one behind it, and replies to come."""

    wire: socket.socket
    due: int = 0
    following: int = 0
    replies: int = 0
    stuck: bool = False
    waiting: list[bytes | memoryview] = field(default_factory=list)

    def listen(self) -> int:
        """Read what has come; return the message that was taken, or 0."""
        lines, taken = self.wire.recv(65536).count(b"\n"), 0
        if self.due and lines:
            taken, self.due, lines = self.due, 0, lines - 1
        self.replies -= lines
        return taken

    @property
    def ready(self) -> bool:
        """Whether the server waits for a body."""
        return bool(self.following) and not (self.due or self.replies)

    def begin(self, number: int) -> None:
        """Queue an envelope, if there is a message for it."""
        self.following = number
        if number:
            self.waiting.append(_ENVELOPE)
            self.replies = _REPLIES

    def finish(self, segments: Sequence[bytes], following: int) -> None:
        """Queue the body the server waits for, and the next envelope behind it."""
        self.due = self.following
        self.waiting += (*segments, _DOT)
        self.begin(following)

    def speak(self) -> None:
        """Hand over what the kernel takes."""
        while self.waiting:
            try:
                sent = self.wire.sendmsg(self.waiting)
            except BlockingIOError:
                return
            self.waiting = list(_after(self.waiting, sent))


def _after(segments: Sequence[bytes | memoryview], sent: int) -> Iterator[bytes | memoryview]:
    for one in segments:
        if sent < len(one):
            yield memoryview(one)[sent:]
        sent = max(0, sent - len(one))


def main(port: int, count: int, messages: int, segments: Sequence[bytes]) -> Sample:
    """Send to a receiver that knows PIPELINING and refuses nothing."""
    numbers = iter(range(1, messages + 1))
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as folder, selectors.DefaultSelector() as selector:
        ledger = _ledger(Path(folder) / "bare.db", messages)
        sessions = [Session(_connected(port)) for _ in range(count)]
        for one in sessions:
            selector.register(one.wire, _READ, one)
        cpu, start = time.process_time(), time.perf_counter()
        _send(ledger, selector, sessions, numbers, segments)
        seconds, spent = time.perf_counter() - start, time.process_time() - cpu
        ((sent,),) = ledger.execute("SELECT count(*) FROM delivery WHERE state = 'sent'")
        assert sent == messages, sent
        ledger.close()
        for one in sessions:
            one.wire.close()
    return Sample(messages, seconds, spent)


def _send(
    ledger: sqlite3.Connection,
    selector: selectors.BaseSelector,
    sessions: Sequence[Session],
    numbers: Iterator[int],
    segments: Sequence[bytes],
) -> None:
    first = {one: next(numbers, 0) for one in sessions}
    _record(ledger, (), first.values())
    for one, number in first.items():
        one.begin(number)
        _speak(selector, one)
    while any(one.following or one.due for one in sessions):
        events = selector.select()
        taken = [key.data.listen() for key, mask in events if mask & _READ]
        ready = {key.data: next(numbers, 0) for key, _ in events if key.data.ready}
        _record(ledger, taken, ready.values())
        for one, following in ready.items():
            one.finish(segments, following)
        for key, _ in events:
            _speak(selector, key.data)


def _speak(selector: selectors.BaseSelector, one: Session) -> None:
    one.speak()
    stuck = bool(one.waiting)
    if stuck is not one.stuck:
        one.stuck = stuck
        selector.modify(one.wire, _READ | _WRITE if stuck else _READ, one)


def _record(ledger: sqlite3.Connection, taken: Iterable[int], begun: Iterable[int]) -> None:
    sent, sending = ([(one,) for one in some if one] for some in (taken, begun))
    if sent or sending:
        ledger.execute("BEGIN IMMEDIATE")
        ledger.executemany(_SENT, sent)
        ledger.executemany(_SENDING, sending)
        ledger.execute("COMMIT")


def _ledger(path: Path, messages: int) -> sqlite3.Connection:
    ledger = sqlite3.connect(path, isolation_level=None)
    ledger.execute("PRAGMA journal_mode = WAL")
    ledger.execute("PRAGMA synchronous = FULL")
    ledger.execute(_TABLE)
    ledger.execute("BEGIN")
    rows = ((number, "queued", "") for number in range(1, messages + 1))
    ledger.executemany("INSERT INTO delivery (id, state, reply) VALUES (?, ?, ?)", rows)
    ledger.execute("COMMIT")
    return ledger


def _connected(port: int) -> socket.socket:
    wire = socket.create_connection(("127.0.0.1", port), timeout=10)
    wire.recv(1024)
    wire.sendall(b"EHLO client.test\r\n")
    wire.recv(1024)
    wire.setblocking(False)
    return wire


def _cut(octets: bytes) -> list[bytes]:
    """Cut a message into as many segments as a letter has, the big ones as big."""
    places = (0, 800, 7000, 7500, len(octets) - 500, len(octets))
    return [octets[start:end] for start, end in pairwise(places)]


if __name__ == "__main__":
    port, count, messages, file = sys.argv[1:]
    made = main(int(port), int(count), int(messages), _cut(Path(file).read_bytes()))
    print(json.dumps(asdict(made)))
