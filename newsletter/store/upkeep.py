"""Looking after the database file: is it sound, a copy of it, a copy brought back. SQLite only."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, select, text

from newsletter.errors import DatabaseError, LeaseHeld, UsageError
from newsletter.store import leases, ledger, migrate, returns
from newsletter.store.engine import reading, sqlite_file, writing
from subscribers import store as readers
from subscribers.consent import Evidence
from subscribers.suppression import Reason, suppress
from subscribers.tables import subscriber


def problems(engine: Engine) -> list[str]:
    """Say what is wrong with the database; nothing when it is sound. Raises DatabaseError."""
    found = []
    with reading(engine) as connection:
        if engine.dialect.name == "sqlite":
            found += _broken_pages(connection) + _broken_links(connection)
    return found + _other_shape(migrate.current(engine))


def _other_shape(revision: str | None) -> list[str]:
    try:
        migrate.refuse_newer(revision)
    except DatabaseError as error:
        return [f"{error.message}: {error.hint}"]
    if revision == migrate.newest():
        return []
    stands = f"its tables are at revision {revision or 'none'}, this program's at"
    return [f"{stands} {migrate.newest()}: run `newsletter db upgrade`"]


def back_up(engine: Engine, target: Path, *, replace: bool = False) -> None:
    """Copy the database to a file (mode 0600) while it is in use; the copy is of one moment.

    Raises UsageError where `target` exists and may not be replaced, DatabaseError where
    either can't be read or written.
    """
    source = _file(engine)
    if target.exists() and not replace:
        raise UsageError(f"{target} is there already", hint="--force replaces it")
    part = target.with_name(target.name + ".part")
    with _explained(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_CREAT | os.O_RDWR, 0o600))
        _copy(source, part)
        _make_one_file(part)
        _sync(part)
        part.replace(target)
        _sync(target.parent)


@dataclass(frozen=True, slots=True)
class Restored:
    """Where the database of before is kept (None where there was none), and how many opt-outs
    were carried over from it; None where it couldn't be read, or the copy needs an upgrade first.
    """

    kept: Path | None
    opt_outs: int | None


def restore(engine: Engine, copy: Path, now: datetime) -> Restored:
    """Put a copy in the database's place; who left since it was made stays off the list.

    The copy is looked at first. Programs that have the database open see the copy from then on.
    Raises DatabaseError for a copy that is no good, LeaseHeld while something is sending.
    """
    path = _file(engine)
    _require_sound(copy)
    kept = None
    if path.exists() and path.stat().st_size:
        _refuse_while_sending(engine, now)
        engine.dispose()
        kept = _keep(engine, path)
    with _explained(path):
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        _copy(copy, path)
    return Restored(kept, _carry_over(engine, kept, now))


def _carry_over(engine: Engine, kept: Path | None, now: datetime) -> int | None:
    """Take over whom the database of before would not have mailed; count them."""
    if kept is None:
        return 0
    if not migrate.is_current(engine):
        return None
    try:
        with closing(_read_only(kept)) as before:
            left = before.execute(
                "SELECT address_key FROM subscriber WHERE state = 'unsubscribed'"
            ).fetchall()
            stops = before.execute("SELECT address_hash, reason, note FROM suppression").fetchall()
            rests = _rests(before)
    except sqlite3.Error:
        return None
    with writing(engine) as connection:
        number = sum(_leaves(connection, key, now) for (key,) in left)
        for hash_, reason, note in stops:
            if _stops(connection, hash_, Reason(reason), note, now):
                number += 1
                if hash_ in rests:
                    returns.begin_rest(connection, hash_, now, rests[hash_])
    return number


def _rests(before: sqlite3.Connection) -> dict[str, datetime]:
    """Return which addresses rested, and until when; none in a database from before there were."""
    try:
        found = before.execute("SELECT address_hash, until FROM rest").fetchall()
    except sqlite3.Error:
        return {}
    return {hash_: datetime.fromisoformat(f"{until}+00:00") for hash_, until in found}


def _leaves(connection: Connection, key: str, now: datetime) -> bool:
    reader = readers.find(connection, key)
    source = Evidence("the database of before a restore")
    return reader is not None and readers.unsubscribe(connection, reader.id, source, now)


def _stops(connection: Connection, hash_: str, reason: Reason, note: str, now: datetime) -> bool:
    if reason is Reason.ERASED:
        query = select(subscriber.c.email).where(subscriber.c.address_hash == hash_)
        for email in connection.execute(query).scalars().all():
            ledger.forget(connection, readers.erase(connection, email, now).id)
            return True
    return suppress(connection, hash_, reason, now, note)


def _broken_pages(connection: Connection) -> list[str]:
    lines = connection.execute(text("PRAGMA integrity_check")).scalars().all()
    return [] if lines == ["ok"] else [str(line) for line in lines]


def _broken_links(connection: Connection) -> list[str]:
    rows = connection.execute(text("PRAGMA foreign_key_check")).all()
    return [f"{row[0]}: row {row[1]} refers to a {row[2]} that isn't there" for row in rows]


def _require_sound(copy: Path) -> None:
    """Raise DatabaseError unless the file is a whole database of this program, not a newer one."""
    if not copy.is_file():
        raise DatabaseError(f"there is no file {copy}", hint="give the path of a backup")
    with _explained(copy), closing(_read_only(copy)) as connection:
        answers = [row[0] for row in connection.execute("PRAGMA integrity_check")]
        if answers != ["ok"]:
            raise DatabaseError(f"{copy} is damaged: {answers[0]}", hint="take an older backup")
        ours = "SELECT count(*) FROM sqlite_master WHERE name IN ('subscriber', 'alembic_version')"
        if connection.execute(ours).fetchone()[0] != 2:
            raise DatabaseError(
                f"{copy} is not a database of this program",
                hint="give a file that `newsletter db backup` made",
            )
        revision = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        migrate.refuse_newer(revision[0] if revision else None)


def _refuse_while_sending(engine: Engine, now: datetime) -> None:
    try:
        with reading(engine) as connection:
            held = leases.holders(connection, now)
    except DatabaseError:
        return  # Damaged or without tables: that is why it is being replaced.
    if held:
        raise LeaseHeld(f"the database is at work: {held[0]}", hint="stop it, then restore")


def _keep(engine: Engine, path: Path) -> Path:
    """Move what is there aside: a copy where it can be read, else the files themselves."""
    kept = _free(path.with_name(path.name + ".before-restore"))
    try:
        back_up(engine, kept)
    except DatabaseError:
        for suffix in ("-wal", "-shm", ""):
            if (part := path.with_name(path.name + suffix)).exists():
                part.replace(kept.with_name(kept.name + suffix))
    return kept


def _free(path: Path) -> Path:
    number, free = 1, path
    while free.exists():
        number += 1
        free = path.with_name(f"{path.name}-{number}")
    return free


def _copy(source: Path, target: Path) -> None:
    with closing(_read_only(source)) as from_, closing(sqlite3.connect(target, timeout=90)) as to:
        from_.backup(to)


def _make_one_file(path: Path) -> None:
    """Take the copy out of WAL mode, so that reading it makes no files beside it."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")


def _read_only(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=90)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _file(engine: Engine) -> Path:
    path = sqlite_file(engine.url)
    if path is None:
        raise UsageError(
            "only a SQLite file can be copied by this command",
            hint="for PostgreSQL use pg_dump and pg_restore",
        )
    return path


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise DatabaseError(
            f"{path}: {error}", hint="check the file, its folder and the space on the disk"
        ) from error
