"""The message on the wire: the headers by which mail programs let a reader leave."""

from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urlsplit

from newsletter.checks.desk import found
from newsletter.checks.links import is_local
from newsletter.checks.places import setting
from newsletter.checks.proofs import Proof
from newsletter.message import INERT, Heading, Reader, compile_letter
from newsletter.model import Finding

_WANTED = {
    "From": "newsletter.from",
    "Subject": "newsletter.name",
    "List-Id": "newsletter.list_id",
    "List-Unsubscribe": "newsletter.public_url",
    "List-Unsubscribe-Post": "newsletter.public_url",
}
"""Headers, and the setting each of them comes from."""

_READER = Reader("reader@example.org", "", "1 January 2021", b"check", INERT, INERT)


def check(proof: Proof, heading: Heading) -> Iterator[Finding]:
    """Yield each header that isn't in the message as it would be sent."""
    letter = compile_letter(proof.edition, heading, datetime(2021, 1, 1, tzinfo=UTC))
    head = b"".join(letter.fill(_READER)).partition(b"\r\n\r\n")[0]
    names = {line.partition(b":")[0].decode("ascii") for line in head.split(b"\r\n")}
    for name, key in _WANTED.items():
        if name not in names:
            place = setting(proof.settings, key)
            message = f"the message has no {name}"
            yield found("list-headers", message, place, f"look at {key}")
    url = urlsplit(heading.public_url)
    if url.scheme != "https" and not is_local(url.hostname or ""):
        place = setting(proof.settings, "newsletter.public_url")
        message = "readers can't leave by one click: the address is not https"
        hint = "RFC 8058 wants https; set newsletter.public_url"
        yield found("list-headers", message, place, hint, level="warning")


def wire(proof: Proof, heading: Heading) -> bytes:
    """Return a message as a filter would see it."""
    letter = compile_letter(proof.edition, heading, datetime.now(UTC))
    return b"".join(letter.fill(_READER))
