"""Messages a second over loopback, beside Postfix's smtp-source and nodemailer's pool."""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.bench import clients, machine, receivers
from tests.bench.clients import Payload
from tests.bench.ours import Job
from tests.bench.report import Table, at_least, at_most
from tests.bench.sample import Runs, Sample, Scale, cpu, interleaved, rate, ratio

OURS, SIGNED, SOURCE = "ours", "ours, signed with RSA-2048", "smtp-source"
BARE = "a bare loop in Python"
COLUMNS = ("Client", "Sessions", "Messages a second", "Against smtp-source", "CPU µs a message")


class Missing(Exception):
    """A part that can't be measured here, and why."""


def to_sink(scale: Scale) -> Table:
    """Send to Postfix's smtp-sink, whose own limit this is."""
    source, sink = _postfix()
    measured = {}
    with _payload() as payload, receivers.sink(sink) as port:
        for sessions in (4, 10):
            jobs = _trio(source, port, sessions, scale.messages, payload)
            signed = Job(scale.messages, port, sessions, dkim=True)
            jobs[SIGNED] = lambda job=signed: clients.ours(job)
            measured[sessions] = interleaved(jobs, scale.rounds)
    targets = []
    for sessions, runs in measured.items():
        against = f"against smtp-source, {sessions} sessions, to smtp-sink"
        targets.append(at_least(against, 0.97, ratio(runs[OURS], runs[SOURCE])))
        targets.append(at_most(f"CPU a message, {sessions} sessions", 30, cpu(runs[OURS]), " µs"))
        with_key = f"with DKIM, {sessions} sessions, against smtp-source"
        targets.append(at_least(with_key, 0.55, ratio(runs[SIGNED], runs[SOURCE])))
    return Table("To Postfix's smtp-sink", COLUMNS, list(_rows(measured)), targets)


def to_fast(scale: Scale) -> Table:
    """Send to a receiver that is no limit: what is left is the sender's own."""
    source, _ = _postfix()
    path = machine.fast_receiver()
    if path is None:
        raise Missing("a C compiler")
    measured = {}
    with _payload() as payload, receivers.fast(path) as port:
        for sessions in (4, 10, 50):
            jobs = _trio(source, port, sessions, scale.messages, payload)
            measured[sessions] = interleaved(jobs, scale.rounds)
    targets = [
        at_least(f"to a fast receiver, {sessions} sessions", 0.5, ratio(runs[OURS], runs[SOURCE]))
        for sessions, runs in measured.items()
    ]
    return Table("To a receiver that is no limit", COLUMNS, list(_rows(measured)), targets)


def beside_nodemailer(scale: Scale) -> Table:
    """Send to smtp-sink with ten connections each, and far fewer messages: it is slow."""
    _, sink = _postfix()
    home = machine.nodemailer()
    if home is None:
        raise Missing("node and npm")
    few = max(200, scale.messages // 20)
    with _payload() as payload, receivers.sink(sink) as port:

        def rival(kind: str) -> Callable[[], Sample]:
            return lambda: clients.nodemailer(home, port, 10, few, kind, payload)

        jobs = {OURS: lambda: clients.ours(Job(scale.messages, port, 10))}
        kinds = {f"nodemailer's pool, {kind}": rival(kind) for kind in ("raw", "object")}
        runs = interleaved(jobs | kinds, scale.rounds)
    rows, targets = [], []
    for (name, found), wanted in zip(runs.items(), (None, 2.4, 8.0), strict=True):
        times = ratio(runs[OURS], found)
        rows.append((name, "10", f"{rate(found):,.0f}", f"{times:.2f}", f"{cpu(found):,.0f}"))
        if wanted:
            targets.append(at_least(f"ours against {name}", wanted, times, " times"))
    columns = (*COLUMNS[:3], "Ours, times as fast", COLUMNS[4])
    return Table("Beside nodemailer, to smtp-sink", columns, rows, targets)


def _postfix() -> tuple[str, str]:
    source, sink = machine.program("smtp-source"), machine.program("smtp-sink")
    if source is None or sink is None:
        raise Missing("smtp-source and smtp-sink, of the package postfix")
    return source, sink


@contextmanager
def _payload() -> Iterator[Payload]:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Payload.write(Path(folder))


def _trio(
    source: str, port: int, sessions: int, messages: int, payload: Payload
) -> dict[str, Callable[[], Sample]]:
    return {
        SOURCE: lambda: clients.smtp_source(source, port, sessions, messages, payload),
        BARE: lambda: clients.bare(port, sessions, messages, payload),
        OURS: lambda: clients.ours(Job(messages, port, sessions)),
    }


def _rows(measured: Mapping[int, Runs]) -> Iterator[tuple[str, ...]]:
    for sessions, runs in measured.items():
        for name, found in runs.items():
            against = f"{ratio(found, runs[SOURCE]):.2f}"
            yield name, str(sessions), f"{rate(found):,.0f}", against, f"{cpu(found):.0f}"
