from pathlib import Path

import pytest

from tests.support.spoiled import make_site


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The sample site, in the working folder: findings name their files as seen from there."""
    monkeypatch.chdir(tmp_path)
    return make_site(tmp_path)
