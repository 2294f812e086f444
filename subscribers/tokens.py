"""The signed part of readers' links: bound to one purpose and one subscriber, valid for ever.

A token is `NUMBER.SIGNATURE`: 128 bits of keyed BLAKE2b (RFC 7693, 2.9) in base64url.
It is the same each time it is made, so that a message retried is the same message. Its
last letter is one of four, never a hyphen that a mail program would leave out of a link.

An errand's token looks alike, but its number is the errand's and its signature covers the facts
of it: the reader, the address, the time it ends. It is good for that row and no other.
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

_FOLDED = 10
"""Octets of a signature that stands where every letter counts, in an address (RFC 5321, 64)."""
_LETTERS = 22
"""Of a signature of 128 bits in base64, without padding."""
LONGEST = 19 + 1 + _LETTERS
"""Letters of a token that `make` returns, at most."""
_URLSAFE = bytes.maketrans(b"+/", b"-_")
_NUMBER = re.compile(rb"[1-9][0-9]{0,18}")


class Purpose(StrEnum):
    """What a link is for; a token made for one purpose says nothing in another's place."""

    UNSUBSCRIBE = "unsubscribe"
    PREFERENCES = "preferences"
    RETURN = "return"
    """The envelope's sender: the number is a delivery's."""
    POST = "post"
    """The envelope's sender of a mail to one reader, bound to the address it went to."""
    CONFIRM = "confirm"
    """An errand: to be on the list."""
    DATA = "data"
    """An errand: what we hold of a reader."""
    MOVE = "move"
    """An errand: another address."""
    FORM = "form"
    """No reader's: the number is when a form was shown, in seconds since 1970."""


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
        self._raw = oldest_first
        self._begun = {one: _blake2(_derived(oldest_first[-1], one)) for one in Purpose}
        self._keys = {one: [_derived(key, one) for key in oldest_first] for one in Purpose}
        self._signers = {
            purpose: Signer(
                self._keys[purpose],
                key_derivation="none",
                algorithm=_Blake2(),
            )
            for purpose in Purpose
        }

    def make(self, purpose: Purpose, number: int) -> str:
        """Return the token of a subscriber: letters, digits, `-`, `_` and one full stop."""
        return self.octets(purpose, number).decode()

    def octets(self, purpose: Purpose, number: int) -> bytes:
        """Return that token as it stands in a letter."""
        # What the Signer would say, at a third of its cost: every letter holds several.
        digits = b"%d" % number
        mac = self._begun[purpose].copy()
        mac.update(digits)
        signature = b2a_base64(mac.digest())[:_LETTERS].translate(_URLSAFE)
        return digits + b"." + signature

    def bind(self, purpose: Purpose, number: int, facts: Sequence[str]) -> str:
        """Return the token of an errand, bound to its facts."""
        return f"{number}.{_bound(self._raw[-1], purpose, number, facts)}"

    def holds(self, purpose: Purpose, token: str, number: int, facts: Sequence[str]) -> bool:
        """Tell whether a token is the one of this errand with these facts."""
        return any(
            hmac.compare_digest(token, f"{number}.{_bound(key, purpose, number, facts)}")
            for key in self._raw
        )

    def fingerprint(self, use: str, text: str) -> str:
        """Return what stands for a text where it may not stand itself, the same each time."""
        return _print(self._raw[-1], f"fingerprint:{use}", text)

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

    def make_folded(self, purpose: Purpose, number: int) -> str:
        """Return a token for places that change the case of letters: `NUMBER-HEX`, 80 bits."""
        mac = self._begun[purpose].copy()
        mac.update(b"%d" % number)
        return f"{number}-{mac.digest()[:_FOLDED].hex()}"

    def bind_folded(self, purpose: Purpose, number: int, fact: str) -> str:
        """Return such a token that is good as long as a fact holds."""
        return _folded(self._keys[purpose][-1], number, fact)

    def holds_folded(self, purpose: Purpose, token: str, number: int, fact: str) -> bool:
        """Tell whether a folded token is the one of this number with this fact."""
        given = token.lower().encode("utf-8", "replace")
        return any(
            hmac.compare_digest(_folded(key, number, fact).encode(), given)
            for key in self._keys[purpose]
        )

    def read_folded(self, purpose: Purpose, token: str) -> int:
        """Return the number of a folded token. Raises TokenError for one we didn't make."""
        number, _, signature = token.lower().partition("-")
        octets = number.encode("ascii", "replace")
        if _NUMBER.fullmatch(octets) and signature.isascii():
            for key in self._keys[purpose]:
                mac = _blake2(key)
                mac.update(octets)
                if hmac.compare_digest(mac.digest()[:_FOLDED].hex(), signature):
                    return int(number)
        raise _foreign()


def number_in(token: str) -> int:
    """Return the number that a token claims, whoever made it. Raises TokenError for none."""
    number = token.partition(".")[0]
    if not number.isascii() or not _NUMBER.fullmatch(number.encode()) or len(number) > 18:
        raise _foreign()  # 18 digits fit into any database's numbers
    return int(number)


def new_key() -> str:
    """Return a fresh random key of 256 bits."""
    return secrets.token_urlsafe(32)


def _folded(key: bytes, number: int, fact: str) -> str:
    mac = _blake2(key)
    mac.update(f"{number}\0{fact}".encode("utf-8", "replace"))
    return f"{number}-{mac.digest()[:_FOLDED].hex()}"


def _blake2(key: bytes) -> blake2b:
    return blake2b(key=key, digest_size=16)


def _derived(key: bytes, purpose: Purpose) -> bytes:
    return hmac.digest(key, b"subscribers.tokens:" + purpose.encode(), "sha256")


def _bound(key: bytes, purpose: Purpose, number: int, facts: Sequence[str]) -> str:
    return _print(key, f"errand:{purpose}", "\0".join((str(number), *facts)))


def _print(key: bytes, use: str, text: str) -> str:
    derived = hmac.digest(key, f"subscribers.tokens:{use}".encode(), "sha256")
    digest = blake2b(text.encode("utf-8", "replace"), key=derived, digest_size=16).digest()
    return base64_encode(digest).decode()


def _foreign() -> TokenError:
    return TokenError(
        "this link is not one of ours, or it was cut off",
        hint="use the whole link from your latest mail",
    )
