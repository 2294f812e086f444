"""What the tests of content share: the sample's taxonomy, and folders written line by line."""

from collections.abc import Callable
from pathlib import Path

import pytest

from newsletter.content.sample import sample_folder
from newsletter.content.taxonomy import load_taxonomy
from newsletter.model import Taxonomy

Write = Callable[..., Path]


@pytest.fixture(scope="session")
def taxonomy() -> Taxonomy:
    return load_taxonomy(sample_folder() / "taxonomy.toml")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "content"
    folder.mkdir()
    return folder


@pytest.fixture
def write(root: Path) -> Write:
    """Write a file of a month: `write("2021-02/01-a.md", text)`; bytes are written as they are."""

    def write_file(name: str, text: str | bytes) -> Path:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write_file
