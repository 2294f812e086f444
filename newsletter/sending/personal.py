"""One reader's own values: links, greeting, Message-ID. Pure functions of frozen rows."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from urllib.parse import quote
from zoneinfo import ZoneInfo

from newsletter.languages import day_in_words
from newsletter.message import Heading, Letter, Reader, message_id
from newsletter.model import Edition
from newsletter.slots import Slot
from newsletter.store.claims import Claim
from subscribers.tokens import Purpose, Tokens


@dataclass(frozen=True, slots=True)
class Links:
    """Makes a reader's links. The same reader gets the same links at every try, and for ever."""

    public_url: str
    unsubscribe_address: str
    tokens: Tokens

    def unsubscribe(self, subscriber_id: int) -> tuple[str, str]:
        """Return the page's address and the `mailto:` one (RFC 8058, RFC 6068)."""
        token = self.tokens.make(Purpose.UNSUBSCRIBE, subscriber_id)
        mailto = f"mailto:{_quoted(self.unsubscribe_address)}?subject=unsubscribe%20{token}"
        return f"{self.public_url}/unsubscribe/{token}", mailto

    def preferences(self, subscriber_id: int) -> str:
        """Return the address of the page where topics are changed."""
        return (
            f"{self.public_url}/preferences/{self.tokens.make(Purpose.PREFERENCES, subscriber_id)}"
        )


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
            Slot.GREETING: edition.greet(claim.name),
            Slot.ADDRESS: claim.email,
            Slot.SINCE: _in_words(claim.since, zone, edition.key.language) if claim.since else "",
            Slot.PREFERENCES_URL: preferences,
            Slot.UNSUBSCRIBE_URL: page,
            Slot.PAUSE_URL: f"{preferences}#pause",
        },
    )


@lru_cache(maxsize=16)
def _quoted(address: str) -> str:
    return quote(address, safe="@+.-_")


@lru_cache(maxsize=4096)
def _in_words(moment: datetime, zone: ZoneInfo, language: str) -> str:
    """Return `12 March 2021`, the day it was in the newsletter's zone."""
    return day_in_words(language, moment.astimezone(zone).date())
