"""What a text seems to be about: topics by their words, and the kind of study."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from newsletter.content.stems import Stems, stems
from newsletter.model import ResearchType, Summary, Taxonomy, Topic

_TITLE_COUNTS = 3
"""A word of the title counts as so many of the text."""

_MOST = 4
_LEAST = 2
_SHARE = 0.25
"""Of the likeliest topic's weight: what has less is only mentioned in passing."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A topic, and the words that speak for it, each with how often it stands there."""

    topic: Topic
    words: tuple[tuple[str, int], ...]
    weight: int = 0

    @property
    def times(self) -> int:
        """How often any of its words stands there."""
        return sum(count for _, count in self.words)

    @property
    def reason(self) -> str:
        """The words in one line: `attachment: 9 times, attachment style: once`."""
        return ", ".join(f"{word}: {_times(count)}" for word, count in self.words)


def suggest_topics(taxonomy: Taxonomy, title: str, text: str = "") -> tuple[Suggestion, ...]:
    """Return every topic whose name or aliases stand in title or text, the likeliest first.

    Words count in every form (therapist, therapists), whatever their case, and whether a hyphen or
    a space joins them. Where two of a topic's words overlap the longer one counts. The title counts
    more than the text, and several different words more than one that is repeated.
    """
    headline, body = stems(title), stems(text)
    found = []
    for topic in taxonomy.topics:
        above, below = _counted(topic, headline), _counted(topic, body)
        both = above + below
        if both:
            ordered = sorted(both.items(), key=lambda pair: (-pair[1], pair[0]))
            weight = _TITLE_COUNTS * above.total() + below.total()
            found.append(Suggestion(topic, tuple(ordered), weight + len(both) - 1))
    return tuple(sorted(found, key=lambda one: -one.weight))


def likely_topics(taxonomy: Taxonomy, title: str, text: str) -> tuple[Suggestion, ...]:
    """Return the few topics to suggest for a summary; one, where a word is all there is."""
    found = suggest_topics(taxonomy, title, text)
    least = max(_LEAST, _SHARE * found[0].weight) if found else 0
    return tuple(one for one in found if one.weight >= least)[:_MOST] or found[:1]


def topics_for(taxonomy: Taxonomy, summary: Summary) -> tuple[Suggestion, ...]:
    """Return the topics to suggest for a summary that it isn't filed under yet."""
    text = f"{summary.body}\n{summary.implications}"
    likely = likely_topics(taxonomy, summary.title, text)
    return tuple(one for one in likely if one.topic not in summary.topics)


def _counted(topic: Topic, text: Stems) -> Counter[str]:
    """Return how often each of a topic's words stands in a text, the longest first."""
    counts: Counter[str] = Counter()
    taken: set[int] = set()
    for name, wanted in _words(topic):
        for at in text.places.get(wanted[0], ()):
            span = range(at, at + len(wanted))
            if text.words[at : at + len(wanted)] == wanted and taken.isdisjoint(span):
                taken.update(span)
                counts[name] += 1
    return counts


@lru_cache(maxsize=512)
def _words(topic: Topic) -> Sequence[tuple[str, tuple[str, ...]]]:
    named = [(name, stems(name).words) for name in (topic.name, *topic.aliases)]
    unlike = {wanted: name for name, wanted in reversed(named) if wanted}
    return sorted(
        ((name.lower() if name.istitle() else name, wanted) for wanted, name in unlike.items()),
        key=lambda pair: -len(pair[1]),
    )


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


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
