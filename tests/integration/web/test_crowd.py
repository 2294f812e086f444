"""Many readers at once, while a month goes out to many more."""

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

import pytest

from newsletter.delivery import Message, Receipt
from newsletter.delivery.memory import MemoryBackend
from newsletter.model import Month
from newsletter.sending import send
from newsletter.service.server import Server
from newsletter.store.engine import writing
from subscribers.address import parse
from subscribers.consent import Evidence
from subscribers.intake import Entries, Entry, Intake
from subscribers.model import State
from subscribers.tokens import Purpose
from tests.support.service import free_port
from tests.support.web import Web, hidden, opened

READERS = 20_000
AT_ONCE = 50
EACH = 4
"""How many readers each of the crowd is; each signs up and leaves once."""


@pytest.fixture
def crowded(tmp_path: Path) -> Iterator[tuple[Web, int]]:
    port = free_port()
    own: dict[str, object] = {"public_url": f"http://127.0.0.1:{port}"}
    limits: dict[str, object] = {"signups_per_visitor": 1000, "signups_per_hour": 1000}
    with opened(tmp_path / "site", newsletter=own, subscriptions=limits) as web:
        with writing(web.app.engine) as connection:
            intake = Intake(connection, Evidence("test"), web.clock.now())
            entries = [Entry(parse(f"reader{n}@example.org")) for n in range(READERS)]
            for begin in range(0, READERS, 10_000):
                part = entries[begin : begin + 10_000]
                intake.take(Entries.of(part), range(begin + 1, begin + 1 + len(part)))
        with Server(web.site, "127.0.0.1", port):
            yield web, port


@dataclass
class Relay:
    """A server that takes everything, and says how much it was given so far."""

    backend: MemoryBackend = field(default_factory=MemoryBackend)
    given: int = 0

    @property
    def tenth(self) -> int | None:
        """Which tenth of the month is going out; None before the first letter."""
        return self.given * 10 // READERS if self.given else None

    def deliver(self, messages: Iterator[Message]) -> Iterator[Sequence[Receipt]]:
        yield from self.backend.deliver(self._counted(messages))

    def _counted(self, messages: Iterator[Message]) -> Iterator[Message]:
        for one in messages:
            self.given += 1
            yield one

    def close(self) -> None:
        self.backend.close()


def test_a_crowd_while_a_month_goes_out(crowded: tuple[Web, int]) -> None:
    """50 at once read, save, sign up and leave, from the first letter to the last: all are
    answered in every tenth of the sending, none hears of a lock, and all letters go out."""
    web, port = crowded
    make = web.app.tokens.make
    stamp = hidden(web.client().get("/").text, "stamp")
    web.clock.move(seconds=5)
    relay, over = Relay(), threading.Event()
    answers: Counter[tuple[str, int]] = Counter()
    meanwhile: set[tuple[int, str]] = set()

    def come(number: int) -> None:
        turn = 0
        while turn < EACH or not over.is_set():
            reader = READERS - number * EACH - turn % EACH
            preferences = f"/preferences/{make(Purpose.PREFERENCES, reader)}"
            leave = f"/unsubscribe/{make(Purpose.UNSUBSCRIBE, reader)}"
            sign_up = {"stamp": stamp, "email": f"new{number}.{turn}@example.org"}
            coming: list[tuple[str, str, dict[str, str] | None]] = [
                ("read", preferences, None),
                ("save", preferences, {"topic": "training"}),
            ]
            if turn < EACH:
                coming += [("sign up", "/subscribe", sign_up), ("leave", leave, {})]
            for name, path, form in coming:
                began = relay.tenth
                answers[name, ask(port, path, form)] += 1
                if began is not None and not over.is_set():
                    meanwhile.add((began, name))
            turn += 1

    def send_all() -> None:
        try:
            web.freeze("2021-01")
            outfit = replace(web.app.outfit, open_backend=lambda: relay)
            send(outfit, Month(2021, 1), web.app.settings.zone)
        finally:
            over.set()

    crowd = [threading.Thread(target=come, args=(number,)) for number in range(AT_ONCE)]
    sending = threading.Thread(target=send_all)
    for thread in (sending, *crowd):
        thread.start()
    for thread in (sending, *crowd):
        thread.join(400)
        assert not thread.is_alive()
    assert {(tenth, name) for tenth in range(10) for name in ("read", "save")} <= meanwhile
    many = AT_ONCE * EACH
    assert set(answers) == {
        *(("read", 200), ("save", 303), ("sign up", 200), ("leave", 200)),
    }
    assert answers["sign up", 200] == answers["leave", 200] == many
    states = Counter(row.state for row in web.rows()["delivery"])  # type: ignore[attr-defined]
    assert sum(states.values()) >= READERS - many
    assert set(states) <= {"sent", "skipped"}
    left = [row for row in web.rows()["subscriber"] if row.state == State.UNSUBSCRIBED]  # type: ignore[attr-defined]
    assert len(left) == many


def ask(port: int, path: str, form: dict[str, str] | None) -> int:
    """Ask for a page, or post a form, on a connection of its own; return the status."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=120)) as connection:
        if form is None:
            connection.request("GET", path)
        else:
            kind = {"Content-Type": "application/x-www-form-urlencoded"}
            connection.request("POST", path, urlencode(form), kind)
        answer = connection.getresponse()
        answer.read()
        return answer.status
