"""How long a signature takes, beside what OpenSSL itself needs for one.

    .venv/bin/python tests/bench/bench_dkim.py

Messages of 50 KB, each another's; medians of interleaved rounds on one core.
"""

import importlib
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

fill = importlib.import_module("bench_fill")
COUNT, ROUNDS = 300, 7


def microseconds(
    make: Callable[[tuple[bytes, ...]], object], messages: list[tuple[bytes, ...]]
) -> float:
    """Return the time for one message."""
    start = time.perf_counter()
    for one in messages:
        make(one)
    return (time.perf_counter() - start) / len(messages) * 1e6


def openssl() -> float:
    """Return microseconds for one RSA-2048 signature, as `openssl speed` has it."""
    words = ["openssl", "speed", "-seconds", "2", "rsa2048"]
    out = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    rate = re.search(r"rsa\s+2048 bits(?:\s+[\d.]+s)+\s+([\d.]+)", out)
    return 1e6 / float(rate[1]) if rate else float("nan")


def main() -> None:
    """Print the table."""
    letter = compile_letter(fill.EDITION, fill.HEADING, datetime(2021, 2, 1, 9, tzinfo=UTC))
    messages = [letter.fill(fill.reader(n, f"Reader {n}")) for n in range(COUNT)]
    kinds: tuple[Kind, ...] = ("rsa", "ed25519")
    keys = {kind: Key("example.org", kind, generate(kind)) for kind in kinds}
    rsa = pem(keys["rsa"].private)

    def oracle(segments: tuple[bytes, ...]) -> bytes:
        both = (b"relaxed", b"relaxed")
        return dkim.sign(b"".join(segments), b"rsa", b"example.org", rsa, canonicalize=both)

    jobs: dict[str, tuple[Callable[[tuple[bytes, ...]], object], int]] = {
        "all but the signature": (DkimSigner([]).sign, COUNT),
        "RSA-2048": (DkimSigner([keys["rsa"]]).sign, COUNT),
        "Ed25519": (DkimSigner([keys["ed25519"]]).sign, COUNT),
        "both": (DkimSigner(list(keys.values())).sign, COUNT),
        "dkimpy, RSA-2048": (oracle, 10),
    }
    times: dict[str, list[float]] = {label: [] for label in jobs}
    bare = []
    for _ in range(ROUNDS):
        for label, (make, count) in jobs.items():
            times[label].append(microseconds(make, messages[:count]))
        bare.append(openssl())
    reference = statistics.median(bare)
    print(f"{'openssl speed, RSA-2048 sign':30}{reference:10.1f} us")
    for label, found in times.items():
        median = statistics.median(found)
        print(f"{label:30}{median:10.1f} us{reference / median:8.2f} of openssl's rate")


if __name__ == "__main__":
    main()
