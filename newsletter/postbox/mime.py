"""A message's bytes become parts and texts, within limits, whatever the bytes are.

Python's parser takes anything, but a hostile message can make it build a million parts. So it is
counted while it is built. Nothing here raises but `Bomb`.
"""

import re
from collections.abc import Callable, Iterator
from email.errors import HeaderParseError
from email.feedparser import BytesFeedParser
from email.header import decode_header, make_header
from email.message import Message
from email.policy import Policy, compat32
from html import unescape
from typing import TypeVar

MAX_OCTETS = 5_000_000
"""A returned letter of ours has some 100 KB."""
MAX_LINES = 150_000
MAX_PARTS = 100
"""Parts in all, which bounds how deep they can nest."""
LONGEST_TEXT = 100_000
"""Letters of a part that are looked at."""

_TAG = re.compile(r"<(?:br|/p|/div|/tr|/li|/h\d)\b[^>]{0,200}>", re.IGNORECASE)
_MARKUP = re.compile(
    r"<(?:style|script|head)\b.{0,50000}?</(?:style|script|head)>|<[^>]{0,2000}>", re.I | re.S
)
T = TypeVar("T")


class Bomb(ValueError):
    """A message that is too big, or cut into too many parts, to be looked at."""


def parse(octets: bytes) -> Message:
    """Return the message. Raises Bomb for one past the limits."""
    if len(octets) > MAX_OCTETS:
        raise Bomb(f"more than {MAX_OCTETS} octets")
    if octets.count(b"\n") > MAX_LINES:
        raise Bomb(f"more than {MAX_LINES} lines")
    parser = BytesFeedParser(_counted(), policy=compat32)
    parser.feed(octets)
    return parser.close()


def _counted() -> Callable[..., Message]:
    built = 0

    def build(policy: Policy = compat32) -> Message:
        nonlocal built
        built += 1
        if built > MAX_PARTS:
            raise Bomb(f"more than {MAX_PARTS} parts")
        return Message(policy)

    return build


def content_type(part: Message) -> str:
    """Return `text/plain` and so on, in lower case."""
    return safely(part.get_content_type, "text/plain").lower()


def parts(message: Message) -> Iterator[Message]:
    """Yield the message's own leaves, in order; what it encloses (message/rfc822) is one leaf."""
    if content_type(message).startswith("multipart/") and message.is_multipart():
        for part in message.get_payload():
            if isinstance(part, Message):
                yield from parts(part)
    else:
        yield message


def enclosed(part: Message) -> Message | None:
    """Return the message that a message/rfc822 part holds."""
    payload = part.get_payload()
    if part.is_multipart() and isinstance(payload, list) and payload:
        first = payload[0]
        return first if isinstance(first, Message) else None
    return None


def header(message: Message, name: str) -> str:
    """Return the first header of that name, decoded, on one line; "" where there is none."""
    return next(headers(message, name), "")


def headers(message: Message, *names: str) -> Iterator[str]:
    """Yield the values of all headers of these names, decoded, each on one line."""
    wanted = {name.lower() for name in names}
    for name, value in message.raw_items():
        if name.lower() in wanted:
            yield " ".join(_decoded(str(value)).split())


def _decoded(value: str) -> str:
    """Decode RFC 2047's encoded-words; raw octets are read as UTF-8, or else as Latin-1."""
    raw = value.encode("ascii", "surrogateescape") if not value.isascii() else b""
    text = _guessed(raw) if raw else value
    if "=?" not in text:
        return text
    return safely(lambda: str(make_header(decode_header(text))), text)


def text_of(part: Message) -> str:
    """Return a part's text, HTML without its markup, and at most `LONGEST_TEXT` letters."""
    if part.is_multipart():
        return "\n".join(_flat(part))[:LONGEST_TEXT]
    octets: object = safely(lambda: part.get_payload(decode=True), None)
    if not isinstance(octets, bytes):
        octets = str(part.get_payload()).encode("utf-8", "surrogateescape")
    text = _in_charset(octets[: 4 * LONGEST_TEXT], safely(part.get_content_charset, None))
    if content_type(part) == "text/html":
        text = unescape(_MARKUP.sub(" ", _TAG.sub("\n", text)))
    return text.replace("\r\n", "\n").replace("\xa0", " ")[:LONGEST_TEXT]


def _flat(part: Message) -> Iterator[str]:
    """Yield the lines of what Python took for messages: the groups of a delivery status."""
    for group in part.get_payload():
        if isinstance(group, Message):
            yield from (f"{name}: {_decoded(str(value))}" for name, value in group.raw_items())
            if not group.is_multipart():
                yield str(group.get_payload() or "")
            yield ""


def _in_charset(octets: bytes, charset: object) -> str:
    if isinstance(charset, str):
        text = safely(lambda: octets.decode(charset, "replace"), "")
        if text and "\ufffd" not in text:
            return text
    return _guessed(octets)


def _guessed(octets: bytes) -> str:
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return octets.decode("latin-1")


def safely(get: Callable[[], T], otherwise: T) -> T:
    """Return what `get` returns; `otherwise` where Python's email package trips over the input."""
    try:
        return get()
    except (ValueError, LookupError, TypeError, AttributeError, AssertionError, HeaderParseError):
        return otherwise
