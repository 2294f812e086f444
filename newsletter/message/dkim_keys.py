"""Keys for DKIM: made, kept in files that only their owner reads, published in DNS."""

import re
from base64 import b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Literal

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from newsletter.errors import ConfigError
from newsletter.message.headers import ascii_domain

Kind = Literal["rsa", "ed25519"]
PrivateKey = RSAPrivateKey | Ed25519PrivateKey

KEY_BITS = 2048
LEAST_BITS = 1024
"""Verifiers take no signature of a shorter RSA key (RFC 8301, 3.2)."""
STRING_OCTETS = 255
"""Of one string of a TXT record (RFC 1035, 3.3)."""

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?"
_NAME = re.compile(rf"(?=.{{1,190}}\Z){_LABEL}(?:\.{_LABEL})*")
_HINT = "make one with `newsletter dkim keygen`"


@dataclass(frozen=True, slots=True)
class Key:
    """A private key and where its public half is published."""

    domain: str
    selector: str
    private: PrivateKey = field(repr=False)

    @property
    def algorithm(self) -> str:
        """The `a=` of a signature."""
        return f"{_kind(self.private)}-sha256"

    def sign(self, data: bytes) -> bytes:
        """Return the signature of `data`; Ed25519 signs the SHA-256 of it (RFC 8463, 3)."""
        if isinstance(self.private, RSAPrivateKey):
            return self.private.sign(data, PKCS1v15(), SHA256())
        return self.private.sign(sha256(data).digest())


def generate(kind: Kind) -> PrivateKey:
    """Make a new key: RSA of 2048 bits, which every receiver knows, or Ed25519."""
    if kind == "rsa":
        return generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    return Ed25519PrivateKey.generate()


def pem(private: PrivateKey) -> bytes:
    """Return the key as it is kept in a file (PKCS #8)."""
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def record(private: PrivateKey) -> str:
    """Return the text of the DNS record (RFC 6376, 3.6.1; Ed25519 is bare: RFC 8463, 4.2)."""
    public = private.public_key()
    if isinstance(private, RSAPrivateKey):
        octets = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    else:
        octets = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return f"v=DKIM1; k={_kind(private)}; p={b64encode(octets).decode('ascii')}"


def zone_line(domain: str, selector: str, text: str) -> str:
    """Return the record as a zone file holds it, cut into strings of at most 255 octets."""
    strings = [text[i : i + STRING_OCTETS] for i in range(0, len(text), STRING_OCTETS)]
    quoted = " ".join(f'"{one}"' for one in strings)
    return f"{selector}._domainkey.{domain}. IN TXT ( {quoted} )"


def dns_names(domain: str, selector: str) -> tuple[str, str]:
    """Return both as DNS writes them. Raises ConfigError for what can't be published there."""
    bare = ascii_domain(domain) or ""
    if not _NAME.fullmatch(bare):
        raise ConfigError(f"“{domain}” is not a domain", hint="write it like example.org")
    if not _NAME.fullmatch(selector):
        raise ConfigError(
            f"“{selector}” can't be a selector", hint="letters, digits and hyphens: news2026"
        )
    return bare.lower(), selector


def load_key(path: Path, domain: str, selector: str) -> Key:
    """Read a PEM key. Raises ConfigError where it can't sign, or others may read it."""
    try:
        if path.stat().st_mode & 0o077:
            raise ConfigError(f"{path} can be read by others", hint=f"run: chmod 600 {path}")
        private = load_pem_private_key(path.read_bytes(), None)
    except OSError as error:
        raise ConfigError(f"{path} can't be read: {error.strerror}", hint=_HINT) from None
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ConfigError(f"{path} is not a private key without password", hint=_HINT) from None
    if not isinstance(private, RSAPrivateKey | Ed25519PrivateKey):
        raise ConfigError(f"{path} is neither an RSA nor an Ed25519 key", hint=_HINT)
    if isinstance(private, RSAPrivateKey) and private.key_size < LEAST_BITS:
        raise ConfigError(f"{path} has only {private.key_size} bits", hint=_HINT)
    return Key(*dns_names(domain, selector), private)


def _kind(private: PrivateKey) -> Kind:
    return "rsa" if isinstance(private, RSAPrivateKey) else "ed25519"
