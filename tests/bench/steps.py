"""The steps of a message on their own: the reader's part, the letter, the signature."""

from statistics import median

from tests.bench import clients, dkim, fill
from tests.bench.ours import Job
from tests.bench.report import Table, at_least, at_most
from tests.bench.sample import Sample, Scale, interleaved

_GROUP = 50
"""What the backend `memory` takes at once."""


def in_memory(scale: Scale) -> Table:
    """Send to 10,000 readers through the backend `memory`; take away what the ledger costs."""
    readers = 10_000
    jobs = {
        "through the backend memory": lambda: clients.ours(Job(readers)),
        "the ledger alone": lambda: clients.ours(Job(readers, sessions=_GROUP, ledger=True)),
    }
    runs = interleaved(jobs, scale.rounds)
    everything, books = (median(map(_each, found)) for found in runs.values())
    rows = [(name, f"{median(map(_each, found)):.0f}") for name, found in runs.items()]
    rows.append(("what a reader costs on top of the ledger", f"{everything - books:.0f}"))
    target = at_most("a reader on top of the ledger", 300, everything - books, " µs")
    return Table(
        f"{readers:,} readers in memory", ("What", "µs a reader, by the clock"), rows, [target]
    )


def _each(sample: Sample) -> float:
    return sample.seconds / sample.messages * 1e6


def letters(scale: Scale) -> Table:
    """Fill letters, beside Python's email package."""
    times = fill.measured(scale.rounds)
    reference = times[fill.ANEW]
    rows = [(name, f"{time:.1f}", f"{reference / time:,.0f}") for name, time in times.items()]
    columns = ("What", "µs a letter", "Times as fast as EmailMessage")
    return Table("Filling a letter of 50 KB", columns, rows)


def signatures(scale: Scale) -> Table:
    """Sign letters, beside what OpenSSL itself needs and beside dkimpy."""
    times = dkim.measured(scale.rounds)
    reference = times[dkim.OPENSSL]
    rows = [(name, f"{time:.1f}", f"{reference / time:.2f}") for name, time in times.items()]
    columns = ("What", "µs a letter", "Against openssl speed")
    wanted = at_least("RSA-2048, of openssl's rate", 0.8, reference / times[dkim.RSA])
    return Table("Signing a letter of 50 KB", columns, rows, [wanted])
