"""A real database with all tables, in an open transaction."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, Engine

from newsletter.store.engine import open_engine, writing


@pytest.fixture
def now() -> datetime:
    return datetime(2021, 2, 1, 9, tzinfo=UTC)


@pytest.fixture
def engine(database: str) -> Iterator[Engine]:
    opened = open_engine(database)
    yield opened
    opened.dispose()


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    with writing(engine) as opened:
        yield opened
