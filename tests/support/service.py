"""`newsletter run` as a process of its own, and its log."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from socket import create_server
from typing import Any

from tests.support.waiting import until

PATIENCE = 240.0
"""Seconds; a process needs a few to start, and a busy machine many times as many."""


def free_port() -> int:
    """Return a port on loopback that was free a moment ago."""
    with create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


PROGRAM = (sys.executable, "-m", "newsletter")


class Running:
    """A running service; its log lines are read as they come."""

    def __init__(
        self,
        folder: Path,
        environment: Mapping[str, str],
        program: Sequence[str] = PROGRAM,
        options: Sequence[str] = (),
    ) -> None:
        self.folder = folder
        self.program = program
        self.port = free_port()
        inherited = {name: text for name, text in os.environ.items() if "NEWSLETTER_" not in name}
        self.environment = {
            **inherited,
            "NEWSLETTER_WEB__PORT": str(self.port),
            **environment,
        }
        self.log: list[dict[str, Any]] = []
        self.process = self.command("run", *options, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def command(self, *words: str, **streams: Any) -> "subprocess.Popen[str]":
        """Start a command on the same site, with the same settings."""
        config = str(self.folder / "config.toml")
        command = [*self.program, "--config", config, *words]
        return subprocess.Popen(command, env=self.environment, text=True, **streams)

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.log.append(json.loads(line))

    def events(self, name: str) -> list[dict[str, Any]]:
        """Return the log's lines of one kind, so far."""
        return [line for line in list(self.log) if line["event"] == name]

    def wait_for(self, name: str, number: int = 1) -> dict[str, Any]:
        """Wait until the log has so many lines of a kind; return the last."""

        def there() -> bool:
            return len(self.events(name)) >= number or self.process.poll() is not None

        until(there, f"the log says “{name}”", PATIENCE)
        found = self.events(name)
        assert len(found) >= number, f"it ended instead: {self.log}"
        return found[-1]

    def wait_for_state(self, state: str) -> None:
        """Wait until the log says that a mailing has come to a state."""

        def there() -> bool:
            assert not self.events("job failed in a way nobody foresaw"), self.log
            return any(line["state"] == state for line in self.events("mailing"))

        until(there, f"the mailing is {state}", PATIENCE)

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self.process.send_signal(number)

    def finish(self) -> tuple[int, str]:
        """Wait for its end; return the exit code and what stands on stderr."""
        code = self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        assert self.process.stderr is not None
        return code, self.process.stderr.read()

    def close(self) -> None:
        """Make sure that it is gone."""
        if self.process.poll() is None:
            self.process.kill()
        self.finish()
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()


@contextmanager
def running(
    folder: Path,
    environment: Mapping[str, str] = {},
    program: Sequence[str] = PROGRAM,
    options: Sequence[str] = (),
) -> Iterator[Running]:
    """Run the service while the block runs."""
    service = Running(folder, environment, program, options)
    try:
        yield service
    finally:
        service.close()


def to_relay(port: int, **more: str) -> dict[str, str]:
    """Return the environment in which mail goes to a relay on loopback."""
    own = {"BACKEND": "smtp", "SMTP__PORT": str(port), "SMTP__SECURITY": "none", **more}
    return {f"NEWSLETTER_DELIVERY__{name}": text for name, text in own.items()}
