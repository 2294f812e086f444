"""The database connection."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, text

from newsletter.errors import ConfigError, DatabaseError
from newsletter.store.engine import open_engine, reading, writing


def _pragma(engine: Engine, name: str) -> object:
    with reading(engine) as connection:
        return connection.exec_driver_sql(f"PRAGMA {name}").scalar()


def _run(engine: Engine, *statements: str) -> None:
    with writing(engine) as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


@pytest.fixture
def numbers(engine: Engine) -> Engine:
    with writing(engine) as connection:
        connection.execute(text("CREATE TABLE number (n INTEGER PRIMARY KEY)"))
    return engine


def _count(engine: Engine) -> int:
    with reading(engine) as connection:
        return connection.execute(text("SELECT count(*) FROM number")).scalar_one()


@contextmanager
def _impatient(engine: Engine) -> Iterator[None]:
    def shorten(connection: sqlite3.Connection, *_: object) -> None:
        connection.execute("PRAGMA busy_timeout = 20")

    event.listen(engine, "checkout", shorten)
    yield
    event.remove(engine, "checkout", shorten)


@pytest.mark.parametrize(
    ("name", "value"),
    [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("recursive_triggers", 1)],
)
def test_settings(engine: Engine, name: str, value: object) -> None:
    """Every connection is durable, and keeps its keys and triggers."""
    assert _pragma(engine, name) == value


def test_waits_for_a_lock_of_more_than_a_minute(engine: Engine) -> None:
    """Another program may hold the database for 90 seconds without an error here."""
    assert int(str(_pragma(engine, "busy_timeout"))) >= 90_000


def test_new_file_is_private(engine: Engine, tmp_path: Path) -> None:
    """The folder is made, and nobody else may read the database or its log."""
    with writing(engine) as connection:
        connection.execute(text("CREATE TABLE t (x)"))
        files = list((tmp_path / "var").iterdir())
        assert "newsletter.db" in {file.name for file in files}
        assert {file.stat().st_mode & 0o777 for file in files} == {0o600}


def test_an_existing_file_keeps_its_mode(tmp_path: Path) -> None:
    """The operator's own mode is left alone."""
    path = tmp_path / "own.db"
    path.touch()
    path.chmod(0o640)
    open_engine(f"sqlite:///{path}").dispose()
    assert path.stat().st_mode & 0o777 == 0o640


def test_locked(numbers: Engine, url: str) -> None:
    """A lock that never ends is a DatabaseError that says so."""
    other = open_engine(url)
    with _impatient(other), writing(numbers), pytest.raises(DatabaseError, match="locked") as info:
        _run(other)
    other.dispose()
    assert info.value.exit_code == 3
    assert "other program" in info.value.hint


def test_disk_full(numbers: Engine) -> None:
    """A database that can't grow says that the disk is full."""
    with pytest.raises(DatabaseError, match="full"):
        _run(numbers, "PRAGMA max_page_count = 1", "CREATE TABLE t AS SELECT zeroblob(1000000)")


def test_read_only(numbers: Engine) -> None:
    """A database that can't be written says so."""
    with pytest.raises(DatabaseError, match="can't be written"):
        _run(numbers, "PRAGMA query_only = ON", "INSERT INTO number VALUES (1)")


def test_not_a_database(tmp_path: Path) -> None:
    """Another kind of file is named as what it is not."""
    path = tmp_path / "notes.db"
    path.write_text("only some notes, at some length" * 100)
    opened = open_engine(f"sqlite:///{path}")
    with pytest.raises(DatabaseError, match="is not a database"), reading(opened):
        pass
    opened.dispose()


@pytest.mark.parametrize("url", ["", "not a url", "nosuch://x/y"])
def test_bad_url(url: str) -> None:
    """A URL that can't be understood is a matter of configuration."""
    with pytest.raises(ConfigError, match=r"database\.url"):
        open_engine(url)


def test_folder_that_cannot_be_made(tmp_path: Path) -> None:
    """A file in the way of the folder is a DatabaseError that names the path."""
    (tmp_path / "var").touch()
    with pytest.raises(DatabaseError, match=r"var/x\.db"):
        open_engine(f"sqlite:///{tmp_path}/var/x.db")


def test_memory() -> None:
    """A database in memory needs no file."""
    opened = open_engine("sqlite://")
    with writing(opened) as connection:
        assert connection.execute(text("SELECT 1")).scalar() == 1
    opened.dispose()


def test_second_program_can_read_while_we_write(numbers: Engine, tmp_path: Path) -> None:
    """WAL: a reader is never kept waiting by the writer."""
    with writing(numbers) as connection:
        connection.execute(text("INSERT INTO number VALUES (1)"))
        with closing(sqlite3.connect(tmp_path / "var" / "newsletter.db", timeout=0)) as other:
            assert other.execute("SELECT count(*) FROM number").fetchone() == (0,)
