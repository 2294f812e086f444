"""Words as they are searched for: without case, accents and the spelling of plurals."""

import re
import unicodedata

WORD = re.compile(r"(?:[^\W_]|[\u0300-\u036f])+")
"""A word of a text; accents that are characters of their own belong to it."""

# Letters that Unicode doesn't take for a base letter with an accent.
_LETTERS = str.maketrans({"æ": "ae", "đ": "d", "ı": "i", "ł": "l", "ø": "o", "œ": "oe"})


def fold(text: str) -> str:
    """Return `text` in small letters without accents: `Größe` and `GROSSE` become `grosse`."""
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(c for c in apart if unicodedata.category(c) != "Mn").translate(_LETTERS)


def words(text: str) -> list[str]:
    """Return the folded words of a text, in order."""
    return [word for match in WORD.finditer(text) for word in WORD.findall(fold(match[0]))]


def beginnings(word: str) -> tuple[str, ...]:
    """Return what a word begins with that is meant by a folded word of a search.

    The word itself; and its other number, as English and French spell it: whoever looks for
    `therapists` wants the therapist, too.
    """
    for ending, other in _NUMBERS:
        if word.endswith(ending) and len(word) - len(ending) > 2:
            return word, word.removesuffix(ending) + other
    return (word,)


# How a word ends, and how it may begin in its other number; the first that fits.
_NUMBERS = (("ss", "ss"), ("sis", "s"), ("ies", "y"), ("es", ""), ("s", ""), ("y", "ie"))
