"""The database connection: safe settings, real transactions, and errors people can act on.

SQLite is the embedded default, PostgreSQL for who outgrows it. What each wants of its own stands
in `sqlite` and `postgresql`.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, create_engine, exc
from sqlalchemy.engine import URL, make_url

from newsletter.errors import ConfigError, DatabaseError
from newsletter.store import postgresql, sqlite

sqlite_file = sqlite.file_of

_TO_WRITE = {sqlite.BEGIN: "BEGIN IMMEDIATE"}
_TO_READ = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


def open_engine(url: str) -> Engine:
    """Return an engine for a SQLAlchemy URL; a new SQLite file is made with mode 0600.

    Raises ConfigError for a URL that can't be understood, DatabaseError where the file
    can't be made.
    """
    try:
        return _opened(make_url(url))
    except (exc.ArgumentError, exc.NoSuchModuleError) as error:
        raise _unusable(
            str(error), "write it like sqlite:///var/newsletter.db, or postgresql://host/name"
        ) from error
    except ImportError as error:
        raise _unusable(
            str(error), "for PostgreSQL: pip install 'research-newsletter[cluster]'"
        ) from error


def _unusable(why: str, hint: str) -> ConfigError:
    return ConfigError(f"database.url is not an address we can open: {why}", hint=hint)


def _opened(url: URL) -> Engine:
    kind = url.get_backend_name()
    if kind == "sqlite":
        engine = create_engine(url)
        sqlite.set_up(engine)
    elif kind == "postgresql":
        url = url.set(drivername=postgresql.DRIVER)
        engine = create_engine(url, connect_args=postgresql.CONNECT, pool_pre_ping=True)
        postgresql.set_up(engine)
    else:
        raise _unusable(
            f"{kind} is neither SQLite nor PostgreSQL", "use sqlite:/// or postgresql://"
        )
    return engine


def is_postgresql(engine: Engine | Connection) -> bool:
    """Tell whether this is PostgreSQL; else it is SQLite."""
    return engine.dialect.name == "postgresql"


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Open a transaction that may write: commits at the end, rolls back when an error passes.

    Writers take turns: on SQLite by its write lock, taken at once (BEGIN IMMEDIATE). So what was
    read in it still holds when it is written. Keep it short. Raises DatabaseError.
    """
    with translated(engine), engine.connect() as connection:
        connection.execution_options(**_TO_WRITE)
        with connection.begin():
            if is_postgresql(engine):
                postgresql.take_turn(connection)
            yield connection


@contextmanager
def writing_later(engine: Engine) -> Iterator[Connection]:
    """Open a connection for many writing transactions: each `connection.begin()` starts one.

    On PostgreSQL these take no turns: others may write at the same time, so whoever reads to
    write locks the rows, or writes in one statement.
    """
    with translated(engine), engine.connect() as connection:
        yield connection.execution_options(**_TO_WRITE)


@contextmanager
def writing_beside(engine: Engine) -> Iterator[Connection]:
    """Open one such transaction: for what takes long, and must not hold up all others."""
    with writing_later(engine) as connection, connection.begin():
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Open a transaction that only reads, and sees one moment of the database throughout.

    Raises DatabaseError.
    """
    with translated(engine), engine.connect() as connection:
        if is_postgresql(engine):
            connection.execution_options(**_TO_READ)
        with connection.begin() as transaction:
            yield connection
            transaction.rollback()


@contextmanager
def translated(engine: Engine) -> Iterator[None]:
    """Turn the driver's errors of the outside world into DatabaseError; let mistakes pass."""
    driver = engine.dialect.loaded_dbapi
    try:
        yield
    except (exc.DBAPIError, driver.Error) as error:
        orig = error.orig if isinstance(error, exc.DBAPIError) else error
        if orig is None:
            raise
        explain = (postgresql if is_postgresql(engine) else sqlite).explained
        known = explain(engine.url, orig)
        outside = isinstance(orig, (driver.OperationalError, driver.InternalError))
        if known is None and not (outside or type(orig) is driver.DatabaseError):
            raise
        raise known or _refused(engine.url, orig) from error


def _refused(url: URL, orig: BaseException) -> DatabaseError:
    place = sqlite.file_of(url) or url.render_as_string(hide_password=True)
    words = " ".join(str(orig).split())
    return DatabaseError(
        f"the database {place} refused: {words}", hint="check `database.url` and the server"
    )
