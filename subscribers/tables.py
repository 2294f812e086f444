"""The readers' tables, and the metadata that all tables of the project share."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    text,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Moment(TypeDecorator[datetime]):
    """A moment: aware in Python, UTC in the database (SQLite keeps no zone)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        """On SQLite write the same text as SQLAlchemy would, but in a tenth of the time."""
        return _to_text if dialect.name == "sqlite" else super().bind_processor(dialect)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:
        """Read that text as fast."""
        return (
            _from_text if dialect.name == "sqlite" else super().result_processor(dialect, coltype)
        )

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn into UTC; a moment without a zone is a mistake in the program."""
        return None if value is None else _utc(value)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the zone back that SQLite forgot."""
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


def _utc(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return value if value.tzinfo is UTC else value.astimezone(UTC)


# Cached, because the same moment is often written for many rows, and read from them.
@lru_cache(1024)
def _to_text(value: datetime | None) -> str | None:
    return None if value is None else _utc(value).isoformat(" ", "microseconds")[:26]


@lru_cache(1024)
def _from_text(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(f"{text}+00:00")


def one_of(column: str, *words: str) -> CheckConstraint:
    """Allow these words in a column, and no others.

    Written out, not as `IN`: for that SQLite builds a small table anew for every row it writes,
    which costs as much as the row.
    """
    return CheckConstraint(" OR ".join(f"{column} = '{word}'" for word in words), name=column)


# `address_key` is what makes two spellings one reader (see `subscribers.address`); `address_hash`
# (SHA-256 of the key, hex) links to suppressions, which outlive the reader's own row.
subscriber = Table(
    "subscriber",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("email", String(320), nullable=False),
    Column("address_key", String(320), nullable=False, unique=True),
    Column("address_hash", String(64), nullable=False),
    Column("name", Text, nullable=False, server_default=""),
    Column("state", String(16), nullable=False),
    Column("mode", String(16), nullable=False, server_default="highlights"),
    Column("language", String(16), nullable=False, server_default="en"),
    Column("created_at", Moment, nullable=False),
    Column("confirmed_at", Moment),
    Column("paused_until", Moment),
    one_of("state", "pending", "active", "unsubscribed", "erased"),
    one_of("mode", "highlights", "only"),
    sqlite_autoincrement=True,
)

subscriber_topic = Table(
    "subscriber_topic",
    metadata,
    Column("subscriber_id", ForeignKey("subscriber.id"), primary_key=True),
    Column("topic", String(100), primary_key=True),
    sqlite_with_rowid=False,
)

# Append-only: triggers refuse UPDATE, and DELETE but for an erased reader. `number` counts a
# reader's own rows from 1; `kind` is `granted` or `withdrawn`; `source` says where ("import
# readers.csv", "web form"); `wording` what they saw.
consent = Table(
    "consent",
    metadata,
    Column("subscriber_id", ForeignKey("subscriber.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(16), nullable=False),
    Column("source", Text, nullable=False),
    Column("wording", Text, nullable=False, server_default=""),
    Column("at", Moment, nullable=False),
    one_of("kind", "granted", "withdrawn"),
    CheckConstraint("source <> ''", name="source"),
    sqlite_with_rowid=False,
)

# Keyed by the address, not by the reader: it must hold after erasure and before any sign-up.
suppression = Table(
    "suppression",
    metadata,
    Column("address_hash", String(64), primary_key=True),
    Column("reason", String(32), nullable=False),
    Column("note", Text, nullable=False, server_default=""),
    Column("at", Moment, nullable=False),
    one_of("reason", "bounce", "complaint", "operator", "erased"),
)

# What somebody asked for that waits: `new` for us to look at it, `open` for the click in a mail;
# `done` ones are kept until their time is over, so that a second click can be answered. `email` is
# the address it is about, where that isn't the reader's own yet; `wish` is JSON.
errand = Table(
    "errand",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("state", String(8), nullable=False),
    Column("subscriber_id", ForeignKey("subscriber.id")),
    Column("email", String(320), nullable=False),
    Column("wish", Text, nullable=False),
    Column("language", String(16), nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    one_of("kind", "subscribe", "data", "move"),
    one_of("state", "new", "open", "done"),
    sqlite_autoincrement=True,
)
NEW = text("state = 'new'")
Index("ix_errand_new", errand.c.id, sqlite_where=NEW, postgresql_where=NEW)
Index("ix_errand_subscriber_id", errand.c.subscriber_id)

# How often something was done since a moment, for limits; names hold fingerprints, no addresses.
allowance = Table(
    "allowance",
    metadata,
    Column("name", String(100), primary_key=True),
    Column("since", Moment, nullable=False),
    Column("used", Integer, nullable=False),
)
