"""Octets on their way into a socket."""

import ssl
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.delivery.wire import Outbox, TlsWire


class Sluggish:
    """A wire that takes only so many octets at each call."""

    def __init__(self, appetites: list[int]) -> None:
        self.taken = b""
        self._appetites = appetites

    def fileno(self) -> int:
        return -1

    def send(self, segments: Sequence[bytes | memoryview]) -> int:
        data = b"".join(segments)
        share = data[: self._appetites.pop(0)] if self._appetites else data
        self.taken += share
        return len(share)

    def receive(self) -> bytes | None:
        return None

    def close(self) -> None: ...


@given(
    st.lists(st.lists(st.binary(max_size=20), min_size=1, max_size=6), min_size=1, max_size=6),
    st.lists(st.integers(0, 30), max_size=20),
)
def test_every_octet_once(puts: list[list[bytes]], appetites: list[int]) -> None:
    """However little the kernel takes at a time, each octet goes once, in order, and is counted."""
    wire, outbox = Sluggish(appetites), Outbox()
    for segments in puts:
        outbox.put(segments[0])
        outbox.put_all(segments[1:])
        done = outbox.flush(wire)
        assert outbox.handed == len(wire.taken)
        assert done is (outbox.handed == outbox.queued)
    while not outbox.flush(wire):
        pass
    assert wire.taken == b"".join(octets for segments in puts for octets in segments)
    assert outbox.handed == outbox.queued == len(wire.taken)


class Scripted:
    """In the place of an SSLSocket: gives what it is told, or raises it."""

    def __init__(self, *script: object) -> None:
        self._script = list(script)

    def setblocking(self, flag: bool) -> None: ...
    def fileno(self) -> int:
        return -1

    def close(self) -> None: ...

    def recv(self, size: int) -> object:
        return self._next()

    def send(self, data: memoryview) -> object:
        return self._next()

    def _next(self) -> object:
        told = self._script.pop(0)
        if isinstance(told, Exception):
            raise told
        return told


def tls(*script: object) -> TlsWire:
    return TlsWire(Scripted(*script))  # type: ignore[arg-type]


def test_tls_leaves_nothing_behind() -> None:
    """TLS may hold octets no selector sees: all are taken at once."""
    assert tls(b"250 ", b"ok\r\n", ssl.SSLWantReadError()).receive() == b"250 ok\r\n"


def test_tls_nothing_yet() -> None:
    """A record that isn't whole is nothing yet, not the end."""
    assert tls(ssl.SSLWantReadError()).receive() is None


@pytest.mark.parametrize("end", [b"", ConnectionResetError(), ssl.SSLError("bad record")])
def test_tls_last_words(end: object) -> None:
    """A reply that came before the connection broke is not lost with it."""
    wire = tls(b"250 taken\r\n", end, end)
    assert wire.receive() == b"250 taken\r\n"
    if isinstance(end, Exception):
        with pytest.raises(type(end)):
            wire.receive()
    else:
        assert wire.receive() == b""


def test_tls_counts_what_left() -> None:
    """Only what TLS took counts as sent."""
    assert tls(3, ssl.SSLWantWriteError()).send([b"abc", b"def"]) == 3
    assert tls(ssl.SSLWantWriteError()).send([b"abc"]) == 0
    assert tls(3, 3).send([b"abc", b"def"]) == 6
