"""What every message of a mailing shares, and Message-IDs."""

import json
from dataclasses import asdict, dataclass
from functools import lru_cache
from hashlib import blake2b

from newsletter.links import Frames
from newsletter.message.headers import ascii_domain, is_message_id


@dataclass(frozen=True, slots=True)
class Heading:
    """What every message of a mailing shares; kept with the Mailing as JSON.

    `reply_to` is empty where answers go to the From address; `list_id` has no brackets;
    `domain` is the right half of Message-IDs; `month` is written `2021-02`.
    """

    from_name: str
    from_address: str
    reply_to: str
    list_id: str
    list_name: str
    public_url: str
    unsubscribe_address: str
    language: str
    month: str
    domain: str

    @property
    def frames(self) -> Frames:
        """What stands before a reader's tokens in their links."""
        return Frames.of(self.public_url, self.unsubscribe_address)

    def to_json(self) -> str:
        """Return the same text for the same values."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> "Heading":
        """Read what `to_json` wrote. Raises TypeError or ValueError for anything else."""
        return cls(**json.loads(text))


def revision_salt(salt: bytes, revision: int) -> bytes:
    """Return the salt for a revision's Message-IDs.

    Another text is another message and needs another identifier (RFC 5322, 3.6.4).
    """
    if revision == 1:
        return salt
    return blake2b(f"revision {revision}".encode(), key=salt, digest_size=32).digest()


def mark(salt: bytes, month: str, delivery_id: int) -> bytes:
    """Return a reader's own part of a Message-ID: unlike for each, the same at each try.

    It tells nobody who else was written to, nor how many: the number is hashed (BLAKE2, RFC 7693)
    with the salt, at most 64 octets, as its key.
    """
    mac = _keyed(salt, month).copy()
    mac.update(b"%d" % delivery_id)
    return mac.hexdigest().encode()


@lru_cache(16)
def id_frame(month: str, domain: str) -> tuple[str, str]:
    """Return what stands before and after a reader's own part of a Message-ID."""
    before, after = f"<{month}.", f"@{ascii_domain(domain) or 'invalid'}>"
    return (before, after) if is_message_id(f"{before}{'0' * 32}{after}") else ("<", "@invalid>")


def message_id(salt: bytes, month: str, delivery_id: int, domain: str) -> str:
    """Return the Message-ID of a delivery, in angle brackets."""
    before, after = id_frame(month, domain)
    return f"{before}{mark(salt, month, delivery_id).decode()}{after}"


@lru_cache(16)
def _keyed(salt: bytes, month: str) -> blake2b:
    return blake2b(f"{month}/".encode(), key=salt, digest_size=16)
