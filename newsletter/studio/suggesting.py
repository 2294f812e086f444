"""Topics that the words of a month's summaries suggest."""

from dataclasses import dataclass
from pathlib import Path

from newsletter.config import Settings
from newsletter.content.months import summary_files
from newsletter.content.suggest import Suggestion, topics_for
from newsletter.content.summaryfile import read_summary
from newsletter.content.taxonomy import taxonomy_of
from newsletter.errors import NewsletterError
from newsletter.model import Month


@dataclass(frozen=True, slots=True)
class Offer:
    """A summary's file, and the topics that it might be filed under, too."""

    path: Path
    title: str
    suggestions: tuple[Suggestion, ...]


def offers(settings: Settings, month: Month) -> tuple[Offer, ...]:
    """Return what there is to suggest for drafts, and for whatever is under no topic yet.

    Of the others their editor has decided. Nothing, where the files can't be read: the checks say
    that.
    """
    root = settings.content.root
    try:
        taxonomy = taxonomy_of(root)
        found = [read_summary(path, taxonomy).summary for path in summary_files(root / str(month))]
    except (NewsletterError, OSError):
        return ()
    open_ones = [one for one in found if one and not (one.ready and one.topics)]
    offered = [Offer(one.path, one.title, topics_for(taxonomy, one)) for one in open_ones]
    return tuple(one for one in offered if one.suggestions)
