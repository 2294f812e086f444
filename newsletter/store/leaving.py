"""Who has left while their message was on its way."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, case, select, text

from newsletter.store.tables import delivery
from subscribers.eligibility import why_not
from subscribers.tables import subscriber

# In words, not as a parameter: only then does the database see that its partial index fits.
_IN_FLIGHT = text("delivery.state = 'sending'")


def gone_in_flight(connection: Connection, mailing_id: int, now: datetime) -> Mapping[int, str]:
    """Return the claimed deliveries whose readers may not be mailed any more, each with why."""
    why = why_not(now)
    reason = case((why != "", why), (delivery.c.email != subscriber.c.email, "address changed"))
    query = (
        select(delivery.c.id, reason)
        .join(subscriber, subscriber.c.id == delivery.c.subscriber_id)
        .where(delivery.c.mailing_id == mailing_id, _IN_FLIGHT, reason.is_not(None))
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def writes_of_others(connection: Connection) -> int | None:
    """Return a number that changes whenever another connection commits; None where none is kept.

    SQLite's https://sqlite.org/pragma.html#pragma_data_version: it costs next to nothing.
    """
    if connection.dialect.name != "sqlite":
        return None
    cursor = connection.connection.cursor()
    ((number,),) = cursor.execute("PRAGMA data_version")
    cursor.close()
    return int(number)
