"""The scriptable server of `session` on a real socket, in threads."""

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Sequence

from tests.support.session import Log, Script, Session, plain

_RESET = struct.pack("ii", 1, 0)


class Relay:
    """Listens on loopback while the `with` block runs.

    `octets` is how many octets a packet has, where that matters; with `reset` hanging up is a RST.
    `plain_text` is written behind the answer to STARTTLS, in the same packet, in plain text.
    """

    def __init__(
        self,
        script: Script = plain,
        *,
        offers: Sequence[str] = ("PIPELINING",),
        tls_offers: Sequence[str] | None = None,
        starttls: ssl.SSLContext | None = None,
        tls: ssl.SSLContext | None = None,
        octets: int = 1 << 20,
        reset: bool = False,
        plain_text: bytes = b"",
        host: str = "127.0.0.1",
    ) -> None:
        self.log = Log()
        self.host = host
        self.sessions: list[Session] = []
        self._script = script
        self._offers = offers
        self._tls_offers = offers if tls_offers is None else tls_offers
        self._starttls, self._tls = starttls, tls
        self._octets = octets
        self._reset = reset
        self._plain_text = plain_text
        self._heard: dict[str, int] = {}
        self._threads: list[threading.Thread] = []
        self._open: set[socket.socket] = set()

    def __enter__(self) -> "Relay":
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        self._listener = socket.create_server((self.host, 0), family=family)
        self.port = self._listener.getsockname()[1]
        self._start(self._accept)
        return self

    def __exit__(self, *_error: object) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for sock in list(self._open):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)

    def settle(self) -> None:
        """Wait until every client's last octet was read."""
        for thread in self._threads[1:]:
            thread.join(10)

    def _start(self, target: object, *args: object) -> None:
        thread = threading.Thread(target=target, args=args)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self._start(self._serve, sock)

    def _serve(self, sock: socket.socket) -> None:
        sock.settimeout(20)
        with contextlib.suppress(OSError):
            if self._tls is not None:
                sock = self._tls.wrap_socket(sock, server_side=True)
            sock = self._talk(sock, self._offers)
        if self._reset:
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        sock.close()

    def _talk(self, sock: socket.socket, offers: Sequence[str]) -> socket.socket:
        session = self._session(offers)
        self._open.add(sock)
        try:
            self._write(sock, session.greeting())
            while not session.closed and (data := sock.recv(1 << 16)):
                answers = session.feed(data)
                if session.upgrade:
                    answers += self._plain_text
                self._write(sock, answers)
                if session.upgrade:
                    self._open.discard(sock)
                    sock = self._upgraded(sock)
                    self._open.add(sock)
                    session = self._session(self._tls_offers)
        finally:
            self._open.discard(sock)
        return sock

    def _session(self, offers: Sequence[str]) -> Session:
        session = Session(self.log, self._script, offers, self._heard)
        self.sessions.append(session)
        return session

    def _upgraded(self, sock: socket.socket) -> socket.socket:
        assert self._starttls is not None
        return self._starttls.wrap_socket(sock, server_side=True)

    def _write(self, sock: socket.socket, data: bytes) -> None:
        for start in range(0, len(data), self._octets):
            sock.sendall(data[start : start + self._octets])
