from pathlib import Path

import pytest

from tests.support.site import Site, make_site


@pytest.fixture
def site(tmp_path: Path, capsys: pytest.CaptureFixture[str], site_url: str) -> Site:
    return make_site(tmp_path / "site", capsys, site_url)
