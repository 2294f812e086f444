"""One reader's own values: tokens, Message-ID, dates in words. Pure functions of frozen rows."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from newsletter.languages import day_in_words
from newsletter.message import Letter, Reader, mark
from newsletter.model import Edition
from newsletter.store.claims import Claim
from subscribers.tokens import Purpose, Tokens

# Members of enumerations, on the way of every letter: Python 3.11 takes longer to find one than to
# do what is asked with it.
_UNSUBSCRIBE, _PREFERENCES = Purpose.UNSUBSCRIBE, Purpose.PREFERENCES


@dataclass(frozen=True, slots=True)
class Imprint:
    """An edition as bytes, the salt of its Message-IDs, and what it says around a reader's own."""

    letter: Letter
    salt: bytes
    edition: Edition


def reader(claim: Claim, month: str, imprint: Imprint, tokens: Tokens, zone: ZoneInfo) -> Reader:
    """Return what fills one reader's letter."""
    return Reader(
        claim.email,
        claim.name,
        _in_words(claim.since, zone, imprint.edition.key.language) if claim.since else "",
        mark(imprint.salt, month, claim.id),
        tokens.octets(_UNSUBSCRIBE, claim.subscriber_id),
        tokens.octets(_PREFERENCES, claim.subscriber_id),
    )


def _in_words(moment: datetime, zone: ZoneInfo, language: str) -> str:
    """Return `12 March 2021`, the day it was in the newsletter's zone."""
    return _day(moment.astimezone(zone).toordinal(), language)


@lru_cache(4096)
def _day(ordinal: int, language: str) -> str:
    return day_in_words(language, date.fromordinal(ordinal))
