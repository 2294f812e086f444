"""The letter that a message returns: the part that holds it, or the place where it is pasted."""

import re
from collections.abc import Iterator
from email.message import Message

from newsletter.postbox.mime import content_type, enclosed, parts, text_of

_HEADERS_ONLY = ("text/rfc822-headers", "message/rfc822-headers", "message/global-headers")
_WHOLE = ("message/rfc822", "message/global", "message/partial")

_CUT = re.compile(
    r"""^(?:
        [>*\s#|]{0,20}+(?:
            -{2,}+.{0,60}(?:original|copy\ of|message\ follows|header|returned\ message|undelivered
                |forwarded|unsent|below\ this\ line|included|source|message\ text|failed\ message)
          | (?:the\ )?(?:original|returned|undelivered|unsent|rejected|failed|first\ \d+|text\ of)\b
                .{0,60}(?:follow|below|:\s*$|header|message\s*-)
          | (?:a\ )?copy\ of\ (?:the\ |your\ )?(?:original\ )?(?:message|mail|headers?)\b.{0,40}
                (?:follow|below|attach|:)
          | -{3,}+\s*(?:enclosed|begin|start)\b.{0,60}
          | (?:message|mail)\ headers?\ (?:follow|:)
          | original\ message\ headers?
          | (?:ursprüngliche|orig?inal)\ ?(?:nachricht|message|mensaje|mensagem|e-mail).{0,30}$
          | -{3,}+\s*下記は
        )
      | (?P<header>Received|Return-Path|DKIM-Signature):[ \t]?\S
      )""",
    re.IGNORECASE | re.VERBOSE | re.MULTILINE,
)
_LONGEST = 200
_FIELD_LINE = re.compile(r"^[>\s]{0,4}[A-Za-z][A-Za-z0-9-]{1,60}:", re.MULTILINE)
_BEGINNING = re.compile(r"[>\s|]{0,20}(?:>?From |[A-Za-z][A-Za-z0-9-]{1,60}:)")


def split(text: str) -> tuple[str, str]:
    """Return a text up to the letter pasted into it, and that letter; "" where there is none."""
    at = 0
    for line in text.splitlines(keepends=True):
        cut = _CUT.match(line[:_LONGEST])
        if cut and _holds_headers(text[at : at + 6000], skip=0 if cut["header"] else len(line)):
            return text[:at], text[at:]
        at += len(line)
    return text, ""


def _holds_headers(pasted: str, skip: int) -> bool:
    """Whether a letter's headers begin in the first line that has text, after so many letters.

    "The following address failed:" and the like announce no letter.
    """
    first = next((line for line in pasted[skip:].splitlines() if line.strip()), "")
    return bool(_BEGINNING.match(first)) and len(_FIELD_LINE.findall(pasted)) >= 2


def letters(message: Message) -> Iterator[Message]:
    """Yield the messages that a message encloses, the outermost first."""
    for part in parts(message):
        inner = enclosed(part) if content_type(part) in _WHOLE else None
        if inner is not None:
            yield inner
            yield from letters(inner)


def header_blocks(message: Message) -> Iterator[str]:
    """Yield what may hold the headers of a returned letter, as text."""
    for part in parts(message):
        kind = content_type(part)
        if kind in _HEADERS_ONLY:
            yield text_of(part)
        elif kind in _WHOLE and (inner := enclosed(part)) is not None:
            yield "\n".join(f"{name}: {value}" for name, value in inner.raw_items())
            yield from header_blocks(inner)
        elif kind in _WHOLE or kind.startswith("text/"):
            yield text_of(part)
