"""What every message of a mailing shares, what is one reader's own, and Message-IDs."""

import json
from dataclasses import asdict, dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

from newsletter.message.headers import ascii_domain
from newsletter.slots import Values


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

    def to_json(self) -> str:
        """Return the same text for the same values."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> "Heading":
        """Read what `to_json` wrote. Raises TypeError or ValueError for anything else."""
        return cls(**json.loads(text))


class Reader(NamedTuple):
    """One reader's own values, as plain text; the letter encodes them for their places.

    `message_id` has its angle brackets. `unsubscribe_url` is the one-click address (https) and
    `unsubscribe_mailto` the `mailto:` one; an empty one is left out.
    """

    email: str
    name: str
    message_id: str
    unsubscribe_url: str
    unsubscribe_mailto: str
    values: Values


def revision_salt(salt: bytes, revision: int) -> bytes:
    """Return the salt for a revision's Message-IDs.

    Another text is another message and needs another identifier (RFC 5322, 3.6.4).
    """
    if revision == 1:
        return salt
    return blake2b(f"revision {revision}".encode(), key=salt, digest_size=32).digest()


def message_id(salt: bytes, month: str, delivery_id: int, domain: str) -> str:
    """Return a Message-ID in angle brackets: unlike for each reader, the same at each try.

    It tells nobody who else was written to, nor how many: the number is hashed (BLAKE2, RFC 7693)
    with the salt, at most 64 octets, as its key.
    """
    mac = _keyed(salt).copy()
    mac.update(f"{month}/{delivery_id}".encode())
    return f"<{month}.{mac.hexdigest()}@{ascii_domain(domain) or 'invalid'}>"


@lru_cache(16)
def _keyed(salt: bytes) -> blake2b:
    return blake2b(key=salt, digest_size=16)
