"""Words to the service manager, as sd_notify(3) has them; nobody listens unless it asked to."""

import os
import socket
import time


def notify(*lines: str) -> None:
    """Send lines like `READY=1` to the socket that `$NOTIFY_SOCKET` names, if there is one.

    A manager that has gone deaf must not harm the service: errors are left unsaid.
    """
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return
    path = "\0" + address[1:] if address.startswith("@") else address
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as wire:
            wire.setblocking(False)
            wire.sendto("\n".join(lines).encode(), path)
    except OSError:
        return


def reloading() -> None:
    """Say that the settings are being read anew; `READY=1` ends it."""
    notify("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")
