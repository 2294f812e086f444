"""A mail to one reader by themselves, as bytes: no list's headers, marked as a program's."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from hashlib import sha256

from newsletter.message import headers
from newsletter.message.quoted_printable import encode


@dataclass(frozen=True, slots=True)
class Cover:
    """What stands on the outside. `date` is aware; `message_id` has its angle brackets.

    `unsubscribe` is the page's address and the `mailto:` one, for mails to whoever is on the list.
    """

    from_name: str
    from_address: str
    reply_to: str
    to_name: str
    to_address: str
    message_id: str
    date: datetime
    unsubscribe: tuple[str, str] = ("", "")


def compose(cover: Cover, subject: str, text: str, html: str, language: str) -> bytes:
    """Return the message; the same arguments give the same bytes. Any strings will do."""
    boundary = "=_" + sha256(f"{cover.message_id}\0{text}".encode()).hexdigest()[:24]
    mark = f"--{boundary}".encode("ascii")
    return b"".join(
        (
            *_headers(cover, subject, language, boundary),
            b"\r\n",
            *_part(mark, "plain", text),
            *_part(mark, "html", html),
            mark + b"--\r\n",
        )
    )


def _headers(cover: Cover, subject: str, language: str, boundary: str) -> Iterator[bytes]:
    domain = headers.ascii_domain(cover.from_address.rpartition("@")[2]) or "invalid"
    yield headers.mailbox("From", cover.from_name, cover.from_address)
    yield headers.mailbox("To", cover.to_name, cover.to_address)
    yield headers.unstructured("Subject", subject)
    yield headers.header("Date", format_datetime(cover.date))
    yield headers.message_id_line(cover.message_id, domain)
    if cover.reply_to:
        yield headers.mailbox("Reply-To", "", cover.reply_to)
    yield headers.list_unsubscribe(*cover.unsubscribe)
    # RFC 3834, 5: nobody's auto-reply should answer; Exchange listens to the second one.
    yield headers.header("Auto-Submitted", "auto-generated")
    yield headers.header("X-Auto-Response-Suppress", "All")
    yield headers.unstructured("Content-Language", language)
    yield b"MIME-Version: 1.0\r\n"
    yield headers.header("Content-Type", "multipart/alternative;", f'boundary="{boundary}"')


def _part(mark: bytes, subtype: str, document: str) -> Iterator[bytes]:
    yield mark + b"\r\n"
    yield headers.header("Content-Type", f"text/{subtype};", "charset=utf-8")
    yield headers.header("Content-Transfer-Encoding", "quoted-printable")
    yield b"\r\n"
    yield encode(document)
    yield b"\r\n"
