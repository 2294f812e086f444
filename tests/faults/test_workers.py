"""Three workers, of whom one is killed or cut off again and again: nobody is lost.

And nobody has it twice but who was in flight.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import func, select

from newsletter.store.engine import open_engine, reading
from newsletter.store.tables import delivery, mailing
from tests.faults.world import CONNECTIONS, MONTH, make_site
from tests.support.postgresql import Server
from tests.support.receiver import Receiver, receiver
from tests.support.waiting import until
from tests.support.wire_tap import Wire

pytestmark = pytest.mark.faults

ROUNDS = int(os.environ.get("FAULT_ROUNDS", "1"))
READERS = 900 * ROUNDS
WORKERS = 3
PATIENCE = 240.0


@dataclass
class Crew:
    """A site on a server, a receiver, and workers that come and go."""

    folder: Path
    readers: list[str]
    receiver: Receiver
    urls: list[str]
    """One for each worker; the last is everybody else's."""
    workers: dict[int, "subprocess.Popen[bytes]"] = field(default_factory=dict)
    kills: int = 0

    def command(self, url: str, *words: str) -> "subprocess.Popen[bytes]":
        """Start a command of the newsletter, with its own way to the database."""
        inherited = {name: text for name, text in os.environ.items() if "NEWSLETTER_" not in name}
        ours = {
            "DATABASE__URL": url,
            "DELIVERY__DISPATCHER": "procrastinate",
            "DELIVERY__CHUNK": "50",
            "DELIVERY__BACKEND": "smtp",
            "DELIVERY__SMTP__PORT": str(self.receiver.port),
            "DELIVERY__SMTP__SECURITY": "none",
            "DELIVERY__SMTP__LOCAL_HOSTNAME": "sender.test",
            "DELIVERY__CONNECTIONS": str(CONNECTIONS),
        }
        environment = inherited | {f"NEWSLETTER_{name}": text for name, text in ours.items()}
        config = str(self.folder / "config.toml")
        command = [sys.executable, "-m", "newsletter", "--config", config, *words]
        log = (self.folder / "log").open("ab")
        with log:
            return subprocess.Popen(command, env=environment, stdout=log, stderr=log)

    def start_worker(self, number: int) -> None:
        self.workers[number] = self.command(self.urls[number], "worker")

    def kill(self, number: int) -> None:
        """Kill a worker, and put another in its place."""
        self.workers[number].send_signal(signal.SIGKILL)
        self.workers[number].wait(PATIENCE)
        self.kills += 1
        self.start_worker(number)

    def taken(self) -> int:
        return len(self.receiver.record().taken)

    def wait_until_sent(self) -> None:
        engine = open_engine(self.urls[-1])

        def is_sent() -> bool:
            with reading(engine) as connection:
                return connection.execute(select(mailing.c.state)).scalar() == "sent"

        until(is_sent, f"the mailing is sent: {(self.folder / 'log').read_text()}", PATIENCE)
        with reading(engine) as connection:
            query = select(delivery.c.state, func.count()).group_by(delivery.c.state)
            states = {row[0]: row[1] for row in connection.execute(query)}
        engine.dispose()
        assert states == {"sent": len(self.readers)}

    def assert_promise(self) -> None:
        """Everybody has it; duplicates are as few as promised, and the same to the octet."""
        record = self.receiver.settled()
        assert set(record.recipients) == set(self.readers)
        assert record.duplicates <= CONNECTIONS * self.kills
        prints = {(one.recipient, one.message_id, one.print) for one in record.taken}
        assert len(prints) == len(self.readers)

    def close(self) -> None:
        for one in self.workers.values():
            if one.poll() is None:
                with suppress(ProcessLookupError):
                    one.kill()
            one.wait(PATIENCE)


@pytest.fixture
def wires(postgresql: Server) -> Iterator[list[Wire]]:
    with ExitStack() as stack:
        yield [stack.enter_context(Wire(postgresql.port)) for _ in range(WORKERS)]


@pytest.fixture
def crew(program: Path, postgresql: Server, wires: list[Wire], tmp_path: Path) -> Iterator[Crew]:
    name = postgresql.create(ready=True)
    urls = [postgresql.tcp_url(name, one.port) for one in wires] + [postgresql.tcp_url(name)]
    folder = tmp_path / "site"
    readers = make_site(folder, READERS, urls[-1])
    with receiver(program, folder, "delay", 5) as running:
        crew = Crew(folder, readers, running, urls)
        yield crew
        crew.close()
    postgresql.drop(name)


def send_while(crew: Crew, happens: Callable[[], None]) -> None:
    """Hand the month out to the workers, let things happen, and wait until it is sent."""
    for number in range(WORKERS):
        crew.start_worker(number)
    sending = crew.command(crew.urls[-1], "send", MONTH, "--yes")
    try:
        until(lambda: crew.taken() > 20, "messages are on their way", PATIENCE)
        happens()
        crew.wait_until_sent()
    finally:
        sending.kill()
        sending.wait(PATIENCE)


def test_one_is_killed_again_and_again(crew: Crew) -> None:
    """kill -9 at random, four times a round, while all three send."""
    chance = random.Random(ROUNDS)  # noqa: S311

    def happens() -> None:
        for _ in range(4 * ROUNDS):
            crew.kill(chance.randrange(WORKERS))
            time.sleep(chance.uniform(0.5, 2.5))

    send_while(crew, happens)
    assert crew.kills == 4 * ROUNDS
    crew.assert_promise()


def test_one_is_cut_off_from_the_database(crew: Crew, wires: list[Wire]) -> None:
    """Its wire breaks in the middle; others take over what it had, and later it is back."""

    def happens() -> None:
        wires[0].cut()
        crew.kills += 1  # what it had in flight is in doubt, as at a kill
        time.sleep(3)
        wires[0].mend()

    send_while(crew, happens)
    assert crew.workers[0].poll() is None
    crew.assert_promise()


def test_a_graceful_stop_makes_no_duplicate(crew: Crew) -> None:
    """SIGTERM finishes what is in flight; the others send the rest."""

    def happens() -> None:
        crew.workers[1].send_signal(signal.SIGTERM)
        assert crew.workers[1].wait(PATIENCE) == 0

    send_while(crew, happens)
    assert crew.kills == 0
    crew.assert_promise()
