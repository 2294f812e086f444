"""How many readers get each edition: those who would now, or did."""

from collections.abc import Mapping

from newsletter import publishing
from newsletter.bootstrap import App
from newsletter.errors import NewsletterError
from newsletter.model import EditionKey, Issue, MailingState
from newsletter.store import mailings
from newsletter.store.engine import reading

Census = Mapping[EditionKey | None, int]
"""Readers by edition; None counts those for whom nothing is."""

_TO_COME = (MailingState.SCHEDULED, MailingState.DRAFT)


def count(app: App, issue: Issue) -> Census | None:
    """Count them; None where the database can't be asked.

    Of a mailing that has started, its deliveries count, else the readers who may be mailed now.
    """
    try:
        with reading(app.engine) as connection:
            mailing = mailings.find(connection, issue.month)
            if mailing and mailing.state not in _TO_COME:
                had = mailings.readers_by_edition(connection, mailing.id).items()
                return dict[EditionKey | None, int](had)
        return publishing.forecast(app.settings, app.engine, issue, app.clock.now())
    except NewsletterError:
        return None
