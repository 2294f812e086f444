"""From a month to a run over it: the lease, the frozen audience, every letter made beforehand."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from newsletter.delivery.pacing import Limits
from newsletter.feedback.consequences import wake
from newsletter.message import Heading, compile_letter
from newsletter.message.heading import revision_salt
from newsletter.message.return_path import ReturnPath
from newsletter.model import DeliveryState, Edition, Mailing, Month
from newsletter.sending import plan
from newsletter.sending.breaker import Breaker
from newsletter.sending.guard import LEASE, Guard
from newsletter.sending.outfit import Hold, Outfit, Tally
from newsletter.sending.pace import Pace
from newsletter.sending.personal import Imprint
from newsletter.sending.press import Press
from newsletter.sending.queue import Queue
from newsletter.sending.recall import Recall
from newsletter.sending.run import Run, Watch
from newsletter.store import leases, ledger, paces, revisions
from newsletter.store.engine import reading, writing, writing_beside, writing_later


def never() -> bool:
    """Go on."""
    return False


def send(
    outfit: Outfit,
    month: Month,
    zone: ZoneInfo,
    *,
    only: DeliveryState | None = None,
    stop: Callable[[], bool] = never,
    watch: Watch = lambda done, total: None,
) -> Tally:
    """Send the month's mailing, or go on with it, until nothing more may go now.

    With `only`, deliveries in that state are tried, each once, whatever their time; no others.
    `stop` is asked between messages; `watch` is told how many of how many are done. Everything is
    rendered before the first message goes. Raises LeaseHeld where another sender is at work,
    MailingError, and BackendError where the backend takes nothing more: the ledger is right in
    every case, and calling again goes on.
    """
    holder = leases.Holder.this_process()
    with writing(outfit.engine) as connection:
        leases.take(connection, LEASE, holder, outfit.clock.now())
    try:
        with writing(outfit.engine) as connection:
            wake(connection, outfit.bounces, outfit.clock.now())
        with writing_beside(outfit.engine) as connection:
            now = outfit.clock.now()
            plan.reclaim(connection, month, now)
            mailing = plan.begin(connection, month, now, only)
        guard = Guard(outfit.clock, mailing.id, holder, stop)
        return _run(outfit, mailing, zone, only, guard, watch)
    finally:
        with writing(outfit.engine) as connection:
            leases.release(connection, LEASE, holder)


def _run(
    outfit: Outfit,
    mailing: Mailing,
    zone: ZoneInfo,
    only: DeliveryState | None,
    guard: Guard,
    watch: Watch,
) -> Tally:
    """Make ready, deliver, settle."""
    hold = outfit.policy.on_uncertain == "hold"
    with reading(outfit.engine) as snapshot:
        press = _press(outfit, snapshot, mailing, zone)
        queue = Queue(mailing.id, _pace(outfit, snapshot, zone), hold, only)
        breaker = Breaker(outfit.policy.pause_after, paces.faults(snapshot, mailing.id))
        total = plan.waiting(snapshot, mailing, only)
    with writing_later(outfit.engine) as connection:
        leases.sign(connection, guard.holder)
        recall = Recall(outfit.engine, connection, outfit.clock, mailing.id)
        parts = (guard, press, queue, recall, breaker)
        Run(outfit, connection, mailing, *parts, watch, total).deliver()
    with writing(outfit.engine) as connection:
        stands = plan.settle(connection, mailing, outfit.clock.now(), hold=hold)
    return replace(stands, hold=queue.held)


def holds(outfit: Outfit, zone: ZoneInfo) -> Hold | None:
    """Return what lets nothing go out now, for hours: quiet, or the ramp. None if something may."""
    with reading(outfit.engine) as snapshot:
        return _pace(outfit, snapshot, zone).hold(outfit.clock.now())


def _press(outfit: Outfit, snapshot: Connection, mailing: Mailing, zone: ZoneInfo) -> Press:
    """Make every letter, and fill each once."""
    imprints = make_imprints(snapshot, mailing, zone, plan.used(snapshot, mailing))
    press = make_press(outfit, mailing, zone, imprints)
    press.rehearse(mailing.dated_at, ledger.odd_readers(snapshot, mailing.id))
    return press


def make_imprints(
    snapshot: Connection, mailing: Mailing, zone: ZoneInfo, editions: Mapping[int, Edition]
) -> dict[int, Imprint]:
    """Compile editions of a mailing, by their numbers."""
    heading = Heading.from_json(mailing.heading)
    known = revisions.of_editions(snapshot, mailing.id)
    imprints = {}
    for number, edition in editions.items():
        revision = known[number]
        dated = (revision.dated_at or mailing.dated_at).astimezone(zone)
        salt = revision_salt(mailing.salt, revision.number)
        imprints[number] = Imprint(compile_letter(edition, heading, dated), salt, edition)
    return imprints


def make_press(
    outfit: Outfit, mailing: Mailing, zone: ZoneInfo, imprints: Mapping[int, Imprint]
) -> Press:
    """Make what fills the letters of a mailing."""
    heading = Heading.from_json(mailing.heading)
    return_path = ReturnPath(outfit.bounces.return_path, outfit.tokens)
    return Press(heading, imprints, outfit.tokens, zone, outfit.signer, return_path)


def _pace(outfit: Outfit, snapshot: Connection, zone: ZoneInfo) -> Pace:
    return Pace.of(Limits.of(outfit.policy), zone, paces.load(snapshot))
