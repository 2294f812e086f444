"""A part of a letter, cut at its slots: what all readers share is encoded here, once an edition.

A reader's own bytes stand between line ends, mostly soft ones, so nothing has to be known of them
here. In a link only the token is the reader's; what stands around it is shared, too.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from newsletter.errors import RenderError
from newsletter.links import PAUSE, Frames
from newsletter.message import own
from newsletter.message.quoted_printable import SOFT_BREAK, encode, piece
from newsletter.slots import Slot, html_value, split, text_value


@dataclass(frozen=True, slots=True)
class Kind:
    """One of a letter's two parts: its name, how it writes a value, and which bytes are whose."""

    name: str
    escaped: Callable[[Slot, str], str]
    places: Mapping[Slot, int]


_TOKENS = {
    Slot.UNSUBSCRIBE_URL: own.UNSUBSCRIBE,
    Slot.PREFERENCES_URL: own.PREFERENCES,
    Slot.PAUSE_URL: own.PREFERENCES,
}
PLAIN = Kind(
    "plain text",
    text_value,
    {
        Slot.GREETING: own.GREETING_TEXT,
        Slot.ADDRESS: own.ADDRESS_TEXT,
        Slot.SINCE: own.SINCE_TEXT,
        **_TOKENS,
    },
)
HTML = Kind(
    "HTML",
    html_value,
    {
        Slot.GREETING: own.GREETING_HTML,
        Slot.ADDRESS: own.ADDRESS_HTML,
        Slot.SINCE: own.SINCE_HTML,
        **_TOKENS,
    },
)


def cut(document: str, kind: Kind, frames: Frames) -> Iterator[bytes | int]:
    """Yield a document's shared bytes, and between them which of the reader's own stand there.

    Raises RenderError for a slot that doesn't exist.
    """
    try:
        (*literals, last), slots = split(document)
    except ValueError as error:
        raise RenderError(f"the {kind.name} has a slot that doesn't exist: {error}") from None
    broken, rest = b"", ""
    for literal, slot in zip(literals, slots, strict=True):
        before, after = _around(slot, frames)
        yield broken + piece(rest + literal + kind.escaped(slot, before))
        yield kind.places[slot]
        broken = b"" if slot is Slot.GREETING else SOFT_BREAK
        rest = kind.escaped(slot, after)
    yield broken + encode(rest + last)


def _around(slot: Slot, frames: Frames) -> tuple[str, str]:
    """Return what is the same for all readers before and after a slot's own bytes."""
    if slot is Slot.UNSUBSCRIBE_URL:
        return frames.page, ""
    if slot in (Slot.PREFERENCES_URL, Slot.PAUSE_URL):
        return frames.preferences, PAUSE if slot is Slot.PAUSE_URL else ""
    return "", ""
