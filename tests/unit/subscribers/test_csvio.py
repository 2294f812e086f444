"""Readers from CSV, and back."""

import io
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine

from newsletter.store.engine import writing
from subscribers import store
from subscribers.address import parse
from subscribers.consent import Evidence, history
from subscribers.csvfile import BATCH, look_at
from subscribers.csvio import ImportReport, export_csv, import_csv
from subscribers.csvrows import TopicNames
from subscribers.errors import ReaderFileError
from subscribers.intake import Entry
from subscribers.model import Mode
from subscribers.names import clean_name
from subscribers.suppression import Reason, suppress
from tests.support.database import in_memory

_NAMES = {
    "client-factors": "client-factors",
    "client factors": "client-factors",
    "training": "training",
}
TOPICS = TopicNames(
    lambda text: _NAMES.get(text.casefold()),
    lambda text: "Training" if text.startswith("t") else None,
)
NOW = datetime.fromisoformat("2021-02-01T09:00:00+00:00")
FILE = Evidence("import readers.csv")


def _import(connection: Connection, text: str | bytes, **options: object) -> ImportReport:
    file = io.BytesIO(text.encode() if isinstance(text, str) else text)
    return import_csv(connection, file, look_at(file), TOPICS, FILE, NOW, **options)  # type: ignore[arg-type]


def _counts(report: ImportReport) -> tuple[int, int, int, int, int]:
    rejected = len(report.rejected)
    return report.added, report.updated, report.unchanged, report.suppressed, rejected


def _reasons(report: ImportReport) -> dict[int, str]:
    return {one.line: one.reason for one in report.rejected}


def test_a_whole_row(connection: Connection) -> None:
    """Every column arrives; topics by slug or name; the consent's source is the file."""
    header = "email,name,topics,mode,language\n"
    report = _import(
        connection, header + "ann@example.org,Ann,Client  Factors; training;,ONLY,fr-CA\n"
    )
    assert _counts(report) == (1, 0, 0, 0, 0)
    reader = store.known(connection, "ann@example.org")
    assert reader.name == "Ann"
    assert reader.preferences.topics == {"client-factors", "training"}
    assert (reader.preferences.mode, reader.preferences.language) == (Mode.ONLY, "fr-CA")
    assert [one.source for one in history(connection, reader.id)] == ["import readers.csv"]


def test_email_alone_is_enough(connection: Connection) -> None:
    """The other columns may be missing, in any order, under usual names and in any case."""
    assert _import(connection, "Name;E-Mail\nAnn;ann@example.org\n").added == 1
    assert store.known(connection, "ann@example.org").name == "Ann"


def test_new_readers_get_the_site_s_language(connection: Connection) -> None:
    """A row that names no language leaves it to the site."""
    _import(connection, "email\nann@example.org\n", language="fr")
    assert store.known(connection, "ann@example.org").preferences.language == "fr"


def test_bad_rows_are_left_out_by_line(connection: Connection) -> None:
    """Each bad row has its line and its reason; the good ones around it go in."""
    report = _import(
        connection,
        "email,name,topics,mode,language\n"
        "good@example.org,,,,\n"
        "bad,,,,\n"
        '"quoted@example.org","two\nlines",,,\n'
        "a@example.org,,trainning,,\n"
        "b@example.org,,,sometimes,\n"
        "c@example.org,,,,klingon!\n"
        "d@example.org,,,,,training\n"
        ",Nobody,,,\n"
        "e@example.org\n"
        "f@example.org,,,,en-abcdefgh-abcdefgh\n",
    )
    assert _counts(report) == (3, 0, 0, 0, 7)
    reasons = _reasons(report)
    assert list(reasons) == [3, 6, 7, 8, 9, 10, 12]
    assert "@-sign" in reasons[3]
    assert reasons[6] == "there is no topic “trainning”: did you mean “Training”?"
    assert "unknown mode" in reasons[7]
    assert "language" in reasons[8]
    assert "language" in reasons[12]
    assert "6 cells, but the header has 5" in reasons[9]
    assert reasons[10] == "it is empty."
    assert report.rejected[0].email == "bad"


def test_importing_twice_changes_nothing(connection: Connection) -> None:
    """The second time every reader is unchanged, with one consent."""
    text = "email,name,topics\nann@example.org,Ann,training\nbob@example.org,,\n"
    assert _counts(_import(connection, text)) == (2, 0, 0, 0, 0)
    assert _counts(_import(connection, text)) == (0, 0, 2, 0, 0)
    assert len(history(connection, store.known(connection, "ann@example.org").id)) == 1


def test_a_blank_cell_keeps_the_reader_s_own_value(connection: Connection) -> None:
    """What is written replaces, what is blank stays."""
    _import(connection, "email,name,topics\nann@example.org,Ann,training\n")
    report = _import(connection, "email,name,topics\nann@example.org,,client-factors\n")
    assert _counts(report) == (0, 1, 0, 0, 0)
    reader = store.known(connection, "ann@example.org")
    assert (reader.name, reader.preferences.topics) == ("Ann", {"client-factors"})


def test_opt_outs_and_suppressed_addresses_stay(connection: Connection) -> None:
    """Neither is brought back nor changed, and both are counted."""
    _import(connection, "email,name\nleft@example.org,Left\n")
    store.unsubscribe(connection, store.known(connection, "left@example.org").id, FILE, NOW)
    suppress(connection, parse("stopped@example.org").hash, Reason.COMPLAINT, NOW)
    report = _import(connection, "email,name\nLEFT@example.org,X\nstopped@example.org,Y\n")
    assert _counts(report) == (0, 0, 0, 2, 0)
    assert store.known(connection, "left@example.org").state == "unsubscribed"
    assert store.known(connection, "left@example.org").name == "Left"
    assert store.find(connection, "stopped@example.org") is None


def test_the_same_address_twice(connection: Connection) -> None:
    """The same again is unchanged; other values are a contradiction, and the first row holds."""
    report = _import(
        connection,
        "email,name\nann@example.org,Ann\nANN@example.org,Ann\nann@example.org,Other\n",
    )
    assert _counts(report) == (1, 0, 1, 0, 1)
    assert _reasons(report) == {4: "line 2 has the same address with other values"}
    assert store.known(connection, "ann@example.org").name == "Ann"


@pytest.mark.parametrize("known_before", [False, True])
def test_a_contradiction_across_batches(connection: Connection, known_before: bool) -> None:
    """Thousands of lines later, the first row's line is still known."""
    if known_before:
        _import(connection, "email,name\nann@example.org,Old\n")
    many = "".join(f"r{n}@example.org,R\n" for n in range(BATCH + 1))
    report = _import(connection, f"email,name\nann@example.org,Ann\n{many}ann@example.org,Other\n")
    assert _reasons(report) == {BATCH + 4: "line 2 has the same address with other values"}
    assert store.known(connection, "ann@example.org").name == "Ann"


def test_an_export_of_those_who_left_makes_nobody_active(connection: Connection) -> None:
    """The column “state” of an export is obeyed: only active rows are taken in."""
    report = _import(
        connection,
        "email,state\na@example.org,active\nb@example.org,unsubscribed\n"
        "c@example.org,suppressed\nd@example.org,pending\ne@example.org,paused\n"
        "f@example.org,happy\n",
    )
    assert _counts(report) == (1, 0, 0, 2, 3)
    assert list(_reasons(report)) == [5, 6, 7]


def test_columns_that_are_not_used_are_named_once(connection: Connection) -> None:
    """A note says which columns were left aside; an export's own are no news."""
    report = _import(connection, "email,shoe size,created_at\na@example.org,38,\n")
    assert report.notes == ["columns that are not used: shoe size"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name,topics\nAnn,\n", "no column “email”"),
        ("ann@example.org\nbob@example.org\n", "no column “email”"),
        ("email,name,Email\n", "stands twice"),
        ('"email\n', "header can't be read"),
    ],
)
def test_files_without_a_header(connection: Connection, text: str, message: str) -> None:
    """Without an email column nothing is guessed; the hint shows a header."""
    with pytest.raises(ReaderFileError, match=message) as info:
        _import(connection, text)
    assert info.value.hint


def test_progress_adds_up_to_the_lines(connection: Connection) -> None:
    """The meter ends where the file ends."""
    steps: list[int] = []
    text = "email\n" + "".join(f"r{n}@example.org\n" for n in range(BATCH * 2 + 7))
    _import(connection, text, advance=steps.append)
    assert len(steps) == 4
    assert sum(steps) == text.count("\n") + 1


def test_all_or_nothing(engine: Engine) -> None:
    """A program that dies half way leaves no reader behind."""

    def die(lines: int) -> None:
        raise KeyboardInterrupt

    text = "email\n" + "".join(f"r{n}@example.org\n" for n in range(BATCH * 2))
    with pytest.raises(KeyboardInterrupt), writing(engine) as connection:
        _import(connection, text, advance=die)
    with writing(engine) as connection:
        assert list(store.stream(connection)) == []


def test_a_spreadsheet_runs_nothing(connection: Connection) -> None:
    """Every exported cell that could be a formula is marked as text."""
    store.add(connection, Entry(parse("=1+1@example.org"), "=HYPERLINK(1)"), FILE, NOW)
    out = io.StringIO()
    export_csv(store.stream(connection), out, NOW)
    assert out.getvalue().splitlines()[1].startswith("'=1+1@example.org,'=HYPERLINK(1),")


_LOCALS = st.text("abc=+-'", min_size=1, max_size=8)
_READERS = st.dictionaries(
    _LOCALS.map(lambda local: f"{local}@example.org"),
    st.tuples(
        st.text(max_size=20) | st.text("'=+-@\";,\n\t a", max_size=8),
        st.sets(st.sampled_from(["client-factors", "training"])),
        st.sampled_from(Mode),
    ),
    max_size=6,
)


@settings(max_examples=60)
@given(_READERS)
def test_round_trip(readers: dict[str, tuple[str, set[str], Mode]]) -> None:
    """What is exported imports into an empty list as it was, naughty names and all."""
    first, second = in_memory(), in_memory()
    out = io.StringIO()
    with writing(first) as connection:
        for email, (name, topics, mode) in readers.items():
            entry = Entry(parse(email), clean_name(name), tuple(sorted(topics)), mode)
            store.add(connection, entry, FILE, NOW)
        before = list(store.stream(connection))
        export_csv(before, out, NOW)
    with writing(second) as connection:
        report = _import(connection, out.getvalue())
        assert (report.added, report.rejected, report.notes) == (len(readers), [], [])
        assert list(store.stream(connection)) == before
    for engine in (first, second):
        engine.dispose()
