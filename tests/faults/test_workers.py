"""Three workers, of whom one is killed or cut off again and again: nobody is lost.

And nobody has it twice but who was in flight.
"""

import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import func, select

from newsletter.store.engine import open_engine, reading
from newsletter.store.tables import delivery, mailing
from tests.faults.world import CONNECTIONS, MONTH, make_site
from tests.support.crew import PATIENCE, Crew
from tests.support.postgresql import Server
from tests.support.receiver import receiver
from tests.support.waiting import until
from tests.support.wire_tap import Wire

pytestmark = pytest.mark.faults

ROUNDS = int(os.environ.get("FAULT_ROUNDS", "1"))
READERS = 900 * ROUNDS
ADDRESSES = [f"reader{number:05}@example.org" for number in range(READERS)]
WORKERS = 3
SETTINGS = {"DELIVERY__CHUNK": "50", "SCHEDULE__GRACE": "5s"}


def wait_until_sent(crew: Crew) -> None:
    engine = open_engine(crew.urls[-1])

    def is_sent() -> bool:
        with reading(engine) as connection:
            return connection.execute(select(mailing.c.state)).scalar() == "sent"

    until(is_sent, f"the mailing is sent: see {crew.folder / 'log'}", PATIENCE)
    with reading(engine) as connection:
        query = select(delivery.c.state, func.count()).group_by(delivery.c.state)
        states = {row[0]: row[1] for row in connection.execute(query)}
    engine.dispose()
    assert states == {"sent": READERS}


@pytest.fixture
def wires(postgresql: Server) -> Iterator[list[Wire]]:
    with ExitStack() as stack:
        yield [stack.enter_context(Wire(postgresql.port)) for _ in range(WORKERS)]


@pytest.fixture
def crew(program: Path, postgresql: Server, wires: list[Wire], tmp_path: Path) -> Iterator[Crew]:
    name = postgresql.create(ready=True)
    urls = [postgresql.tcp_url(name, one.port) for one in wires] + [postgresql.tcp_url(name)]
    folder = tmp_path / "site"
    assert make_site(folder, READERS, urls[-1]) == ADDRESSES
    with receiver(program, folder, "delay", 5) as running:
        crew = Crew(folder, running, urls, CONNECTIONS, SETTINGS)
        yield crew
        crew.close()
        print((folder / "log").read_text())  # seen where a test fails
    postgresql.drop(name)


def send_while(crew: Crew, happens: Callable[[], None]) -> None:
    """Hand the month out to the workers, let things happen, and wait until it is sent."""
    for number in range(WORKERS):
        crew.start_worker(number)
    sending = crew.command(crew.urls[-1], "send", MONTH, "--yes")
    try:
        until(lambda: len(crew.receiver.record().taken) > 20, "messages are on their way", PATIENCE)
        happens()
        wait_until_sent(crew)
    finally:
        sending.kill()
        sending.wait(PATIENCE)


def test_one_is_killed_or_cut_off_again_and_again(
    crew: Crew, wires: list[Wire], postgresql: Server
) -> None:
    """By kill -9, by a wire that breaks, by a server that ends its sessions; whichever it hits."""
    chance = random.Random(ROUNDS)  # noqa: S311

    def cut_off(number: int) -> None:
        wires[number].cut()
        time.sleep(chance.uniform(0.1, 2))
        wires[number].mend()

    def break_off(number: int) -> None:
        postgresql.break_off(wires[number].ports)

    def happens() -> None:
        for _ in range(2 * ROUNDS):
            for how in chance.sample((crew.kill, cut_off, break_off), 3):
                how(chance.randrange(WORKERS))
                crew.faults += 1
                time.sleep(chance.uniform(0.5, 2))

    send_while(crew, happens)
    assert crew.faults == 6 * ROUNDS
    crew.assert_promise(ADDRESSES)


def test_one_hears_nothing_of_the_database(crew: Crew, wires: list[Wire]) -> None:
    """Its wire goes dead in the middle: others take over what it had, and it does no harm later."""

    def happens() -> None:
        wires[0].hang()
        crew.faults += 1

    send_while(crew, happens)
    wires[0].mend()
    crew.workers[0].send_signal(signal.SIGTERM)
    crew.workers[0].wait(PATIENCE)
    crew.assert_promise(ADDRESSES)


def test_one_ends_in_time_though_the_database_is_silent(crew: Crew, wires: list[Wire]) -> None:
    """SIGTERM, and its wire is dead: when the grace time is over it ends with 1 all the same."""

    def happens() -> None:
        wires[0].hang()
        crew.workers[0].send_signal(signal.SIGTERM)
        assert crew.workers[0].wait(PATIENCE) == 1
        crew.faults += 1

    send_while(crew, happens)
    crew.assert_promise(ADDRESSES)


def test_one_stands_still(crew: Crew) -> None:
    """Stopped until others have taken over what it had; awake again, it sends nothing of that."""

    def happens() -> None:
        crew.workers[0].send_signal(signal.SIGSTOP)
        crew.faults += 1

    send_while(crew, happens)
    crew.workers[0].send_signal(signal.SIGCONT)
    crew.workers[0].send_signal(signal.SIGTERM)
    assert crew.workers[0].wait(PATIENCE) == 0
    crew.assert_promise(ADDRESSES)


def test_a_graceful_stop_makes_no_duplicate(crew: Crew) -> None:
    """SIGTERM finishes what is in flight; the others send the rest."""

    def happens() -> None:
        crew.workers[1].send_signal(signal.SIGTERM)
        assert crew.workers[1].wait(PATIENCE) == 0

    send_while(crew, happens)
    assert crew.faults == 0
    crew.assert_promise(ADDRESSES)
