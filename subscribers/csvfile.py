"""CSV as people have it: any usual delimiter and encoding, rows with the line they begin at.

The encodings are those Excel, LibreOffice and mail tools write: UTF-8 with and without a byte order
mark, UTF-16, Windows-1252.
"""

import codecs
import csv
import io
import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from itertools import islice, repeat
from operator import attrgetter
from typing import BinaryIO

from subscribers.errors import ReaderFileError

_CHUNK = 1 << 20
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DELIMITERS = (",", ";", "\t")
_SEP_LINE = re.compile(r"sep=(.)\s*", re.IGNORECASE)

# What a spreadsheet takes for a formula, and our mark before it (OWASP, CSV injection). One
# mark more where a value begins like a marked one, so that taking it off gives the value back.
_FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")


@dataclass(frozen=True, slots=True)
class Shape:
    """How a file is written. `lines` is about how many it has; `note` says what was guessed."""

    encoding: str
    lines: int
    note: str = ""


def look_at(file: BinaryIO) -> Shape:
    """Find out the encoding by reading the whole file once; leaves it at its beginning.

    Raises ReaderFileError for an empty file and for a workbook.
    """
    head = file.read(4096)
    if not head.strip():
        raise ReaderFileError("the file is empty", hint="its first line is: email,name,topics")
    if head.startswith(b"PK\x03\x04"):
        raise ReaderFileError(
            "this is a workbook, not a CSV file", hint="save it as “CSV UTF-8”, then import that"
        )
    file.seek(0)
    encoding = _marked(head)
    note = ""
    if not encoding:
        encoding = "utf-8" if _is_utf8(file) else "cp1252"
        file.seek(0)
    if encoding == "cp1252":
        encoding = encoding if _decodes(file, encoding) else "latin-1"
        note = "the file is not UTF-8: it was read as Windows-1252; check names with accents"
        file.seek(0)
    lines = _count_lines(file)
    file.seek(0)
    return Shape(encoding, lines, note)


BATCH = 5000
"""Rows that are read at once."""

Row = tuple[int, int, list[str] | str]
"""A row's first and last line (from 1), and its cells or why it can't be read."""


def read_rows(file: BinaryIO, shape: Shape) -> Generator[list[Row], None, None]:
    """Yield the rows, without blank ones: the first by itself, then many at once.

    Close it before the file.
    """
    text = io.TextIOWrapper(file, encoding=shape.encoding, errors="replace", newline="")
    try:
        delimiter, skipped = _delimiter(text)
        yield from _batches(text, delimiter, skipped)
    finally:
        text.detach()


def guard(value: str) -> str:
    """Mark a value that a spreadsheet would run as a formula; `unguard` gives it back."""
    return "'" + value if _FORMULA.match(value) else value


def unguard(value: str) -> str:
    """Take the mark off that `guard` put on."""
    return value[1:] if value[:1] == "'" and _FORMULA.match(value) else value


def _batches(text: io.TextIOWrapper, delimiter: str, skipped: int) -> Iterator[list[Row]]:
    # Strict: otherwise a quotation mark that is never closed swallows readers silently.
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    # Each row with the line where it ends, without a step of Python's own for each.
    ending = zip(reader, map(attrgetter("line_num"), repeat(reader)), strict=False)
    batch: list[Row] = []
    first, most = skipped + 1, 1
    while True:
        read, error = _read(ending, most - len(batch))
        lasts = [skipped + line for _, line in read]
        firsts = [first, *(last + 1 for last in lasts)]
        rows = zip(firsts, lasts, read, strict=False)
        batch += [(begin, end, cells) for begin, end, (cells, _) in rows if any(cells)]
        last = skipped + reader.line_num
        if error:
            batch.append((firsts[-1], last, _unreadable(error, firsts[-1], last)))
        ended = not read and not error
        if batch and (ended or len(batch) >= most):
            yield batch
            batch, most = [], BATCH
        if ended:
            return
        first = last + 1


def _read(
    ending: Iterator[tuple[list[str], int]], most: int
) -> tuple[list[tuple[list[str], int]], str]:
    """Return so many rows, or those before a bad one and what is wrong with that."""
    read: list[tuple[list[str], int]] = []
    try:
        read.extend(islice(ending, most))
    except csv.Error as error:
        return read, str(error)
    return read, ""


def _unreadable(error: str, first: int, last: int) -> str:
    reach = f"; lines {first} to {last} were not read" if last > first else ""
    if "end of data" in error or "field larger" in error:
        return f"a quotation mark that opens here is never closed{reach}"
    return f"its quotation marks don't match ({error}){reach}"


def _delimiter(text: io.TextIOWrapper) -> tuple[str, int]:
    """Return the delimiter, and how many lines are not to be read as rows; leaves `text` there."""
    header, before = "", 0
    for before, line in enumerate(islice(text, 100)):  # noqa: B007
        header = line
        if line.strip():
            break
    text.seek(0)
    if said := _SEP_LINE.fullmatch(header):
        for _ in range(before + 1):
            next(text)
        return said[1], before + 1
    bare = re.sub(r'"[^"]*"', "", header)
    return max(_DELIMITERS, key=bare.count), 0


def _marked(head: bytes) -> str:
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            return encoding
    # A header begins in Latin letters: in UTF-16 one of its first two bytes is zero. A zero
    # further on is dirt in somebody's name.
    if head[1:2] == b"\x00":
        return "utf-16-le"
    return "utf-16-be" if head[:1] == b"\x00" else ""


def _is_utf8(file: BinaryIO) -> bool:
    return _decodes(file, "utf-8")


def _decodes(file: BinaryIO, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while chunk := file.read(_CHUNK):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _count_lines(file: BinaryIO) -> int:
    ends = {b"\n": 0, b"\r": 0}
    while chunk := file.read(_CHUNK):
        for end in ends:
            ends[end] += chunk.count(end)
    return max(ends.values()) + 1
