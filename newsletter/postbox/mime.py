"""A message's bytes become parts and texts, within limits, whatever the bytes are.

Python's parser takes anything, but a hostile message can make it build a million parts. So it is
counted while it is built. Nothing here raises but `Bomb`.
"""

import codecs
import re
from collections.abc import Callable, Iterator
from email.errors import MessageError
from email.feedparser import BytesFeedParser
from email.header import decode_header, make_header
from email.message import Message
from email.policy import Policy, compat32
from html import unescape
from itertools import islice
from typing import TypeVar

MAX_OCTETS = 5_000_000
"""A returned letter of ours has some 100 KB."""
MAX_LINES = 150_000
MAX_PARTS = 100
"""Parts in all, which bounds how deep they can nest."""
LONGEST_LINE = 1000
"""RFC 5322, 2.1.1, with its end; HTML in one long line occurs, and is folded."""
LONGEST_TEXT = 100_000
"""Letters of a part that are looked at."""
LONGEST_VALUE = 4000
"""Letters of a header's value that are looked at."""
MOST_VALUES = 100
"""Headers of one name that are looked at."""

_BREAKS = {
    "br",
    "p",
    "div",
    "tr",
    "li",
    "table",
    "ul",
    "pre",
    "hr",
    *(f"h{at}" for at in range(1, 7)),
}
_UNSEEN = {"style", "script", "head", "title"}
_NAME = re.compile(r"/?([a-z][a-z0-9]{0,20})", re.IGNORECASE)
T = TypeVar("T")


class Bomb(ValueError):
    """A message that is too big, or cut into too many parts, to be looked at."""


def parse(octets: bytes) -> Message:
    """Return the message. Raises Bomb for one past the limits."""
    if len(octets) > MAX_OCTETS:
        raise Bomb(f"more than {MAX_OCTETS} octets")
    octets = _begun(octets)
    if octets.count(b"\n") > MAX_LINES:
        raise Bomb(f"more than {MAX_LINES} lines")
    parser = BytesFeedParser(_counted(), policy=compat32)
    parser.feed(_folded(octets))
    return parser.close()


def _begun(octets: bytes) -> bytes:
    """Return what begins with its first header, in lines that end with LF.

    Files that went through other hands have a byte order mark, empty lines before the headers, or
    CR alone at the end of each line.
    """
    octets = octets.removeprefix(codecs.BOM_UTF8).lstrip(b"\r\n")
    return octets if b"\n" in octets else octets.replace(b"\r", b"\n")


def _folded(octets: bytes) -> bytes:
    """Fold lines that are longer than any may be: no pattern shall run over half a megabyte.

    Where the next line begins with a space, a header stays one, and so does base64.
    """
    lines = octets.split(b"\n")
    if max(map(len, lines)) <= LONGEST_LINE:
        return octets
    return b"\n".join(
        b"\n ".join(one[at : at + LONGEST_LINE] for at in range(0, len(one), LONGEST_LINE) or (0,))
        for one in lines
    )


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
    """Return `text/plain` and so on, in lower case; a multipart without parts is text."""
    kind = safely(part.get_content_type, "text/plain").lower()
    return "text/plain" if kind.startswith("multipart/") and not part.is_multipart() else kind


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
    found = (str(value) for name, value in message.raw_items() if name.lower() in wanted)
    for value in islice(found, MOST_VALUES):
        yield " ".join(_decoded(value[:LONGEST_VALUE]).split())


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
        text = unescape(_without_markup(text))
    return text.replace("\r\n", "\n").replace("\xa0", " ")[:LONGEST_TEXT]


def _without_markup(html: str) -> str:
    """Return HTML's text, a line for each block; in one pass, whatever the HTML is."""
    first, *rest = html.split("<")
    seen, within = [first], ""
    for piece in rest:
        tag, closed, text = piece.partition(">")
        found = _NAME.match(tag)
        name = found[1].lower() if found else ""
        if within:
            within = "" if tag.startswith("/") and name == within else within
        elif name in _UNSEEN and not tag.startswith("/"):
            within = name
        if not within:
            seen.append(("\n" if name in _BREAKS else " ") + (text if closed else tag))
    return "".join(seen)


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
    except (ValueError, LookupError, TypeError, AttributeError, AssertionError, MessageError):
        return otherwise
