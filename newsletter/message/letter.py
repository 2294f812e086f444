"""An Edition compiled once to bytes on the wire, and filled for each reader.

What all readers share is encoded when the letter is compiled. A reader's own values stand between
soft line breaks, so they never disturb a neighbour's line. The result is a few segments: long
stretches without a slot are shared by all messages and never copied, the rest is joined.

    From … Date             shared
    To, Message-ID, …       the reader's
    text/plain, text/html   shared, with slots (RFC 2046, 5.1.4: the plainest first)
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache
from hashlib import sha256
from itertools import groupby
from operator import itemgetter

from newsletter.errors import RenderError
from newsletter.message import headers
from newsletter.message.heading import Heading, Reader
from newsletter.message.quoted_printable import WIDTH, encode, piece
from newsletter.model import Edition
from newsletter.slots import TOKEN, Slot, html_value, split, text_value

SHARED = 4096
"""Octets from which a stretch without slots stays a segment of its own instead of being copied."""

Pool = tuple[bytes, ...]
Pick = Callable[[Pool], Pool]

# Where a reader's own bytes stand in the pool that segments are joined from.
_TO, _MESSAGE_ID, _UNSUBSCRIBE, _VALUES = 0, 1, 2, 3


@dataclass(frozen=True, slots=True)
class Letter:
    """An edition ready to be filled.

    `slots` are those it uses; `shared` its small shared pieces; `parts` its segments in order:
    shared bytes, or a pick of pieces to join.
    """

    domain: str
    slots: tuple[Slot, ...]
    shared: Pool
    parts: tuple[bytes | Pick, ...]

    def fill(self, reader: Reader) -> tuple[bytes, ...]:
        """Return one reader's message. Any strings will do; the result is always well formed.

        The segments end with a CRLF, hold ASCII alone, and no line begins with a dot.
        """
        own = [
            headers.mailbox("To", reader.name, reader.email),
            headers.message_id_line(reader.message_id, self.domain),
            headers.list_unsubscribe(reader.unsubscribe_url, reader.unsubscribe_mailto),
        ]
        values = reader.values
        for slot in self.slots:
            own += _encoded(slot, values[slot])
        pool = (*own, *self.shared)
        return tuple(
            [part if isinstance(part, bytes) else b"".join(part(pool)) for part in self.parts]
        )


def compile_letter(
    edition: Edition, heading: Heading, date: datetime, *, test: bool = False
) -> Letter:
    """Encode an edition once, for all its readers.

    `date` is the Date of every message, aware, in the newsletter's zone. A test's subject says so;
    its reader's links are for the caller to make inert. The same arguments give the same bytes.
    Raises RenderError for a slot that doesn't exist or that stands in the subject.
    """
    if TOKEN.search(edition.subject):
        raise RenderError("a reader's own value stands in the subject", hint=_SUBJECT_HINT)
    text, html = _split(edition.text, "plain text"), _split(edition.html, "HTML")
    slots = tuple(sorted({*text[1], *html[1]}))
    boundary = _boundary(edition)
    pieces = [
        *_headers(edition, heading, date, boundary, test),
        _part_head(boundary, "plain"),
        *_body(text, [_VALUES + 2 * slots.index(slot) for slot in text[1]]),
        _part_head(boundary, "html"),
        *_body(html, [_VALUES + 2 * slots.index(slot) + 1 for slot in html[1]]),
        f"\r\n--{boundary}--\r\n".encode("ascii"),
    ]
    domain = headers.ascii_domain(heading.domain) or "invalid"
    return _assemble(domain, slots, list(_merged(pieces)))


_SUBJECT_HINT = "the subject is the same for all readers of an edition"
_Cut = tuple[tuple[str, ...], tuple[Slot, ...]]


def _split(document: str, name: str) -> _Cut:
    try:
        return split(document)
    except ValueError as error:
        raise RenderError(f"the {name} has a slot that doesn't exist: {error}") from None


def _boundary(edition: Edition) -> str:
    """Return a boundary that no part can hold: quoted-printable never writes `=_`."""
    shared = "\0".join((edition.subject, edition.text, edition.html))
    return "=_" + sha256(shared.encode("utf-8", "replace")).hexdigest()[:24]


def _headers(
    edition: Edition, heading: Heading, date: datetime, boundary: str, test: bool
) -> Iterator[bytes | int]:
    subject = f"[Test] {edition.subject}" if test else edition.subject
    yield headers.mailbox("From", heading.from_name, heading.from_address)
    yield _TO
    yield headers.unstructured("Subject", subject)
    yield headers.header("Date", format_datetime(date))
    yield _MESSAGE_ID
    if heading.reply_to:
        yield headers.mailbox("Reply-To", "", heading.reply_to)
    yield headers.list_id(heading.list_name, heading.list_id)
    yield _UNSUBSCRIBE
    yield headers.unstructured("Content-Language", heading.language)
    yield b"MIME-Version: 1.0\r\n"
    yield headers.header("Content-Type", "multipart/alternative;", f'boundary="{boundary}"')


def _part_head(boundary: str, subtype: str) -> bytes:
    return (
        f"\r\n--{boundary}\r\n"
        f"Content-Type: text/{subtype}; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n"
        "\r\n"
    ).encode("ascii")


def _body(cut: _Cut, places: Iterable[int]) -> Iterator[bytes | int]:
    """Yield a part's literals, encoded, and between them where the reader's values stand."""
    *literals, last = cut[0]
    for literal, place in zip(literals, places, strict=True):
        yield piece(literal)
        yield place
    yield encode(last)


def _merged(pieces: Iterable[bytes | int]) -> Iterator[bytes | int]:
    """Join the shared pieces that stand side by side."""
    shared = b""
    for one in pieces:
        if isinstance(one, bytes):
            shared += one
            continue
        yield shared
        shared = b""
        yield one
    yield shared


def _assemble(domain: str, slots: tuple[Slot, ...], pieces: list[bytes | int]) -> Letter:
    """Decide what is a segment of its own and what is joined for each reader."""
    first_shared = _VALUES + 2 * len(slots)
    shared: list[bytes] = [b""]
    parts: list[bytes | Pick] = []
    for long, run in groupby(pieces, lambda one: isinstance(one, bytes) and len(one) >= SHARED):
        if long:
            parts += [one for one in run if isinstance(one, bytes)]
            continue
        places = [first_shared]  # the empty piece: `itemgetter` of one place gives no tuple
        for one in run:
            places.append(first_shared + len(shared) if isinstance(one, bytes) else one)
            shared += [one] if isinstance(one, bytes) else []
        parts.append(itemgetter(*places, first_shared))
    return Letter(domain, slots, tuple(shared), tuple(parts))


# Names and dates come back from reader to reader; addresses and links don't.
_REPEATING = frozenset({Slot.GREETING, Slot.SINCE})
_URL = rf"(?!\.)[A-Za-z0-9:/@#?%~_.+-]{{1,{WIDTH}}}+"
_AS_IT_STANDS = re.compile(rf"{_URL}(?:{_URL})?")


def _encoded(slot: Slot, value: str) -> tuple[bytes, bytes]:
    """Return a value's bytes for the plain text and for the HTML."""
    if slot in _REPEATING:
        return _encoded_once(slot, value)
    if _AS_IT_STANDS.fullmatch(value):  # the fast way: nothing to escape anywhere
        long = len(value) > WIDTH
        plain = f"{value[:WIDTH]}=\r\n{value[WIDTH:]}=\r\n" if long else f"{value}=\r\n"
        return (encoded := plain.encode()), encoded
    return _encode_value(slot, value)


def _encode_value(slot: Slot, value: str) -> tuple[bytes, bytes]:
    text, html = text_value(slot, value), html_value(slot, value)
    plain = piece(text)
    return plain, plain if html == text else piece(html)


_encoded_once = lru_cache(4096)(_encode_value)
