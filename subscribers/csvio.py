"""Readers from and to CSV files: streaming, every row accounted for.

Import works in the caller's transaction: all of it or, if the program dies, nothing. A bad
row is left out and reported with its line; nobody who left is brought back.
"""

import csv
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO, NamedTuple, TextIO

from sqlalchemy import Connection

from subscribers.consent import Evidence
from subscribers.csvfile import Rows, Shape, guard, read_rows
from subscribers.csvheader import EXPORTED, read_header
from subscribers.csvrows import RowReader, TopicNames, shown
from subscribers.intake import Entries, Intake, Outcome
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
        header = next(batches, None)
        columns = read_header(header.cells[0] if header else "the file is empty", report.notes)
        read = RowReader(columns, topics)
        for block in _blocks(batches, read, columns.email):
            _take(block, intake, report)
            advance(block.last - done)
            done = block.last
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


class _Block(NamedTuple):
    """Rows that were read together: entries and their lines, and what became of the others.

    `last` is the line where the last row ends.
    """

    entries: Entries
    lines: Sequence[int]
    rejected: Sequence[Rejection]
    gone: int
    last: int


def _blocks(batches: Iterable[Rows], read: RowReader, email: int) -> Iterator[_Block]:
    for rows in batches:
        entries, refused = read(rows.cells)
        lines = rows.lines
        if refused:
            lines = [line for at, line in enumerate(lines) if at not in refused]
        rejected = [
            Rejection(rows.lines[at], _written(rows.cells[at], email), reason)
            for at, reason in refused.items()
            if reason
        ]
        yield _Block(entries, lines, rejected, len(refused) - len(rejected), rows.last)


def _written(cells: list[str] | str, email: int) -> str:
    """Return the address as it stands in the row, fit to be shown."""
    if isinstance(cells, str) or len(cells) <= email:
        return ""
    return shown(cells[email].strip(), 254)


def _take(block: _Block, intake: Intake, report: ImportReport) -> None:
    report.rejected += block.rejected
    report.suppressed += block.gone
    entries, lines = block.entries, block.lines
    if not lines:
        return
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
                report.rejected.append(Rejection(lines[at], entries.emails[at], reason))
