"""Several workers on one PostgreSQL: `python -m tests.bench.crew --readers 200000 --kill-every 10`.

It makes a site with so many readers, lets workers send one month to the receiver with a memory,
kills one of them every so often, and says what came of it by that receiver's record.
"""

import argparse
import random
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, text

from newsletter.bootstrap import application
from newsletter.config import Settings
from newsletter.model import DeliveryState
from newsletter.sending import send_until_settled
from newsletter.store import mailings
from newsletter.store.engine import open_engine, writing
from tests.bench import machine
from tests.bench.fill import EDITION, HEADING
from tests.bench.ours import MONTH
from tests.support import receiver
from tests.support.crew import Crew
from tests.support.ledger import START
from tests.support.postgresql import serving

SECRET = "a-secret-for-measurements-only"
SAFE = {"shared_buffers": "512MB", "max_wal_size": "4GB", "max_connections": "100"}
"""A server as it comes, whose every commit is on the disk, with room for what is measured."""

_READERS = text("""
    INSERT INTO subscriber
        (email, address_key, address_hash, name, state, mode, created_at, confirmed_at)
    SELECT email, email, encode(sha256(email::bytea), 'hex'), 'Reader ' || n % 500,
        'active', 'highlights', :joined, :joined
    FROM (SELECT n, 'reader' || n || '@example.net' AS email FROM generate_series(1, :readers) n) _
""")


@dataclass(frozen=True, slots=True)
class Job:
    """What to do: readers, workers, each one's connections, and readers in a chunk.

    Every `kill_every` seconds one is killed (0: none); the receiver takes `delay` milliseconds.
    """

    readers: int
    workers: int
    sessions: int = 10
    chunk: int = 2000
    kill_every: float = 0.0
    delay: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it, by the receiver's record."""

    job: Job
    seconds: float
    kills: int
    missing: int
    duplicates: int

    @property
    def is_kept(self) -> bool:
        """Whether the promise was: nobody is lost, and twice only who was in flight."""
        return not self.missing and self.duplicates <= self.job.sessions * self.kills

    def __str__(self) -> str:
        """Return a line of words."""
        rate = self.job.readers / self.seconds
        return (
            f"{self.job.workers} workers, {self.job.readers:,} readers, {self.job.delay} ms:"
            f" {self.seconds:.1f} s, {rate:,.0f} a second; {self.kills} kills,"
            f" {self.missing} missing, {self.duplicates} twice"
            f" (at most {self.job.sessions * self.kills})"
        )


def run(job: Job) -> Outcome:
    """Make it all, send, and return what came of it."""
    machine.CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=machine.CACHE) as name, serving(SAFE) as server:
        folder = Path(name)
        (folder / "config.toml").touch()
        url = server.tcp_url(server.create(ready=True))
        fill(url, job.readers)
        program = receiver.build(folder)
        delay = ("delay", job.delay) if job.delay else ()
        with receiver.receiver(program, folder, *delay) as taking:
            settings = {"SUBSCRIPTIONS__SECRET": SECRET, "DELIVERY__CHUNK": str(job.chunk)}
            crew = Crew(folder, taking, [url] * job.workers, job.sessions, settings)
            try:
                with _at_work(crew, job):
                    seconds = _send(url, job)
            finally:
                crew.close()
            record = taking.settled()
        return Outcome(
            job, seconds, crew.faults, job.readers - len(record.recipients), record.duplicates
        )


def fill(url: str, readers: int) -> None:
    """Put readers and a frozen month into an empty database."""
    engine = open_engine(url)
    add_readers(engine, readers)
    with writing(engine) as connection:
        topics = (frozenset({"feedback"}),) * 3
        mailing = mailings.create(connection, MONTH, HEADING.to_json(), topics, b"salt", START)
        mailings.add_editions(connection, mailing.id, [EDITION])
    engine.dispose()


def add_readers(engine: Engine, number: int) -> None:
    """Put readers into an empty database, and let it see how many there are."""
    with writing(engine) as connection:
        connection.execute(_READERS, {"readers": number, "joined": START})
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


def settings(url: str, **delivery: object) -> Settings:
    """Return settings for workers on a database."""
    return Settings.model_validate(
        {
            "database": {"url": url},
            "delivery": {"dispatcher": "procrastinate", **delivery},
            "subscriptions": {"secret": SECRET},
        }
    )


@contextmanager
def _at_work(crew: Crew, job: Job) -> Iterator[None]:
    """Have workers while the block runs, and kill one now and then."""
    over = threading.Event()

    def kill() -> None:
        chance = random.Random(job.readers)  # noqa: S311
        while job.kill_every and not over.wait(job.kill_every):
            crew.kill(chance.randrange(job.workers))
            crew.faults += 1

    for number in range(job.workers):
        crew.start_worker(number)
    killer = threading.Thread(target=kill)
    killer.start()
    try:
        yield
    finally:
        over.set()
        killer.join()


def _send(url: str, job: Job) -> float:
    """Hand the month out, wait until all have it, and return the seconds."""
    with application(settings(url, chunk=job.chunk)) as app:
        start = time.perf_counter()
        tally = send_until_settled(app.outfit, MONTH, app.settings.zone, by=app.dispatcher)
        assert tally.counts[DeliveryState.SENT] == job.readers, tally
        return time.perf_counter() - start


def main() -> int:
    """Do what is asked for; 1 where the promise was not kept."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.crew", description=__doc__)
    parser.add_argument("--readers", type=int, default=20_000)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--sessions", type=int, default=10, help="connections of each worker")
    parser.add_argument("--chunk", type=int, default=2000, help="readers in a chunk")
    parser.add_argument("--kill-every", type=float, default=0.0, help="seconds; 0: kill nobody")
    parser.add_argument("--delay", type=int, default=0, help="ms in which the receiver answers")
    given = vars(parser.parse_args())
    outcomes = []
    for workers in given.pop("workers"):
        outcomes.append(run(Job(workers=workers, **given)))
        print(outcomes[-1], flush=True)
    return 0 if all(one.is_kept for one in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
