"""What grows with the list of readers: time, memory, the database; and taking readers in."""

import csv
import os
import subprocess
import tempfile
import time
from pathlib import Path

from newsletter.cli.site import scaffold
from tests.bench import clients, machine, receivers
from tests.bench.ours import Job
from tests.bench.report import Table, Target, at_most
from tests.bench.sample import Sample, Scale
from tests.bench.wire import Missing

MILLION = 1_000_000
_SESSIONS = 50
_SIZES = (1_000, 10_000, 100_000, MILLION)


def readers(scale: Scale) -> Table:
    """Send to ever more readers, to a receiver that is no limit."""
    path = machine.fast_receiver()
    if path is None:
        raise Missing("a C compiler")
    sizes = [size for size in _SIZES if size <= scale.readers]
    with receivers.fast(path) as port:
        samples = [clients.ours(Job(size, port, _SESSIONS)) for size in sizes]
    rows = [_row(one) for one in samples]
    columns = ("Readers", "Seconds", "CPU s", "CPU µs a reader", "Memory MB", "Database MB")
    title = f"Sending to a receiver that is no limit, {_SESSIONS} sessions"
    return Table(title, columns, rows, _targets("1,000,000 readers", samples[-1], 30))


def imports(scale: Scale) -> Table:
    """Take readers in from CSV, with `newsletter subscribers import`."""
    samples = [_imported(size) for size in (100_000, MILLION) if size <= scale.readers]
    rows = [_row(one) for one in samples]
    columns = ("Rows", "Seconds", "CPU s", "CPU µs a row", "Memory MB", "Database MB")
    return Table("Import of CSV", columns, rows, _targets("1,000,000 rows", samples[-1], 8))


def _targets(what: str, sample: Sample, seconds: float) -> list[Target]:
    if sample.messages != MILLION:
        return []
    return [
        at_most(f"{what}, time", seconds, sample.seconds, " s"),
        at_most(f"{what}, memory", 250, sample.rss, " MB"),
    ]


def _row(one: Sample) -> tuple[str, ...]:
    times = (f"{one.seconds:.1f}", f"{one.cpu:.1f}", f"{one.cpu_each:.1f}")
    sizes = (f"{one.rss:.0f}", f"{one.size:.0f}")
    return f"{one.messages:,}", *times, *sizes


def _imported(rows: int) -> Sample:
    machine.CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=machine.CACHE) as name:
        site = Path(name) / "site"
        scaffold(site, ())
        _write(Path(name) / "readers.csv", rows)
        words = ["--config", site / "config.toml", "subscribers", "import", f"{name}/readers.csv"]
        command = machine.pinned(clients.CORE, machine.python("newsletter", *words, "--json"))
        start = time.perf_counter()
        with subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        ) as process:
            assert process.stderr is not None
            progress = process.stderr.read()
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - start
        assert process.returncode == 0, progress
        size = sum(path.stat().st_size for path in site.glob("var/*.db*")) / 1e6
    cpu = usage.ru_utime + usage.ru_stime
    return Sample(rows, seconds, cpu, usage.ru_maxrss / 1024, size)


def _write(path: Path, rows: int) -> None:
    topics = ("", "training", "client-factors", "training;client-factors")
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("email", "name", "topics"))
        for number in range(rows):
            email = f"reader.{number}@clinic{number % 997}.example.org"
            writer.writerow((email, f"Reader {number % 5000}", topics[number % 4]))
