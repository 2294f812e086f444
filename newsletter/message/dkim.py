"""DKIM signatures (RFC 6376; Ed25519: RFC 8463), relaxed/relaxed, made last.

There is no time stamp in them, and both algorithms always give the same signature, so a message
has the same bytes at every try. Nothing here changes after it is made: sign in any thread.

What the keys sign is cheap to find, but is Python's work; to sign it takes OpenSSL's time, and
leaves Python free. So one thread may prepare what another signs.
"""

import re
from base64 import b64encode
from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple, Protocol

from newsletter.config import Dkim
from newsletter.errors import ConfigError
from newsletter.message.dkim_keys import Key, load_key

SIGNED = (
    "from",
    "to",
    "subject",
    "date",
    "message-id",
    "reply-to",
    "list-id",
    "list-unsubscribe",
    "list-unsubscribe-post",
    "mime-version",
    "content-type",
)
"""The fields a signature covers, in its order. RFC 8058 wants both List-Unsubscribe ones."""

BIG = 4096
"""Octets from which a segment is likely to be shared by many messages."""

_WIDTH = 72
_SPACES = re.compile(rb"[ \t]+")
_TRAILING = re.compile(rb"[ \t]+\r\n")


class Unsigned(NamedTuple):
    """The signatures of one message but for what the keys say: key, field so far, what to sign."""

    parts: tuple[tuple[Key, bytes, bytes], ...]

    def signed(self) -> bytes:
        """Return the header lines to put before the message; safe to call in any thread."""
        return b"".join([field + _folded(key.sign(data)) for key, field, data in self.parts])


class Signer(Protocol):
    """Vouches for a finished message."""

    def prepare(self, segments: Sequence[bytes]) -> Unsigned:
        """Return what is to be signed, found in a tenth of the time that signing takes."""
        ...

    def sign(self, segments: Sequence[bytes]) -> bytes:
        """Return the header lines to put before the message, prepared and signed at once."""
        ...


class DkimSigner:
    """Signs with one key, or with one of each kind: receivers take the one they know."""

    def __init__(self, keys: Sequence[Key]) -> None:
        self._keys = tuple(keys)

    def prepare(self, segments: Sequence[bytes]) -> Unsigned:
        """Return what each key is to sign; every line of the message ends with CRLF."""
        head, body = _parted(segments)
        fields = _fields(head)
        counts = tuple([len(fields.get(name, ())) for name in SIGNED])
        covered = b"".join([line for name in SIGNED for line in fields.get(name, ())])
        body_hash = b64encode(_body_hash(body))
        return Unsigned(tuple([_part(key, counts, covered, body_hash) for key in self._keys]))

    def sign(self, segments: Sequence[bytes]) -> bytes:
        """Return a DKIM-Signature for each key."""
        return self.prepare(segments).signed()


def make_signer(settings: Dkim) -> Signer | None:
    """Return the signer that the settings ask for; None where no domain signs.

    Raises ConfigError for a key that is missing, readable by others, or no key.
    """
    if not settings.domain:
        return None
    named = [
        (settings.selector, settings.key_file),
        (settings.second_selector, settings.second_key_file),
    ]
    pairs = [(selector, file) for selector, file in named if selector or file]
    if not pairs or not all(selector and file for selector, file in pairs):
        raise ConfigError(
            "delivery.dkim: a key needs both a selector and a key file",
            hint="make one with `newsletter dkim keygen`, or remove the domain: no signature",
        )
    return DkimSigner([load_key(file, settings.domain, name) for name, file in pairs if file])


def _part(
    key: Key, counts: tuple[int, ...], covered: bytes, body_hash: bytes
) -> tuple[Key, bytes, bytes]:
    field = _opening(key.algorithm, key.domain, key.selector, counts) + body_hash + b";\r\n b="
    _, _, value = field.partition(b": ")
    return key, field, covered + b"dkim-signature:" + value.replace(b"\r\n ", b" ")


def _folded(signature: bytes) -> bytes:
    text = b64encode(signature)
    return b"\r\n ".join([text[i : i + _WIDTH] for i in range(0, len(text), _WIDTH)]) + b"\r\n"


@lru_cache(256)
def _opening(algorithm: str, domain: str, selector: str, counts: tuple[int, ...]) -> bytes:
    """Return the field up to the body's hash.

    Each name is listed once more than it occurs, so that nobody can add another (RFC 6376, 8.15).
    """
    names = [name for name, count in zip(SIGNED, counts, strict=True) for _ in range(count + 1)]
    lines = ["h="]
    for name in names:
        if len(lines[-1]) + len(name) + 2 > _WIDTH:
            lines.append("")
        lines[-1] += f"{name}:"
    listed = "\r\n ".join(lines).removesuffix(":")
    return (
        f"DKIM-Signature: v=1; a={algorithm}; c=relaxed/relaxed;\r\n"
        f" d={domain}; s={selector};\r\n {listed};\r\n bh="
    ).encode("ascii")


def _parted(segments: Sequence[bytes]) -> tuple[bytes, list[bytes]]:
    """Cut a message after its header block; its last line end stays with the header."""
    head, gap, start = segments[0].partition(b"\r\n\r\n")
    if gap:
        return head + b"\r\n", [start, *segments[1:]]
    head, _, body = b"".join(segments).partition(b"\r\n\r\n")
    return head + b"\r\n", [body]


def _fields(head: bytes) -> dict[str, list[bytes]]:
    """Return the signed fields in relaxed form (RFC 6376, 3.4.2), the lowest first."""
    flat = head.replace(b"\r\n ", b" ").replace(b"\r\n\t", b" ")
    if b"  " in flat or b"\t" in flat:
        flat = _SPACES.sub(b" ", flat)
    found: dict[str, list[bytes]] = {}
    for line in reversed(flat.split(b"\r\n")[:-1]):
        name, _, value = line.partition(b":")
        lower = name.strip().lower()
        if (known := lower.decode("latin-1")) in _KNOWN:
            found.setdefault(known, []).append(b"%b:%b\r\n" % (lower, value.strip(b" ")))
    return found


_KNOWN = frozenset(SIGNED)


def _body_hash(segments: list[bytes]) -> bytes:
    """Return the SHA-256 of a body in relaxed form (RFC 6376, 3.4.4)."""
    if not _all_relaxed(segments):
        segments = [_relaxed(b"".join(segments))]
    digest = sha256()
    for one in segments:
        digest.update(one)
    return digest.digest()


def _all_relaxed(segments: list[bytes]) -> bool:
    """Say whether a body is in relaxed form already, as ours always is: looking is much cheaper."""
    last = segments[-1]
    ends_well = last.endswith(b"\r\n") and not last.endswith(b"\r\n\r\n") and len(last) >= 4
    return ends_well and all(
        _is_relaxed_once(one) if len(one) >= BIG else _is_relaxed(one) for one in segments
    )


def _is_relaxed(segment: bytes) -> bool:
    """Say whether a stretch is in relaxed form, and stays so whatever follows it."""
    return not (
        b"  " in segment
        or b"\t" in segment
        or b" \r\n" in segment
        or segment.endswith((b" ", b"\r"))
    )


_is_relaxed_once = lru_cache(64)(_is_relaxed)


def _relaxed(body: bytes) -> bytes:
    shrunk = _SPACES.sub(b" ", _TRAILING.sub(b"\r\n", body)).rstrip(b" ")
    while shrunk.endswith(b"\r\n"):
        shrunk = shrunk.removesuffix(b"\r\n")
    return shrunk + b"\r\n" if shrunk else b""
