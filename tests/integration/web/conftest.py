from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.support.web import Web, opened


@pytest.fixture
def web(tmp_path: Path, site_url: str) -> Iterator[Web]:
    with opened(tmp_path / "site", site_url) as web:
        yield web


@pytest.fixture
def client(web: Web) -> TestClient:
    return web.client()
