"""Our own side, in a process of its own: `python -m tests.bench.ours` with a JSON of `Job`.

It makes a site with so many readers and one frozen month, then takes the time of
`newsletter.sending.send`, the function that `newsletter send` calls. The last line is a JSON
document with the fields of `Sample`.
"""

import json
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from sqlalchemy import Engine, insert

from newsletter.bootstrap import App, application
from newsletter.clock import SystemClock
from newsletter.config import Settings
from newsletter.message.dkim_keys import generate, pem
from newsletter.model import DeliveryState, Month
from newsletter.sending import plan, send
from newsletter.store import claims, ledger, mailings, migrate
from newsletter.store.claims import Claim
from newsletter.store.engine import open_engine, writing, writing_later
from newsletter.store.ledger import Outcome
from subscribers.tables import subscriber
from tests.bench.fill import EDITION, HEADING
from tests.bench.machine import CACHE
from tests.bench.sample import Sample

MONTH = Month.parse(HEADING.month)
_AT_ONCE = 50_000


@dataclass(frozen=True, slots=True)
class Job:
    """What to do: readers, the receiver's port (0: the backend `memory`), sessions, signed or not.

    With `ledger` nothing is sent: deliveries are claimed and recorded in groups of `sessions`.
    """

    readers: int
    port: int = 0
    sessions: int = 4
    dkim: bool = False
    ledger: bool = False


def main(job: Job) -> Sample:
    """Prepare a site, send, and return what that took."""
    CACHE.mkdir(parents=True, exist_ok=True)  # on a disk, unlike /tmp on many machines
    with tempfile.TemporaryDirectory(dir=CACHE) as name:
        folder = Path(name)
        settings = _settings(folder, job)
        engine = open_engine(settings.database.url)
        migrate.upgrade(engine)
        _fill(engine, job.readers)
        engine.dispose()
        with application(settings) as app:
            seconds, cpu = _timed(app, job)
            size = sum(path.stat().st_size for path in folder.glob("newsletter.db*")) / 1e6
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Sample(job.readers, seconds, cpu, rss, size)


def _timed(app: App, job: Job) -> tuple[float, float]:
    outfit, zone = app.outfit, app.settings.zone
    cpu, start = time.process_time(), time.perf_counter()
    sent = _ledger_alone(app, job) if job.ledger else send(outfit, MONTH, zone).numbers()["sent"]
    seconds, spent = time.perf_counter() - start, time.process_time() - cpu
    assert sent == job.readers, sent
    return seconds, spent


def _ledger_alone(app: App, job: Job) -> int:
    """Do what the sender does with the database, and nothing else; return how many were sent."""
    sent, last, receipts = 0, 0, list[Outcome]()
    with writing(app.engine) as connection:
        mailing = plan.begin(connection, MONTH, app.clock.now())
    with writing_later(app.engine) as connection:
        while True:
            now = app.clock.now()
            with connection.begin():
                ledger.record(connection, receipts)
                found = claims.claim_queued(connection, mailing.id, last, job.sessions, now)
            sent += len(receipts)
            if not found.ours:
                return sent
            last = found.last
            receipts = [_accepted(one, now) for one in found.ours]


def _accepted(claim: Claim, now: datetime) -> Outcome:
    return Outcome(claim.id, DeliveryState.SENT, 250, "2.0.0", "2.0.0 Ok: queued", sent_at=now)


def _settings(folder: Path, job: Job) -> Settings:
    smtp = {"port": job.port or 25, "security": "none", "local_hostname": "client.test"}
    delivery: dict[str, object] = {
        "backend": "smtp" if job.port else "memory",
        "connections": job.sessions,
        "smtp": {**smtp, "messages_per_connection": 0},
    }
    if job.dkim:
        key = folder / "dkim.pem"
        key.touch(0o600)
        key.write_bytes(pem(generate("rsa")))
        delivery["dkim"] = {"domain": HEADING.domain, "selector": "bench", "key_file": key}
    return Settings.model_validate(
        {
            "site": folder,
            "database": {"url": f"sqlite:///{folder / 'newsletter.db'}"},
            "delivery": delivery,
            "subscriptions": {"secret": "a-secret-for-measurements-only"},
        }
    )


def _fill(engine: Engine, readers: int) -> None:
    now = SystemClock().now()
    with writing(engine) as connection:
        for start in range(0, readers, _AT_ONCE):
            rows = list(_rows(range(start, min(start + _AT_ONCE, readers))))
            connection.execute(insert(subscriber), rows)
        topics = (frozenset({"feedback"}),) * 3
        mailing = mailings.create(connection, MONTH, HEADING.to_json(), topics, b"salt", now)
        mailings.add_editions(connection, mailing.id, [EDITION])


def _rows(numbers: range) -> Iterator[dict[str, object]]:
    joined = datetime(2021, 1, 12, 9, tzinfo=UTC)
    for number in numbers:
        email = f"reader{number}@example.net"
        yield {
            "email": email,
            "address_key": email,
            "address_hash": sha256(email.encode()).hexdigest(),
            "name": f"Reader {number % 500}",
            "state": "active",
            "mode": "highlights",
            "created_at": joined,
            "confirmed_at": joined,
        }


if __name__ == "__main__":
    print(json.dumps(asdict(main(Job(**json.loads(sys.argv[1]))))))
