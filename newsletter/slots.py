"""The reader's own places in an Edition.

Rendering happens once an edition, so a template writes a token where a reader's value will
stand; `newsletter.message` cuts the finished text at the tokens and fills them for each reader.
A token is plain letters and digits (or an https URL made of them), so that neither Jinja, MJML,
premailer nor quoted-printable has a reason to touch it.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from html import escape


class Slot(StrEnum):
    """The values that differ from reader to reader; `slots.greeting` and so on in templates."""

    GREETING = "greeting"
    """A line like "Dear Anna," or nothing where no name is known; brings its own space below."""
    ADDRESS = "address"
    """The address the mail goes to."""
    SINCE = "since"
    """When they asked for it, in words: "12 March 2021"."""
    PREFERENCES_URL = "preferences"
    UNSUBSCRIBE_URL = "unsubscribe"
    PAUSE_URL = "pause"


Values = Mapping[Slot, str]
"""What one reader's slots hold, as plain text; every Slot has a value."""

_JOINERS = "\u200c\u200d"
_URLS = {Slot.PREFERENCES_URL, Slot.UNSUBSCRIBE_URL, Slot.PAUSE_URL}
TOKEN = re.compile(r"(?:https://slot\.invalid/)?zq7slot([a-z]+)7qz")


def token(slot: Slot) -> str:
    """Return what a template writes for `slot`."""
    mark = f"zq7slot{slot.value}7qz"
    return f"https://slot.invalid/{mark}" if slot in _URLS else mark


TOKENS: Mapping[str, str] = {slot.name.lower(): token(slot) for slot in Slot}
"""For templates: `greeting`, `address`, `since`, `preferences_url`, and so on."""


def one_line(value: str) -> str:
    """Return `value` with a space for every control character and direction override.

    The two joiners stay: names in Persian and Indic scripts are spelt with them.
    """
    if value.isprintable():
        return value
    return "".join(c if c.isprintable() or c in _JOINERS else " " for c in value)


def html_value(slot: Slot, value: str) -> str:
    """Return a slot's value as it stands in HTML, in text and in attributes alike."""
    if slot is Slot.GREETING and value:
        return f"{escape(one_line(value))}<br><br>"
    return escape(one_line(value))


def text_value(slot: Slot, value: str) -> str:
    """Return a slot's value as it stands in plain text; a control character never gets through."""
    clean = one_line(value)
    return f"{clean}\n\n" if slot is Slot.GREETING and clean else clean


def split(document: str) -> tuple[tuple[str, ...], tuple[Slot, ...]]:
    """Cut `document` at its tokens.

    Returns the literals and the slots between them: one literal more than slots.
    Raises ValueError for a token of an unknown slot.
    """
    parts = TOKEN.split(document)
    return tuple(parts[0::2]), tuple(Slot(name) for name in parts[1::2])


def fill_html(document: str, values: Values) -> str:
    """Return an edition's HTML as one reader sees it: for previews, not for sending."""
    return TOKEN.sub(lambda match: html_value(slot := Slot(match[1]), values[slot]), document)


def fill_text(document: str, values: Values) -> str:
    """Return an edition's plain text as one reader sees it: for previews, not for sending."""
    return TOKEN.sub(lambda match: text_value(slot := Slot(match[1]), values[slot]), document)
