"""A message's envelope as SMTP commands, or the reason why this server can't be given it."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import idna

from newsletter.delivery.protocol import Message, Receipt, Stage

# What nearly every address is made of, so that it needs no closer look (RFC 5321, 4.1.2).
_ORDINARY = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+")
_LOCAL = re.compile(
    r"""[^\x00-\x20"(),:;<>@\[\\\]\x7f-\xa0]+|"(?:[^\x00-\x1f"\\\x7f-\x9f]|\\[ -~])+\""""
)
_LITERAL = re.compile(r"\[[0-9A-Za-z:.]+\]")


@dataclass(frozen=True, slots=True)
class Offer:
    """What the server offered in its answer to EHLO.

    `size` is its limit in octets (RFC 1870), None where it announced no SIZE, 0 for no limit.
    """

    pipelining: bool = False
    size: int | None = None
    smtputf8: bool = False


class Envelope(NamedTuple):
    """The commands that open a transaction, each with its line end."""

    mail: bytes
    rcpt: bytes


class Unsendable(ValueError):
    """Why an address can't stand in a command."""


def envelope(message: Message, offer: Offer) -> Envelope | Receipt:
    """Return the commands for `message`, or a refusal of our own in the server's name.

    Such a refusal says so, and carries the code and status the server would have used.
    """
    octets = 0 if offer.size is None else message.size
    if offer.size and octets > offer.size:
        words = f"{octets} octets are more than the server takes ({offer.size})"
        return _refusal(message, Stage.MAIL, 552, "5.3.4", words)
    try:
        sender, wide_sender = _sender(message.sender)
    except Unsendable as error:
        return _refusal(message, Stage.MAIL, 553, "5.1.7", f"sender: {error}")
    try:
        recipient, wide = _path(message.recipient)
    except Unsendable as error:
        return _refusal(message, Stage.RCPT, 553, "5.1.0", str(error))
    wide = wide or wide_sender
    if wide and not offer.smtputf8:
        words = "the address needs SMTPUTF8 (RFC 6531), which the server doesn't offer"
        return _refusal(message, Stage.RCPT, 553, "5.6.7", words)
    parameters = "" if offer.size is None else f" SIZE={octets}"
    if wide:
        parameters += " SMTPUTF8"
    return Envelope(
        f"MAIL FROM:<{sender}>{parameters}\r\n".encode(), f"RCPT TO:<{recipient}>\r\n".encode()
    )


@lru_cache(maxsize=16)
def _sender(address: str) -> tuple[str, bool]:
    """Cached: there is hardly ever more than one."""
    return _path(address) if address else ("", False)


def _path(address: str) -> tuple[str, bool]:
    """Return the address as it stands between < and >, and whether that needs SMTPUTF8."""
    if _ORDINARY.fullmatch(address):
        return address, False
    local, at, domain = address.rpartition("@")
    if not at or not _LOCAL.fullmatch(local) or not local.isprintable():
        raise Unsendable("the part before @ is not one that can be mailed")
    return f"{local}@{_ascii(domain)}", not local.isascii()


def _ascii(domain: str) -> str:
    """Return the domain in the letters of the DNS (RFC 5891)."""
    if _LITERAL.fullmatch(domain):
        return domain
    try:
        return idna.encode(domain, uts46=True).decode()
    except idna.IDNAError:
        raise Unsendable("the part after @ is not a domain") from None


def _refusal(message: Message, stage: Stage, code: int, status: str, words: str) -> Receipt:
    reply = f"{status} (our own check) {words}"
    return Receipt(message.key, accepted=False, stage=stage, code=code, status=status, reply=reply)
