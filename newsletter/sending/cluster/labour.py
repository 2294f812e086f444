"""What a worker does with one chunk of a mailing."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from newsletter.delivery.pacing import Limits
from newsletter.errors import BackendError, LeaseHeld
from newsletter.model import Mailing, MailingState
from newsletter.sending import plan
from newsletter.sending.breaker import SharedBreaker
from newsletter.sending.guard import LEASE, Guard
from newsletter.sending.outfit import Outfit
from newsletter.sending.personal import Imprint
from newsletter.sending.press import Press
from newsletter.sending.queue import Queue
from newsletter.sending.recall import Recall
from newsletter.sending.run import Run
from newsletter.sending.shared_pace import SharedPace
from newsletter.sending.start import make_imprints, make_press, never
from newsletter.store import chunks, leases, ledger, mailings, milestones, paces, revisions
from newsletter.store.chunks import Chunk
from newsletter.store.engine import reading, writing, writing_beside, writing_later
from newsletter.store.ledger import Span
from newsletter.store.tables import delivery

AFTER_A_FAILURE = timedelta(minutes=1)
"""How long a chunk is left alone in which nothing could be sent at all."""


@dataclass
class Labour:
    """Sends chunks, one after the other. Letters that were compiled once are kept for the next."""

    outfit: Outfit
    zone: ZoneInfo
    stop: Callable[[], bool] = never
    _imprints: dict[int, Imprint] = field(default_factory=dict)
    _mailing_id: int = 0

    def work(self, chunk_id: int) -> bool:
        """Send what may go now of a chunk; tell whether there is more to do in it at once.

        Where somebody else has it, or nothing is to be done, this does nothing. Raises
        BackendError and DatabaseError; then it is tried again in a minute.
        """
        holder = leases.Holder.this_process()
        taken = self._take(chunk_id, holder)
        if taken is None:
            return False
        one, mailing = taken
        due: datetime | None = self.outfit.clock.now() + AFTER_A_FAILURE
        try:
            due = self._send(one, mailing, holder)
        except BackendError:
            self._note_backend(down=True)
            raise
        finally:
            more = self._put_down(one, holder, due)
        return more

    def _note_backend(self, *, down: bool) -> None:
        """Note for whoever watches over all workers how it stands with the mail server."""
        with writing(self.outfit.engine) as connection:
            if down:
                now = self.outfit.clock.now()
                milestones.record(connection, milestones.BACKEND_DOWN, now)
            else:
                milestones.forget(connection, milestones.BACKEND_DOWN)

    def _take(self, chunk_id: int, holder: leases.Holder) -> tuple[Chunk, Mailing] | None:
        """Make a chunk ours, with all that whoever had it before left in flight."""
        now = self.outfit.clock.now()
        with writing_beside(self.outfit.engine) as connection:
            one = chunks.get(connection, chunk_id)
            if one is None:
                return None
            mailing = mailings.hold(connection, one.mailing_id, alone=False)
            if mailing.state is not MailingState.SENDING:
                return None
            if revisions.is_pending(connection, mailing.id):
                return None
            if LEASE in leases.held_names(connection, now):
                return None
            try:
                leases.take(connection, one.lease, holder, now)
            except LeaseHeld:
                return None
            ledger.recover(connection, mailing.id, now, Span(one.first, one.last))
        return one, mailing

    def _send(self, one: Chunk, mailing: Mailing, holder: leases.Holder) -> datetime | None:
        """Send; return when there is something to do next."""
        outfit, now = self.outfit, self.outfit.clock.now
        hold = outfit.policy.on_uncertain == "hold"
        guard = Guard(outfit.clock, mailing.id, holder, self.stop, one.lease, fenced=True)
        with reading(outfit.engine) as snapshot:
            press = self._press(snapshot, one, mailing)
            kept = dict(paces.load(snapshot))
            level = paces.faults(snapshot, mailing.id)
        pace = SharedPace(Limits.of(outfit.policy), self.zone, kept, outfit.engine)
        queue = Queue(mailing.id, pace, hold, one.again, Span(one.first, one.last))
        breaker = SharedBreaker(outfit.policy.pause_after, level)

        def ours(snapshot: Connection) -> bool:
            return leases.is_ours(snapshot, one.lease, holder)

        try:
            with writing_later(outfit.engine) as connection:
                leases.sign(connection, holder)
                recall = Recall(outfit.engine, connection, outfit.clock, mailing.id, ours)
                parts = (guard, press, queue, recall, breaker)
                run = Run(outfit, connection, mailing, *parts, _unwatched, 0)
                run.deliver()
        finally:
            pace.close(now())
        if run.done:
            self._note_backend(down=False)
        if queue.held is not None:
            return queue.held.until
        with reading(outfit.engine) as snapshot:
            if one.again or chunks.has_queued(snapshot, one):
                return now()
            return chunks.next_try(snapshot, one, hold=hold)

    def _press(self, snapshot: Connection, one: Chunk, mailing: Mailing) -> Press:
        """Make the letters of a chunk; those that were made for another one are there already."""
        if mailing.id != self._mailing_id:
            self._mailing_id, self._imprints = mailing.id, {}
        wanted = select(delivery.c.edition_id).where(one.deliveries).distinct()
        numbers = set(snapshot.execute(wanted).scalars()) - {None, *self._imprints}
        if numbers:
            every = mailings.editions(snapshot, mailing.id)
            fresh = {number: every[number] for number in numbers}
            self._imprints |= make_imprints(snapshot, mailing, self.zone, fresh)
        return make_press(self.outfit, mailing, self.zone, self._imprints)

    def _put_down(self, one: Chunk, holder: leases.Holder, due: datetime | None) -> bool:
        """Let go of a chunk; whoever puts down the last one settles the mailing."""
        now = self.outfit.clock.now()
        with writing_beside(self.outfit.engine) as connection:
            mailing = mailings.hold(connection, one.mailing_id, alone=True)
            if not leases.keep(connection, one.lease, holder):
                return False
            chunks.put_down(connection, one, due, finished=not self.stop())
            leases.release(connection, one.lease, holder)
            over = chunks.next_due(connection, mailing.id) is None
            if over or mailing.state is MailingState.CANCELLED:
                hold = self.outfit.policy.on_uncertain == "hold"
                plan.settle(connection, mailing, now, hold=hold)
            return mailing.state is MailingState.SENDING and due is not None and due <= now


def _unwatched(_done: int, _total: int) -> None:
    """Nobody looks on: whoever wants to know asks the ledger."""
