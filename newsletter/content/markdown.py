"""Plain paragraphs as Markdown that renders to the same letters."""

import re
from collections.abc import Iterable

from newsletter.content.lines import Line

_ALWAYS = re.compile(r"[\\`*\[\]]")
_UNDERSCORE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
"""Within a word an underscore is a letter (CommonMark 6.2); elsewhere it may be emphasis."""
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_ENTITY = re.compile(r"&(?=#?\w+;)")
_STRIKE = re.compile(r"~(?=~)|(?<=~)~")
_BLOCK = re.compile(r"(?:[-+](?=\s|$|-)|#(?=#{0,5}(?:\s|$))|>|~(?=~~)|=(?==*\s*$)|\|)")
_NUMBER = re.compile(r"(\d{1,9})([.)])(?=\s|$)")


def escaped(text: str) -> str:
    """Return one line of text so that CommonMark shows it to the letter, tables or none."""
    plain = _ALWAYS.sub(r"\\\g<0>", text)
    for pattern in (_UNDERSCORE, _TAG, _ENTITY, _STRIKE):
        plain = pattern.sub(r"\\\g<0>", plain)
    if match := _NUMBER.match(plain):
        return f"{match[1]}\\{plain[match.end(1) :]}"
    return "\\" + plain if _BLOCK.match(plain) else plain


def paragraphs(lines: Iterable[Line]) -> str:
    """Return paragraphs as Markdown with a blank line between them; items of a list stay close."""
    text = ""
    before: str | None = None
    for line in lines:
        item = line.kind == "item"
        between = "" if before is None else "\n" if item and before == "item" else "\n\n"
        text += between + ("- " if item else "") + escaped(line.text)
        before = "item" if item else "text"
    return text
