"""An import of many rows at once does what taking them one by one would do."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple
from unittest.mock import patch

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine

from newsletter.store.engine import writing
from subscribers import csvfile, store
from subscribers.address import parse
from subscribers.consent import Consent, Evidence, Kind, history
from subscribers.csvfile import look_at
from subscribers.csvio import ImportReport, import_csv
from subscribers.csvrows import TopicNames
from subscribers.intake import Entry
from subscribers.joining import make_pending
from subscribers.model import Mode, State
from subscribers.suppression import Reason, suppress

NOW = datetime.fromisoformat("2021-02-01T09:00:00+00:00")
LATER = NOW + timedelta(days=1)
FORM, FILE = Evidence("web form"), Evidence("import readers.csv", "the words")
SLUGS = ("client-factors", "training")
TOPICS = TopicNames(lambda text: text if text in SLUGS else None, lambda text: None)

_BLANK = ("", (), "highlights", "fr")


class Line(NamedTuple):
    """A row as it is written; blank cells say nothing."""

    email: str
    name: str = ""
    topics: str = ""
    mode: str = ""
    language: str = ""


class Before(NamedTuple):
    """Somebody who is there before: their state, and whether their address is suppressed.

    Without a state they are not on the list.
    """

    email: str
    state: State | None
    suppressed: bool = False


@dataclass
class Reader:
    """What the list holds of somebody."""

    email: str
    state: str
    values: tuple[object, ...]
    consents: int


@dataclass
class Model:
    """The list, and the rules for a row, in the plainest words."""

    readers: dict[str, Reader] = field(default_factory=dict)
    suppressed: set[str] = field(default_factory=set)

    def take(self, lines: Sequence[Line]) -> list[tuple[str, str]]:
        """Take the rows one by one; say what becomes of each, and where it stood before."""
        places: dict[str, int] = {}
        return [self._take(line, place, places) for place, line in enumerate(lines, 2)]

    def _take(self, line: Line, place: int, places: dict[str, int]) -> tuple[str, str]:
        if "@" not in line.email:
            return "rejected", "it must have an @-sign."
        address = parse(line.email)
        reader = self.readers.get(address.key)
        if address.key in self.suppressed or (reader and reader.state == "unsubscribed"):
            return "suppressed", ""
        if reader is None:
            self.readers[address.key] = Reader(address.email, "active", _over(_BLANK, line), 1)
            places[address.key] = place
            return "added", ""
        values, earlier = _over(reader.values, line), places.setdefault(address.key, place)
        if values != reader.values and earlier != place:
            return "rejected", f"line {earlier} has the same address with other values"
        changed = values != reader.values or reader.state == "pending"
        reader.consents += reader.state == "pending"
        reader.values, reader.state = values, "active"
        return ("updated" if changed else "unchanged"), ""


def _over(values: Sequence[object], line: Line) -> tuple[object, ...]:
    said = (line.name, tuple(sorted(filter(None, line.topics.split(";")))), *line[3:])
    return tuple(new or old for new, old in zip(said, values, strict=True))


_EMAILS = st.sampled_from(
    (
        *("ann@example.org", "Ann@Example.org", "bob@example.org", "BOB@example.org"),
        *("cy@exämple.org", "cy@xn--exmple-cua.org", "ü@example.org", "d.e@example.org"),
    )
)
_LINES = st.builds(
    Line,
    _EMAILS | _EMAILS | st.just("nobody"),
    st.sampled_from(["", "Ann", "O'Neil", "“Zoë”"]),
    st.sampled_from(["", "training", "training;client-factors"]),
    st.sampled_from(["", "only"]),
    st.sampled_from(["", "en"]),
)
_STATES = st.sampled_from([State.ACTIVE, State.PENDING, State.UNSUBSCRIBED, State.ERASED, None])
_BEFORE = st.lists(
    st.builds(Before, _EMAILS, _STATES, st.booleans()),
    max_size=3,
    unique_by=lambda one: parse(one.email).key,
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_BEFORE, st.lists(_LINES, max_size=9), st.lists(_LINES, max_size=4), st.integers(1, 5))
@example([], [Line("a@example.org"), Line("A@example.org"), Line("b@example.org")], [], 2)
@example([Before("a@example.org", None, True)], [Line("a@example.org")] * 3, [], 2)
def test_many_rows_at_once_are_taken_like_one_by_one(
    engine: Engine, before: list[Before], first: list[Line], second: list[Line], together: int
) -> None:
    """Whoever was there before, whatever repeats, wherever batches end: as the rules say."""
    with writing(engine) as connection, patch.object(csvfile, "BATCH", together):
        model = _set_up(connection, before)
        for lines in (first, second):
            taken = model.take(lines)
            report = _import(connection, lines)
            assert _counts(report) == [
                sum(outcome == word for outcome, _ in taken)
                for word in ("added", "updated", "unchanged", "suppressed", "rejected")
            ]
            assert [(one.line, one.reason) for one in report.rejected if "line" in one.reason] == [
                (place, why) for place, (_, why) in enumerate(taken, 2) if "line" in why
            ]
            assert _readers(connection) == model.readers
        connection.get_transaction().rollback()  # type: ignore[union-attr]


def _set_up(connection: Connection, before: list[Before]) -> Model:
    model = Model()
    for email, state, suppressed in before:
        address = parse(email)
        if state is State.PENDING:
            make_pending(connection, address, "fr", NOW)
            model.readers[address.key] = Reader(address.email, "pending", _BLANK, 0)
        elif state:
            entry = Entry(address, "Old", ("training",), Mode.ONLY, "en")
            reader = store.add(connection, entry, FORM, NOW).id
            old = Reader(address.email, "active", ("Old", ("training",), "only", "en"), 1)
            if state is State.UNSUBSCRIBED:
                store.unsubscribe(connection, reader, FORM, NOW)
                old = Reader(old.email, "unsubscribed", old.values, 2)
            if state is State.ERASED:
                store.erase(connection, email, NOW)
                model.suppressed.add(address.key)
            else:
                model.readers[address.key] = old
        if suppressed:
            suppress(connection, address.hash, Reason.BOUNCE, NOW)
            model.suppressed.add(address.key)
    return model


def _import(connection: Connection, lines: list[Line]) -> ImportReport:
    rows = [",".join(line) for line in [Line(*Line._fields), *lines]]
    file = io.BytesIO("\n".join(rows).encode())
    return import_csv(connection, file, look_at(file), TOPICS, FILE, LATER, language="fr")


def _counts(report: ImportReport) -> list[int]:
    given = [report.added, report.updated, report.unchanged, report.suppressed]
    return [*given, len(report.rejected)]


def _readers(connection: Connection) -> dict[str, Reader]:
    found = {}
    for one in store.stream(connection):
        wanted, consents = one.preferences, history(connection, one.id)
        values = (one.name, tuple(sorted(wanted.topics)), wanted.mode.value, wanted.language)
        found[parse(one.email).key] = Reader(one.email, one.state, values, len(consents))
        if one.confirmed_at == LATER:
            assert consents[-1] == Consent(Kind.GRANTED, FILE.source, FILE.wording, LATER)
    return found
