"""The plan: who gets which edition, frozen in the moment the mailing starts."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import Connection

from newsletter.errors import MailingError
from newsletter.message import Heading
from newsletter.model import DeliveryState, Edition, EditionKey, Mailing, MailingState, Month
from newsletter.rendering.editions import edition_key_of
from newsletter.sending.outfit import Tally
from newsletter.store import chunks, ledger, mailings, revisions
from newsletter.store.audience import (
    Group,
    Offer,
    freeze_audience,
    groups,
    groups_without,
    move_to,
)

CANCELLED = "cancelled"
"""Why a reader of a cancelled mailing gets nothing."""

_STARTS = (MailingState.SCHEDULED,)
_GOES_ON = (MailingState.SENDING, MailingState.SENT)


def begin(
    connection: Connection,
    month: Month,
    now: datetime,
    only: DeliveryState | None = None,
    *,
    alone: bool = True,
) -> Mailing:
    """Start the month's mailing, or go on with it.

    Who sends it `alone` calls what was left in flight `uncertain`. With `only`, one that is sent is
    opened again where it has deliveries in that state. Nobody else begins it at the same time: its
    row is ours until the transaction ends.
    Raises MailingError for a mailing that is paused, cancelled or not there.
    """
    mailing = mailings.find(connection, month, lock=True)
    if mailing is None:
        raise MailingError(
            f"{month} has not been frozen for sending", hint=f"run `newsletter send {month}`"
        )
    if mailing.state in _STARTS and only:
        raise MailingError(f"{month} has not been sent yet", hint="send it without `--only` first")
    if mailing.state in _STARTS:
        _freeze(connection, mailing, now)
        mailings.move(
            connection, mailing.id, _STARTS, MailingState.SENDING, started_at=now, dated_at=now
        )
    elif mailing.state not in _GOES_ON:
        why = f": {mailing.reason}" if mailing.reason else ""
        raise MailingError(f"{month} is {mailing.state}{why}", hint=_ways_on(mailing))
    if alone:
        ledger.recover(connection, mailing.id, now)
    _take_up(connection, mailing, now)
    if only and mailings.counts(connection, mailing.id)[only]:
        mailings.move(connection, mailing.id, (MailingState.SENT,), MailingState.SENDING)
    return mailings.get(connection, mailing.id)


def reclaim(connection: Connection, month: Month, now: datetime) -> None:
    """Make sure that no worker has a part of the month's mailing. Raises LeaseHeld."""
    mailing = mailings.find(connection, month, lock=True)
    if mailing is not None:
        chunks.reclaim(connection, mailing.id, now)


def _ways_on(mailing: Mailing) -> str:
    if mailing.state is MailingState.PAUSED:
        return f"when the cause is mended: `newsletter resume {mailing.month}`"
    return f"see `newsletter status {mailing.month}`"


def _freeze(connection: Connection, mailing: Mailing, now: datetime) -> None:
    numbers = _newest(connection, mailing)
    offer = _offer(mailing, numbers)
    chosen = _editions_of(mailing, numbers, groups(connection, offer, now))
    if chosen:
        freeze_audience(connection, mailing.id, offer, chosen, now)
        ledger.forget_erased(connection, mailing.id)


def _take_up(connection: Connection, mailing: Mailing, now: datetime) -> None:
    """Move whoever surely hasn't had it to the editions that were frozen last, if they are new."""
    if not revisions.is_pending(connection, mailing.id):
        return
    numbers = _newest(connection, mailing)
    offer = _offer(mailing, numbers)
    chosen = _editions_of(mailing, numbers, groups_without(connection, mailing.id, offer))
    if chosen:
        move_to(connection, mailing.id, offer, chosen)
    revisions.take_up(connection, mailing.id, now)
    if waiting(connection, mailing):
        mailings.move(connection, mailing.id, (MailingState.SENT,), MailingState.SENDING)


def _newest(connection: Connection, mailing: Mailing) -> Mapping[EditionKey, int]:
    """Return the number of each edition, in the revision that was frozen last."""
    return {one.key: number for number, one in mailings.editions(connection, mailing.id).items()}


def _offer(mailing: Mailing, numbers: Mapping[EditionKey, int]) -> Offer:
    """Return what there is to choose from; the newsletter's own language stands first."""
    own = Heading.from_json(mailing.heading).language
    spoken = {key.language for key in numbers}
    return Offer(mailing.topics, sorted(spoken, key=lambda code: (code != own, code)))


def _editions_of(
    mailing: Mailing, numbers: Mapping[EditionKey, int], found: Iterable[Group]
) -> dict[Group, int | None]:
    """Return the number of each group's newest edition; None where nothing is for them."""
    count = len(mailing.topics)
    chosen: dict[Group, int | None] = {}
    for group in found:
        key = edition_key_of(count, group.matched, group.chose, group.mode, group.language)
        chosen[group] = None if key is None else numbers[key]
    return chosen


def tally(connection: Connection, mailing: Mailing, *, hold: bool = False) -> Tally:
    """Count how the mailing stands; with `hold`, uncertain deliveries wait for a person."""
    fresh = mailings.get(connection, mailing.id)
    editions = len(mailings.readers_by_edition(connection, mailing.id))
    counts = dict(mailings.counts(connection, mailing.id))
    next_try_at = ledger.next_try(connection, mailing.id, hold=hold)
    return Tally(fresh, editions, counts, next_try_at=next_try_at)


def settle(connection: Connection, mailing: Mailing, now: datetime, *, hold: bool) -> Tally:
    """Call the mailing `sent` if nobody waits any more; return how it stands.

    One that was cancelled meanwhile leaves nobody waiting.
    """
    stands = tally(connection, mailing)
    if stands.mailing.state is MailingState.CANCELLED:  # while messages were in flight
        ledger.skip_rest(connection, mailing.id, CANCELLED)
    elif stands.waiting == 0:
        sending = (MailingState.SENDING,)
        mailings.move(connection, mailing.id, sending, MailingState.SENT, finished_at=now)
    return tally(connection, mailing, hold=hold)


def used(connection: Connection, mailing: Mailing) -> Mapping[int, Edition]:
    """Return the editions by number that somebody gets."""
    in_use: set[EditionKey] = set(mailings.readers_by_edition(connection, mailing.id))
    everything = mailings.editions(connection, mailing.id)
    return {number: one for number, one in everything.items() if one.key in in_use}


def waiting(connection: Connection, mailing: Mailing, only: DeliveryState | None = None) -> int:
    """Return how many readers are still to be mailed, or how many are in a state."""
    counts = mailings.counts(connection, mailing.id)
    states = (DeliveryState.QUEUED, DeliveryState.DEFERRED, DeliveryState.UNCERTAIN)
    return sum(counts[state] for state in ((only,) if only else states))
