from collections.abc import Iterator
from pathlib import Path

import pytest

from newsletter.cli.site import scaffold
from tests.support.site import MONTHS
from tests.support.studio import Running, serving


@pytest.fixture(autouse=True)
def _unfiltered(monkeypatch: pytest.MonkeyPatch) -> None:
    """No spam filter is asked: it takes seconds."""
    monkeypatch.setenv("NEWSLETTER_CHECKS__SPAM", "off")


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    scaffold(folder, MONTHS)
    return folder


@pytest.fixture
def studio(site: Path) -> Iterator[Running]:
    with serving(site / "config.toml") as running:
        yield running
