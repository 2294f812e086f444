from collections.abc import Iterator

import pytest

from tests.support.ledger import Desk, open_desk


@pytest.fixture
def desk(database: str) -> Iterator[Desk]:
    desk = open_desk(database)
    yield desk
    desk.engine.dispose()
