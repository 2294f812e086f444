"""Where a page comes from: a file, standard input or an address; bytes become text here."""

import codecs
import re
import sys
import time
from email.message import Message
from http.client import HTTPException
from pathlib import Path
from urllib import request
from urllib.error import HTTPError, URLError

from newsletter.errors import ContentError, OutsideError, UsageError

LARGEST = 5_000_000
"""Bytes of a page; more is no blog page."""

TIMEOUT = 30.0
"""Seconds for each answer of a server, and for a page as a whole."""

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def read_source(source: str) -> tuple[str, str]:
    """Return the text of a file, of `-` (standard input) or of an address, and a remark or "".

    The remark says that the encoding had to be guessed. Raises UsageError for a source that isn't
    there, OutsideError where a server refuses, ContentError for what is no text.
    """
    if re.match(r"https?://", source, re.I):
        data, charset = fetch(source)
        return decode(data, charset)
    if "://" in source:
        raise UsageError(f"“{source}” can't be fetched", hint="only http and https addresses can")
    if source == "-":
        return decode(_bounded(sys.stdin.buffer.read(LARGEST + 1), "standard input"))
    path = Path(source)
    try:
        with path.open("rb") as file:
            return decode(_bounded(file.read(LARGEST + 1), source))
    except FileNotFoundError:
        hint = "name a saved page, an address that begins with https://, or - for standard input"
        raise UsageError(f"there is no file {source}", hint=hint) from None
    except OSError as error:
        hint = "name a saved page, text or HTML"
        raise UsageError(f"{source} can't be read: {error.strerror}", hint=hint) from None


def decode(data: bytes, charset: str = "") -> tuple[str, str]:
    """Return the bytes as text, and a remark where they aren't what they should be.

    A byte order mark decides, then UTF-8 if it fits, then what the server or the page's own
    `<meta charset>` says, then Windows-1252.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data.decode(encoding, "replace"), ""
    if b"\0" in data:
        raise ContentError("this is no text", hint="save the page as text or as HTML")
    try:
        return data.decode("utf-8"), ""
    except UnicodeDecodeError:
        declared = re.search(rb"charset\s*=\s*[\"']?([\w-]+)", data[:4096], re.I)
        for name in (charset, declared[1].decode("ascii") if declared else "", "cp1252"):
            text = _decoded(data, name)
            if text is not None:
                return text, f"the page is not UTF-8; it was read as {name}"
        return data.decode("latin-1"), "the page is not UTF-8; it was read as latin-1"


def fetch(url: str, timeout: float = TIMEOUT) -> tuple[bytes, str]:
    """Return a page's bytes and the charset its server names, over http or https alone.

    Raises OutsideError for whatever the network or the server says, and for pages too large.
    """
    asked = request.Request(url, headers={"User-Agent": "research-newsletter"})  # noqa: S310
    end = time.monotonic() + timeout
    parts: list[bytes] = []
    try:
        with _opener().open(asked, timeout=timeout) as answer:
            headers: Message = answer.headers
            while part := answer.read(65_536):
                parts.append(part)
                if time.monotonic() > end:
                    raise TimeoutError("it takes too long")
                if sum(map(len, parts)) > LARGEST:
                    break
    except HTTPError as error:
        error.close()
        hint = "look at the address in a browser"
        raise OutsideError(f"{url} answered {error.code} {error.reason}", hint=hint) from None
    except (URLError, OSError, HTTPException, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        hint = "or save the page in a browser, and import the file"
        raise OutsideError(f"{url} can't be fetched: {reason}", hint=hint) from None
    return _bounded(b"".join(parts), url), headers.get_content_charset() or ""


def _opener() -> request.OpenerDirector:
    """An opener that knows http and https only: no redirect leads to a file or to ftp."""
    opener = request.OpenerDirector()
    for handler in (
        request.ProxyHandler(),
        request.HTTPHandler(),
        request.HTTPSHandler(),
        request.HTTPDefaultErrorHandler(),
        request.HTTPRedirectHandler(),
        request.HTTPErrorProcessor(),
        request.UnknownHandler(),
    ):
        opener.add_handler(handler)
    return opener


def _bounded(data: bytes, source: str) -> bytes:
    if len(data) > LARGEST:
        hint = "a blog page is much smaller; save one page at a time"
        raise ContentError(f"{source} is larger than {LARGEST // 1_000_000} MB", hint=hint)
    return data


def _decoded(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding) if encoding else None
    except (LookupError, UnicodeError):
        return None
