"""A Chromium without a window, spoken to through two pipes: the DevTools protocol.

https://chromedevtools.github.io/devtools-protocol/; messages are JSON, each ends with a NUL.
"""

import fcntl
import json
import os
import select
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

from newsletter.errors import OutsideError

PROGRAMS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
"""What the browser may be called, the first that is there."""

PATIENCE = 60.0
"""Seconds for one answer; a machine under load starts a browser slowly."""

_FLAGS = (
    *("--headless", "--remote-debugging-pipe", "--no-first-run", "--disable-gpu"),
    *("--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update"),
    *("--disable-sync", "--disable-extensions", "--disable-quic", "--mute-audio"),
    # The same pixels on every machine that has the same fonts.
    *("--disable-lcd-text", "--font-render-hinting=none", "--force-color-profile=srgb"),
)
_HINT = "see that `chromium --headless --dump-dom about:blank` works by itself"


class Browser:
    """A browser that answers commands. Raises OutsideError where it fails or falls silent."""

    def __init__(self, commands: int, answers: int) -> None:
        self._commands = commands
        self._answers = answers
        self._count = 0
        self._rest = b""

    def ask(self, method: str, session: str = "", **parameters: Any) -> dict[str, Any]:
        """Give a command and return its result; what else is told meanwhile is passed over."""
        self._count += 1
        command = {"id": self._count, "method": method, "params": parameters}
        self._say(command | ({"sessionId": session} if session else {}))
        answer: dict[str, Any] = {}
        while answer.get("id") != self._count:
            answer = json.loads(self._hear())
        if "error" in answer:
            words = f"Chromium refuses {method}: {answer['error'].get('message')}"
            raise OutsideError(words, hint=_HINT)
        result: dict[str, Any] = answer["result"]
        return result

    def _say(self, command: dict[str, Any]) -> None:
        rest = json.dumps(command).encode() + b"\0"
        try:
            while rest:
                rest = rest[os.write(self._commands, rest) :]
        except BrokenPipeError:
            raise _ended() from None

    def _hear(self) -> bytes:
        """Return the next whole message."""
        end = time.monotonic() + PATIENCE
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._answers], [], [], max(0.0, end - time.monotonic()))
            if not ready:
                raise OutsideError(f"Chromium says nothing for {PATIENCE:.0f} seconds", hint=_HINT)
            chunk = os.read(self._answers, 1 << 20)
            if not chunk:
                raise _ended()
            self._rest += chunk
        message, _, self._rest = self._rest.partition(b"\0")
        return message


def _ended() -> OutsideError:
    return OutsideError("Chromium ended by itself", hint=_HINT)


def find() -> str:
    """Return the browser's program. Raises OutsideError where none is installed."""
    for name in PROGRAMS:
        if program := shutil.which(name):
            return program
    raise OutsideError(
        "pictures need Chromium, and there is none",
        hint="install it (Debian: apt-get install chromium), or leave --png out",
    )


@contextmanager
def opened() -> Iterator[Browser]:
    """Start a browser that knows nobody, and end it. Raises OutsideError as `find` does."""
    program = find()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile, ExitStack() as ends:
        theirs_in, ours_out = (_moved(end) for end in os.pipe())
        ours_in, theirs_out = (_moved(end) for end in os.pipe())
        ends.callback(os.close, ours_in)
        ends.callback(os.close, ours_out)
        process = _start(program, profile, theirs_in, theirs_out)
        try:
            yield Browser(ours_out, ours_in)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process, signal.SIGKILL)
            os.waitpid(process, 0)


def _start(program: str, profile: str, commands: int, answers: int) -> int:
    """Start the program, reading at 3 and writing at 4, in a group of its own; return its id."""
    alone = ["--no-sandbox"] if os.geteuid() == 0 else []  # its sandbox refuses the root user
    words = [program, *_FLAGS, *alone, f"--user-data-dir={profile}", "about:blank"]
    try:
        return os.posix_spawn(
            program,
            words,
            os.environ,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
                (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
                (os.POSIX_SPAWN_DUP2, commands, 3),
                (os.POSIX_SPAWN_DUP2, answers, 4),
            ],
            setpgroup=0,
        )
    finally:
        os.close(commands)
        os.close(answers)


def _moved(end: int) -> int:
    """Return an end of a pipe out of the browser's way: its own numbers are 3 and 4."""
    moved = fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10)
    os.close(end)
    return moved
