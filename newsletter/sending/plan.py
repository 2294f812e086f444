"""The plan: who gets which edition, frozen in the moment the mailing starts."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection

from newsletter.errors import MailingError
from newsletter.model import DeliveryState, Edition, EditionKey, Mailing, MailingState, Month
from newsletter.rendering.editions import edition_key_of
from newsletter.sending.outfit import Tally
from newsletter.store import ledger, mailings
from newsletter.store.audience import Group, freeze_audience, groups

_STARTS = (MailingState.SCHEDULED,)
_GOES_ON = (MailingState.SENDING, MailingState.SENT)


def begin(connection: Connection, month: Month, now: datetime) -> Mailing:
    """Start the month's mailing, or go on with it; call what was left in flight `uncertain`.

    Raises MailingError for a mailing that is paused, cancelled or not there.
    """
    mailing = mailings.find(connection, month)
    if mailing is None:
        raise MailingError(
            f"{month} has not been frozen for sending", hint=f"run `newsletter send {month}`"
        )
    if mailing.state in _STARTS:
        _freeze(connection, mailing, now)
        mailings.move(
            connection, mailing.id, _STARTS, MailingState.SENDING, started_at=now, dated_at=now
        )
    elif mailing.state not in _GOES_ON:
        why = f": {mailing.reason}" if mailing.reason else ""
        raise MailingError(f"{month} is {mailing.state}{why}", hint=_ways_on(mailing))
    ledger.recover(connection, mailing.id, now)
    return mailings.get(connection, mailing.id)


def _ways_on(mailing: Mailing) -> str:
    if mailing.state is MailingState.PAUSED:
        return f"when the cause is mended: `newsletter resume {mailing.month}`"
    return f"see `newsletter status {mailing.month}`"


def _freeze(connection: Connection, mailing: Mailing, now: datetime) -> None:
    numbers = {one.key: number for number, one in mailings.editions(connection, mailing.id).items()}
    language = next(iter(numbers)).language
    count = len(mailing.topics)
    chosen: dict[Group, int | None] = {}
    for group in groups(connection, mailing.topics, now):
        key = edition_key_of(count, group.matched, group.chose, group.mode, language)
        chosen[group] = None if key is None else numbers[key]
    if chosen:
        freeze_audience(connection, mailing.id, mailing.topics, chosen, now)


def tally(connection: Connection, mailing: Mailing) -> Tally:
    """Count how the mailing stands."""
    fresh = mailings.get(connection, mailing.id)
    editions = len(mailings.readers_by_edition(connection, mailing.id))
    return Tally(fresh, editions, dict(mailings.counts(connection, mailing.id)))


def settle(connection: Connection, mailing: Mailing, now: datetime) -> Tally:
    """Call the mailing `sent` if nobody waits any more; return how it stands."""
    if tally(connection, mailing).waiting == 0:
        sending = (MailingState.SENDING,)
        mailings.move(connection, mailing.id, sending, MailingState.SENT, finished_at=now)
    return tally(connection, mailing)


def used(connection: Connection, mailing: Mailing) -> Mapping[int, Edition]:
    """Return the editions by number that somebody gets."""
    in_use: set[EditionKey] = set(mailings.readers_by_edition(connection, mailing.id))
    everything = mailings.editions(connection, mailing.id)
    return {number: one for number, one in everything.items() if one.key in in_use}


def waiting(connection: Connection, mailing: Mailing) -> int:
    """Return how many readers are still to be mailed."""
    counts = mailings.counts(connection, mailing.id)
    states = (DeliveryState.QUEUED, DeliveryState.DEFERRED, DeliveryState.UNCERTAIN)
    return sum(counts[state] for state in states)
