"""The files that pages bring along: `/static/…`, the site's own first, kept by browsers for ever.

An address holds a print of what it leads to, so a file that changes has another address.
"""

from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from newsletter.config import Theme

KINDS = {
    ".css": "text/css",
    ".ico": "image/x-icon",
    ".js": "text/javascript",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
"""What is served, by the end of its name."""

THEME = "theme.css"
_LONGEST = 255
"""Octets of a file's name, as file systems have it."""
_FOR_EVER = "public, max-age=31536000, immutable"
_FOR_A_WHILE = "public, max-age=300"


class Assets:
    """The files of `folders`, first match wins, and a style sheet with the site's colours."""

    def __init__(self, folders: Sequence[Path], theme: Theme) -> None:
        self._folders = tuple(folder / "static" for folder in folders)
        self._theme = theme_css(theme).encode()

    def address(self, name: str) -> str:
        """Return a file's path, with its print. Raises KeyError where there is no such file."""
        content = self.read(name)
        if content is None:
            raise KeyError(f"there is no file web/static/{name}")
        return f"/static/{name}?v={_print(content)}"

    def read(self, name: str) -> bytes | None:
        """Return what a file holds; None where there is none."""
        if name == THEME:
            return self._theme
        if not _may_be_a_file(name):
            return None
        for folder in self._folders:
            path = folder / name
            if path.is_file():
                return _content(path, path.stat().st_mtime_ns)
        return None

    def serve(self, request: Request) -> Response:
        """Answer `/static/{name}`."""
        name = request.path_params["name"]
        content = self.read(name)
        if content is None:
            raise HTTPException(404)
        known = request.query_params.get("v") == _print(content)
        headers = {"Cache-Control": _FOR_EVER if known else _FOR_A_WHILE}
        return Response(content, headers=headers, media_type=KINDS[Path(name).suffix])


def theme_css(theme: Theme) -> str:
    """Return the site's colours as custom properties, for light screens and dark ones."""
    colours = dict(theme)
    light = {name: value for name, value in colours.items() if not name.startswith("dark_")}
    dark = {name: colours[f"dark_{name}"] for name in light}
    return (
        f":root {{ {_properties(light)} }}\n"
        f"@media screen and (prefers-color-scheme: dark) {{ :root {{ {_properties(dark)} }} }}\n"
    )


def _properties(colours: dict[str, object]) -> str:
    return " ".join(f"--{name}: {value};" for name, value in colours.items())


def _may_be_a_file(name: str) -> bool:
    """Tell whether a folder could hold a file of that name, of a kind that is served."""
    stays = not (name.startswith(".") or "/" in name or "\\" in name)
    return stays and Path(name).suffix in KINDS and len(name.encode()) <= _LONGEST


@lru_cache(maxsize=256)
def _content(path: Path, _changed: int) -> bytes:
    return path.read_bytes()


@lru_cache(maxsize=256)
def _print(content: bytes) -> str:
    return sha256(content).hexdigest()[:12]
