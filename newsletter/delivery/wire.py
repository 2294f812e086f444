"""A connected socket that never waits, and the bytes that are on their way into it."""

import socket
import ssl
from collections.abc import Sequence
from typing import Protocol

_SEGMENTS = 512
"""Buffers a call; the system's limit (IOV_MAX) is 1,024."""
_CHUNK = 65536


class Wire(Protocol):
    """A socket that takes and gives what it can at once. Every method may raise OSError."""

    def fileno(self) -> int:
        """Return the socket's number, for a selector."""
        ...

    def send(self, segments: Sequence[bytes | memoryview]) -> int:
        """Hand octets to the kernel; return how many it took, perhaps none."""
        ...

    def receive(self) -> bytes | None:
        """Return what has arrived, `b""` at the end of the stream, None for nothing yet."""
        ...

    def close(self) -> None:
        """Close the socket; never raises."""
        ...


class PlainWire:
    """A socket without TLS."""

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        self._sock = sock
        self.fileno = sock.fileno
        self.close = sock.close

    def send(self, segments: Sequence[bytes | memoryview]) -> int:
        """Hand over as much as the kernel takes, without joining the segments."""
        try:
            return self._sock.sendmsg(
                segments if len(segments) <= _SEGMENTS else segments[:_SEGMENTS]
            )
        except BlockingIOError:
            return 0

    def receive(self) -> bytes | None:
        """Return what has arrived."""
        try:
            return self._sock.recv(_CHUNK)
        except BlockingIOError:
            return None


class TlsWire:
    """A socket under TLS, its handshake done. TLS keeps octets of its own that no selector sees."""

    def __init__(self, sock: ssl.SSLSocket) -> None:
        sock.setblocking(False)
        self._sock = sock
        self.fileno = sock.fileno
        self.close = sock.close

    def send(self, segments: Sequence[bytes | memoryview]) -> int:
        """Hand over as much as TLS takes. An octet counts once its whole record is on its way."""
        data = memoryview(b"".join(segments))
        sent = 0
        try:
            while sent < len(data):
                sent += self._sock.send(data[sent:])
        except (ssl.SSLWantWriteError, ssl.SSLWantReadError):
            pass
        return sent

    def receive(self) -> bytes | None:
        """Return what has arrived, and leave nothing behind in TLS's own store."""
        parts: list[bytes] = []
        try:
            while part := self._sock.recv(_CHUNK):
                parts.append(part)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return b"".join(parts) or None
        except OSError:
            if not parts:
                raise
        return b"".join(parts)  # the end comes up again, once this is read


class Outbox:
    """The octets queued for one wire, counted, so that we know which of them have left."""

    def __init__(self) -> None:
        self.queued = 0
        self.handed = 0
        self._segments: list[bytes | memoryview] = []

    def put(self, octets: bytes) -> None:
        """Queue octets; nothing leaves yet."""
        self._segments.append(octets)
        self.queued += len(octets)

    def put_all(self, segments: Sequence[bytes]) -> None:
        """Queue octets that come in several segments, in order."""
        self._segments += segments
        self.queued += sum(map(len, segments))

    def flush(self, wire: Wire) -> bool:
        """Hand over what the kernel takes; return whether nothing is left."""
        while self._segments:
            sent = wire.send(self._segments)
            self.handed += sent
            if self.handed == self.queued:
                self._segments = []
            elif not sent:
                return False
            else:
                self._segments = _after(self._segments, sent)
        return True


def _after(segments: list[bytes | memoryview], sent: int) -> list[bytes | memoryview]:
    for index, segment in enumerate(segments):
        if sent < len(segment):
            return [memoryview(segment)[sent:], *segments[index + 1 :]]
        sent -= len(segment)
    return []
