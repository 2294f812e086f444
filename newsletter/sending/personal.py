"""One reader's own values: greeting, Message-ID, links. Pure functions of frozen rows."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from newsletter.languages import day_in_words
from newsletter.links import Links
from newsletter.message import Heading, Letter, Reader, message_id
from newsletter.model import Edition
from newsletter.slots import Slot
from newsletter.store.claims import Claim

# Found once: see `newsletter.links`.
_GREETING, _ADDRESS, _SINCE = Slot.GREETING, Slot.ADDRESS, Slot.SINCE
_PREFERENCES, _UNSUBSCRIBE, _PAUSE = Slot.PREFERENCES_URL, Slot.UNSUBSCRIBE_URL, Slot.PAUSE_URL


@dataclass(frozen=True, slots=True)
class Imprint:
    """An edition as bytes, the salt of its Message-IDs, and what it says around a reader's own."""

    letter: Letter
    salt: bytes
    edition: Edition


def reader(
    claim: Claim, heading: Heading, imprint: Imprint, links: Links, zone: ZoneInfo
) -> Reader:
    """Return what fills one reader's letter."""
    edition = imprint.edition
    page, mailto = links.unsubscribe(claim.subscriber_id)
    preferences = links.preferences(claim.subscriber_id)
    return Reader(
        email=claim.email,
        name=claim.name,
        message_id=message_id(imprint.salt, heading.month, claim.id, heading.domain),
        unsubscribe_url=page,
        unsubscribe_mailto=mailto,
        values={
            _GREETING: edition.greet(claim.name),
            _ADDRESS: claim.email,
            _SINCE: _in_words(claim.since, zone, edition.key.language) if claim.since else "",
            _PREFERENCES: preferences,
            _UNSUBSCRIBE: page,
            _PAUSE: f"{preferences}#pause",
        },
    )


@lru_cache(maxsize=4096)
def _in_words(moment: datetime, zone: ZoneInfo, language: str) -> str:
    """Return `12 March 2021`, the day it was in the newsletter's zone."""
    return day_in_words(language, moment.astimezone(zone).date())
