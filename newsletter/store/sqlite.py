"""SQLite as we open it: safe settings for each connection, real transactions, errors in words."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import URL

from newsletter.errors import DatabaseError

BUSY_SECONDS = 120
"""How long a statement waits for another program's lock before it gives up."""

BEGIN = "sqlite_begin"
"""The execution option that says how a transaction begins."""

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


def set_up(engine: Engine) -> None:
    """Make the file, mode 0600, where there is none, and see to every connection's settings.

    Raises DatabaseError where the file can't be made.
    """
    _create(engine.url)
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", _begin)


def file_of(url: URL) -> Path | None:
    """Return the file of a SQLite URL; None for another database or one in memory."""
    name = url.database or ""
    if url.get_backend_name() != "sqlite" or name in ("", ":memory:") or name.startswith("file:"):
        return None
    return Path(name)


def explained(url: URL, error: BaseException) -> DatabaseError | None:
    """Say what SQLite refused, where we know it."""
    place = file_of(url) or str(url)
    name = getattr(error, "sqlite_errorname", "")
    for prefix, what, hint in _TROUBLES:
        if name.startswith(prefix):
            return DatabaseError(f"the database {place} {what}", hint=hint)
    if "no such table" in str(error) or "no such column" in str(error):
        return DatabaseError(
            f"the database {place} is not as this version needs it: {error}",
            hint="run `newsletter db upgrade`",
        )
    return None


def _create(url: URL) -> None:
    path = file_of(url)
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
    cursor.execute(connection.get_execution_options().get(BEGIN, "BEGIN"))
    cursor.close()
