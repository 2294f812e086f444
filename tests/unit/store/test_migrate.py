"""Migrations."""

import re
import threading
from collections.abc import Iterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Engine, exc, inspect, text

from newsletter.errors import DatabaseError
from newsletter.store import migrate
from newsletter.store.engine import open_engine, reading, writing
from newsletter.store.tables import metadata
from tests.support.database import NewDatabase


@pytest.fixture
def url(new_database: NewDatabase) -> str:
    """An empty database, of either kind."""
    return new_database(ready=False)


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    opened = open_engine(url)
    yield opened
    opened.dispose()


@pytest.fixture
def ready(engine: Engine) -> Engine:
    migrate.upgrade(engine)
    return engine


@pytest.fixture
def bare(new_database: NewDatabase) -> Iterator[Engine]:
    """A database made from the metadata alone."""
    opened = open_engine(new_database(ready=False))
    metadata.create_all(opened)
    yield opened
    opened.dispose()


def _is_ours(object_: object, name: str | None, *_: object) -> bool:
    """Tell whether metadata knows of it: what a database searches with is its own affair."""
    own = ("ix_summary_words_search", "search")
    return name is None or not (name in own or name.startswith("summary_search"))


_DECLARED = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE type IN ('table', 'index')"
    " AND sql IS NOT NULL AND name NOT LIKE 'alembic%' AND name NOT LIKE 'sqlite%'"
    " AND name NOT LIKE 'summary_search%'",
    "postgresql": "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
    " WHERE connamespace = 'public'::regnamespace AND conname NOT LIKE 'alembic%'"
    " UNION ALL SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
    " AND tablename NOT LIKE 'alembic%' AND indexname <> 'ix_summary_words_search'",
}


_ADDED = re.compile(r"(?<=NULL), (?=\w+ [A-Z]+)")


def _declarations(connection: Connection) -> dict[str, set[str]]:
    """Tables, indexes and rules, each as the set of its lines without layout.

    SQLite writes a column that was added later behind the last one, on its line.
    """
    rows = connection.execute(text(_DECLARED[connection.dialect.name]))
    return {
        name: {re.sub(r"\s+", " ", line).strip(" ,") for line in _ADDED.sub("\n", sql).splitlines()}
        for name, sql in rows
    }


def test_migrations_and_metadata_agree(ready: Engine) -> None:
    """Alembic's autogenerate finds nothing to do."""
    with reading(ready) as connection:
        context = MigrationContext.configure(connection, opts={"include_object": _is_ours})
        assert compare_metadata(context, metadata) == []


def test_migrations_and_metadata_agree_on_checks_and_conditions(
    ready: Engine, bare: Engine
) -> None:
    """Checks and partial indexes, which autogenerate can't see, are the same too."""
    with reading(ready) as migrated, reading(bare) as declared:
        assert _declarations(migrated) == _declarations(declared)


def test_upgrade_tells_where_it_stands(engine: Engine) -> None:
    """Empty, then current; a second upgrade changes nothing."""
    assert migrate.current(engine) is None
    assert not migrate.is_current(engine)
    first = migrate.upgrade(engine)
    assert (migrate.upgrade(engine), migrate.current(engine)) == (first, first)
    assert migrate.is_current(engine)


def test_upgrade_is_one_transaction(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A migration that fails at its end leaves nothing behind."""

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(migrate, "_revision", fail)
    monkeypatch.setattr(migrate, "refuse_newer", lambda *_: None)
    with pytest.raises(ZeroDivisionError):
        migrate.upgrade(engine)
    with reading(engine) as connection:
        assert inspect(connection).get_table_names() == []


def test_two_at_once(engine: Engine, url: str) -> None:
    """Two processes upgrade one database: both end well, the tables are made once."""
    engines = [engine, open_engine(url)]
    reached: list[str] = []
    threads = [
        threading.Thread(target=lambda one=one: reached.append(migrate.upgrade(one)))
        for one in engines
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    engines[1].dispose()
    assert len(reached) == 2
    assert len(set(reached)) == 1


def test_newer_database_is_refused(ready: Engine) -> None:
    """A revision we don't know is of a newer program: neither used nor changed."""
    with writing(ready) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for act in (migrate.upgrade, migrate.prepare):
        with pytest.raises(DatabaseError, match="newer version of this program"):
            act(ready)
    assert migrate.current(ready) == "9999"


def test_prepare_makes_an_empty_database(engine: Engine) -> None:
    """The first command of a new site makes the tables."""
    migrate.prepare(engine)
    migrate.prepare(engine)
    assert migrate.is_current(engine)


def test_prepare_refuses_an_older_database(bare: Engine) -> None:
    """Tables without our revision are not changed unasked; the hint names the command."""
    with pytest.raises(DatabaseError, match="older") as info:
        migrate.prepare(bare)
    assert "newsletter db upgrade" in info.value.hint


def _consent(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(
            text(
                "INSERT INTO subscriber (id, email, address_key, address_hash, state, created_at)"
                " VALUES (1, 'a@example.org', 'a@example.org', 'x', 'active', '2021-01-01')"
            )
        )
        connection.execute(
            text(
                "INSERT INTO consent (number, subscriber_id, kind, source, at)"
                " VALUES (1, 1, 'granted', 'web form', '2021-01-01')"
            )
        )


@pytest.fixture
def consented(ready: Engine) -> Engine:
    _consent(ready)
    return ready


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE consent SET source = 'other'",
        "DELETE FROM consent",
        "INSERT INTO consent (number, subscriber_id, kind, source, at)"
        " VALUES (1, 1, 'withdrawn', 'x', '2021-01-01')"
        " ON CONFLICT (subscriber_id, number) DO UPDATE SET kind = excluded.kind",
    ],
)
def test_consent_is_append_only(consented: Engine, statement: str) -> None:
    """The database itself refuses to change or drop what a reader agreed to."""
    with pytest.raises(exc.IntegrityError, match="append-only"), writing(consented) as connection:
        connection.execute(text(statement))


@pytest.mark.parametrize(
    ("kind", "statement"),
    [
        (
            "sqlite",
            "INSERT OR REPLACE INTO consent (number, subscriber_id, kind, source, at)"
            " VALUES (1, 1, 'withdrawn', 'x', '2021-01-01')",
        ),
        ("postgresql", "TRUNCATE consent"),
    ],
)
def test_what_only_one_database_knows(
    request: pytest.FixtureRequest, kind: str, statement: str
) -> None:
    """Nor do they lose it by what each has of its own."""
    make: NewDatabase = request.getfixturevalue(f"new_{kind}")
    engine = open_engine(make())
    _consent(engine)
    with pytest.raises(exc.IntegrityError, match="append-only"), writing(engine) as connection:
        connection.execute(text(statement))
    engine.dispose()


def test_consent_of_an_erased_reader_may_go(consented: Engine) -> None:
    """Erasure is the one reason to delete; changing is refused even then."""
    with writing(consented) as connection:
        connection.execute(text("UPDATE subscriber SET state = 'erased'"))
    with pytest.raises(exc.IntegrityError), writing(consented) as connection:
        connection.execute(text("UPDATE consent SET source = 'other'"))
    with writing(consented) as connection:
        assert connection.execute(text("DELETE FROM consent")).rowcount == 1
