"""What is one reader's own in a letter."""

from typing import NamedTuple

from newsletter.links import PAUSE
from newsletter.message.heading import Heading
from newsletter.model import Edition, greet
from newsletter.slots import Slot, Values

INERT = b"test"
"""Stands where a token would; no reader has it, so the links do nothing."""


class Reader(NamedTuple):
    """One reader's own values; a letter knows all that stands around them.

    `since` says in words when they asked for it. `mark` is their part of the Message-ID;
    `unsubscribe` and `preferences` are tokens. These three are letters, digits, `-`, `_` and `.`
    within, as `mark` and `Tokens` make them, and are written as they stand.
    """

    email: str
    name: str
    since: str
    mark: bytes
    unsubscribe: bytes
    preferences: bytes


def values(edition: Edition, heading: Heading, reader: Reader) -> Values:
    """Return what a reader's slots hold: for previews, not for sending."""
    page, _, preferences = heading.frames
    chosen = preferences + reader.preferences.decode()
    return {
        Slot.GREETING: greet(edition.greeting, reader.name),
        Slot.ADDRESS: reader.email,
        Slot.SINCE: reader.since,
        Slot.PREFERENCES_URL: chosen,
        Slot.UNSUBSCRIBE_URL: page + reader.unsubscribe.decode(),
        Slot.PAUSE_URL: chosen + PAUSE,
    }
