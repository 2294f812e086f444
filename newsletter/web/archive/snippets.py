"""The part of a text that a search was after, cut so that its words can be marked."""

from collections.abc import Sequence
from dataclasses import dataclass

from newsletter.rendering.numbers import NO_BREAK
from newsletter.store.folding import WORD, beginnings, fold

ROOM = 260
"""Characters of a text that are shown."""
_BEFORE = 60
"""How many of them may stand before the first word that was looked for."""


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a text, and whether it is one of the words that were looked for."""

    text: str
    hit: bool = False


@dataclass(frozen=True, slots=True)
class _Hit:
    """Where a word begins and ends that was looked for, and which one it is of them."""

    first: int
    last: int
    which: int


def marked(text: str, looked_for: Sequence[str]) -> Sequence[Part]:
    """Return all of `text`, with the folded words apart that were looked for."""
    return _parts(text, _hits(text, looked_for), 0, len(text))


def snippet(text: str, looked_for: Sequence[str]) -> Sequence[Part]:
    """Return the part of `text` with most of the folded words; its beginning where it has none."""
    hits = _hits(text, looked_for)
    start = _start(text, hits)
    end = _end(text, start)
    before = (Part(f"…{NO_BREAK}"),) if start else ()
    after = (Part(f"{NO_BREAK}…"),) if end < len(text) else ()
    return [*before, *_parts(text, hits, start, end), *after]


def _hits(text: str, looked_for: Sequence[str]) -> list[_Hit]:
    wanted = [beginnings(word) for word in looked_for]
    found = []
    for match in WORD.finditer(text):
        folded = fold(match[0])
        which = next((n for n, begins in enumerate(wanted) if folded.startswith(begins)), None)
        if which is not None:
            found.append(_Hit(match.start(), match.end(), which))
    return found


def _parts(text: str, hits: Sequence[_Hit], start: int, end: int) -> Sequence[Part]:
    parts, at = [], start
    for hit in hits:
        if hit.first >= at and hit.last <= end:
            parts += [Part(text[at : hit.first]), Part(text[hit.first : hit.last], hit=True)]
            at = hit.last
    parts.append(Part(text[at:end]))
    return [part for part in parts if part.text]


def _start(text: str, hits: Sequence[_Hit]) -> int:
    """Return where to begin: a little before the place that holds most different words."""
    best, most = 0, 0
    for number, hit in enumerate(hits):
        near = {one.which for one in hits[number : number + 40] if one.last - hit.first < ROOM}
        if len(near) > most:
            best, most = hit.first, len(near)
    if best <= _BEFORE:
        return 0
    return text.find(" ", best - _BEFORE, best) + 1 or best


def _end(text: str, start: int) -> int:
    """Return where to end: at the last space there is room for."""
    end = start + ROOM
    if end >= len(text):
        return len(text)
    space = text.rfind(" ", start, end)
    return space if space > start else end
