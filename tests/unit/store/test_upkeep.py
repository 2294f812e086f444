"""Care of the database file."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, select, text

from newsletter.errors import DatabaseError, LeaseHeld, UsageError
from newsletter.store import leases, migrate, upkeep
from newsletter.store.engine import open_engine, reading, writing
from newsletter.store.leases import Holder
from newsletter.store.tables import lease, metadata
from subscribers import store as readers
from subscribers.address import parse
from subscribers.consent import Evidence
from subscribers.eligibility import may_be_mailed
from subscribers.intake import Entry
from subscribers.suppression import Reason, suppress
from subscribers.tables import subscriber

NOW = datetime(2021, 2, 1, 9, tzinfo=UTC)


@pytest.fixture
def ready(engine: Engine) -> Iterator[Engine]:
    migrate.upgrade(engine)
    _add(engine, "ann")
    return engine


def _add(engine: Engine, name: str) -> None:
    with writing(engine) as connection:
        connection.execute(
            text(
                "INSERT INTO subscriber (email, address_key, address_hash, state, created_at)"
                " VALUES (:name, :name, :name, 'active', '2021-01-01')"
            ),
            {"name": name},
        )


def _names(engine: Engine) -> list[str]:
    with reading(engine) as connection:
        return list(connection.execute(text("SELECT email FROM subscriber")).scalars())


def _path(engine: Engine) -> Path:
    return Path(engine.url.database or "")


def test_a_sound_database(ready: Engine) -> None:
    """Nothing is wrong with what was just made."""
    assert upkeep.problems(ready) == []


def test_a_link_to_nowhere_is_found(ready: Engine) -> None:
    """A row whose reader is gone is named with its table."""
    with closing(sqlite3.connect(_path(ready))) as other:
        other.execute("INSERT INTO subscriber_topic VALUES (99, 'a')")
        other.commit()
    assert "subscriber_topic" in upkeep.problems(ready)[0]


def test_missing_migrations_are_found(engine: Engine) -> None:
    """Tables without our revision are a problem, with the command that mends it."""
    metadata.create_all(engine)
    assert "newsletter db upgrade" in upkeep.problems(engine)[0]


def test_the_copy_is_whole_private_and_alone(ready: Engine, tmp_path: Path) -> None:
    """What was committed is in it, without side files, for the operator's eyes only."""
    target = tmp_path / "new" / "copy.db"
    with reading(ready):
        upkeep.back_up(ready, target)
    assert [file.name for file in target.parent.iterdir()] == ["copy.db"]
    assert target.stat().st_mode & 0o777 == 0o600
    copy = open_engine(f"sqlite:///{target}")
    assert (_names(copy), upkeep.problems(copy)) == (["ann"], [])
    copy.dispose()


def test_a_copy_is_not_replaced_unasked(ready: Engine, tmp_path: Path) -> None:
    """An older copy stays unless told otherwise."""
    target = tmp_path / "copy.db"
    upkeep.back_up(ready, target)
    with pytest.raises(UsageError, match="there already"):
        upkeep.back_up(ready, target)
    upkeep.back_up(ready, target, replace=True)


def test_restoring(ready: Engine, tmp_path: Path) -> None:
    """The copy's readers are back, also for who has the database open; the others are kept."""
    copy = tmp_path / "copy.db"
    upkeep.back_up(ready, copy)
    _add(ready, "bob")
    with closing(sqlite3.connect(_path(ready))) as other:
        assert other.execute("SELECT count(*) FROM subscriber").fetchone() == (2,)
        kept = upkeep.restore(ready, copy, NOW).kept
        assert other.execute("SELECT count(*) FROM subscriber").fetchone() == (1,)
    assert kept is not None
    old = open_engine(f"sqlite:///{kept}")
    assert _names(old) == ["ann", "bob"]
    old.dispose()
    assert upkeep.restore(ready, copy, NOW).kept == kept.with_name(kept.name + "-2")


def test_restoring_over_a_wreck(ready: Engine, tmp_path: Path) -> None:
    """A damaged database is moved aside, not lost, and the copy takes its place."""
    copy = tmp_path / "copy.db"
    upkeep.back_up(ready, copy)
    ready.dispose()
    _path(ready).write_bytes(b"wreckage" * 1000)
    kept, opt_outs = (done := upkeep.restore(ready, copy, NOW)).kept, done.opt_outs
    assert opt_outs is None
    assert kept is not None
    assert kept.read_bytes().startswith(b"wreckage")
    assert _names(ready) == ["ann"]
    assert _path(ready).stat().st_mode & 0o777 == 0o600


def test_restoring_brings_nobody_back(engine: Engine, tmp_path: Path) -> None:
    """Who left, was stopped or erased since the copy was made stays away; the others are back."""
    migrate.upgrade(engine)
    copy, source = tmp_path / "copy.db", Evidence("test")
    emails = [f"{name}@example.org" for name in ("left", "stopped", "erased", "stays")]
    with writing(engine) as connection:
        for email in emails:
            readers.add(connection, Entry(parse(email)), source, NOW)
    upkeep.back_up(engine, copy)
    with writing(engine) as connection:
        readers.unsubscribe(connection, readers.known(connection, emails[0]).id, source, NOW)
        suppress(connection, parse(emails[1]).hash, Reason.BOUNCE, NOW, "550")
        readers.erase(connection, emails[2], NOW)
    assert upkeep.restore(engine, copy, NOW).opt_outs == 3
    with writing(engine) as connection:
        query = select(subscriber.c.email).where(may_be_mailed(NOW))
        assert connection.execute(query).scalars().all() == [emails[3]]
        assert readers.find(connection, emails[2]) is None


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "no file"),
        (b"only text" * 1000, "not a database"),
        (b"", "not a database of this program"),
    ],
)
def test_no_copy_at_all(ready: Engine, tmp_path: Path, content: bytes | None, words: str) -> None:
    """What is no backup is refused before anything is touched."""
    copy = tmp_path / "copy.db"
    if content is not None:
        copy.write_bytes(content)
    with pytest.raises(DatabaseError, match=words):
        upkeep.restore(ready, copy, NOW)
    assert _names(ready) == ["ann"]


def test_a_damaged_copy(ready: Engine, tmp_path: Path) -> None:
    """A copy whose pages were overwritten is refused."""
    copy = tmp_path / "copy.db"
    upkeep.back_up(ready, copy)
    octets = bytearray(copy.read_bytes())
    octets[4096:] = b"\xff" * (len(octets) - 4096)
    copy.write_bytes(octets)
    with pytest.raises(DatabaseError):
        upkeep.restore(ready, copy, NOW)
    assert _names(ready) == ["ann"]


def test_a_copy_of_a_newer_version(ready: Engine, tmp_path: Path) -> None:
    """We don't go back in time with somebody else's tables."""
    copy = tmp_path / "copy.db"
    upkeep.back_up(ready, copy)
    with closing(sqlite3.connect(copy)) as other:
        other.execute("UPDATE alembic_version SET version_num = '9999'")
        other.commit()
    with pytest.raises(DatabaseError, match="newer version"):
        upkeep.restore(ready, copy, NOW)


def test_not_while_something_is_sending(ready: Engine, tmp_path: Path) -> None:
    """A sender's ledger isn't pulled from under it; when its lease has run out, it may be."""
    copy = tmp_path / "copy.db"
    upkeep.back_up(ready, copy)
    end = NOW + timedelta(minutes=1)
    values = {"name": "sending", "holder": "x", "host": "h", "pid": 7}
    with writing(ready) as connection:
        connection.execute(insert(lease).values(values | {"taken_at": NOW, "expires_at": end}))
    with pytest.raises(LeaseHeld, match="process 7 on h"):
        upkeep.restore(ready, copy, NOW)
    upkeep.restore(ready, copy, end)


def test_a_killed_service_is_not_waited_for(ready: Engine, tmp_path: Path) -> None:
    """Its lease still runs, and its process is gone from this machine: the copy goes in at once."""
    copy = tmp_path / "copy.db"
    upkeep.back_up(ready, copy)
    here = Holder.this_process()
    with writing(ready) as connection:
        leases.take(connection, leases.SERVICE, Holder("x-1", here.host, here.pid), NOW)
    assert upkeep.restore(ready, copy, NOW).kept


def test_restoring_where_nothing_was(ready: Engine, tmp_path: Path) -> None:
    """On a new machine there is nothing to keep, and nobody who left meanwhile."""
    copy = tmp_path / "copy.db"
    upkeep.back_up(ready, copy)
    new = open_engine(f"sqlite:///{tmp_path}/new/newsletter.db")
    assert upkeep.restore(new, copy, NOW) == upkeep.Restored(None, 0)
    assert _names(new) == ["ann"]
    new.dispose()
    assert [path.name for path in (tmp_path / "new").iterdir() if "before" in path.name] == []


def test_only_files_can_be_copied(tmp_path: Path) -> None:
    """A database in memory has no file to copy."""
    engine = open_engine("sqlite://")
    with pytest.raises(UsageError, match="SQLite file"):
        upkeep.back_up(engine, tmp_path / "copy.db")
    engine.dispose()


def test_a_newer_database_is_not_told_to_upgrade(ready: Engine) -> None:
    """What helps there is a newer program."""
    with writing(ready) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    (problem,) = upkeep.problems(ready)
    assert "newer version" in problem
    assert "upgrade" not in problem
