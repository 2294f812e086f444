"""PostgreSQL as we open it: settings for each connection, whose turn it is, errors in words.

On SQLite one program writes at a time, and what a transaction has read still holds when it writes.
So it is here, for all that is short: whoever writes takes their turn. Only those who send do
without: they lock the rows that they need.
"""

from typing import Any

from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.engine import URL

from newsletter.errors import DatabaseError

DRIVER = "postgresql+psycopg"

PATIENCE = 120
"""Seconds that a statement waits for another program's lock before it gives up."""

# A program that stands still in the middle of a transaction must not hold up all others.
_SETTINGS = {
    "timezone": "UTC",
    "lock_timeout": f"{PATIENCE}s",
    "idle_in_transaction_session_timeout": "5min",
}

# For the driver: a server that is gone is noticed within a minute, in mid-statement too.
CONNECT = {
    "application_name": "newsletter",
    "connect_timeout": 10,
    "keepalives_idle": 20,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 50_000,
}

_TURN = text("SELECT pg_advisory_xact_lock(x'6469676573740001'::bigint)")
"""Any number will do, so long as nothing else in the database takes it: `digest`, 1."""

_SIGNED = "newsletter "
_SIGN = text("SELECT set_config('application_name', :name, false)")
_END_STANDING = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE application_name = :name AND state = 'idle in transaction'"
    " AND datname = current_database() AND pid <> pg_backend_pid()"
)

_TROUBLES = (
    (
        "08",
        "can't be reached",
        "check that the server runs, that the database is there, and that `database.url` and"
        " its password are right",
    ),
    (
        "55P03",
        f"is locked by another program, and stayed so for {PATIENCE} seconds",
        "let the other program finish, then try again",
    ),
    ("53100", "can't grow: the server's disk is full", "free some space there, then try again"),
    ("53300", "has no connection left for us", "raise the server's max_connections"),
    ("25006", "can't be written", "is this a standby? name the primary in `database.url`"),
    ("42501", "does not let us do that", "make the database's owner the user of `database.url`"),
    ("57P0", "was shut down", "try again when the server runs"),
    ("42P01", "is not as this version needs it", "run `newsletter db upgrade`"),
    ("42703", "is not as this version needs it", "run `newsletter db upgrade`"),
)


def set_up(engine: Engine) -> None:
    """See to every connection's settings."""
    event.listen(engine, "connect", _set_up)


def take_turn(connection: Connection) -> None:
    """Wait until nobody else is writing; the turn ends with the transaction."""
    connection.execute(_TURN)


def hurry(engine: Engine) -> None:
    """Let the server break off what we have begun when we stand still for half a minute.

    For one of several senders: what it has locked is free again before its leases run out.
    """
    event.listen(engine, "connect", _hurry)
    engine.dispose()


def sign(connection: Connection, mark: str) -> None:
    """Put a mark on this session that others can see, as part of its application's name."""
    connection.execute(_SIGN, {"name": _SIGNED + mark})


def end_standing(connection: Connection, mark: str) -> None:
    """End a session with this mark in which somebody stands still in the middle of a transaction.

    What it has begun is undone, and what it locked is free.

    The server's own timer for who stands still in a transaction can't be counted on: a driver that
    sends statements in a pipeline asks for a flush behind them, and PostgreSQL stops the timer at
    that without starting it again.
    """
    connection.execute(_END_STANDING, {"name": _SIGNED + mark})


def explained(url: URL, error: BaseException) -> DatabaseError | None:
    """Say what PostgreSQL refused, by its SQLSTATE; None where that is not of the outside world."""
    state = getattr(error, "sqlstate", None) or ("08" if _is_operational(error) else "")
    place = url.render_as_string(hide_password=True)
    for prefix, what, hint in _TROUBLES:
        if state.startswith(prefix):
            return DatabaseError(f"the database {place} {what}: {_words(error)}", hint=hint)
    return None


def _is_operational(error: BaseException) -> bool:
    """Tell whether it is the outside world's; without a state, the connection is what failed."""
    from psycopg import OperationalError  # It is there only where PostgreSQL is used.

    return isinstance(error, OperationalError)


def _words(error: BaseException) -> str:
    return " ".join(str(error).split())


def _set_up(connection: Any, _record: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute("; ".join(f"SET {name} = '{value}'" for name, value in _SETTINGS.items()))
    connection.commit()


def _hurry(connection: Any, _record: object) -> None:
    connection.execute("SET idle_in_transaction_session_timeout = '30s'")
    connection.commit()
