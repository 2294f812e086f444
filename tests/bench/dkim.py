"""How long a signature takes, beside what OpenSSL itself needs for one, and beside dkimpy.

Messages of 50 KB, each another's; on one core. CPU time, as `openssl speed` has it.
"""

import re
import statistics
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime

import dkim

from newsletter.message import compile_letter
from newsletter.message.dkim import DkimSigner
from newsletter.message.dkim_keys import Key, Kind, generate, pem
from tests.bench import fill

COUNT = 300
OPENSSL, RSA = "openssl speed, RSA-2048", "RSA-2048"


def microseconds(
    make: Callable[[tuple[bytes, ...]], object], messages: list[tuple[bytes, ...]]
) -> float:
    """Return the time for one message."""
    start = time.process_time()
    for one in messages:
        make(one)
    return (time.process_time() - start) / len(messages) * 1e6


def openssl() -> float:
    """Return microseconds for one RSA-2048 signature, as `openssl speed` has it."""
    words = ["openssl", "speed", "-seconds", "2", "rsa2048"]
    out = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    rate = re.search(r"rsa\s+2048 bits(?:\s+[\d.]+s)+\s+([\d.]+)", out)
    return 1e6 / float(rate[1]) if rate else float("nan")


def measured(rounds: int) -> dict[str, float]:
    """Return microseconds a signature, medians of interleaved rounds."""
    letter = compile_letter(fill.EDITION, fill.HEADING, datetime(2021, 2, 1, 9, tzinfo=UTC))
    messages = [letter.fill(fill.reader(n, f"Reader {n}")) for n in range(COUNT)]
    kinds: tuple[Kind, ...] = ("rsa", "ed25519")
    keys = {kind: Key("example.org", kind, generate(kind)) for kind in kinds}
    rsa = pem(keys["rsa"].private)

    def oracle(segments: tuple[bytes, ...]) -> bytes:
        both = (b"relaxed", b"relaxed")
        return dkim.sign(b"".join(segments), b"rsa", b"example.org", rsa, canonicalize=both)

    jobs: dict[str, tuple[Callable[[tuple[bytes, ...]], object], int]] = {
        RSA: (DkimSigner([keys["rsa"]]).sign, COUNT),
        "Ed25519": (DkimSigner([keys["ed25519"]]).sign, COUNT),
        "both": (DkimSigner(list(keys.values())).sign, COUNT),
        "all but the signature": (DkimSigner([]).sign, COUNT),
        "dkimpy, RSA-2048": (oracle, 10),
    }
    times: dict[str, list[float]] = {OPENSSL: [], **{label: [] for label in jobs}}
    for _ in range(rounds):
        times[OPENSSL].append(openssl())
        for label, (make, count) in jobs.items():
            times[label].append(microseconds(make, messages[:count]))
    return {label: statistics.median(found) for label, found in times.items()}
