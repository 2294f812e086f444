"""The dispatcher `procrastinate`: freezes a mailing, cuts it up, wakes workers, looks on."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from time import monotonic
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from newsletter.errors import LeaseHeld
from newsletter.feedback.consequences import wake
from newsletter.model import DeliveryState, Mailing, MailingState, Month
from newsletter.sending import plan
from newsletter.sending.cluster import jobs
from newsletter.sending.dispatch import nowhere
from newsletter.sending.guard import LEASE
from newsletter.sending.outfit import Hold, Outfit, Tally
from newsletter.sending.run import Watch
from newsletter.sending.start import holds, make_imprints, make_press, never
from newsletter.store import chunks, leases, ledger, mailings, revisions
from newsletter.store.engine import reading, writing, writing_beside

LOOK = 0.5
"""Seconds between two looks at how a mailing stands, at least; looking is a tenth of the work."""
NOBODY = timedelta(seconds=30)
"""How long we wait for a worker before we say that there is none."""


@dataclass(frozen=True, slots=True)
class Procrastinate:
    """Workers send, on any number of machines; here it is only begun, and looked at.

    `chunk` is how many deliveries a worker takes at a time.
    """

    chunk: int

    def send(
        self,
        outfit: Outfit,
        month: Month,
        zone: ZoneInfo,
        *,
        only: DeliveryState | None = None,
        stop: Callable[[], bool] = never,
        watch: Watch = nowhere,
    ) -> Tally:
        """See `Dispatcher.send`. With `stop` only looking on ends; workers go on."""
        with writing(outfit.engine) as connection:
            wake(connection, outfit.bounces, outfit.clock.now())
        with writing_beside(outfit.engine) as connection:
            mailing = self._begin(outfit, connection, month, zone, only)
        hold = self._look_on(outfit, mailing, stop, watch)
        with reading(outfit.engine) as connection:
            on_hold = outfit.policy.on_uncertain == "hold"
            stands = plan.tally(connection, mailing, hold=on_hold)
        return replace(stands, hold=hold or holds(outfit, zone))

    def _begin(
        self,
        outfit: Outfit,
        connection: Connection,
        month: Month,
        zone: ZoneInfo,
        only: DeliveryState | None,
    ) -> Mailing:
        """Freeze the audience and defer its jobs in one transaction, after a rehearsal."""
        now = outfit.clock.now()
        mailing = mailings.find(connection, month, lock=True)
        if LEASE in leases.held_names(connection, now):
            raise LeaseHeld(
                f"a single sender is at work: {leases.holder_of(connection, LEASE, now)}",
                hint="wait for it, or stop it; workers go on then",
            )
        corrected = mailing is not None and revisions.is_pending(connection, mailing.id)
        if mailing is not None and corrected and chunks.in_hands(connection, mailing.id, now):
            raise LeaseHeld(
                "a worker has yet to hear that there is a correction",
                hint="try again in a moment; one that is gone is waited for, a minute at most",
            )
        known = mailing is not None and bool(chunks.of_mailing(connection, mailing.id))
        mailing = plan.begin(connection, month, now, only, alone=False)
        if corrected or not known:
            self._rehearse(outfit, connection, mailing, zone)
        if not known:
            chunks.cut(connection, mailing.id, self.chunk, now)
        chunks.wake(connection, mailing.id, now, only)
        if chunks.next_due(connection, mailing.id) is None:
            hold = outfit.policy.on_uncertain == "hold"
            plan.settle(connection, mailing, now, hold=hold)
        jobs.defer(connection, chunks.waiting(connection, now))
        return mailing

    def _rehearse(
        self, outfit: Outfit, connection: Connection, mailing: Mailing, zone: ZoneInfo
    ) -> None:
        """Fill every letter, so that an error in one sends nothing."""
        imprints = make_imprints(connection, mailing, zone, plan.used(connection, mailing))
        press = make_press(outfit, mailing, zone, imprints)
        try:
            press.rehearse(mailing.dated_at, ledger.odd_readers(connection, mailing.id))
        finally:
            press.close()

    def _look_on(
        self, outfit: Outfit, mailing: Mailing, stop: Callable[[], bool], watch: Watch
    ) -> Hold | None:
        """Wait until workers have done what can be done now; return what keeps them from it."""
        alive = outfit.clock.now()
        while not stop():
            now, begun = outfit.clock.now(), monotonic()
            with reading(outfit.engine) as connection:
                stands = plan.tally(connection, mailing)
                due = chunks.next_due(connection, mailing.id)
                if jobs.anybody_at_work(connection):
                    alive = now
            watch(stands.planned - stands.waiting, stands.planned)
            if stands.mailing.state is not MailingState.SENDING or due is None or due > now:
                return None
            if now - alive >= NOBODY:
                return Hold("no worker is at work: start `newsletter worker`", now + NOBODY)
            outfit.sleep(max(LOOK, 9 * (monotonic() - begun)))
        return None
