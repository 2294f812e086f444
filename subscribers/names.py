"""Readers' names: a line of visible text, whatever came in.

A name ends in a header, in HTML and on a terminal; each of those escapes it for itself. Here it
loses only what no name has: line breaks, control characters, and marks that turn the writing
direction of what stands around it.
"""

import unicodedata
from collections.abc import Sequence

MAX_LENGTH = 200
"""In code points."""

_SPACED = (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029)
_DROPPED = (
    0x00AD,  # soft hyphen
    0x061C,  # Arabic letter mark
    0x180E,  # Mongolian vowel separator
    0x200B,  # zero width space; the joiners U+200C and U+200D are part of real names
    *range(0x200E, 0x2010),  # left-to-right and right-to-left marks
    *range(0x202A, 0x202F),  # embeddings and overrides
    *range(0x2060, 0x2070),  # word joiner, isolates, invisible operators
    0xFEFF,  # byte order mark
    *range(0xFFF9, 0xFFFC),  # interlinear annotation
    *range(0xD800, 0xE000),  # surrogates: not text
    *range(0xE0000, 0xE0080),  # tags
)
_TABLE: dict[int, str | None] = dict.fromkeys(_SPACED, " ") | dict.fromkeys(_DROPPED)


def clean_name(text: str) -> str:
    """Return the name as one line of at most 200 code points, in NFC, without control marks."""
    if text.isascii() and text.isprintable():
        if "  " not in text and text == text.strip() and len(text) <= MAX_LENGTH:
            return text  # as nearly all are
    else:
        text = unicodedata.normalize("NFC", text.translate(_TABLE))
    if "  " in text or text[:1].isspace() or text[-1:].isspace() or not text.isprintable():
        text = " ".join(text.split())
    return text if len(text) <= MAX_LENGTH else _cut(text).rstrip()


def clean_names(texts: Sequence[str]) -> list[str]:
    """Return what `clean_name` says of each; of many at once, where none has to be changed."""
    listed = "\n".join(("", *texts, ""))
    if (
        # What is dropped, or becomes a space, is nothing that can be printed.
        "".join(texts).isprintable()
        and unicodedata.is_normalized("NFC", listed)
        and not any(spaces in listed for spaces in ("  ", "\n ", " \n"))
        and max(map(len, texts), default=0) <= MAX_LENGTH
    ):
        return list(texts)
    return [clean_name(text) for text in texts]


def _cut(text: str) -> str:
    """Cut before a letter, not between a letter and the marks that belong to it."""
    end = MAX_LENGTH
    while end and _joins(text[end - 1], text[end]):
        end -= 1
    return text[: end or MAX_LENGTH]


def _joins(before: str, after: str) -> bool:
    joiner = "\u200d"
    is_mark = unicodedata.category(after) in ("Mn", "Mc", "Me") or "\U0001f3fb" <= after <= (
        "\U0001f3ff"
    )
    return is_mark or joiner in (before, after)
