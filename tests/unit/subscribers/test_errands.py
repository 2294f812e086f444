"""What somebody asked for, until it is done."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection

from subscribers import errands, store
from subscribers.address import parse
from subscribers.consent import Evidence
from subscribers.errands import Kind
from subscribers.intake import Entry

LASTS = timedelta(days=2)
ANNA = "anna@example.org"


@pytest.fixture
def anna(connection: Connection, now: datetime) -> int:
    return store.add(connection, Entry(parse(ANNA)), Evidence("test"), now).id


def asked(connection: Connection, now: datetime, kind: Kind = Kind.SUBSCRIBE) -> int:
    wish = {"name": "Ann\u00e9", "topics": ["a"]}
    return errands.ask(connection, kind, now, LASTS, language="fr", email=ANNA, wish=wish)


def test_nobody_finds_what_was_not_looked_at(
    connection: Connection, now: datetime, anna: int
) -> None:
    """A new errand opens by no link; once opened it is as it was asked."""
    number = asked(connection, now)
    assert errands.find(connection, number, now) is None
    assert [one.id for one in errands.new(connection, 10)] == [number]
    errands.open_up(connection, number, anna)
    found = errands.find(connection, number, now)
    assert found is not None
    assert (found.subscriber_id, found.email, found.language) == (anna, ANNA, "fr")
    assert found.wish == {"name": "Ann\u00e9", "topics": ["a"]}
    assert errands.count_new(connection) == 0


def test_it_ends_at_its_time(connection: Connection, now: datetime, anna: int) -> None:
    """To the second: for looking, and for tidying up."""
    number = asked(connection, now)
    errands.open_up(connection, number, anna)
    last = now + LASTS - timedelta(seconds=1)
    assert errands.find(connection, number, last)
    assert errands.expired(connection, last) == 0
    assert errands.find(connection, number, now + LASTS) is None
    assert errands.expired(connection, now + LASTS) == 1


def test_what_is_opened_voids_what_was_open(
    connection: Connection, now: datetime, anna: int
) -> None:
    """Of one reader and one kind there is one; the other kinds stay."""
    other, first = asked(connection, now, Kind.DATA), asked(connection, now)
    errands.open_up(connection, other, anna)
    errands.open_up(connection, first, anna)
    second = asked(connection, now)
    errands.open_up(connection, second, anna)
    assert [one.id for one in errands.of_reader(connection, anna)] == [other, second]


def test_what_the_form_said_is_not_kept(connection: Connection, now: datetime, anna: int) -> None:
    """Once it is done, its link still says so, and nothing more is known of the wish."""
    number = asked(connection, now)
    errands.open_up(connection, number, anna)
    errands.done(connection, number)
    found = errands.find(connection, number, now)
    assert found is not None
    assert found.done
    assert found.wish == {}
