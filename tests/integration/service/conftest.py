from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from newsletter import config
from newsletter.bootstrap import App
from newsletter.service.duty import remember_first_start
from tests.support.ledger import HandClock
from tests.support.site import Site, make_site

FEBRUARY_FIRST = datetime(2021, 2, 1, 14, 30, tzinfo=UTC)
"""A first Monday, half an hour after nine in Toronto: January's time, sent a month later."""


@pytest.fixture
def site(tmp_path: Path, capsys: pytest.CaptureFixture[str], site_url: str) -> Site:
    """A site that sends by itself, with one reader."""
    site = make_site(tmp_path / "site", capsys, site_url)
    path = site.folder / "config.toml"
    path.write_text(path.read_text().replace('"required"', '"automatic"'))
    assert site("subscribers", "add", "ann@example.org", "--source", "a test") == 0, site.err
    return site


@pytest.fixture
def clock() -> HandClock:
    return HandClock(FEBRUARY_FIRST)


@pytest.fixture
def app(site: Site, clock: HandClock) -> Iterator[App]:
    """The site's application, half an hour after January's time; its service is four weeks old."""
    app = App(config.load(site.folder / "config.toml"), clock)
    clock.move(days=-27)
    remember_first_start(app)
    clock.move(days=27)
    yield app
    app.close()
