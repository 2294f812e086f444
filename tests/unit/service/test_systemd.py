"""Words to the service manager."""

import os
import socket
from pathlib import Path

import pytest

from newsletter.service import systemd


def test_a_socket_in_the_file_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines arrive in one datagram."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as wire:
        wire.bind(os.fspath(tmp_path / "notify"))
        monkeypatch.setenv("NOTIFY_SOCKET", os.fspath(tmp_path / "notify"))
        systemd.notify("READY=1", "STATUS=waiting")
        assert wire.recv(100) == b"READY=1\nSTATUS=waiting"


def test_an_abstract_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    """`@name` is a socket without a file."""
    name = f"newsletter-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as wire:
        wire.bind("\0" + name)
        monkeypatch.setenv("NOTIFY_SOCKET", f"@{name}")
        systemd.reloading()
        first, second = wire.recv(100).decode().splitlines()
    assert first == "RELOADING=1"
    assert int(second.removeprefix("MONOTONIC_USEC=")) > 0


@pytest.mark.parametrize("address", [None, "", "relative", "/nowhere/at/all"])
def test_nobody_listens(address: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a manager, or with one that is gone, nothing happens."""
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    if address is not None:
        monkeypatch.setenv("NOTIFY_SOCKET", address)
    systemd.notify("READY=1")


def test_a_manager_that_does_not_listen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full queue keeps nobody waiting."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as wire:
        wire.bind(os.fspath(tmp_path / "notify"))
        monkeypatch.setenv("NOTIFY_SOCKET", os.fspath(tmp_path / "notify"))
        for _ in range(5000):
            systemd.notify("WATCHDOG=1" + "x" * 500)
