"""Email addresses: what can be mailed, and when two spellings are one reader.

An address goes out as it was written, with its domain in lower-case ASCII (IDNA, RFC 5890).
A local part that is not ASCII is kept as it is, in NFC: such mail needs a server that offers
SMTPUTF8 (RFC 6531), and whether it does is for the sender to find out.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from hashlib import sha256
from typing import NamedTuple

from email_validator import EmailNotValidError, ValidatedEmail, validate_email

from subscribers.errors import AddressError

MAX_OCTETS = 254
"""Of the whole address, on the wire (RFC 3696, erratum 1690)."""
MAX_LOCAL_OCTETS = 64
"""Of the part before the @-sign (RFC 5321, 4.5.3.1.1)."""

# The dot-atom of RFC 5322, 3.2.3: what nearly every local part is. What it doesn't match may
# still be an address; email-validator decides.
_ATEXT = r"A-Za-z0-9!#$%&'*+/=?^_`{|}~-"
_COMMON = re.compile(rf"([{_ATEXT}]+(?:\.[{_ATEXT}]+)*)@([^@]+)")
_PLAIN = bytes(octet for octet in range(128) if re.match(rf"[.{_ATEXT}]", chr(octet)))
# Where a dot-atom has no dot and an address no end, in addresses that are one a line.
_MISPLACED = ("\n.", "..", ".@", "\n@", "@\n")

_TOO_LONG = f"it is longer than {MAX_OCTETS} letters."
_CONTROL = "it holds a line break or another control character."

# What clings to an address that was copied from somewhere.
_CLINGING = " \t\u00a0\u200b\ufeff"


class Address(NamedTuple):
    """An address that can be mailed.

    `email` is the form to deliver to; `key` is the same for two spellings of one mailbox
    (case-folded); `hash` is the SHA-256 of the key in hex, which outlives erasure.
    """

    email: str
    key: str
    hash: str


# Past the named tuple's own __new__, which takes as long as the hash does.
_made: Callable[[tuple[str, str, str]], Address] = partial(tuple.__new__, Address)


def parse(text: str) -> Address:
    """Read an address. Raises AddressError with the reason in plain words."""
    found = examine(text)
    if isinstance(found, str):
        raise AddressError(
            f"“{_shown(text)}” is not an address we can mail: {found}",
            hint="write it like anna@example.org",
        )
    return found


def examine(text: str) -> Address | str:
    """Return the address, or the reason why it is none; for loops over many."""
    text = text.strip(_CLINGING)
    if len(text) > MAX_OCTETS:
        return _TOO_LONG
    common = _COMMON.fullmatch(text)
    if common is None or len(common[1]) > MAX_LOCAL_OCTETS:
        return _examine_uncommon(text)
    local, domain = common.groups()
    ascii_domain, octets, reason = _domain(domain)
    if reason:
        return reason
    if len(local) + 1 + octets > MAX_OCTETS:
        return _TOO_LONG
    email = f"{local}@{ascii_domain}"
    return _address(email, email.casefold())


class Addresses(NamedTuple):
    """Many addresses as columns; `refused` says of a position why there is none."""

    emails: list[str]
    keys: list[str]
    hashes: list[str]
    refused: dict[int, str]


def examine_all(texts: Sequence[str]) -> Addresses:
    """Say what `examine` says of each; for many it takes half the time."""
    listed = "\n".join(texts)
    lowered = listed.lower()
    found = Addresses(list(texts), lowered.split("\n"), _hashes(lowered), {})
    uncommon: Sequence[int] = range(len(texts))
    if len(found.keys) == len(texts):
        uncommon = _uncommon(texts, listed)
    else:  # by a line break in a text
        blank = [""] * len(texts)
        found = Addresses(blank, blank.copy(), blank.copy(), {})
    for at in uncommon:
        one = examine(texts[at])
        if isinstance(one, str):
            found.refused[at] = one
        else:
            found.emails[at], found.keys[at], found.hashes[at] = one
    return found


def _address(email: str, key: str) -> Address:
    return _made((email, key, sha256(key.encode()).hexdigest()))


def _examine_uncommon(text: str) -> Address | str:
    if not text:
        return "it is empty."
    if any(unicodedata.category(char) == "Cc" for char in text):
        return _CONTROL
    try:
        valid = _validate(text)
    except EmailNotValidError as error:
        return _plain(error)
    local, domain = valid.local_part, valid.ascii_domain
    if len(local.encode()) > MAX_LOCAL_OCTETS:
        return f"the part before the @-sign is longer than {MAX_LOCAL_OCTETS} letters."
    email = f"{local}@{domain}"
    return _address(email, unicodedata.normalize("NFC", email.casefold()))


def _validate(text: str) -> ValidatedEmail:
    # No DNS: an import would hang on it, and a name that doesn't resolve now may do so later.
    # The test environment is what lets `reader@mail.test` pass (RFC 2606).
    return validate_email(text, strict=True, check_deliverability=False, test_environment=True)


@lru_cache(maxsize=65_536)
def _domain(domain: str) -> tuple[str, int, str]:
    """Return the domain in ASCII, the octets of its longest form, and the reason if it is bad."""
    if any(unicodedata.category(char) == "Cc" for char in domain):
        return "", 0, _CONTROL
    try:
        valid = _validate(f"a@{domain}")
    except EmailNotValidError as error:
        return "", 0, _plain(error)
    # email-validator limits the form that was given, too, and the one for display.
    forms = (domain, valid.domain, valid.ascii_domain)
    return valid.ascii_domain, max(len(form.encode()) for form in forms), ""


def _hashes(keys: str) -> list[str]:
    return [hashed.hexdigest() for hashed in map(sha256, keys.encode().split(b"\n"))]


def _uncommon(texts: Sequence[str], listed: str) -> Sequence[int]:
    """Return the positions of those that the pattern doesn't settle, or that change by reading."""
    if _are_common(texts, listed):
        return ()
    return [at for at, text in enumerate(texts) if not _is_common(text)]


def _are_common(texts: Sequence[str], listed: str) -> bool:
    """Tell whether all are common addresses and stay as they are: False where that isn't sure.

    They are looked through as one text, for each once, and each domain once: a look at one after
    the other takes three times as long.
    """
    others = listed.encode().translate(None, _PLAIN)
    if others != b"\n".join([b"@"] * len(texts)):
        return False
    if any(mark in f"\n{listed}\n" for mark in _MISPLACED):
        return False
    domains = set(listed.replace("@", "\n").split("\n")[1::2])
    longest_local = max(map(len, texts)) - 1 - min(map(len, domains))
    return longest_local <= MAX_LOCAL_OCTETS and all(map(_is_as_it_is, domains))


def _is_common(text: str) -> bool:
    common = _COMMON.fullmatch(text)
    return common is not None and len(common[1]) <= MAX_LOCAL_OCTETS and _is_as_it_is(common[2])


@lru_cache(maxsize=65_536)
def _is_as_it_is(domain: str) -> bool:
    """Tell whether whatever common local part stands before this domain, it is an address."""
    ascii_domain, octets, reason = _domain(domain)
    return not reason and ascii_domain == domain and MAX_LOCAL_OCTETS + 1 + octets <= MAX_OCTETS


def _plain(error: EmailNotValidError) -> str:
    words = str(error)
    return words[:1].lower() + words[1:]


def _shown(text: str) -> str:
    visible = "".join(char if char.isprintable() else "\ufffd" for char in text)
    return visible if len(visible) <= 80 else visible[:79] + "…"
