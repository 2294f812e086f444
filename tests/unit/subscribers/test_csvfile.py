"""CSV files as people have them."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscribers.csvfile import BATCH, guard, look_at, read_rows, unguard
from subscribers.errors import ReaderFileError

TEXT = "email,name\nann@example.org,Zoë\n"


def _rows(data: bytes) -> list[tuple[int, list[str] | str]]:
    file = io.BytesIO(data)
    batches = list(read_rows(file, look_at(file)))
    return [row for lines, cells, _ in batches for row in zip(lines, cells, strict=True)]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1"]
)
def test_encodings(encoding: str) -> None:
    """What spreadsheets write is read, whatever it is."""
    assert _rows(TEXT.encode(encoding)) == [
        (1, ["email", "name"]),
        (2, ["ann@example.org", "Zoë"]),
    ]


def test_a_zero_octet_in_a_name_is_dirt_and_not_another_encoding() -> None:
    """One bad name near the top doesn't turn a whole file into gibberish."""
    assert _rows(b"email,name\na@example.org,A\x00nn\n")[1][1] == ["a@example.org", "A\x00nn"]


def test_a_guessed_encoding_is_said() -> None:
    """Windows-1252 is a guess, and named as one; UTF-8 is none."""
    assert "Windows-1252" in look_at(io.BytesIO(TEXT.encode("cp1252"))).note
    assert look_at(io.BytesIO(TEXT.encode())).note == ""


def test_octets_that_windows_does_not_know() -> None:
    """A file in no known encoding is still read, octet by octet."""
    assert _rows(b"email\n\x81\xff@x\n")[1][1] == ["\x81ÿ@x"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_delimiters_and_line_ends(delimiter: str, end: str) -> None:
    """The header tells the delimiter; any line end will do."""
    lines = (("email", "name", "topics"), ("a@example.org", "A", "x"))
    data = "".join(delimiter.join(line) + end for line in lines)
    assert _rows(data.encode()) == [(1, list(lines[0])), (2, list(lines[1]))]


def test_a_delimiter_in_quotation_marks_does_not_count() -> None:
    """A header cell that holds semicolons doesn't change what separates."""
    assert _rows(b'email,"a;b;c"\n')[0][1] == ["email", "a;b;c"]


def test_the_line_that_excel_reads() -> None:
    """`sep=;` is obeyed and is no row, but it is a line."""
    assert _rows(b"sep=|\nemail|name\na|b\n") == [(2, ["email", "name"]), (3, ["a", "b"])]


def test_line_numbers_are_the_file_s_own() -> None:
    """Rows are numbered by their first line, through quoted line breaks and blank lines."""
    data = b'email,name\n\n"a","x\ny\r\nz"\n,\nb,c\n'
    assert _rows(data) == [
        (1, ["email", "name"]),
        (3, ["a", "x\ny\r\nz"]),
        (7, ["b", "c"]),
    ]


def test_a_quotation_mark_that_is_never_closed() -> None:
    """It doesn't swallow the rest silently: the lines that went with it are named."""
    rows = _rows(b'email,name\na,"b\nc,d\ne,f\n')
    assert rows[1][0] == 2
    assert "never closed; lines 2 to 4 were not read" in str(rows[1][1])


def test_the_file_goes_on_after_a_bad_row() -> None:
    """A row with stray quotation marks costs itself alone."""
    rows = _rows(b'email,name\n"a"b,c\nd,e\n')
    assert "quotation marks don't match" in str(rows[1][1])
    assert rows[2] == (3, ["d", "e"])


def test_bad_rows_keep_the_good_ones_around_them() -> None:
    """Among many rows that are read at once, each keeps its place, and is there once."""
    lines = [b'"a"b,c' if number % 7 == 3 else b"a%d,b" % number for number in range(BATCH + 20)]
    rows = _rows(b"email,name\n" + b"\n".join(lines) + b"\n")
    assert [first for first, _ in rows] == list(range(1, len(lines) + 2))
    refused = [first - 2 for first, cells in rows if isinstance(cells, str)]
    assert refused == list(range(3, len(lines), 7))
    assert rows[1 + BATCH][1] == ["a5000", "b"]


def test_a_cell_without_end() -> None:
    """A cell beyond any size is one bad row; what follows is read."""
    rows = _rows(b'email\n"' + b"x" * 200_000 + b'"\nb\n')
    assert "never closed" in str(rows[1][1])
    assert rows[-1] == (3, ["b"])


@pytest.mark.parametrize("data", [b"", b"\n \n"])
def test_empty(data: bytes) -> None:
    """Nothing is not a list of readers."""
    with pytest.raises(ReaderFileError, match="empty"):
        look_at(io.BytesIO(data))


def test_a_workbook_is_named_as_one() -> None:
    """An Excel file is no CSV; the hint says how to make one of it."""
    with pytest.raises(ReaderFileError, match="workbook") as info:
        look_at(io.BytesIO(b"PK\x03\x04" + b"\x00" * 100))
    assert "save it as" in info.value.hint


@given(st.text() | st.text("'=+-@\t\r\n＝a"))
def test_guarding(value: str) -> None:
    """No guarded value begins like a formula, and the guard comes off without a trace."""
    assert guard(value)[:1] not in set("=+-@\t\r\n＝＋－＠")
    assert unguard(guard(value)) == value


@given(st.binary(max_size=300))
def test_any_octets(data: bytes) -> None:
    """Whatever the file holds, it is read or refused; lines ascend."""
    try:
        rows = _rows(b"email\n" + data)
    except ReaderFileError:
        return
    lines = [first for first, _ in rows]
    assert lines == sorted(set(lines))


@given(st.text('a",\r\n', max_size=60))
def test_rows_have_the_lines_that_python_counts(text: str) -> None:
    """Through cells that break and rows that can't be read, each row begins where it does."""
    data = f"email,name\n{text}".encode()
    reader = csv.reader(io.TextIOWrapper(io.BytesIO(data), newline=""), strict=True)
    expected, first = [], 1
    while True:
        try:
            cells: list[str] | None = next(reader)
        except StopIteration:
            break
        except csv.Error:
            cells = None
        if cells is None or any(cells):
            expected.append((first, cells))
        first = reader.line_num + 1
    assert [
        (line, None if isinstance(cells, str) else cells) for line, cells in _rows(data)
    ] == expected
