"""Where messages go: Postfix's smtp-sink, and a small receiver that is no limit. Loopback only."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.machine import pinned

CORE = 1
"""The receivers' own; clients run on core 0."""
_PATIENCE = 10.0


@contextmanager
def sink(path: str) -> Iterator[int]:
    """Run smtp-sink while the block runs; yield its port."""
    port = _free_port()
    who = ["-u", "nobody"] if os.geteuid() == 0 else []
    command = pinned(CORE, [path, *who, f"127.0.0.1:{port}", 256])
    process = subprocess.Popen(command)
    try:
        _wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait()


@contextmanager
def fast(path: Path) -> Iterator[int]:
    """Run the small receiver while the block runs; yield its port."""
    command = pinned(CORE, [path])
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield int(process.stdout.readline())
        process.communicate()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _wait_for(port: int) -> None:
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.02)
        else:
            return
