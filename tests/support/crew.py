"""Workers as processes on one site, who come and go, and what a receiver says of them."""

import os
import signal
import subprocess
import sys
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.receiver import Receiver

PATIENCE = 240.0
"""Seconds in which whoever is told to end has to end."""


@dataclass
class Crew:
    """A site on a server, a receiver, and workers; each has its own way to the database."""

    folder: Path
    receiver: Receiver
    urls: Sequence[str]
    connections: int
    settings: Mapping[str, str]
    """More settings, by the names of their environment variables without `NEWSLETTER_`."""
    workers: dict[int, "subprocess.Popen[bytes]"] = field(default_factory=dict)
    faults: int = 0
    """How often somebody was killed or cut off: what they had in flight is in doubt."""

    def command(self, url: str, *words: str) -> "subprocess.Popen[bytes]":
        """Start a command of the newsletter, with its own way to the database."""
        inherited = {name: text for name, text in os.environ.items() if "NEWSLETTER_" not in name}
        ours = {
            "DATABASE__URL": url,
            "DELIVERY__DISPATCHER": "procrastinate",
            "DELIVERY__BACKEND": "smtp",
            "DELIVERY__SMTP__PORT": str(self.receiver.port),
            "DELIVERY__SMTP__SECURITY": "none",
            "DELIVERY__SMTP__LOCAL_HOSTNAME": "sender.test",
            "DELIVERY__CONNECTIONS": str(self.connections),
            **self.settings,
        }
        environment = inherited | {f"NEWSLETTER_{name}": text for name, text in ours.items()}
        config = str(self.folder / "config.toml")
        command = [sys.executable, "-m", "newsletter", "--config", config, *words]
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(command, env=environment, stdout=log, stderr=log)

    def start_worker(self, number: int) -> None:
        """Start a worker."""
        self.workers[number] = self.command(self.urls[number], "worker")

    def kill(self, number: int) -> None:
        """Kill a worker, and put another in its place."""
        self.workers[number].send_signal(signal.SIGKILL)
        self.workers[number].wait(PATIENCE)
        self.start_worker(number)

    def assert_promise(self, readers: Collection[str]) -> None:
        """Everybody has it; duplicates are as few as promised, and the same to the octet."""
        record = self.receiver.settled()
        assert set(record.recipients) == set(readers)
        assert record.duplicates <= self.connections * self.faults
        prints = {(one.recipient, one.message_id, one.print) for one in record.taken}
        assert len(prints) == len(readers)

    def close(self) -> None:
        """Make sure that all of them are gone."""
        for one in self.workers.values():
            if one.poll() is None:
                with suppress(ProcessLookupError):
                    one.kill()
            one.wait(PATIENCE)
