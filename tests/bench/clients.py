"""Who sends: we, Postfix's smtp-source, nodemailer's pool. On core 0, each a process of its own."""

import json
import os
import subprocess
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from newsletter.message import compile_letter
from tests.bench.fill import EDITION, HEADING, reader
from tests.bench.machine import TOP, pinned, python
from tests.bench.ours import Job
from tests.bench.sample import Sample

CORE = 0
_PATIENCE = 1800


def ours(job: Job) -> Sample:
    """Send by the production path. Whoever signs may use every core, as it does in earnest."""
    command = python("tests.bench.ours", json.dumps(asdict(job)))
    return _own_words(command if job.dkim else pinned(CORE, command), TOP)


@dataclass(frozen=True, slots=True)
class Payload:
    """The same message as files: ready made, and as the two texts that it is made of."""

    raw: Path
    text: Path
    html: Path

    @classmethod
    def write(cls, folder: Path) -> "Payload":
        """Write one reader's message."""
        made = cls(folder / "message.eml", folder / "message.txt", folder / "message.html")
        letter = compile_letter(EDITION, HEADING, datetime(2021, 2, 1, 9, tzinfo=UTC))
        made.raw.write_bytes(b"".join(letter.fill(reader(1, "Reader 1"))))
        made.text.write_text(EDITION.text, "utf-8")
        made.html.write_text(EDITION.html, "utf-8")
        return made


def bare(port: int, sessions: int, messages: int, payload: Payload) -> Sample:
    """Send with the least that a sender in Python does: see `tests.bench.bare`."""
    command = python("tests.bench.bare", port, sessions, messages, payload.raw)
    return _own_words(pinned(CORE, command), TOP)


def smtp_source(path: str, port: int, sessions: int, messages: int, payload: Payload) -> Sample:
    """Send the same octets again and again with Postfix's own generator (C, no pipelining)."""
    command = [path, "-d", "-s", sessions, "-m", messages, "-F", payload.raw]
    start = time.perf_counter()
    process = subprocess.Popen(
        pinned(CORE, [*command, "-f", "a@example.org", "-t", "b@example.net", f"127.0.0.1:{port}"])
    )
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, "smtp-source failed"
    return Sample(messages, seconds, usage.ru_utime + usage.ru_stime)


def nodemailer(
    home: Path, port: int, sessions: int, messages: int, kind: str, payload: Payload
) -> Sample:
    """Send with nodemailer's pool: `raw` a ready message, `object` its texts."""
    script = Path(__file__).with_name("rival.mjs")
    words = ["node", script, port, sessions, messages, kind]
    command = pinned(CORE, [*words, payload.text, payload.html, payload.raw])
    return _own_words(command, home)


def _own_words(command: Sequence[object], folder: Path) -> Sample:
    """Run a client that times itself and prints its sample."""
    words = [str(word) for word in command]
    done = subprocess.run(words, cwd=folder, stdout=subprocess.PIPE, check=True, timeout=_PATIENCE)
    return Sample(**json.loads(done.stdout.splitlines()[-1]))
