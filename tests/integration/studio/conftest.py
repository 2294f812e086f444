from collections.abc import Iterator
from pathlib import Path

import pytest

from newsletter.cli.site import scaffold
from tests.support.site import MONTHS
from tests.support.studio import Running, serving


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    scaffold(folder, MONTHS)
    return folder


@pytest.fixture
def studio(site: Path) -> Iterator[Running]:
    with serving(site / "config.toml") as running:
        yield running
