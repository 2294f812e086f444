"""How often something may be done."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, select

from subscribers import allowances
from subscribers.allowances import LONGEST, Limit
from subscribers.tables import allowance

TWICE = Limit(2, timedelta(hours=1))


def test_as_often_as_is_allowed(connection: Connection, now: datetime) -> None:
    """Two are two; another name has its own; what is refused counts for nothing."""
    assert [allowances.use(connection, "a", TWICE, now) for _ in range(4)] == [True, True] + [
        False
    ] * 2
    assert allowances.use(connection, "b", TWICE, now)


def test_the_time_begins_with_the_first(connection: Connection, now: datetime) -> None:
    """An hour after the first use, not after the last, there is a new one."""
    allowances.use(connection, "a", TWICE, now)
    allowances.use(connection, "a", TWICE, now + timedelta(minutes=59))
    assert not allowances.use(connection, "a", TWICE, now + timedelta(minutes=59, seconds=59))
    assert allowances.use(connection, "a", TWICE, now + timedelta(hours=1))


def test_a_clock_that_was_wrong_locks_nobody_out(connection: Connection, now: datetime) -> None:
    """What was counted years ahead does not count today."""
    for _ in range(2):
        allowances.use(connection, "a", TWICE, now + timedelta(days=3650))
    assert allowances.use(connection, "a", TWICE, now)


def test_asking_counts_nothing(connection: Connection, now: datetime) -> None:
    """Whether it is spent can be asked as often as one likes."""
    for spent in (False, False, True):
        for _ in range(3):
            assert allowances.spent(connection, "a", TWICE, now) is spent
        allowances.use(connection, "a", TWICE, now)
    assert not allowances.spent(connection, "a", TWICE, now + timedelta(hours=1))


@pytest.mark.parametrize(("age", "left"), [(LONGEST, 1), (LONGEST + timedelta(seconds=1), 0)])
def test_what_no_limit_looks_at_is_forgotten(
    connection: Connection, now: datetime, age: timedelta, left: int
) -> None:
    """And not a moment before."""
    allowances.use(connection, "a", TWICE, now)
    allowances.forget_old(connection, now + age)
    assert len(connection.execute(select(allowance)).all()) == left
