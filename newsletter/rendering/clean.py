"""Content as it may stand in a document: no character that MJML, HTML or a mail refuses."""

import unicodedata


def clean(text: str) -> str:
    """Return `text` without control characters (but line ends and tabs), halves and non-characters.

    Line ends become `\\n`. MJML fails on control characters, and does not say where.
    """
    unified = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in unified if not is_refused(c))


def one_line(text: str) -> str:
    """Return `text` cleaned and on one line, with single spaces."""
    return " ".join(clean(text).split())


def is_refused(character: str) -> bool:
    """Tell whether a character can't stand in a document: a control, a half, a non-character."""
    if character in "\n\t":
        return False
    code = ord(character)
    if unicodedata.category(character) in ("Cc", "Cs"):
        return True
    return 0xFDD0 <= code <= 0xFDEF or code & 0xFFFE == 0xFFFE
