"""Our own faults that come back as bounces: counted for the operator, and past a threshold a pause.

The reader is left alone. A relay that takes everything and is refused later says nothing in the
dialogue; so these count beside the refusals that the sender hears itself.
"""

from collections.abc import Callable

from sqlalchemy import Connection

from newsletter.feedback.weigh import Ruling
from newsletter.model import DeliveryState, MailingState, Month
from newsletter.store import mailings, paces
from newsletter.store.returns import Sent

FORGIVEN = 0.05
"""The share of letters that may come back so: some server somewhere likes nobody."""


def too_many(number: int, letters: int, limit: int) -> bool:
    """Whether so many letters out of all came back for reasons of ours that it must stop."""
    return number >= limit and number > FORGIVEN * letters


def pause_for_faults(
    connection: Connection,
    letter: Sent,
    ruling: Ruling,
    limit: int,
    alert: Callable[[Month, str], None],
) -> None:
    """Count a letter that came back for a reason of ours; pause its mailing if it is too many."""
    returned = paces.fault_returned(connection, letter.mailing_id)
    counts = mailings.counts(connection, letter.mailing_id)
    handed_over = counts[DeliveryState.SENT] + counts[DeliveryState.FAILED]
    if not too_many(returned, handed_over, limit):
        return
    words = f"{ruling.code or ''} {ruling.status}".strip() or ruling.source
    reason = f"{returned} letters came back for a reason that is ours: {words}"
    sending = (MailingState.SENDING,)
    if mailings.move(connection, letter.mailing_id, sending, MailingState.PAUSED, reason=reason):
        alert(mailings.get(connection, letter.mailing_id).month, reason)
