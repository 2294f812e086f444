"""The editions of an issue as the studio lists and addresses them."""

from collections.abc import Mapping
from dataclasses import dataclass

from newsletter.model import EditionKey
from newsletter.rendering.editions import every_key

EVERYTHING = "everything-in-full"


@dataclass(frozen=True, slots=True)
class Choice:
    """One edition to choose. `code` names it in an address: `1-in-full-2-and-3-in-brief`."""

    code: str
    label: str
    key: EditionKey


Menu = Mapping[str, tuple[Choice, ...]]
"""Choices under the heading they stand under; the first heading is empty."""


def choices(count: int, language: str) -> tuple[Choice, ...]:
    """Return every edition that an issue of `count` summaries can have, everything in full first.

    A code means the same edition whatever the months holds, as long as there is one.
    """
    keys = sorted(every_key(count, language), key=lambda key: _order(key, count))
    return tuple(Choice(key.code(count), key.in_words(count), key) for key in keys)


def menu(found: tuple[Choice, ...], count: int) -> Menu:
    """Return the choices in groups: all in full, the others in brief, the others left out."""
    headings = ("", "The others in brief", "The others left out")
    grouped = {
        heading: tuple(one for one in found if _kind(one.key, count) == kind)
        for kind, heading in enumerate(headings)
    }
    return {heading: group for heading, group in grouped.items() if group}


def choose(found: tuple[Choice, ...], code: str) -> Choice:
    """Return the edition with this code, or the first where there is none."""
    return next((one for one in found if one.code == code), found[0])


def _kind(key: EditionKey, count: int) -> int:
    if len(key.full) == count:
        return 0
    return 1 if len(key.full) + len(key.brief) == count else 2


def _order(key: EditionKey, count: int) -> tuple[int, int, EditionKey]:
    return _kind(key, count), -len(key.full), key
