"""The web server and those who keep it waiting."""

import socket
from collections.abc import Iterator

import pytest
from starlette.applications import Starlette

from newsletter.service import server
from newsletter.service.server import Server
from tests.support.service import free_port


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setattr(server, "PATIENCE", 0.2)
    free = free_port()
    with Server(Starlette(), "127.0.0.1", free):
        yield free


HEAD = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n"


@pytest.mark.parametrize("sent", [b"", b"G", HEAD], ids=["nothing", "a letter", "half a head"])
def test_who_asks_for_nothing_is_sent_away(port: int, sent: bytes) -> None:
    """The connection is closed, so that strangers can't hold all there are."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(sent)
        assert connection.recv(1) == b""


def test_a_second_request_is_waited_for_no_longer(port: int) -> None:
    """After an answer, half a request is closed like a first one."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(HEAD + b"\r\n")
        assert b"404" in connection.recv(65536)
        connection.sendall(HEAD)
        while connection.recv(65536):
            pass
