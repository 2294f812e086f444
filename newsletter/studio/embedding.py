"""The site's own pictures, put into the letter's copy: a preview fetches nothing."""

from base64 import b64encode
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from newsletter.studio.rewriting import Attributes, rewritten

KINDS = {
    ".gif": "image/gif",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webp": "image/webp",
}
"""Pictures that are shown, by the end of their name."""

_LARGEST = 4_000_000
"""Octets of a picture that is shown; no mail should have a larger one."""


def embedded(html: str, public_url: str, folders: Sequence[Path]) -> str:
    """Return the letter with the pictures that `public_url` serves, from the files they are.

    Those are `web/static/` in the folders of templates; the first match wins. No file outside of
    them is read, whatever a link says.
    """
    prefix = f"{public_url.rstrip('/')}/static/"

    def tag(_name: str, attributes: Attributes) -> Attributes:
        source = attributes.get("src", "")
        if not source.startswith(prefix):
            return attributes
        found = _find(unquote(urlsplit(source).path.rpartition("/static/")[2]), folders)
        return (
            attributes | {"src": _address(found, found.stat().st_mtime_ns)} if found else attributes
        )

    return rewritten(html, lambda css: css, tag)


def _find(name: str, folders: Sequence[Path]) -> Path | None:
    for folder in folders:
        static = (folder / "web" / "static").resolve()
        path = (static / name).resolve()
        if path.parent == static and path.suffix.lower() in KINDS and path.is_file():
            return path if path.stat().st_size <= _LARGEST else None
    return None


@lru_cache(maxsize=64)
def _address(path: Path, _changed: int) -> str:
    return f"data:{KINDS[path.suffix.lower()]};base64,{b64encode(path.read_bytes()).decode()}"
