"""Marks of ours that a returned message may bear. Whether they are genuine is seen elsewhere."""

import re
from collections.abc import Iterator
from email.message import Message

from newsletter.postbox.mime import header, headers
from newsletter.postbox.report import Marks
from newsletter.postbox.returned import header_blocks
from newsletter.postbox.words import addresses

_SENT_TO = (
    "To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "X-Delivered-To",
    "Resent-To", "Apparently-To", "X-Rcpt-To", "X-Forwarded-To", "X-RCPT-TO", "Original-Recipient",
)  # fmt: skip
_FOR = re.compile(r"\bfor\s+<?([^\s<>;]{3,320}@[^\s<>;]{1,255})>?", re.IGNORECASE)
_RETURN_PATH = re.compile(
    r"^[>\s]{0,4}(?:Return-Path|Errors-To|X-Sender|Sender|X-Envelope-From|X-HmXmrOriginalReturnPath"
    r"|Original-Mail-From)\s*:\s*(.{1,400})$",
    re.IGNORECASE | re.MULTILINE,
)
_MESSAGE_ID = re.compile(r"<(\d{4}-\d{2}\.[0-9a-f]{32}@[^\s<>@]{1,255})>")
_LEAVE = re.compile(
    r"(?:/unsubscribe/|unsubscribe(?:%20|\s))([1-9][0-9]{0,18}\.[A-Za-z0-9_-]{20,24})"
)
_MOST = 50


def marks(message: Message) -> Marks:
    """Collect what may be ours, from the headers and from the letter that is returned."""
    blocks = list(_with_own(message))
    return Marks(
        addresses=_first(_envelopes(message, blocks)),
        message_ids=_first(f"<{one}>" for block in blocks for one in _MESSAGE_ID.findall(block)),
        leave_tokens=_first(one for block in blocks for one in _LEAVE.findall(_unfolded(block))),
        author=next(addresses(header(message, "From")), ""),
    )


def _with_own(message: Message) -> Iterator[str]:
    """Yield the texts in which ids and tokens are looked for: our own headers' first."""
    yield from (header(message, name) for name in ("In-Reply-To", "References", "Subject"))
    yield from header_blocks(message)


def _envelopes(message: Message, blocks: list[str]) -> Iterator[str]:
    for value in headers(message, *_SENT_TO):
        yield from addresses(value)
    for value in headers(message, "Received"):
        yield from _FOR.findall(value)
    for block in blocks:
        for value in _RETURN_PATH.findall(block):
            yield from addresses(value)


def _unfolded(block: str) -> str:
    return re.sub(r"\r?\n[ \t]+", " ", block)


def _first(found: Iterator[str]) -> tuple[str, ...]:
    known: dict[str, None] = {}
    for one in found:
        known[one] = None
        if len(known) >= _MOST:
            break
    return tuple(known)
