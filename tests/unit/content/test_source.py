"""Pages from files and addresses, in whatever encoding."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from newsletter.content import source
from newsletter.content.source import decode, fetch, read_source
from newsletter.errors import ContentError, OutsideError, UsageError


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/gone":
            self.send_error(404)
        elif self.path.startswith("/to"):
            self.send_response(302)
            self.send_header("Location", {"/to-page": "/page"}.get(self.path, "file:///etc/passwd"))
            self.end_headers()
        else:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=iso-8859-1")
            self.end_headers()
            self.wfile.write("café".encode("latin-1") * (400 if self.path == "/large" else 1))

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def server() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Handler) as http:
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{http.server_port}"
        http.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("café".encode(), "café"),
        ("café".encode("utf-8-sig"), "café"),
        ("café".encode("utf-16"), "café"),
        ("café".encode("utf-32"), "café"),
        (b"", ""),
    ],
)
def test_unicode_is_read_without_remark(data: bytes, text: str) -> None:
    """UTF-8, and what a byte order mark announces."""
    assert decode(data) == (text, "")


@pytest.mark.parametrize(
    ("data", "charset", "name"),
    [
        ("“é”".encode("cp1252"), "", "cp1252"),
        ('<meta charset="iso-8859-2">č'.encode("iso-8859-2"), "", "iso-8859-2"),
        ("č".encode("iso-8859-2"), "iso-8859-2", "iso-8859-2"),
        ("é".encode("cp1252"), "no-such-thing", "cp1252"),
        ("é".encode("cp1252"), "undefined", "cp1252"),
        (b"\x81", "", "latin-1"),
    ],
)
def test_other_encodings_are_read_with_a_remark(data: bytes, charset: str, name: str) -> None:
    """What the server or page says, or else Windows-1252; the remark names it."""
    text, remark = decode(data, charset)
    assert text == data.decode(name)
    assert name in remark


def test_what_is_no_text_is_refused() -> None:
    """Bytes with zeros in them are no page."""
    with pytest.raises(ContentError, match="no text"):
        decode(b"PK\x03\x04\0\0")


def test_a_file_is_read(tmp_path: Path) -> None:
    """A path gives the file's text."""
    path = tmp_path / "page.txt"
    path.write_text("text")
    assert read_source(str(path)) == ("text", "")


@pytest.mark.parametrize("name", ["nowhere.txt", "ftp://example.org/x", "."])
def test_a_source_that_is_not_there_is_a_usage_error(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A missing file, a folder, an address of another kind."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError) as caught:
        read_source(name)
    assert caught.value.hint


def test_too_large_a_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file beyond the bound is no blog page."""
    monkeypatch.setattr(source, "LARGEST", 10)
    path = tmp_path / "page.txt"
    path.write_text("x" * 11)
    with pytest.raises(ContentError, match="larger than"):
        read_source(str(path))


def test_an_address_is_fetched() -> None:
    """A page comes with the server's charset, over a redirect too."""
    with server() as address:
        assert read_source(f"{address}/page")[0] == "café"
        assert fetch(f"{address}/to-page")[0] == "café".encode("latin-1")


@pytest.mark.parametrize("path", ["/gone", "/to-file"])
def test_what_a_server_refuses_is_an_outside_error(path: str) -> None:
    """An error page, and a redirect to another kind of address."""
    with server() as address, pytest.raises(OutsideError) as caught:
        fetch(f"{address}{path}")
    assert caught.value.hint


def test_too_large_a_page_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading stops at the bound."""
    monkeypatch.setattr(source, "LARGEST", 1000)
    with server() as address, pytest.raises(ContentError, match="larger than"):
        fetch(f"{address}/large")


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/", "http://127.0.0.1:9/a page"])
def test_nobody_listens(address: str) -> None:
    """A refused connection is an outside error with its reason; so is what is no address."""
    with pytest.raises(OutsideError, match="can't be fetched"):
        fetch(address, timeout=2)
