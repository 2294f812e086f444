"""A real SQLite file with all tables, in an open transaction."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine

from newsletter.store import migrate
from newsletter.store.engine import open_engine, writing


@pytest.fixture
def now() -> datetime:
    return datetime(2021, 2, 1, 9, tzinfo=UTC)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = open_engine(f"sqlite:///{tmp_path}/newsletter.db")
    migrate.upgrade(opened)
    yield opened
    opened.dispose()


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    with writing(engine) as opened:
        yield opened
