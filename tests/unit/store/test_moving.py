"""A site from one database to another."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine, delete, event, insert, select, update

from newsletter.errors import DatabaseError, LeaseHeld, UsageError
from newsletter.store import leases, migrate, milestones, moving, search
from newsletter.store.engine import open_engine, reading, writing
from newsletter.store.tables import lease, milestone, pace
from subscribers.tables import subscriber, suppression
from tests.support.database import NewDatabase
from tests.support.filling import MOMENT, ROWS, fill

Pair = tuple[Engine, Engine]


@pytest.fixture(params=["there", "back"])
def pair(request: pytest.FixtureRequest) -> Iterator[Pair]:
    """A database with rows in every table, and an empty one of the other kind."""
    kinds = ("sqlite", "postgresql") if request.param == "there" else ("postgresql", "sqlite")
    makers: list[NewDatabase] = [request.getfixturevalue(f"new_{kind}") for kind in kinds]
    source, target = open_engine(makers[0]()), open_engine(makers[1](ready=False))
    fill(source)
    with writing(source) as connection:
        connection.execute(delete(lease))
    yield source, target
    source.dispose()
    target.dispose()


def contents(engine: Engine) -> dict[str, list[tuple[object, ...]]]:
    """Return every row of every table, in an order that is the same everywhere."""
    with reading(engine) as connection:
        return {
            table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
            for table in moving.TABLES
        }


def test_every_row_goes_over(pair: Pair) -> None:
    """All tables are the same in the new place, to the last value, and each is counted."""
    source, target = pair
    before = contents(source)
    moved = moving.move(source, target, MOMENT)
    assert contents(target) == before
    assert moved == {name: len(rows) for name, rows in before.items()}
    assert set(moved.values()) == {ROWS}
    assert migrate.is_current(target)


def test_new_rows_get_new_numbers(pair: Pair) -> None:
    """No number is given twice, not even that of a reader whose row is gone."""
    source, target = pair
    values = {"email": "z", "address_hash": "z", "state": "active", "created_at": MOMENT}
    added = insert(subscriber).returning(subscriber.c.id)
    with writing(source) as connection:
        lost = connection.execute(added.values(address_key="lost", **values)).scalar_one()
        connection.execute(delete(subscriber).where(subscriber.c.id == lost))
    moving.move(source, target, MOMENT)
    with writing(target) as connection:
        found = connection.execute(added.values(address_key="new", **values)).scalar_one()
    assert found > lost


def test_the_archive_can_be_searched(pair: Pair) -> None:
    """What is searched is made anew in the way of the new place."""
    source, target = pair
    with writing(source) as connection:
        words = search.summary_words
        connection.execute(update(words).where(words.c.summary_id == 1).values(title="therapy"))
    moving.move(source, target, MOMENT)
    with reading(target) as connection:
        assert search.find(connection, "therapy").ids == [1]


def test_the_old_place_refuses_to_be_used(pair: Pair) -> None:
    """A site that has moved is not sent from where it was; the new one is as good as ever."""
    source, target = pair
    moving.move(source, target, MOMENT)
    with pytest.raises(DatabaseError, match="has moved to") as info:
        migrate.prepare(source)
    assert "database.url" in info.value.hint
    migrate.prepare(target)
    with pytest.raises(DatabaseError, match="has moved to"):
        moving.move(source, target, MOMENT)


def test_a_target_with_rows_is_refused(pair: Pair) -> None:
    """Two sites are never mixed; nothing is changed in either."""
    source, target = pair
    migrate.upgrade(target)
    with writing(target) as connection:
        milestones.record(connection, "start", MOMENT)
    with pytest.raises(UsageError, match="not empty: it has rows in milestone"):
        moving.move(source, target, MOMENT)
    migrate.prepare(source)
    with reading(target) as connection:
        assert connection.execute(select(milestone.c.name)).scalars().all() == ["start"]


def test_all_or_nothing(pair: Pair) -> None:
    """Where it breaks off at the last table, the target is as empty as before."""
    source, target = pair

    def fail(done: int) -> None:
        nonlocal left
        left -= done
        if left <= 0:
            raise KeyboardInterrupt

    left = moving.steps(source)
    with pytest.raises(KeyboardInterrupt):
        moving.move(source, target, MOMENT, fail)
    assert migrate.current(target) is None
    migrate.prepare(source)
    moving.move(source, target, MOMENT)


def test_a_row_that_changes_on_its_way_is_found(pair: Pair) -> None:
    """What the new place says is compared with what was read, value by value."""
    source, target = pair

    @event.listens_for(target, "before_cursor_execute", retval=True)
    def spoil(_c: object, _k: object, statement: str, parameters: object, *_: object) -> object:
        if statement.startswith("SELECT pace"):
            _c.execute(update(pace).values(used=99))  # type: ignore[attr-defined]
        return statement, parameters

    with pytest.raises(DatabaseError, match="the copy of pace is not what was read"):
        moving.move(source, target, MOMENT)
    assert migrate.current(target) is None


def test_not_while_somebody_is_at_work(pair: Pair) -> None:
    """A sender's ledger isn't moved from under it; when its lease has run out, it may be."""
    source, target = pair
    holder = leases.Holder("mark", "elsewhere", 7)
    with writing(source) as connection:
        leases.take(connection, "sender", holder, MOMENT)
    with pytest.raises(LeaseHeld, match="process 7 on elsewhere is at work: sender"):
        moving.move(source, target, MOMENT)
    moving.move(source, target, MOMENT + leases.LIFETIME)


def test_onto_itself(pair: Pair) -> None:
    """A site that lives there already stays as it is."""
    source, _ = pair
    with pytest.raises(UsageError, match="already"):
        moving.move(source, source, MOMENT)


def test_many_rows_pass_in_pages(pair: Pair) -> None:
    """However many rows there are, a page of them is in hand; all are counted, twice."""
    source, target = pair
    values = {"reason": "bounce", "note": "", "at": MOMENT}
    many = [{"address_hash": f"{number:064}", **values} for number in range(12_000)]
    with writing(source) as connection:
        connection.execute(insert(suppression), many)
    told: list[int] = []
    steps = moving.steps(source)
    moving.move(source, target, MOMENT + timedelta(days=1), told.append)
    assert sum(told) == steps
    assert max(told) == 5000
