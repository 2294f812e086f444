"""Words as they are searched for: without case, accents and the spelling of plurals."""

import re
import unicodedata

WORD = re.compile(r"(?:[^\W_]|[\u0300-\u036f])+")
"""A word of a text; accents that are characters of their own belong to it."""

# Letters that Unicode doesn't take for a base letter with an accent.
_LETTERS = str.maketrans({"æ": "ae", "đ": "d", "ı": "i", "ł": "l", "ø": "o", "œ": "oe"})


def fold(text: str) -> str:
    """Return `text` in small letters without accents: `Größe` and `GROSSE` become `grosse`."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(c for c in apart if unicodedata.category(c) != "Mn").translate(_LETTERS)


def words(text: str) -> list[str]:
    """Return the folded words of a text, in order."""
    return [word for match in WORD.finditer(text) for word in WORD.findall(fold(match[0]))]


def beginnings(word: str) -> tuple[str, ...]:
    """Return what a word begins with that is meant by a folded word of a search.

    The word itself; and with another ending: whoever looks for `therapists` wants the therapist,
    too, and mentalizing is what `mentalize` asks for.
    """
    for ending, other, least in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) > least:
            return word, word.removesuffix(ending) + other
    return (word,)


# How a word ends, what may stand there instead, and how many letters are too few before it.
# The first that fits counts. `finder.js` has the same.
_ENDINGS = (
    *(("ss", "ss", 2), ("sis", "s", 2), ("ies", "y", 2), ("es", "", 2), ("s", "", 2)),
    *(("y", "ie", 2), ("ing", "", 3), ("e", "", 3)),
)
