"""A wire between a program and a server that can be cut, or go dead, and be mended."""

import socket
import threading
from contextlib import suppress


class Wire:
    """Passes octets on between its own port and another one, unless it is cut."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._cut = False
        self._over = False
        self._flows = threading.Event()
        self._flows.set()

    def __enter__(self) -> "Wire":
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.2)
        self.port = self._listener.getsockname()[1]
        self._start(self._accept)
        return self

    def __exit__(self, *_error: object) -> None:
        self._over = True
        self._flows.set()
        self.cut()
        for thread in list(self._threads):
            thread.join(10)
        self._listener.close()

    @property
    def ports(self) -> list[int]:
        """Where its connections stand, as the server sees them."""
        with self._lock:
            return [one.getsockname()[1] for one in self._open if one.fileno() >= 0]

    def cut(self) -> None:
        """Break off every connection, and let none come about."""
        with self._lock:
            self._cut = True
            for one in self._open:
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
            self._open.clear()

    def hang(self) -> None:
        """Pass nothing on any more, and let neither side hear of it."""
        self._flows.clear()

    def mend(self) -> None:
        """Let connections come about again, and what was held back arrive."""
        with self._lock:
            self._cut = False
        self._flows.set()

    def _start(self, what: object, *given: object) -> None:
        thread = threading.Thread(target=what, args=given)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._over:
            with suppress(TimeoutError):
                here, _ = self._listener.accept()
                self._join(here)

    def _join(self, here: socket.socket) -> None:
        with self._lock:
            if self._cut:
                here.close()
                return
            there = socket.create_connection(("127.0.0.1", self._target))
            self._open |= {here, there}
        here.settimeout(None)
        self._start(self._pass, here, there)
        self._start(self._pass, there, here)

    def _pass(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(1 << 16):
                self._flows.wait()
                target.sendall(data)
        with suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)
        source.close()
