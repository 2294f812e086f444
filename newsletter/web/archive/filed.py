"""Pages as files in a folder: which file a page is, and how one leads to another."""

import posixpath
from dataclasses import dataclass

from newsletter.web.place import Place

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " font-src 'self'; form-action 'self'; base-uri 'none'"
)
"""What a page that is a file may do; the web server before it can't be asked to say so."""

_FILES = ("/archive", "/feed.xml", "/static")


@dataclass(frozen=True)
class FiledPlace(Place):
    """A page that is a file. It leads to other files by relative links, from any folder or disk.

    What is no file here (the form to subscribe, say) is at `public_url`.
    """

    served: bool = False
    public_url: str = ""

    @property
    def policy(self) -> str:
        """What browsers let the page do."""
        return POLICY

    def href(self, path: str, **query: str) -> str:
        """Return the address of another page, seen from this one."""
        target, mark, fragment = path.partition("#")
        if not _is_a_file(target):
            return self.public_url + path
        return f"{self._way_to(file_of(target))}{mark}{fragment}"

    def file(self, address: str) -> str:
        """Return the address of a file that pages bring along, seen from this one."""
        target, mark, version = address.partition("?")
        return f"{self._way_to(file_of(target))}{mark}{version}"

    def _way_to(self, name: str) -> str:
        return posixpath.relpath(name, posixpath.dirname(file_of(self.path)) or ".")


def file_of(path: str) -> str:
    """Return the file that has a page: `/archive/2021-02` is `archive/2021-02/index.html`."""
    name = path.strip("/")
    return name if "." in posixpath.basename(name) else posixpath.join(name, "index.html")


def _is_a_file(path: str) -> bool:
    return any(path == one or path.startswith(f"{one}/") for one in _FILES)
