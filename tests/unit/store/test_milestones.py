"""What happened once."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from newsletter.store import milestones
from newsletter.store.engine import reading, writing

NOW = datetime(2021, 2, 1, tzinfo=UTC)
LATER = NOW + timedelta(days=1)


def test_the_first_time_stays(ready: Engine) -> None:
    """Recorded again, it keeps the moment of the first time."""
    for moment in (NOW, LATER):
        with writing(ready) as connection:
            milestones.record(connection, "start", moment)
    with reading(ready) as connection:
        assert milestones.reached(connection) == {"start": NOW}


def test_names_are_found_by_their_beginning(ready: Engine) -> None:
    """`notice/` finds notices, and `%` is a letter like any other."""
    with writing(ready) as connection:
        for name in ("notice/a", "notice/b", "start", "x%y"):
            milestones.record(connection, name, NOW)
    with reading(ready) as connection:
        assert milestones.reached(connection, "notice/").keys() == {"notice/a", "notice/b"}
        assert milestones.reached(connection, "%").keys() == set()


def test_it_is_moved_back_only(ready: Engine) -> None:
    """A moment that a wrong clock wrote is mended; a right one stays."""
    with writing(ready) as connection:
        milestones.record(connection, "start", LATER)
        milestones.move_back(connection, "start", NOW)
        milestones.move_back(connection, "start", LATER)
        assert milestones.reached(connection) == {"start": NOW}


def test_it_can_be_forgotten(ready: Engine) -> None:
    """What was taken back may happen again."""
    with writing(ready) as connection:
        milestones.record(connection, "told", NOW)
        milestones.forget(connection, "told")
        milestones.record(connection, "told", LATER)
        assert milestones.reached(connection) == {"told": LATER}
