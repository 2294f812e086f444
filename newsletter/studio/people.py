"""The readers whose letters the studio shows: made-up ones, and those on the list by address."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from subscribers import store
from subscribers.model import Preferences, standing


@dataclass(frozen=True, slots=True)
class Person:
    """Whom a letter is filled for. `label` is what the studio calls them."""

    label: str
    name: str
    email: str = "reader@example.org"


USUAL = "ada"
LISTED = "listed"
"""Asks for somebody on the list; their address stands beside it."""

SAMPLES: Mapping[str, Person] = {
    USUAL: Person("Ada Everard", "Ada Everard"),
    "nameless": Person("No name", ""),
    "long": Person(
        "A long name",
        "María Alejandra Wolfeschlegelsteinhausen de la Santísima Trinidad y Bergerdorff-Zollern",
    ),
    "address": Person("A long address", "Ada", f"{'a' * 60}@{'b' * 60}.{'c' * 50}.example.org"),
    "arabic": Person("From right to left", "ليلى بنت أحمد الإدريسي"),
    "override": Person("A turned direction", "Ada \u202egro.elpmaxe@live\u202c Everard"),
    "emoji": Person("Emoji", "Zoë 👩🏽‍🔬✨ O’Hara 🇨🇦"),
    "script": Person("A script", "<script>alert('gotcha')</script>"),
    "quotes": Person("Quotes and commas", 'Ann "The Hat" O\'Hara, Ph.D. <ann@example.org>'),
    "header": Person("A header in disguise", "=?utf-8?q?Ada=0D=0ABcc=3A?= x\r\nBcc: x@example.org"),
    "template": Person("A template", "{{ 7 * 7 }} {% raw %} ${name} %(name)s"),
}
"""By their word in the address. Such names have broken newsletters; none breaks ours."""


@dataclass(frozen=True, slots=True)
class Listed:
    """Somebody on the list: what they want, and how they stand (`active` where they get mail)."""

    person: Person
    preferences: Preferences
    standing: str


def listed(connection: Connection, email: str, now: datetime) -> Listed | None:
    """Return the reader with this address, in any spelling; None where there is none."""
    found = store.find(connection, email)
    if found is None:
        return None
    person = Person(found.email, found.name, found.email)
    return Listed(person, found.preferences, standing(found, now))
