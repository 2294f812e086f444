"""Readers as values."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Mode(StrEnum):
    """What becomes of summaries outside a reader's topics: in brief, or left out."""

    HIGHLIGHTS = "highlights"
    ONLY = "only"


class State(StrEnum):
    """Whether a reader asked for mail. (Paused and suppressed stand beside it, not in it.)"""

    PENDING = "pending"
    ACTIVE = "active"
    UNSUBSCRIBED = "unsubscribed"
    ERASED = "erased"
    """A tombstone without personal values, so that no second reader is given the number."""


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a reader wants: topic slugs (none means everything), mode, language (BCP 47)."""

    topics: frozenset[str] = frozenset()
    mode: Mode = Mode.HIGHLIGHTS
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Subscriber:
    """One reader. Moments are aware and in UTC; `confirmed_at` is when consent was given."""

    id: int
    email: str
    name: str = ""
    state: State = State.ACTIVE
    preferences: Preferences = Preferences()
    created_at: datetime | None = None
    confirmed_at: datetime | None = None
    paused_until: datetime | None = None
    suppressed: str = ""
    """Why the address may not be mailed; empty where it may."""


def standing(reader: Subscriber, now: datetime) -> str:
    """Say in one word where a reader stands at `now`, as lists and statistics do.

    `active` (would be mailed), `pending`, `paused`, `suppressed`, `unsubscribed`, `erased`.
    """
    if reader.state is not State.ACTIVE:
        return reader.state.value
    if reader.suppressed:
        return "suppressed"
    if reader.confirmed_at is None:
        return "pending"
    paused = reader.paused_until is not None and reader.paused_until > now
    return "paused" if paused else "active"
