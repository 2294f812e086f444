"""Opening sessions in the background, and for how long to go on."""

import select
import socket
import threading

import pytest

from newsletter.delivery.connect import Connection
from newsletter.delivery.envelope import Offer
from newsletter.delivery.opening import FIRST_WAITS, LATER_WAITS, Opener, Patience
from newsletter.delivery.wire import PlainWire
from newsletter.errors import BackendError


def tried(patience: Patience) -> list[float]:
    """Fail until it is enough; return when each try was."""
    now, tries = 0.0, []
    while not patience.exhausted:
        tries.append(now)
        patience.failed(now)
        now = patience.next_try
    return tries


def test_patience_at_first() -> None:
    """Where no session ever stood, a few quick tries are enough."""
    assert tried(Patience()) == [0.0, 0.5, 1.5]
    assert len(FIRST_WAITS) == 2


def test_patience_later() -> None:
    """Where one did, a relay has a minute to come back."""
    patience = Patience()
    patience.worked()
    assert tried(patience)[-1] == sum(LATER_WAITS) == 60.0


def test_several_at_once_are_one() -> None:
    """Connections that fail together count as one try."""
    patience = Patience()
    for _ in range(10):
        patience.failed(0.0)
    assert patience.failures == 1


def test_success_forgets() -> None:
    """A session that settled a message makes up for all failures."""
    patience = Patience()
    patience.failed(0.0)
    patience.worked()
    assert (patience.failures, patience.next_try) == (0, 0.0)


def ring(opener: Opener) -> None:
    """Wait until something has come about."""
    assert select.select([opener], [], [], 10)[0]


def test_a_session_arrives() -> None:
    """A session opened in the background rings, and is handed over once."""
    near, far = socket.socketpair()
    connection = Connection(PlainWire(near), Offer())
    opener = Opener(lambda: connection)
    opener.start()
    assert opener.opening == 1
    ring(opener)
    assert opener.arrived() == [connection]
    assert opener.arrived() == []
    assert opener.opening == 0
    opener.close()
    near.close()
    far.close()


@pytest.mark.parametrize("error", [BackendError("down"), ZeroDivisionError("a bug")])
def test_errors_arrive(error: Exception) -> None:
    """Whatever goes wrong in the background is told in front."""

    def connect() -> Connection:
        raise error

    opener = Opener(connect)
    opener.start()
    ring(opener)
    (arrived,) = opener.arrived()
    assert isinstance(arrived, BackendError)
    assert str(error) in str(arrived)
    opener.close()


def test_nobody_waits_any_more() -> None:
    """A session that comes about after all was closed is closed too."""
    near, far = socket.socketpair()
    go = threading.Event()

    def connect() -> Connection:
        assert go.wait(10)
        return Connection(PlainWire(near), Offer())

    opener = Opener(connect)
    opener.start()
    opener.close()
    go.set()
    assert far.recv(1) == b""
    far.close()
