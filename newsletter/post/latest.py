"""The latest month that went out, as a welcome shows it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from newsletter.config import Settings
from newsletter.languages import Language
from newsletter.links import archived
from newsletter.model import Month, Summary
from newsletter.store import archive


@dataclass(frozen=True, slots=True)
class Headline:
    """A summary's title and address; `yours` says that it is on a topic the reader chose."""

    title: str
    url: str
    yours: bool


@dataclass(frozen=True, slots=True)
class Latest:
    """The month in words, its page, its summaries."""

    month: str
    url: str
    summaries: tuple[Headline, ...]


def latest(
    connection: Connection, settings: Settings, language: Language, topics: Collection[str]
) -> Latest | None:
    """Return the newest month in the archive, for a reader with these topics; None for none.

    It says what was sent, as it was corrected since, whatever the files say today.
    """
    for kept in archive.recent(connection, 1):
        month, base = kept.month, settings.newsletter.public_url.rstrip("/")
        titles = tuple(_headline(base, month, one, topics) for one in kept.issue.summaries)
        words = language.month(date(month.year, month.number, 1))
        return Latest(words, archived(base, str(month)), titles)
    return None


def _headline(base: str, month: Month, one: Summary, topics: Collection[str]) -> Headline:
    yours = any(topic.slug in topics for topic in one.topics)
    return Headline(one.title, archived(base, str(month), one.slug), yours)
