"""The site's own pictures in the letter's copy, and no other file."""

from base64 import b64encode
from pathlib import Path

import pytest

from newsletter.studio.embedding import embedded

PUBLIC = "https://digest.example.org"
PNG = b"\x89PNG\r\n\x1a\n-not-really"


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    static = tmp_path / "templates/web/static"
    static.mkdir(parents=True)
    (static / "logo.png").write_bytes(PNG)
    (static / "notes.txt").write_bytes(b"not a picture")
    (tmp_path / "secret.png").write_bytes(b"secret")
    (static / "link.png").symlink_to(tmp_path / "secret.png")
    (static.parent / "above.png").write_bytes(b"secret")
    return tmp_path / "templates"


def shown(templates: Path, source: str) -> str:
    return embedded(f'<img src="{source}" alt="x">', PUBLIC, [templates])


def test_a_logo_is_shown(templates: Path) -> None:
    """What `public_url` would serve is put into the letter, so that nothing is fetched."""
    data = f"data:image/png;base64,{b64encode(PNG).decode()}"
    assert shown(templates, f"{PUBLIC}/static/logo.png?v=1") == f'<img src="{data}" alt="x">'


@pytest.mark.parametrize(
    "path",
    [
        *("static/link.png", "static/../above.png", "static/%2e%2e/above.png", "static/notes.txt"),
        *("static/../../../secret.png", "static//etc/passwd", "static/nothing.png", "logo.png"),
        "static/",
    ],
)
def test_no_other_file_is_read(templates: Path, path: str) -> None:
    """Neither by a link, nor by a path that leads out, nor one that is no picture."""
    source = f"{PUBLIC}/{path}"
    assert shown(templates, source) == f'<img src="{source}" alt="x">'


def test_another_site_s_picture_is_left(templates: Path) -> None:
    """It stays what it is: an address that the preview doesn't fetch."""
    source = "https://elsewhere.example/static/logo.png"
    assert source in shown(templates, source)
