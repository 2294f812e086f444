"""A reader's own bytes: encoded for the headers, the plain text and the HTML, ready to be put in.

What is plain goes the fast way: it stands everywhere as it is. Anything else is escaped, encoded
and folded for each of its places.
"""

import re
from functools import lru_cache, partial
from typing import NamedTuple

from newsletter.message import headers
from newsletter.message.quoted_printable import encode, piece
from newsletter.message.reader import Reader
from newsletter.model import greet
from newsletter.slots import Slot, html_value, text_value

# Which of a reader's own bytes is which.
TO, MARK, UNSUBSCRIBE, PREFERENCES = 0, 1, 2, 3
ADDRESS_TEXT, ADDRESS_HTML, GREETING_TEXT, GREETING_HTML, SINCE_TEXT, SINCE_HTML = range(4, 10)
COUNT = 10

_WORD = r"[A-Za-z0-9_+-]++"
_PLAIN_ADDRESS = re.compile(rf"{_WORD}(?:\.{_WORD})*+@{_WORD}(?:\.{_WORD})*+")


def own(greeting: str, reader: Reader) -> tuple[bytes, ...]:
    """Return a reader's own bytes. Any address and name will do, and any words.

    Greetings end where a line ends, be it a soft one; after all else something must break it.
    """
    email, name, since, mark, unsubscribe, preferences = reader
    before, room, after, *greetings = _named(greeting, name)
    if len(email) <= room and _PLAIN_ADDRESS.fullmatch(email):
        text = html = email.encode()
        to = before + text + after
    else:
        to = headers.mailbox("To", name, email)
        text, html = _both(Slot.ADDRESS, email)
    return (to, mark, unsubscribe, preferences, text, html, *greetings, *_since(since))


class _Named(NamedTuple):
    """What stands before and after a plain address in To, if it has room; the greetings."""

    before: bytes
    room: int
    after: bytes
    text: bytes
    html: bytes


@lru_cache(4096)
def _named(greeting: str, name: str) -> _Named:
    """Encode a name for its places: `greeting` has `%(name)s` for it."""
    words = headers.phrase(name)
    before = headers.header("To", *words).removesuffix(b"\r\n")
    before, after = (before + b" <", b">\r\n") if words else (before, b"\r\n")
    room = headers.FOLD - len(before.rpartition(b"\n")[2] + after.rstrip())
    greeted = greet(greeting, name)
    text, html = text_value(Slot.GREETING, greeted), html_value(Slot.GREETING, greeted)
    return _Named(before, room, after, piece(text), piece(html))


def _both(slot: Slot, value: str) -> tuple[bytes, bytes]:
    text, html = text_value(slot, value), html_value(slot, value)
    plain = encode(text)
    return plain, plain if html == text else encode(html)


_since = lru_cache(1024)(partial(_both, Slot.SINCE))
