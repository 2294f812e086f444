"""The latest month that went out, as a welcome shows it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from newsletter.config import Settings
from newsletter.content.months import read_month
from newsletter.content.taxonomy import taxonomy_of
from newsletter.errors import NewsletterError
from newsletter.languages import Language
from newsletter.links import archived
from newsletter.model import MailingState, Month, Summary
from newsletter.store import mailings


@dataclass(frozen=True, slots=True)
class Headline:
    """A summary's title and address; `yours` says that it is on a topic the reader chose."""

    title: str
    url: str
    yours: bool


@dataclass(frozen=True, slots=True)
class Latest:
    """The month in words, its page, its summaries (none where its files are gone)."""

    month: str
    url: str
    summaries: tuple[Headline, ...]


def latest(
    connection: Connection, settings: Settings, language: Language, topics: Collection[str]
) -> Latest | None:
    """Return the newest month that was sent, for a reader with these topics; None for none."""
    begun = (MailingState.SENDING, MailingState.PAUSED, MailingState.SENT)
    sent = [one.month for one in mailings.all_of(connection) if one.state in begun]
    if not sent:
        return None
    month, base = max(sent), settings.newsletter.public_url.rstrip("/")
    titles = tuple(_headline(base, month, one, topics) for one in _summaries(settings, month))
    words = language.month(date(month.year, month.number, 1))
    return Latest(words, archived(base, str(month)), titles)


def _summaries(settings: Settings, month: Month) -> tuple[Summary, ...]:
    root = settings.content.root
    try:
        return read_month(root, month, taxonomy_of(root)).issue.summaries
    except (NewsletterError, OSError):
        return ()


def _headline(base: str, month: Month, one: Summary, topics: Collection[str]) -> Headline:
    yours = any(topic.slug in topics for topic in one.topics)
    return Headline(one.title, archived(base, str(month), one.slug), yours)
