"""What a text seems to be about: topics by their words, and the kind of study."""

import re
from collections.abc import Iterable
from functools import lru_cache

from newsletter.model import ResearchType, Taxonomy, Topic

_TITLE_COUNTS = 3
_MOST = 4
_LEAST = 2


def suggest_topics(taxonomy: Taxonomy, text: str) -> tuple[tuple[Topic, int], ...]:
    """Return topics whose name or aliases occur in `text`, with how often; the most frequent first.

    Words count where they stand alone; case doesn't matter, nor whether a hyphen or a space joins
    two words. Where two aliases of a topic overlap (depressive, depressive disorder) one counts.
    """
    counted = [
        (topic, len(_pattern((topic.name, *topic.aliases)).findall(text)))
        for topic in taxonomy.topics
    ]
    found = [pair for pair in counted if pair[1]]
    return tuple(sorted(found, key=lambda pair: -pair[1]))


def likely_topics(taxonomy: Taxonomy, title: str, text: str) -> tuple[Topic, ...]:
    """Return the few topics to suggest for a summary; its title counts more than its text."""
    counted = suggest_topics(taxonomy, "\n".join([title] * _TITLE_COUNTS + [text]))
    often = [topic for topic, count in counted if count >= _LEAST]
    return tuple(often[:_MOST] or [topic for topic, _ in counted[:1]])


def likely_research_type(taxonomy: Taxonomy, citation: str, text: str) -> ResearchType | None:
    """Return the kind of study the citation names, or else the text ("In this survey …").

    The taxonomy's order decides between several in a citation; in a text there must be just one.
    """
    for kind in taxonomy.research_types:
        if _pattern((kind.name, *kind.aliases)).search(citation):
            return kind
    named = [kind for kind in taxonomy.research_types if _is_named(kind, text)]
    return named[0] if len(named) == 1 else None


def _is_named(kind: ResearchType, text: str) -> bool:
    words = _alternatives((kind.name, *kind.aliases))
    return re.search(rf"\bthis (?:[\w-]+ ){{0,2}}(?:{words})(?!\w)", text, re.I) is not None


@lru_cache(maxsize=256)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{_alternatives(words)})(?!\w)", re.I)


def _alternatives(words: Iterable[str]) -> str:
    """Return a pattern's alternatives, longest first, so that the longest that fits is counted."""
    ordered = sorted(set(words), key=lambda word: (-len(word), word))
    return "|".join(_flexible(word) for word in ordered)


def _flexible(word: str) -> str:
    parts = re.split(r"([\s-]+|['’])", word)
    return "".join(
        r"[\s\u00a0-]+"
        if re.fullmatch(r"[\s-]+", part)
        else "['’]"
        if part in "'’" and part
        else re.escape(part)
        for part in parts
    )
