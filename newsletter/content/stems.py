"""Words without their endings, so that therapist and therapists, or trial and trials, are one.

A few rules for English, in both spellings; made for counting, not for reading. What is left of a
word need not be one.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_VOWEL = re.compile(r"[aeiouy]")
_ENDINGS = (
    ("isation", "iz"),
    ("ization", "iz"),
    ("ising", "iz"),
    ("izing", "iz"),
    ("ised", "iz"),
    ("ized", "iz"),
    ("ise", "iz"),
    ("ize", "iz"),
    ("ssion", "ss"),
    ("ssive", "ss"),
    ("our", "or"),
    ("oural", "oral"),
    ("ing", ""),
    ("ed", ""),
)
_SHORTEST = 4
"""Letters that must be left, so that `ring` and `red` stay what they are."""


@dataclass(frozen=True, slots=True)
class Stems:
    """The stems of a text in order, and where each stands."""

    words: tuple[str, ...]
    places: Mapping[str, Sequence[int]]


def stems(text: str) -> Stems:
    """Return a text's stems; hyphens and spaces both part words."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    words = tuple(stem(re.sub("['’]s?$|['’]", "", word)) for word in _WORD.findall(plain))
    places: dict[str, list[int]] = {}
    for at, word in enumerate(words):
        places.setdefault(word, []).append(at)
    return Stems(words, places)


@lru_cache(maxsize=16_384)
def stem(word: str) -> str:
    """Return a word, in small letters, without its ending."""
    bare = _singular(word)
    for ending, instead in _ENDINGS:
        kept = bare.removesuffix(ending)
        if kept != bare and len(kept) >= _SHORTEST - len(instead) and _VOWEL.search(kept):
            bare = kept + instead
            break
    if len(bare) > _SHORTEST and bare[-1] == bare[-2] and bare[-1] not in "slze":
        bare = bare[:-1]
    return bare.removesuffix("e") if len(bare) > _SHORTEST else bare


def _singular(word: str) -> str:
    if len(word) < _SHORTEST or word.endswith(("ss", "us", "is")):
        return word[:-2] + "is" if word.endswith("yses") else word
    if word.endswith("yses"):
        return word[:-2] + "is"
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes")):
        return word[:-2]
    return word.removesuffix("s")
