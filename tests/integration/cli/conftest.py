from pathlib import Path

import pytest

from tests.support.site import Site, make_site


@pytest.fixture
def site(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Site:
    return make_site(tmp_path / "site", capsys)
