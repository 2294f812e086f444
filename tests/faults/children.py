"""Starting processes of the newsletter, strace at their side, and waiting for their end."""

import json
import os
import select
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from typing import NamedTuple

PATIENCE = 120.0
"""Seconds after which a process that doesn't end is killed; the test fails by its exit code."""


class Ended(NamedTuple):
    """How a command ended: its exit code (-9: killed), and what it printed."""

    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Strace:
    """What strace is to do to a process, as its own options."""

    options: Sequence[str]

    def command(self, log: Path, process: int) -> Sequence[str]:
        """Return the command that follows a process, its threads too."""
        return ["strace", "-f", "-qq", "-o", str(log), *self.options, "-p", str(process)]


def tampering(calls: str, action: str, when: str, path: Path | None = None) -> Strace:
    """Do `action` at the `when`th of each of these system calls (parted by commas).

    Calls are counted each for itself, in each thread; `when` is strace's expression (`3`, `3+`).
    `path` narrows it to calls that touch that file.
    """
    where = ["-P", str(path)] if path else []
    # Only calls that are traced can be tampered with.
    return Strace([*where, "-e", f"trace={calls}", "-e", f"inject={calls}:{action}:when={when}"])


def kill(call: str, when: int) -> Strace:
    """Kill -9 at the start of the nth call."""
    return tampering(call, "signal=SIGKILL", str(when))


class Child:
    """A process of the newsletter, forked from the nursery."""

    def __init__(
        self,
        nursery: "subprocess.Popen[str]",
        number: int,
        folder: Path,
        tracer: "subprocess.Popen[bytes] | None",
    ) -> None:
        self.number = number
        self._nursery = nursery
        self._folder = folder
        self._tracer = tracer

    def signal(self, number: int) -> None:
        """Send it a signal."""
        os.kill(self.number, number)

    def is_running(self) -> bool:
        """Tell whether it has not ended yet."""
        assert self._nursery.stdout is not None
        return not select.select([self._nursery.stdout], [], [], 0)[0]

    def finish(self) -> Ended:
        """Wait until it has ended."""
        assert self._nursery.stdout is not None
        guard = Timer(PATIENCE, os.kill, (self.number, 9))
        guard.start()
        code = int(self._nursery.stdout.readline())
        guard.cancel()
        if self._tracer is not None:
            self._tracer.wait(PATIENCE)
        return Ended(code, *((self._folder / name).read_text() for name in ("out", "err")))


class Nursery:
    """See `tests.faults.nursery`."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def start(
        self,
        words: Sequence[str],
        environment: Mapping[str, str],
        folder: Path,
        strace: Strace | None = None,
    ) -> Child:
        """Start a command; what it prints and what strace writes down lands in `folder`."""
        request: dict[str, object] = {"words": words, "environment": environment}
        request |= {"out": str(folder / "out"), "err": str(folder / "err")}
        request["traced"] = strace is not None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        number = int(self._process.stdout.readline())
        tracer = subprocess.Popen(strace.command(folder / "strace", number)) if strace else None
        return Child(self._process, number, folder, tracer)


@contextmanager
def open_nursery() -> Iterator[Nursery]:
    """Have a nursery while the block runs."""
    command = [sys.executable, "-m", "tests.faults.nursery"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        yield Nursery(process)
        process.communicate()
