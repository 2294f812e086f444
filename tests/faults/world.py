"""A site with readers, a receiver with a memory, and `newsletter send` as a process of its own."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from newsletter.cli.site import scaffold
from tests.faults.children import Child, Ended, Nursery, Strace
from tests.support.receiver import Receiver, Record

MONTH = "2021-02"
"""One summary: it has only two editions, so a fresh start writes little."""
CONNECTIONS = 3


class Row(NamedTuple):
    """What the ledger says of a reader."""

    state: str
    attempts: int
    code: int | None
    reply: str


@dataclass
class World:
    """One site and the receiver its mail goes to. `settings` are those of `[delivery]`."""

    folder: Path
    readers: Sequence[str]
    receiver: Receiver
    nursery: Nursery
    settings: Mapping[str, str] = field(default_factory=dict)
    kills: int = 0
    unrecorded: int = 0
    """Messages the receiver took that no ledger had called sent when their sender was killed."""

    @property
    def database(self) -> Path:
        """The database's file."""
        return self.folder / "var/newsletter.db"

    def environment(self) -> dict[str, str]:
        """Return what the commands find around them."""
        inherited = {name: text for name, text in os.environ.items() if "NEWSLETTER_" not in name}
        ours = {
            "BACKEND": "smtp",
            "SMTP__PORT": str(self.receiver.port),
            "SMTP__SECURITY": "none",
            "SMTP__LOCAL_HOSTNAME": "sender.test",
            "CONNECTIONS": str(CONNECTIONS),
            **self.settings,
        }
        return inherited | {f"NEWSLETTER_DELIVERY__{name}": text for name, text in ours.items()}

    def start(self, *words: str, strace: Strace | None = None) -> Child:
        """Start a command of the newsletter."""
        given = ["--config", str(self.folder / "config.toml"), *words]
        return self.nursery.start(given, self.environment(), self.folder, strace)

    def start_sending(self, strace: Strace | None = None) -> Child:
        """Start to send the month, or to go on with it."""
        return self.start("send", MONTH, "--yes", "--json", strace=strace)

    def finish(self, child: Child) -> Ended:
        """Wait until a command ends, and count it if it was killed."""
        ended = child.finish()
        self.kills += ended.code == -signal.SIGKILL
        return ended

    def send(self, strace: Strace | None = None) -> Ended:
        """Send until the process ends, or until strace ends it."""
        return self.finish(self.start_sending(strace))

    def send_to(self, port: int, **settings: object) -> Ended:
        """Send to another server than the world's own, this once, with other settings."""
        ours = self.settings
        given = {"SMTP__PORT": port, **settings}
        self.settings = {**ours, **{name: str(value) for name, value in given.items()}}
        ended = self.send()
        self.settings = ours
        return ended

    def query(self, sql: str) -> Sequence[tuple[Any, ...]]:
        """Ask the database. Only while nobody sends.

        A copy is asked, so that whoever sends next meets the files as they were left.
        """
        copy = self.folder / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        copy.mkdir()
        for suffix in ("", "-wal"):
            source = self.database.with_name(self.database.name + suffix)
            if source.exists():
                shutil.copy(source, copy)
        with closing(sqlite3.connect(copy / self.database.name)) as connection:
            return connection.execute(sql).fetchall()

    def ledger(self) -> Mapping[str, Row]:
        """Return the ledger by address."""
        rows = self.query("SELECT email, state, attempts, code, reply FROM delivery")
        return {email: Row(*rest) for email, *rest in rows}

    def suppressed(self) -> Sequence[str]:
        """Return the readers whose addresses are suppressed, in order."""
        joined = "subscriber JOIN suppression USING (address_hash)"
        return [row[0] for row in self.query(f"SELECT email FROM {joined} ORDER BY email")]  # noqa: S608

    def mailing(self) -> str:
        """Return the mailing's state."""
        ((state,),) = self.query("SELECT state FROM mailing")
        return str(state)

    def states(self) -> Mapping[str, int]:
        """Return how many readers stand in each state that occurs."""
        return Counter(row.state for row in self.ledger().values())


def make_site(folder: Path, readers: int, url: str = "") -> list[str]:
    """Lay out a site with so many readers; return their addresses.

    Its database is at `url`, or in its own file.
    """
    scaffold(folder, (MONTH,))
    if url:
        with (folder / "config.toml").open("a") as file:
            file.write(f'\n[database]\nurl = "{url}"\n')
    addresses = [f"reader{number:05}@example.org" for number in range(readers)]
    lines = [f"{address},Reader {number}" for number, address in enumerate(addresses)]
    path = folder / "readers.csv"
    path.write_text("\n".join(["email,name", *lines]) + "\n")
    command = [sys.executable, "-m", "newsletter", "--config", str(folder / "config.toml")]
    command += ["subscribers", "import", str(path)]
    subprocess.run(command, check=True, capture_output=True)
    return addresses


def assert_bounded(world: World) -> None:
    """The sender just killed left no more than a message a connection that only the receiver knows.

    And nothing is called sent that the receiver didn't take.
    """
    record, ledger = world.receiver.settled(), world.ledger()
    sent = {email for email, row in ledger.items() if row.state == "sent"}
    assert sent <= set(record.recipients)
    before, world.unrecorded = world.unrecorded, len(record.taken) - len(sent)
    assert world.unrecorded - before <= CONNECTIONS


def assert_complete(world: World) -> Record:
    """Every reader has it; duplicates are as few as promised, and the same to the octet."""
    record, readers = world.receiver.settled(), world.readers
    assert set(record.recipients) == set(readers)
    assert world.states() == {"sent": len(readers)}
    assert record.duplicates <= CONNECTIONS * world.kills
    assert len({(one.recipient, one.message_id, one.print) for one in record.taken}) == len(readers)
    assert len({one.message_id for one in record.taken}) == len(readers)
    return record
