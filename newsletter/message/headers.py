"""Header lines: pure ASCII, folded where folding is safe, and closed to injection.

Every function takes any string and returns something that is well formed; what can't stand in a
header is cleaned away, never passed on. Python's own `email` package folds long URLs and ids into
encoded-words, which breaks one-click unsubscribing, so these lines are written by hand.
"""

import re
from base64 import b64encode
from collections.abc import Iterator
from functools import lru_cache
from hashlib import sha256
from urllib.parse import quote

import idna

from newsletter.slots import one_line

FOLD = 76
"""Lines are folded to this (RFC 2047, 2) where nothing forbids it; 998 is never passed."""
LONGEST_WORD = 60
LONGEST_URI = 900
ENCODED = 52
"""Letters of text in an encoded-word: with any header's name before it, its line is within 76."""
ONE_CLICK = "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_DOT_ATOM = rf"{_ATOM}(?:\.{_ATOM})*"
_ADDRESS = re.compile(rf"(?=.{{3,320}}\Z){_DOT_ATOM}@{_DOT_ATOM}")
_LABELS = re.compile(rf"(?=.{{1,250}}\Z){_DOT_ATOM}")
_ID = re.compile(rf"<(?=.{{3,250}}\Z){_DOT_ATOM}@{_DOT_ATOM}>")
_PHRASE = re.compile(rf"(?=.{{1,{LONGEST_WORD}}}\Z){_ATOM}(?: {_ATOM})*")
_WORDS = re.compile(r"[A-Za-z0-9]++(?:[ -][A-Za-z0-9]++)*+")
_QUOTABLE = re.compile(rf"[ -~]{{1,{LONGEST_WORD}}}")
_PLAIN_URI = re.compile(r"[a-z]+:[A-Za-z0-9!#$%&'()*+./:;=?@_~-]+")
_MARKS = re.compile(r"=+\?=*|\?=+")


def header(name: str, *parts: str) -> bytes:
    """Return a header line; a part that doesn't fit beside the one before begins a new line."""
    line = f"{name}: {' '.join(parts)}"
    if len(line) <= FOLD:
        return f"{line}\r\n".encode("ascii")
    lines = [f"{name}: {parts[0]}"]
    for part in parts[1:]:
        if len(lines[-1]) + 1 + len(part) <= FOLD:
            lines[-1] += f" {part}"
        else:
            lines.append(f" {part}")
    return ("\r\n".join(lines) + "\r\n").encode("ascii")


def clean(value: str) -> str:
    """Return one line that no reader of headers can take for more than its letters.

    Control characters and direction overrides go, and so does what marks an encoded-word: some
    parsers decode `=?…?=` wherever it stands, even twice, and find a new header inside.
    """
    return _MARKS.sub("?", " ".join(one_line(value).split()))


def unstructured(name: str, value: str) -> bytes:
    """Return a header of plain words, such as Subject; RFC 2047 where it isn't ASCII."""
    text = clean(value)
    if not text.isascii() or any(len(word) > LONGEST_WORD for word in text.split()):
        return header(name, *_encoded_words(text))
    return header(name, *(text.split() or [""]))


def mailbox(name: str, display: str, address: str) -> bytes:
    """Return an address header: `To: "Anna B." <anna@example.org>`.

    An address that ASCII can't hold is written as an empty group with the address in its name
    (RFC 6857, 3.1.8): the reader still sees it, and the envelope carries the real one.
    """
    bare = ascii_address(address)
    if bare is None:
        group = phrase(f"{display} {address}") or ("undisclosed-recipients",)
        return header(name, *group, ":;")
    words = phrase(display)
    return header(name, *words, f"<{bare}>") if words else header(name, bare)


def phrase(text: str) -> tuple[str, ...]:
    """Return a display name as atoms, a quoted string or encoded-words; () where none is left."""
    if len(text) <= LONGEST_WORD and _WORDS.fullmatch(text):  # most names
        return (text,)
    name = clean(text)
    if _PHRASE.fullmatch(name) or not name:
        return (name,) if name else ()
    if _QUOTABLE.fullmatch(name):
        escaped = name.replace("\\", "\\\\").replace('"', '\\"')
        return (f'"{escaped}"',)
    return tuple(_encoded_words(name))


def ascii_address(email: str) -> str | None:
    """Return the address with its domain in ASCII, or None where that can't be (SMTPUTF8)."""
    if _ADDRESS.fullmatch(email):
        return email
    local, at, domain = email.rpartition("@")
    bare = local + at + (ascii_domain(domain) or "")
    return bare if _ADDRESS.fullmatch(bare) else None


def needs_smtputf8(email: str) -> bool:
    """Say whether only a server with SMTPUTF8 (RFC 6531) can take mail for this address."""
    return not email.rpartition("@")[0].isascii()


@lru_cache(4096)
def ascii_domain(domain: str) -> str | None:
    """Return the domain as DNS writes it (`xn--…`), or None where it isn't one."""
    if domain.isascii():
        return domain
    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except UnicodeError:
        return None


def list_id(name: str, identifier: str) -> bytes:
    """Return List-Id (RFC 2919): the list's name and its identifier in angle brackets."""
    domain = ascii_domain(identifier) or ""
    bare = domain if _LABELS.fullmatch(domain) else "digest.invalid"
    return header("List-Id", *phrase(name), f"<{bare}>")


def list_unsubscribe(url: str, mailto: str) -> bytes:
    """Return List-Unsubscribe and List-Unsubscribe-Post (RFC 2369, RFC 8058).

    Folded between the two addresses only, never inside one, and never encoded. Nothing where
    neither is an address; the second goes with a page only.
    """
    page, mail = uri(url), uri(mailto)
    if not page and not mail:
        return b""
    both = f"<{page}>,\r\n <{mail}>" if page and mail else f"<{page or mail}>"
    return f"List-Unsubscribe: {both}\r\n{ONE_CLICK if page else ''}".encode("ascii")


def uri(text: str) -> str:
    """Return the URI with what may not stand in a header percent-encoded; "" if it is none."""
    if not _PLAIN_URI.fullmatch(text):
        scheme, colon, rest = text.strip().partition(":")
        octets = rest.encode("utf-8", "replace")
        text = scheme + colon + quote(octets, safe="!#$%&'()*+./:;=?@_~-")
        if not _PLAIN_URI.fullmatch(text):
            return ""
    return text if len(text) <= LONGEST_URI else ""


def is_message_id(text: str) -> bool:
    """Say whether a text is a Message-ID, in its angle brackets."""
    return _ID.fullmatch(text) is not None


def message_id_line(message_id: str, domain: str) -> bytes:
    """Return the Message-ID; what isn't one is replaced by an id made of it."""
    if not is_message_id(message_id):
        digest = sha256(message_id.encode("utf-8", "surrogatepass")).hexdigest()[:32]
        message_id = f"<{digest}@{domain}>"
    return f"Message-ID: {message_id}\r\n".encode("ascii")


def _encoded_words(text: str) -> Iterator[str]:
    """Split into encoded-words of at most 64 letters, whole characters each (RFC 2047)."""
    if len(_q(text)) <= ENCODED:  # most names
        yield from [_word(text)] if text else []
        return
    start = size = 0
    for place, character in enumerate(text):
        own = len(_q(character))
        if size + own > ENCODED:
            yield _word(text[start:place])
            start, size = place, 0
        size += own
    yield _word(text[start:])


def _word(text: str) -> str:
    """Write one encoded-word, in the shorter of the two encodings."""
    quoted = _q(text)
    based = b64encode(text.encode("utf-8")).decode("ascii")
    return f"=?utf-8?b?{based}?=" if len(based) < len(quoted) else f"=?utf-8?q?{quoted}?="


def _q(text: str) -> str:
    return "".join([_Q[octet] for octet in text.encode("utf-8")])


# What may stand for itself in an encoded-word inside a display name (RFC 2047, 5, rule 3).
_PLAIN_IN_Q = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/"
_Q = [
    chr(octet) if chr(octet) in _PLAIN_IN_Q else "_" if octet == 0x20 else f"={octet:02X}"
    for octet in range(256)
]
