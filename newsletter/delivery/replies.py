"""A server's bytes become replies (RFC 5321, 4.2), however they are cut into packets."""

import re
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
    match = _STATUS.match(text)
    return match[0] if match else ""


class Replies:
    """Cuts what arrives into replies.

    `broken` says what was wrong where the server didn't speak SMTP; nothing is read after that.
    """

    def __init__(self) -> None:
        self.broken = ""
        self._rest = b""
        self._lines: list[bytes] = []
        self._code = b""

    def feed(self, data: bytes) -> list[Reply]:
        """Return the replies that `data` completes, in order."""
        *lines, rest = (self._rest + data).split(b"\n") if self._rest else data.split(b"\n")
        replies: list[Reply] = []
        for line in lines:
            if self.broken:
                break
            reply = self._line(line[:-1] if line.endswith(b"\r") else line)
            if reply is not None:
                replies.append(reply)
        self._rest = rest
        if len(rest) > MAX_LINE:
            self.broken = "the server's line has no end"
        return replies

    def _line(self, line: bytes) -> Reply | None:
        match = _LINE.fullmatch(line)
        if match is None or len(line) > MAX_LINE:
            self.broken = f"the server's line is not a reply: {_printable(line[:60])}"
            return None
        code, mark, text = match.groups()
        if mark != b"-" and not self._lines:
            return Reply(int(code), _printable(text or b""))
        return self._one_of_many(code, mark, text or b"")

    def _one_of_many(self, code: bytes, mark: bytes | None, text: bytes) -> Reply | None:
        if self._lines and code != self._code:
            self.broken = f"the server's reply changed from {self._code!r} to {code!r}"
            return None
        self._code = code
        self._lines.append(text)
        if len(self._lines) > MAX_LINES:
            self.broken = "the server's reply has no end"
            return None
        if mark == b"-":
            return None
        lines, self._lines = self._lines, []
        return Reply(int(code), _joined([_printable(one) for one in lines]))


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
