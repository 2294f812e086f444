"""Is a text French? Then a space stands before some marks, and a comma in decimals."""

import re

_FRENCH = re.compile(
    r"\b(?:le|la|les|des|du|au|aux|une?|est|et|ou|que|qui|dans|pour|sur|avec|ne|pas|ce|ces|se)\b"
    r"|\b(?:[cdjlmnst]|qu)['’](?=\w)",
    re.I,
)
_ENGLISH = re.compile(
    r"\b(?:the|an?|of|and|to|in|is|are|was|were|for|with|that|this|or|not)\b", re.I
)


def is_french(text: str) -> bool:
    """Say whether more of its small words are French than English."""
    return len(_FRENCH.findall(text)) > len(_ENGLISH.findall(text))
