"""CSV as people have it: any usual delimiter and encoding, rows with the line they begin at.

The encodings are those Excel, LibreOffice and mail tools write: UTF-8 with and without a byte order
mark, UTF-16, Windows-1252.
"""

import codecs
import csv
import io
import re
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, compress, islice
from typing import BinaryIO, NamedTuple

from subscribers.errors import ReaderFileError

_CHUNK = 1 << 20
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DELIMITERS = (",", ";", "\t")
_LINE_END = re.compile(r"\r\n|\r|\n")
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


class Rows(NamedTuple):
    """Rows: the line where each begins (from 1), and its cells or why it can't be read.

    `last` is the line where the last one ends.
    """

    lines: list[int]
    cells: list[list[str] | str]
    last: int


def read_rows(file: BinaryIO, shape: Shape) -> Generator[Rows, None, None]:
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


def _batches(text: io.TextIOWrapper, delimiter: str, skipped: int) -> Iterator[Rows]:
    # Strict: otherwise a quotation mark that is never closed swallows readers silently.
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    lines: list[int] = []
    batch: list[list[str] | str] = []
    last, most = skipped, 1
    while True:
        first = last + 1
        read, error = _read(reader, most - len(batch))
        last = skipped + reader.line_num
        begins = _begins(read, first, last)
        whole = list(map(any, read))
        lines += compress(begins, whole)
        batch += compress(read, whole)
        if error:
            lines.append(begins[-1])
            batch.append(_unreadable(error, begins[-1], last))
        ended = not read and not error
        if batch and (ended or len(batch) >= most):
            yield Rows(lines, batch, last)
            lines, batch, most = [], [], BATCH
        if ended:
            return


def _read(reader: Iterator[list[str]], most: int) -> tuple[list[list[str]], str]:
    """Return so many rows, or those before a bad one and what is wrong with that."""
    read: list[list[str]] = []
    try:
        read.extend(islice(reader, most))
    except csv.Error as error:
        return read, str(error)
    return read, ""


def _begins(rows: list[list[str]], first: int, last: int) -> Sequence[int]:
    """Return the line where each row begins, and the next one after them.

    Most often each is one line, and that needs no look at them.
    """
    if last - first + 1 == len(rows):
        return range(first, last + 2)
    return list(accumulate(map(_lines_of, rows), initial=first))


def _lines_of(row: list[str]) -> int:
    return 1 + sum(len(_LINE_END.findall(cell)) for cell in row)


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
