from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.ledger import Desk, open_desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = open_desk(tmp_path)
    yield desk
    desk.engine.dispose()
