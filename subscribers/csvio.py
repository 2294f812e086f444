"""Readers from and to CSV files: streaming, every row accounted for.

Import works in the caller's transaction: all of it or, if the program dies, nothing. A bad
row is left out and reported with its line; nobody who left is brought back.
"""

import csv
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import BinaryIO, NamedTuple, TextIO

from sqlalchemy import Connection

from subscribers.address import examine
from subscribers.consent import Evidence
from subscribers.csvfile import Row, Shape, guard, read_rows, unguard
from subscribers.errors import ReaderFileError
from subscribers.intake import Entry, Intake, Outcome
from subscribers.model import Mode, Subscriber, standing
from subscribers.names import clean_name

BATCH = 5000
"""Rows that are taken in at once."""

EXPORTED = ("email", "name", "topics", "mode", "language", "state", "created_at", "confirmed_at")
"""The columns of an export."""

_READ = {"email", "name", "topics", "mode", "language", "state"}
_OTHER_NAMES = {
    "e-mail": "email",
    "mail": "email",
    "email address": "email",
    "e-mail address": "email",
    "full name": "name",
    "topic": "topics",
}
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")

# The states of an export. Who is not to be mailed there is not made active here.
_HERE = {"", "active"}
_GONE = {"unsubscribed", "suppressed", "erased"}
_NOT_YET = {
    "pending": "never confirmed, says the column “state”",
    "paused": "paused, says the column “state”: import the row when the pause is over",
}


class TopicNames(NamedTuple):
    """The site's topics: `find` gives a slug for a slug, name or alias, `nearest` a likely name."""

    find: Callable[[str], str | None]
    nearest: Callable[[str], str | None]


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


class _Columns(NamedTuple):
    """Where each column stands; one that isn't there stands at `width`, where cells are blank."""

    width: int
    email: int
    name: int
    topics: int
    mode: int
    language: int
    state: int


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
    with closing(read_rows(file, shape)) as rows:
        columns = _columns(rows, report.notes)
        done = _import_rows(rows, columns, topics, intake, report, advance)
    advance(max(shape.lines - done, 0))
    report.rejected.sort()
    return report


def _import_rows(
    rows: Iterator[Row],
    columns: _Columns,
    topics: TopicNames,
    intake: Intake,
    report: ImportReport,
    advance: Callable[[int], None],
) -> int:
    """Take the rows in; return how many lines `advance` was told of."""
    read = _row_reader(columns, topics)
    done = 0
    entries: list[Entry] = []
    lines: list[int] = []
    for first, last, cells in rows:
        found = cells if isinstance(cells, str) else read(cells)
        if isinstance(found, Entry):
            entries.append(found)
            lines.append(first)
        elif found == "":
            report.suppressed += 1
        else:
            report.rejected.append(Rejection(first, _written(cells, columns), found))
        if len(entries) == BATCH:
            _take(intake, entries, lines, report)
        if last - done >= BATCH:
            advance(last - done)
            done = last
    _take(intake, entries, lines, report)
    return done


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


def _take(intake: Intake, entries: list[Entry], lines: list[int], report: ImportReport) -> None:
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
    entries.clear()
    lines.clear()


def _columns(rows: Iterator[Row], notes: list[str]) -> _Columns:
    """Read the header. Raises ReaderFileError where there is none, or no email column in it."""
    _, _, header = next(rows, (1, 1, "the file is empty"))
    if isinstance(header, str):
        raise ReaderFileError(f"the header can't be read: {header}", hint=_HEADER_HINT)
    names = [" ".join(cell.split()).casefold() for cell in header]
    names = [_OTHER_NAMES.get(name, name) for name in names]
    if "email" not in names:
        raise ReaderFileError(
            f"there is no column “email” in the header: {', '.join(header)[:200]}",
            hint=_HEADER_HINT,
        )
    for name in _READ:
        if names.count(name) > 1:
            raise ReaderFileError(
                f"the column “{name}” stands twice in the header", hint="remove one of them"
            )
    if unused := [cell for cell, name in zip(header, names, strict=True) if _is_unused(name)]:
        notes.append(f"columns that are not used: {', '.join(unused)}")
    width = len(names)
    wanted = _Columns._fields[1:]
    return _Columns(width, *(names.index(one) if one in names else width for one in wanted))


def _is_unused(name: str) -> bool:
    return bool(name) and name not in _READ and name not in EXPORTED


_HEADER_HINT = "the first line names the columns, like: email,name,topics"


def _row_reader(columns: _Columns, topics: TopicNames) -> Callable[[list[str]], Entry | str]:
    """Return what reads one row: an entry, why it is refused, or "" for somebody who left."""
    width, email, name, topic, mode, language, state = columns
    blank: tuple[Mode | None, str | None] | str = (None, None)

    @lru_cache(maxsize=10_000)
    def chosen(cell: str) -> tuple[str, ...] | str:
        return read_topics(unguard(cell), topics)

    def read(cells: list[str]) -> Entry | str:
        if len(cells) != width:
            if any(cells[width:]):
                return _too_many(len(cells), width)
            cells = (cells + [""] * width)[:width]
        cells.append("")
        written = cells[email]
        address = examine(unguard(written) if written[:1] == "'" else written)
        if isinstance(address, str):
            return address
        slugs = chosen(cells[topic]) if cells[topic] else None
        if isinstance(slugs, str):
            return slugs
        rest = blank
        if cells[mode] or cells[language] or cells[state]:
            rest = _rest(cells[mode], cells[language], cells[state])
            if isinstance(rest, str):
                return rest
        called = cells[name]
        called = clean_name(unguard(called) if called[:1] == "'" else called)
        return tuple.__new__(Entry, (address, called or None, slugs or None, *rest))

    return read


@lru_cache(maxsize=10_000)
def _rest(mode: str, language: str, state: str) -> tuple[Mode | None, str | None] | str:
    """Read the cells that have few values; return why they are refused, or "" for who left."""
    mode, language, state = (unguard(cell.strip()) for cell in (mode, language, state))
    if state.casefold() in _GONE:
        return ""
    if state.casefold() not in _HERE:
        return _NOT_YET.get(state.casefold(), f"unknown state “{_shown(state)}”")
    if mode and mode.casefold() not in list(Mode):
        return f"unknown mode “{_shown(mode)}”: it is `highlights` or `only`"
    if language and not is_language(language):
        return f"“{_shown(language)}” is not a language code like en or fr-CA"
    return Mode(mode.casefold()) if mode else None, language or None


def is_language(text: str) -> bool:
    """Tell whether this is a language code like `en` or `fr-CA` (BCP 47)."""
    return _LANGUAGE.fullmatch(text) is not None


def read_topics(text: str, names: TopicNames) -> tuple[str, ...] | str:
    """Read topics separated by `;`: their slugs, sorted, or why they can't be read."""
    slugs = set()
    for word in text.split(";"):
        if not (wanted := " ".join(word.split())):
            continue
        slug = names.find(wanted)
        if slug is None:
            near = names.nearest(wanted)
            hint = f": did you mean “{near}”?" if near else ""
            return f"there is no topic “{_shown(wanted)}”{hint}"
        slugs.add(slug)
    return tuple(sorted(slugs))


def _too_many(count: int, width: int) -> str:
    return (
        f"{count} cells, but the header has {width}: "
        "a cell that holds the delimiter needs quotation marks"
    )


def _written(cells: list[str] | str, columns: _Columns) -> str:
    """Return the address as it stands in the row, fit to be shown."""
    if isinstance(cells, str) or len(cells) <= columns.email:
        return ""
    return _shown(cells[columns.email].strip(), 254)


def _shown(text: str, most: int = 60) -> str:
    visible = "".join(char if char.isprintable() else "\ufffd" for char in text[: most + 1])
    return visible if len(visible) <= most else visible[: most - 1] + "…"
