"""Content as it may stand in a document: no character that MJML, HTML or a mail refuses."""

import re

_ENDS = "".join(f"{chr(plane << 16 | 0xFFFE)}{chr(plane << 16 | 0xFFFF)}" for plane in range(17))
REFUSED = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef{_ENDS}]")
"""Controls but line end and tab, halves of pairs, and the non-characters of every plane."""


def clean(text: str) -> str:
    """Return `text` without control characters (but line ends and tabs), halves and non-characters.

    Line ends become `\\n`. MJML fails on control characters, and does not say where.
    """
    unified = text.replace("\r\n", "\n").replace("\r", "\n")
    return REFUSED.sub("", unified)


def one_line(text: str) -> str:
    """Return `text` cleaned and on one line, with single spaces."""
    return " ".join(clean(text).split())
