"""An Edition compiled once to bytes on the wire, and filled for each reader.

What all readers share is encoded when the letter is compiled. The result is a few segments: long
stretches without a slot are shared by all messages and never copied, the rest is joined.

    From … Date             shared
    To, Message-ID, …       shared around the reader's own
    text/plain, text/html   shared, with slots (RFC 2046, 5.1.4: the plainest first)
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from hashlib import sha256
from itertools import groupby
from operator import itemgetter

from newsletter.errors import RenderError
from newsletter.links import Frames
from newsletter.message import body, headers
from newsletter.message.heading import Heading, id_frame
from newsletter.message.own import COUNT, MARK, TO, UNSUBSCRIBE, own
from newsletter.message.reader import Reader
from newsletter.model import Edition
from newsletter.slots import TOKEN
from subscribers.tokens import LONGEST

SHARED = 4096
"""Octets from which a stretch without slots stays a segment of its own instead of being copied."""

Pool = tuple[bytes, ...]
Pick = Callable[[Pool], Pool]

_STAND_IN = "zq7token7qz".ljust(LONGEST, "-")
"""Stands for a token while a header is written, which is then cut there."""


@dataclass(frozen=True, slots=True)
class Letter:
    """An edition ready to be filled.

    `greeting` has `%(name)s` for the reader's name; `shared` are its small shared pieces; `parts`
    its segments in order: shared bytes, or a pick of pieces to join. The first has all headers.
    """

    greeting: str
    shared: Pool
    parts: tuple[bytes | Pick, ...]

    def fill(self, reader: Reader) -> tuple[bytes, ...]:
        """Return one reader's message. Any name and address will do; it is always well formed.

        The segments end with a CRLF, hold ASCII alone, and no line begins with a dot.
        """
        pool = own(self.greeting, reader) + self.shared
        return tuple(
            [part if isinstance(part, bytes) else b"".join(part(pool)) for part in self.parts]
        )


def compile_letter(
    edition: Edition, heading: Heading, date: datetime, *, test: bool = False
) -> Letter:
    """Encode an edition once, for all its readers.

    `date` is the Date of every message, aware, in the newsletter's zone. A test's subject says so;
    its reader's tokens are for the caller to make inert. The same arguments give the same bytes.
    Raises RenderError for a slot that doesn't exist or that stands in the subject.
    """
    if TOKEN.search(edition.subject):
        raise RenderError("a reader's own value stands in the subject", hint=_SUBJECT_HINT)
    boundary = _boundary(edition)
    head = [*_headers(edition, heading, date, boundary, test), _part_head(boundary, "plain")]
    documents = [
        *body.cut(edition.text, body.PLAIN, heading.frames),
        _part_head(boundary, "html"),
        *body.cut(edition.html, body.HTML, heading.frames),
        f"\r\n--{boundary}--\r\n".encode("ascii"),
    ]
    return _assemble(edition.greeting, head, documents)


_SUBJECT_HINT = "the subject is the same for all readers of an edition"


def _boundary(edition: Edition) -> str:
    """Return a boundary that no part can hold: quoted-printable never writes `=_`."""
    shared = "\0".join((edition.subject, edition.text, edition.html))
    return "=_" + sha256(shared.encode("utf-8", "replace")).hexdigest()[:24]


def _headers(
    edition: Edition, heading: Heading, date: datetime, boundary: str, test: bool
) -> Iterator[bytes | int]:
    subject = f"[Test] {edition.subject}" if test else edition.subject
    yield headers.mailbox("From", heading.from_name, heading.from_address)
    yield TO
    yield headers.unstructured("Subject", subject)
    yield headers.header("Date", format_datetime(date))
    before, after = id_frame(heading.month, heading.domain)
    yield f"Message-ID: {before}".encode("ascii")
    yield MARK
    yield f"{after}\r\n".encode("ascii")
    if heading.reply_to:
        yield headers.mailbox("Reply-To", "", heading.reply_to)
    yield headers.list_id(heading.list_name, heading.list_id)
    yield from _list_unsubscribe(heading.frames)
    yield headers.unstructured("Content-Language", heading.language)
    yield b"MIME-Version: 1.0\r\n"
    yield headers.header("Content-Type", "multipart/alternative;", f'boundary="{boundary}"')


def _list_unsubscribe(frames: Frames) -> Iterator[bytes | int]:
    whole = headers.list_unsubscribe(frames.page + _STAND_IN, frames.mailto + _STAND_IN)
    first, *others = whole.split(_STAND_IN.encode("ascii"))
    yield first
    for other in others:
        yield UNSUBSCRIBE
        yield other


def _part_head(boundary: str, subtype: str) -> bytes:
    return (
        f"\r\n--{boundary}\r\n"
        f"Content-Type: text/{subtype}; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n"
        "\r\n"
    ).encode("ascii")


def _assemble(
    greeting: str, head: Sequence[bytes | int], documents: Sequence[bytes | int]
) -> Letter:
    """Decide what is a segment of its own and what is joined for each reader."""
    shared: list[bytes] = [b""]
    parts: list[bytes | Pick] = []
    run = list(head)
    for one in _merged(documents):
        if isinstance(one, bytes) and len(one) >= SHARED:
            parts += [_pick(run, shared), one]
            run = []
        else:
            run.append(one)
    if run:
        parts.append(_pick(run, shared))
    return Letter(greeting, tuple(shared), tuple(parts))


def _pick(run: Sequence[bytes | int], shared: list[bytes]) -> Pick:
    """Return what picks a run of pieces from the pool; those that are shared go there."""
    places = [COUNT]  # the empty piece: `itemgetter` of one place gives no tuple
    for one in _merged(run):
        if isinstance(one, int):
            places.append(one)
        else:
            places.append(COUNT + len(shared))
            shared.append(one)
    return itemgetter(*places, COUNT)


def _merged(pieces: Sequence[bytes | int]) -> Iterator[bytes | int]:
    """Join the shared pieces that stand side by side."""
    for are_shared, run in groupby(pieces, lambda one: isinstance(one, bytes)):
        if are_shared:
            yield b"".join([one for one in run if isinstance(one, bytes)])
        else:
            yield from run
