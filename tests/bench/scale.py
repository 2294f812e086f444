"""What each step costs as the list of readers grows, on PostgreSQL: `python -m tests.bench.scale`.

Of very long lists a part is claimed and recorded, beside all the others; what is said is the time
for one delivery. A real month of three summaries is frozen and written into the archive.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from sqlalchemy import text

from newsletter import config, publishing
from newsletter.bootstrap import App, application
from newsletter.cli.site import scaffold
from newsletter.model import DeliveryState, Mailing, Month
from newsletter.sending import plan
from newsletter.store import chunks, claims, ledger, mailings
from newsletter.store.claims import Claim
from newsletter.store.engine import reading, writing_beside, writing_later
from newsletter.store.ledger import Outcome, Span
from newsletter.web.archive import building
from tests.bench import machine
from tests.bench.crew import SAFE, add_readers
from tests.support.postgresql import serving

T = TypeVar("T")

MONTH = Month(2021, 1)
PART = 100_000
"""So many deliveries are claimed and recorded, at most."""
GROUP = 10
"""As many at a time as a worker has connections."""
HEADINGS = (
    *("Readers", "Freeze, s", "Claim, µs each", "Record, µs each"),
    *("Look at all, s", "Archive, s", "Database, MB"),
)


@dataclass(frozen=True, slots=True)
class Growth:
    """What the steps took, in seconds; claims and records for one delivery."""

    readers: int
    freeze: float
    claim: float
    record: float
    look: float
    archive: float
    megabytes: float

    @property
    def row(self) -> Sequence[str]:
        """Return the row of a table."""
        return (
            *(f"{self.readers:,}", f"{self.freeze:.1f}"),
            *(f"{self.claim * 1e6:.0f}", f"{self.record * 1e6:.0f}"),
            *(f"{self.look:.2f}", f"{self.archive:.2f}", f"{self.megabytes:,.0f}"),
        )


def measure(readers: int) -> Growth:
    """Do each step once with so many readers."""
    machine.CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=machine.CACHE) as name, serving(SAFE) as server:
        site = Path(name) / "site"
        scaffold(site, (str(MONTH),))
        with (site / "config.toml").open("a") as file:
            file.write(f'\n[database]\nurl = "{server.url(server.create(ready=True))}"\n')
        with application(config.load(site / "config.toml")) as app:
            add_readers(app.engine, readers)
            publishing.freeze(app.settings, app.engine, app.renderer, MONTH, app.clock.now())
            freeze, mailing = _timed(lambda: _freeze(app))
            claim, record = _claim_and_record(app, mailing, min(readers, PART))
            look, _ = _timed(lambda: _look(app, mailing))
            archive, _ = _timed(lambda: building.files(app))
            return Growth(readers, freeze, claim, record, look, archive, _size(app))


def _timed(do: Callable[[], T]) -> tuple[float, T]:
    start = time.perf_counter()
    result = do()
    return time.perf_counter() - start, result


def _freeze(app: App) -> Mailing:
    """Freeze the audience and cut it into chunks, in one transaction."""
    now = app.clock.now()
    with writing_beside(app.engine) as connection:
        mailing = plan.begin(connection, MONTH, now, alone=False)
        chunks.cut(connection, mailing.id, app.settings.delivery.chunk, now)
    return mailing


def _claim_and_record(app: App, mailing: Mailing, number: int) -> tuple[float, float]:
    """Claim and record in transactions as a worker's are; return the seconds for one delivery."""
    spent, done, after = [0.0, 0.0], 0, 0
    with writing_later(app.engine) as connection:
        while done < number:
            now, start = app.clock.now(), time.perf_counter()
            with connection.begin():
                found = claims.claim_queued(connection, mailing.id, after, GROUP, now, span=Span())
            claimed = time.perf_counter()
            with connection.begin():
                ledger.record(connection, [_accepted(one) for one in found.ours])
            spent[0] += claimed - start
            spent[1] += time.perf_counter() - claimed
            done, after = done + len(found.ours), found.last
    return spent[0] / done, spent[1] / done


def _accepted(claim: Claim) -> Outcome:
    words = (250, "2.0.0", "2.0.0 Ok: queued")
    return Outcome(claim.id, DeliveryState.SENT, *words, sent_at=claim.first_tried_at)


def _look(app: App, mailing: Mailing) -> None:
    """Count how the mailing stands, as `newsletter status` does."""
    with reading(app.engine) as connection:
        mailings.counts(connection, mailing.id)


def _size(app: App) -> float:
    with reading(app.engine) as connection:
        octets = connection.execute(text("SELECT pg_database_size(current_database())")).scalar()
    return float(octets or 0) / 1e6


def main() -> None:
    """Measure each size that is asked for, and print a table's rows."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.scale", description=__doc__)
    sizes = [10_000, 100_000, 1_000_000]
    parser.add_argument("--readers", type=int, nargs="+", default=sizes)
    print(f"| {' | '.join(HEADINGS)} |", f"|{' ---: |' * len(HEADINGS)}", sep="\n", flush=True)
    for readers in parser.parse_args().readers:
        print(f"| {' | '.join(measure(readers).row)} |", flush=True)


if __name__ == "__main__":
    main()
