"""A command on a terminal of so many columns, as a person sees it."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path

PATIENCE = 240.0
"""Seconds until a command must have ended."""


def on_terminal(folder: Path, *words: str, columns: int = 80) -> str:
    """Run a command on a site; return what stands on the terminal, without its colours."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 200, columns, 0, 0))
    command = [sys.executable, "-m", "newsletter", "--config", str(folder / "config.toml"), *words]
    inherited = {name: text for name, text in os.environ.items() if name not in _OWN_WILL}
    process = subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env=inherited | {"TERM": "xterm"}
    )
    os.close(theirs)
    shown = _all(ours)
    process.wait(PATIENCE)
    return re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", shown).replace("\r\n", "\n")


_OWN_WILL = ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR")
"""Variables that say how to print, whatever the terminal is."""


def _all(terminal: int) -> str:
    """Read until the other end is closed; then a terminal answers with an error."""
    shown = b""
    try:
        while part := os.read(terminal, 65536):
            shown += part
    except OSError:
        pass
    finally:
        os.close(terminal)
    return shown.decode()
