"""Readers from and to CSV files: streaming, every row accounted for.

Import works in the caller's transaction: all of it or, if the program dies, nothing. A bad
row is left out and reported with its line; nobody who left is brought back.
"""

import csv
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO, NamedTuple, TextIO

from sqlalchemy import Connection

from subscribers.consent import Evidence
from subscribers.csvfile import Row, Shape, guard, read_rows
from subscribers.csvheader import EXPORTED, read_header
from subscribers.csvrows import RowReader, TopicNames, shown
from subscribers.intake import Entry, Intake, Outcome
from subscribers.model import Subscriber, standing


class Rejection(NamedTuple):
    """A row that was left out: its first line (from 1), its address as written, and why."""

    line: int
    email: str
    reason: str


@dataclass(slots=True)
class ImportReport:
    """What became of the rows; each is counted once. `notes` are about the whole file."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    suppressed: int = 0
    rejected: list[Rejection] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def import_csv(
    connection: Connection,
    file: BinaryIO,
    shape: Shape,
    topics: TopicNames,
    evidence: Evidence,
    now: datetime,
    *,
    language: str = "en",
    advance: Callable[[int], None] = lambda lines: None,
) -> ImportReport:
    """Take the readers of a CSV file onto the list.

    `shape` is what `look_at(file)` said. `language` is for new readers whose row names none.
    `advance` is told how many lines were read since the last time.
    Raises ReaderFileError for a file without an email column.
    """
    report = ImportReport(notes=[shape.note] if shape.note else [])
    intake = Intake(connection, evidence, now, language=language)
    done = 0
    with closing(read_rows(file, shape)) as batches:
        _, _, header = next(batches, [(1, 1, "the file is empty")])[0]
        columns = read_header(header, report.notes)
        read = RowReader(columns, topics)
        for rows in batches:
            found = read([cells for _, _, cells in rows])
            _leave_out(rows, found, columns.email, report)
            _take(rows, found, intake, report)
            advance(rows[-1][1] - done)
            done = rows[-1][1]
    advance(max(shape.lines - done, 0))
    report.rejected.sort()
    return report


def export_csv(readers: Iterable[Subscriber], out: TextIO, now: datetime) -> int:
    """Write readers as CSV (RFC 4180, but `\\n` line ends); return how many.

    A value that a spreadsheet would run as a formula gets an apostrophe, which import takes off.
    """
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(EXPORTED)
    count = 0
    for count, reader in enumerate(readers, 1):  # noqa: B007
        writer.writerow([guard(cell) for cell in _cells(reader, now)])
    return count


def _cells(reader: Subscriber, now: datetime) -> Iterator[str]:
    yield reader.email
    yield reader.name
    yield ";".join(sorted(reader.preferences.topics))
    yield reader.preferences.mode.value
    yield reader.preferences.language
    yield standing(reader, now)
    for moment in (reader.created_at, reader.confirmed_at):
        yield moment.isoformat(timespec="seconds") if moment else ""


def _leave_out(rows: list[Row], found: list[Entry | str], email: int, report: ImportReport) -> None:
    for (line, _, cells), one in zip(rows, found, strict=True):
        if one == "":
            report.suppressed += 1
        elif isinstance(one, str):
            report.rejected.append(Rejection(line, _written(cells, email), one))


def _written(cells: list[str] | str, email: int) -> str:
    """Return the address as it stands in the row, fit to be shown."""
    if isinstance(cells, str) or len(cells) <= email:
        return ""
    return shown(cells[email].strip(), 254)


def _take(rows: list[Row], found: list[Entry | str], intake: Intake, report: ImportReport) -> None:
    entries = [one for one in found if isinstance(one, Entry)]
    lines = [line for (line, _, _), one in zip(rows, found, strict=True) if isinstance(one, Entry)]
    batch = intake.take(entries, lines)
    report.added += len(batch.added)
    count = Counter(one.outcome for one in batch.others.values())
    report.updated += count[Outcome.UPDATED]
    report.unchanged += count[Outcome.UNCHANGED]
    report.suppressed += count[Outcome.SUPPRESSED] + count[Outcome.UNSUBSCRIBED]
    if count[Outcome.CONTRADICTED]:
        for at, (outcome, _, earlier) in batch.others.items():
            if outcome is Outcome.CONTRADICTED:
                reason = f"line {earlier} has the same address with other values"
                report.rejected.append(Rejection(lines[at], entries[at].address.email, reason))
