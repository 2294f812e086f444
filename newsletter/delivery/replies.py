"""A server's bytes become replies (RFC 5321, 4.2), however they are cut into packets."""

import re
from functools import lru_cache
from typing import NamedTuple

MAX_LINE = 4096
"""Octets in a line; RFC 5321, 4.5.3.1.5 allows servers 512, and some write more."""
MAX_LINES = 100

_LINE = re.compile(rb"([2-5][0-9][0-9])(?:([ -])(.*))?", re.DOTALL)
_STATUS = re.compile(r"[245]\.[0-9]{1,3}\.[0-9]{1,3}(?![0-9.])", re.ASCII)


class Reply(NamedTuple):
    """One reply: its code, and the server's words on one printable line."""

    code: int
    text: str

    @property
    def status(self) -> str:
        """The enhanced status code (RFC 2034) the words begin with, or ""."""
        return enhanced_status(self.text)


def enhanced_status(text: str) -> str:
    """Return the enhanced status code (RFC 3463) that `text` begins with, or ""."""
    if text[1:2] != ".":
        return ""
    return _status(text.partition(" ")[0])


@lru_cache(maxsize=64)
def _status(word: str) -> str:
    match = _STATUS.match(word)
    return match[0] if match else ""


class Replies:
    """Cuts what arrives into replies.

    `broken` says what was wrong where the server didn't speak SMTP; nothing is read after that.
    """

    def __init__(self) -> None:
        self.broken = ""
        self._rest = b""
        self._lines: list[Reply] = []

    def feed(self, data: bytes) -> list[Reply]:
        """Return the replies that `data` completes, in order."""
        *lines, self._rest = (self._rest + data if self._rest else data).split(b"\n")
        replies: list[Reply] = []
        for octets in lines:
            reply, last = _line(octets)
            if self.broken or reply is None:
                self.broken = self.broken or f"the server's line is no reply: {_excerpt(octets)}"
                break
            if self._lines or not last:
                reply = self._one_of_many(reply, last)
            if reply is not None:
                replies.append(reply)
        if len(self._rest) > MAX_LINE:
            self.broken = self.broken or "the server's line has no end"
        return replies

    def _one_of_many(self, line: Reply, last: bool) -> Reply | None:
        self._lines.append(line)
        first = self._lines[0]
        if line.code != first.code:
            self.broken = f"the server's reply changed from {first.code} to {line.code}"
        elif len(self._lines) > MAX_LINES:
            self.broken = "the server's reply has no end"
        if self.broken or not last:
            return None
        lines, self._lines = self._lines, []
        return Reply(line.code, _joined([one.text for one in lines]))


@lru_cache(maxsize=64)
def _line(octets: bytes) -> tuple[Reply | None, bool]:
    """Read a line without its line feed: what it says, and whether its reply ends with it.

    Cached, for a server says most things again and again.
    """
    match = _LINE.fullmatch(octets.removesuffix(b"\r"))
    if match is None or len(octets) > MAX_LINE:
        return None, True
    code, mark, text = match.groups()
    return Reply(int(code), _printable(text or b"")), mark != b"-"


def _joined(lines: list[str]) -> str:
    """Join the lines of a reply; a status code that each of them repeats stands once."""
    status = enhanced_status(lines[0])
    rest = [line.removeprefix(status).strip() if status else line.strip() for line in lines[1:]]
    return " ".join(filter(None, [lines[0].strip(), *rest]))


def _printable(text: bytes) -> str:
    words = text.decode("utf-8", "replace")
    if words.isprintable():
        return words
    return "".join(c if c.isprintable() else " " for c in words)


def _excerpt(octets: bytes) -> str:
    return _printable(octets[:60])
