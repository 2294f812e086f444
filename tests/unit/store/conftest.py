"""Databases, closed after each test: SQLite files, and those that a test meets of both kinds."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from newsletter.store.engine import open_engine


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/var/newsletter.db"


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    opened = open_engine(url)
    yield opened
    opened.dispose()


@pytest.fixture
def ready(database: str) -> Iterator[Engine]:
    """A database with all tables; the test runs with each kind."""
    opened = open_engine(database)
    yield opened
    opened.dispose()
