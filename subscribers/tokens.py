"""The signed part of readers' links: bound to one purpose and one subscriber, valid for ever.

A token is `NUMBER.SIGNATURE`: 128 bits of keyed BLAKE2b (RFC 7693, 2.9) in base64url.
It is the same each time it is made, so that a message retried is the same message. Its
last letter is one of four, never a hyphen that a mail program would leave out of a link.
"""

import hmac
import re
import secrets
from binascii import b2a_base64
from collections.abc import Sequence
from enum import StrEnum
from hashlib import blake2b

from itsdangerous import BadSignature, Signer
from itsdangerous.encoding import base64_decode, base64_encode
from itsdangerous.signer import SigningAlgorithm

from subscribers.errors import TokenError

MIN_KEY_LENGTH = 16
"""In letters; `new_key` gives 43."""

_URLSAFE = bytes.maketrans(b"+/", b"-_")
_NUMBER = re.compile(rb"[1-9][0-9]{0,18}")


class Purpose(StrEnum):
    """What a link is for; a token made for one purpose says nothing in another's place."""

    UNSUBSCRIBE = "unsubscribe"
    PREFERENCES = "preferences"
    CONFIRM = "confirm"
    PAUSE = "pause"


class _Blake2(SigningAlgorithm):
    def get_signature(self, key: bytes, value: bytes) -> bytes:
        mac = _blake2(key)
        mac.update(value)
        return mac.digest()


class Tokens:
    """Makes and reads tokens. The first key signs; all of them are accepted.

    Raises ValueError without a key, or for one shorter than 16 letters.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys or any(len(key) < MIN_KEY_LENGTH for key in keys):
            raise ValueError(f"a key for links has at least {MIN_KEY_LENGTH} letters")
        # The Signer wants the oldest first. It would derive its key anew at each call, so it is
        # given derived ones.
        oldest_first = [key.encode() for key in reversed(keys)]
        self._begun = {one: _blake2(_derived(oldest_first[-1], one)) for one in Purpose}
        self._signers = {
            purpose: Signer(
                [_derived(key, purpose) for key in oldest_first],
                key_derivation="none",
                algorithm=_Blake2(),
            )
            for purpose in Purpose
        }

    def make(self, purpose: Purpose, subscriber_id: int) -> str:
        """Return the token of a subscriber: letters, digits, `-`, `_` and one full stop."""
        # What the Signer would say, at a third of its cost: every letter holds several.
        mac = self._begun[purpose].copy()
        mac.update(b"%d" % subscriber_id)
        signature = b2a_base64(mac.digest(), newline=False).translate(_URLSAFE, b"=")
        return f"{subscriber_id}.{signature.decode()}"

    def read(self, purpose: Purpose, token: str) -> int:
        """Return the subscriber's id. Raises TokenError for a token we didn't make for this."""
        try:
            number = self._signers[purpose].unsign(token.encode())
        except (BadSignature, UnicodeEncodeError):
            raise _foreign() from None
        signature = token.encode()[len(number) + 1 :]
        if not _NUMBER.fullmatch(number) or base64_encode(base64_decode(signature)) != signature:
            raise _foreign()
        return int(number)


def new_key() -> str:
    """Return a fresh random key of 256 bits."""
    return secrets.token_urlsafe(32)


def _blake2(key: bytes) -> blake2b:
    return blake2b(key=key, digest_size=16)


def _derived(key: bytes, purpose: Purpose) -> bytes:
    return hmac.digest(key, b"subscribers.tokens:" + purpose.encode(), "sha256")


def _foreign() -> TokenError:
    return TokenError(
        "this link is not one of ours, or it was cut off",
        hint="use the whole link from your latest mail",
    )
