"""A database with readers who have had a month, and the clerk who reads what comes back."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.clerk import Counter, open_counter


@pytest.fixture
def counter(database: str, tmp_path: Path) -> Iterator[Counter]:
    opened = open_counter(database, tmp_path)
    yield opened
    opened.desk.engine.dispose()
