"""The database connection: safe settings, real transactions, and errors people can act on.

SQLite is the embedded default; any other SQLAlchemy URL is opened as it is.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event, exc
from sqlalchemy.engine import URL, make_url

from newsletter.errors import ConfigError, DatabaseError

BUSY_SECONDS = 120
"""How long a statement waits for another program's lock before it gives up."""

_BEGIN = "sqlite_begin"
"""The execution option that says how a transaction begins on SQLite."""

# Per connection. FULL: NORMAL in WAL mode loses the last commits at a power cut.
# recursive_triggers: without it INSERT OR REPLACE slips past the triggers that guard consent.
# secure_delete: what was erased is overwritten, not only unlinked.
_PRAGMAS = (
    f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA recursive_triggers = ON",
    "PRAGMA secure_delete = ON",
    "PRAGMA cache_size = -65536",
)

_TROUBLES = (
    (
        "SQLITE_BUSY",
        f"is locked by another program, and stayed so for {BUSY_SECONDS} seconds",
        "let the other program finish, then try again",
    ),
    (
        "SQLITE_READONLY",
        "can't be written",
        "check who owns the file and its folder, and that the disk is not mounted read-only",
    ),
    ("SQLITE_FULL", "can't grow: the disk is full", "free some space, then try again"),
    (
        "SQLITE_NOTADB",
        "is not a database",
        "check `database.url`; a good copy comes back with `newsletter db restore FILE`",
    ),
    (
        "SQLITE_CORRUPT",
        "is damaged",
        "run `newsletter db check`; a good copy comes back with `newsletter db restore FILE`",
    ),
    (
        "SQLITE_CANTOPEN",
        "can't be opened",
        "check that the folder exists and that you may write in it",
    ),
    ("SQLITE_IOERR", "can't be read or written: the disk failed", "look at the system's log"),
)


def open_engine(url: str) -> Engine:
    """Return an engine for a SQLAlchemy URL; a new SQLite file is made with mode 0600.

    Raises ConfigError for a URL that can't be understood, DatabaseError where the file
    can't be made.
    """
    try:
        parsed = make_url(url)
        engine = create_engine(parsed)
    except (exc.ArgumentError, exc.NoSuchModuleError, ImportError) as error:
        raise ConfigError(
            f"database.url is not an address we can open: {error}",
            hint="write it like sqlite:///var/newsletter.db",
        ) from error
    if engine.dialect.name == "sqlite":
        _create(parsed)
        event.listen(engine, "connect", _set_up)
        event.listen(engine, "begin", _begin)
    return engine


def sqlite_file(url: URL) -> Path | None:
    """Return the file of a SQLite URL; None for another database or one in memory."""
    name = url.database or ""
    if url.get_backend_name() != "sqlite" or name in ("", ":memory:") or name.startswith("file:"):
        return None
    return Path(name)


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Open a transaction that may write: commits at the end, rolls back when an error passes.

    On SQLite it takes the write lock at once (BEGIN IMMEDIATE), so that what was read
    in it still holds when it is written. Raises DatabaseError.
    """
    with translated(engine), engine.connect() as connection:
        connection.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"})
        with connection.begin():
            yield connection


@contextmanager
def writing_later(engine: Engine) -> Iterator[Connection]:
    """Open a connection for many writing transactions: each `connection.begin()` starts one."""
    with translated(engine), engine.connect() as connection:
        yield connection.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"})


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Open a transaction that only reads, and sees one moment of the database throughout.

    Raises DatabaseError.
    """
    with translated(engine), engine.connect() as connection, connection.begin() as transaction:
        yield connection
        transaction.rollback()


def _create(url: URL) -> None:
    path = sqlite_file(url)
    if path is None or path.exists():
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise DatabaseError(
            f"the database {path} can't be made: {error.strerror}",
            hint="check that you may write in its folder, or set `database.url`",
        ) from error


def _set_up(connection: sqlite3.Connection, _record: object) -> None:
    # The sqlite3 module opens transactions of its own, too late and not for every statement:
    # with None it leaves them to us (see `_begin`).
    connection.isolation_level = None
    with closing(connection.cursor()) as cursor:
        for pragma in _PRAGMAS:
            cursor.execute(pragma)
        if cursor.execute("PRAGMA journal_mode").fetchone()[0] == "delete":
            cursor.execute("PRAGMA journal_mode = WAL")


def _begin(connection: Connection) -> None:
    # On the driver's own cursor: a sender begins thousands of transactions a second.
    cursor = connection.connection.cursor()
    cursor.execute(connection.get_execution_options().get(_BEGIN, "BEGIN"))
    cursor.close()


@contextmanager
def translated(engine: Engine) -> Iterator[None]:
    """Turn the driver's errors of the outside world into DatabaseError; let mistakes pass."""
    driver = engine.dialect.loaded_dbapi
    try:
        yield
    except (exc.DBAPIError, driver.Error) as error:
        orig = error.orig if isinstance(error, exc.DBAPIError) else error
        outside = isinstance(orig, (driver.OperationalError, driver.InternalError))
        if orig is None or not (outside or type(orig) is driver.DatabaseError):
            raise
        raise _explained(engine.url, orig) from error


def _explained(url: URL, orig: BaseException) -> DatabaseError:
    place = sqlite_file(url) or url.render_as_string(hide_password=True)
    name = getattr(orig, "sqlite_errorname", "")
    for prefix, what, hint in _TROUBLES:
        if name.startswith(prefix):
            return DatabaseError(f"the database {place} {what}", hint=hint)
    if "no such table" in str(orig) or "no such column" in str(orig):
        return DatabaseError(
            f"the database {place} is not as this version needs it: {orig}",
            hint="run `newsletter db upgrade`",
        )
    return DatabaseError(
        f"the database {place} refused: {orig}", hint="check `database.url` and the server"
    )
