"""Many readers at once, while a month goes out to many more."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

import pytest

from newsletter.service.server import Server
from newsletter.store.engine import writing
from subscribers.address import parse
from subscribers.consent import Evidence
from subscribers.intake import Entry, Intake
from subscribers.model import State
from subscribers.tokens import Purpose
from tests.support.service import free_port
from tests.support.web import Web, hidden, opened

READERS = 20_000
AT_ONCE = 50
EACH = 4
"""How often each of the crowd comes."""


@pytest.fixture
def crowded(tmp_path: Path) -> Iterator[tuple[Web, int]]:
    port = free_port()
    own: dict[str, object] = {"public_url": f"http://127.0.0.1:{port}"}
    limits: dict[str, object] = {"signups_per_visitor": 1000, "signups_per_hour": 1000}
    memory: dict[str, object] = {"backend": "memory"}
    with opened(tmp_path / "site", newsletter=own, subscriptions=limits, delivery=memory) as web:
        with writing(web.app.engine) as connection:
            intake = Intake(connection, Evidence("test"), web.clock.now())
            entries = [Entry(parse(f"reader{n}@example.org")) for n in range(READERS)]
            for begin in range(0, READERS, 10_000):
                part = entries[begin : begin + 10_000]
                intake.take(part, range(begin + 1, begin + 1 + len(part)))
        with Server(web.site, "127.0.0.1", port):
            yield web, port


def test_a_crowd_while_a_month_goes_out(crowded: tuple[Web, int]) -> None:
    """50 at once read, save, sign up and leave; all are answered, none hears of a lock, and
    everybody else's letter goes out."""
    web, port = crowded
    make = web.app.tokens.make
    stamp = hidden(web.client().get("/").text, "stamp")
    web.clock.move(seconds=5)
    answers: Counter[tuple[str, int]] = Counter()

    def come(number: int) -> None:
        for turn in range(EACH):
            reader = READERS - number * EACH - turn
            preferences = f"/preferences/{make(Purpose.PREFERENCES, reader)}"
            sign_up = {"stamp": stamp, "email": f"new{number}.{turn}@example.org"}
            for name, path, form in (
                ("read", preferences, None),
                ("save", preferences, {"topic": "training"}),
                ("sign up", "/subscribe", sign_up),
                ("leave", f"/unsubscribe/{make(Purpose.UNSUBSCRIBE, reader)}", {}),
            ):
                answers[name, ask(port, path, form)] += 1

    crowd = [threading.Thread(target=come, args=(number,)) for number in range(AT_ONCE)]
    sending = threading.Thread(target=web.send, args=("2021-01",))
    for thread in (sending, *crowd):
        thread.start()
    for thread in (*crowd, sending):
        thread.join(240)
        assert not thread.is_alive()
    many = AT_ONCE * EACH
    assert answers == {
        ("read", 200): many,
        ("save", 303): many,
        ("sign up", 200): many,
        ("leave", 200): many,
    }
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
