"""Bring a database to the shape this version needs, under a lock, in one transaction."""

from pathlib import Path

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect

from newsletter.errors import DatabaseError
from newsletter.store import milestones
from newsletter.store.engine import reading, writing
from newsletter.store.tables import metadata

MOVED = "moved to "
"""The milestone of a database that was left; the new address follows."""

_FOLDER = Path(__file__).parent / "migrations"


def upgrade(engine: Engine) -> str:
    """Apply the migrations that are missing; return the revision reached.

    Two processes may do this at once: the second waits and finds nothing to do.
    Raises DatabaseError, also where a newer version of the program made the database.
    """
    with writing(engine) as connection:
        return upgrade_in(connection)


def upgrade_in(connection: Connection) -> str:
    """Do that in a writing transaction that is open."""
    refuse_newer(_revision(connection))
    _run(connection, _script())
    return _revision(connection) or ""


def current(engine: Engine) -> str | None:
    """Return the revision the database stands at; None for one that is empty."""
    with reading(engine) as connection:
        return _revision(connection)


def is_current(engine: Engine) -> bool:
    """Tell whether the database has the shape this version needs."""
    return current(engine) == newest()


def prepare(engine: Engine) -> None:
    """Make the tables of an empty database; refuse one of another shape, or that was left.

    An old database is never changed behind the operator's back. Raises DatabaseError.
    """
    with reading(engine) as connection:
        empty = _revision(connection) is None and not inspect(connection).get_table_names()
    if empty:
        upgrade(engine)
    else:
        require_current(engine)


def require_current(engine: Engine) -> None:
    """Raise DatabaseError for a database that this version can't use, or that was left."""
    with reading(engine) as connection:
        revision = _revision(connection)
        if revision == newest():
            _refuse_left(connection)
            return
    refuse_newer(revision)
    raise DatabaseError(
        "the database is of an older version of this program",
        hint="run `newsletter db backup FILE`, then `newsletter db upgrade`",
    )


def _refuse_left(connection: Connection) -> None:
    for name, at in milestones.reached(connection, MOVED).items():
        place = name.removeprefix(MOVED)
        raise DatabaseError(
            f"the site has moved to {place} on {at:%Y-%m-%d}, and nothing is kept here any more",
            hint="set `database.url` to that address",
        )


def newest() -> str:
    """Return the revision this version of the program needs."""
    return _script().get_current_head() or ""


def refuse_newer(revision: str | None) -> None:
    """Raise DatabaseError for a revision this version of the program doesn't know."""
    known = {step.revision for step in _script().walk_revisions()}
    if revision is not None and revision not in known:
        raise DatabaseError(
            f"the database is of a newer version of this program (revision {revision})",
            hint="install the version that made it, or a later one",
        )


def _script() -> ScriptDirectory:
    return ScriptDirectory(str(_FOLDER))


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _run(connection: Connection, script: ScriptDirectory) -> None:
    def steps(revision: object, _context: MigrationContext) -> object:
        return script._upgrade_revs("head", revision)  # type: ignore[arg-type]

    with EnvironmentContext(Config(), script, fn=steps) as environment:
        # The transaction is ours: alembic sees that one is open and leaves it alone.
        environment.configure(
            connection=connection, target_metadata=metadata, transactional_ddl=True
        )
        environment.run_migrations()
