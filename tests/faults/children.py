"""Starting processes of the newsletter, strace at their side, and waiting for their end."""

import json
import os
import select
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from signal import SIGKILL
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

    def __init__(self, number: int, nursery: "Nursery", folder: Path) -> None:
        self.number = number
        self._nursery = nursery
        self._folder = folder
        self._code: int | None = None

    def signal(self, number: int) -> None:
        """Send it a signal."""
        os.kill(self.number, number)

    def is_running(self) -> bool:
        """Tell whether it has not ended yet."""
        return self._code is None and not self._nursery.has_news()

    def finish(self) -> Ended:
        """Wait until it has ended."""
        if self._code is None:
            guard = Timer(PATIENCE, self.signal, (SIGKILL,))
            guard.start()
            try:
                self._code = self._nursery.hear("ended")
            finally:
                guard.cancel()
            self._nursery.end_trace()
        return Ended(self._code, *((self._folder / name).read_text() for name in ("out", "err")))


class Nursery:
    """See `tests.faults.nursery`. One child at a time; what a failed test left is ended first."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self._child: Child | None = None
        self._tracer: subprocess.Popen[bytes] | None = None

    def start(
        self,
        words: Sequence[str],
        environment: Mapping[str, str],
        folder: Path,
        strace: Strace | None = None,
    ) -> Child:
        """Start a command; what it prints and what strace writes down lands in `folder`."""
        self.clear()
        request: dict[str, object] = {"words": words, "environment": environment}
        request |= {"out": str(folder / "out"), "err": str(folder / "err")}
        request["traced"] = strace is not None
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        self._child = Child(self.hear("started"), self, folder)
        if strace is not None:
            self._tracer = subprocess.Popen(strace.command(folder / "strace", self._child.number))
        return self._child

    def clear(self) -> None:
        """See to it that no child is left."""
        child, self._child = self._child, None
        if child is not None and child.is_running():
            with suppress(ProcessLookupError):
                child.signal(SIGKILL)
        if child is not None:
            child.finish()

    def end_trace(self) -> None:
        """Wait until strace has written everything down; it ends with the process it follows."""
        if self._tracer is not None:
            self._tracer.wait(PATIENCE)
        self._tracer = None

    def has_news(self) -> bool:
        """Tell whether there is something to hear."""
        assert self._process.stdout is not None
        return bool(select.select([self._process.stdout], [], [], 0)[0])

    def hear(self, what: str) -> int:
        """Wait for the next word from the nursery, which must be this one; return its number."""
        assert self._process.stdout is not None
        word, number = self._process.stdout.readline().split()
        assert word == what
        return int(number)


@contextmanager
def open_nursery() -> Iterator[Nursery]:
    """Have a nursery while the block runs."""
    command = [sys.executable, "-m", "tests.faults.nursery"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        nursery = Nursery(process)
        yield nursery
        nursery.clear()
        process.communicate()
