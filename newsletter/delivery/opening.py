"""Sessions are opened in the background, so that a slow greeting holds up nobody else."""

import socket
import threading
from collections import deque
from dataclasses import dataclass

from newsletter.delivery.connect import Connect, Connection
from newsletter.errors import BackendError

FIRST_WAITS = (0.5, 1.0)
"""Seconds between tries while no session ever stood: most likely a setting is wrong."""
LATER_WAITS = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""Seconds between tries once one did: most likely the relay restarts."""


@dataclass(slots=True)
class Patience:
    """How long to wait before the next try, and whether to go on trying.

    A session counts as a failure too if it ended before it settled a single message.
    """

    proven: bool = False
    failures: int = 0
    next_try: float = 0.0

    def failed(self, now: float) -> None:
        """Note a failure at `now` (seconds, monotonic); several at once are one."""
        if now < self.next_try:
            return
        waits = self._waits
        self.next_try = now + waits[min(self.failures, len(waits) - 1)]
        self.failures += 1

    def worked(self) -> None:
        """Note that a session settled a message."""
        self.proven = True
        self.failures = 0
        self.next_try = 0.0

    @property
    def exhausted(self) -> bool:
        """Whether it has been tried often enough."""
        return self.failures > len(self._waits)

    @property
    def _waits(self) -> tuple[float, ...]:
        return LATER_WAITS if self.proven else FIRST_WAITS


class Opener:
    """Opens sessions in threads of their own; `fileno` is readable when one has come about."""

    def __init__(self, connect: Connect) -> None:
        self.opening = 0
        self._connect = connect
        self._results: deque[Connection | BackendError] = deque()
        self._lock = threading.Lock()
        self._closed = False
        self._bell, self._rope = socket.socketpair()
        self._bell.setblocking(False)
        self.fileno = self._bell.fileno

    def start(self) -> None:
        """Begin to open one more session."""
        self.opening += 1
        threading.Thread(target=self._open, name="smtp-connect", daemon=True).start()

    def _open(self) -> None:
        try:
            result: Connection | BackendError = self._connect()
        except BackendError as error:
            result = error
        except Exception as error:  # a thread's error must reach its owner
            result = BackendError(f"the relay can't be reached: {error!r}")
        with self._lock:
            if not self._closed:
                self._results.append(result)
                self._rope.send(b"\a")
                return
        if isinstance(result, Connection):
            result.wire.close()

    def arrived(self) -> list[Connection | BackendError]:
        """Return what has come about since the last call."""
        with self._lock:
            results = list(self._results)
            self._results.clear()
            if results:
                self._bell.recv(len(results))
        self.opening -= len(results)
        return results

    def close(self) -> None:
        """Let go of sessions nobody took; those still being opened close themselves."""
        with self._lock:
            self._closed = True
            for result in self._results:
                if isinstance(result, Connection):
                    result.wire.close()
            self._results.clear()
            self._bell.close()
            self._rope.close()
