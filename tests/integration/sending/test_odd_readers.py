"""Whose letters are rehearsed one by one before the first goes out."""

import re

import pytest
from sqlalchemy import update

from newsletter.sending import plan
from newsletter.store import ledger
from newsletter.store.engine import reading, writing
from subscribers.tables import subscriber
from tests.support.ledger import MONTH, Desk, add_readers, schedule

NAMES = ["Ann", "", "O'Brien ~ !", "Zoë", "tab\there", "a]b[c*d?", "李", "del\x7f", "e\u0301"]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_of_more_than_plain_ascii_is_odd(desk: Desk, name: str) -> None:
    """The database's own pattern finds the same names as a regular expression does."""
    add_readers(desk, ["ann@example.org"])
    with writing(desk.engine) as connection:
        connection.execute(update(subscriber).values(name=name))
    schedule(desk)
    with writing(desk.engine) as connection:
        mailing = plan.begin(connection, MONTH, desk.clock.now())
    with reading(desk.engine) as connection:
        found = [row[2] for row in ledger.odd_readers(connection, mailing.id)]
    assert bool(found) is bool(re.search("[^ -~]", name))
