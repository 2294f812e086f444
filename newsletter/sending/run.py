"""One run of the sender over a mailing.

The backend pulls messages; receipts are committed, together with the next claims, before it is
let go on. So at a crash no more is in doubt than the backend has in flight.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from newsletter.delivery import Backend, Message, Receipt, Stage
from newsletter.delivery.pacing import Limits
from newsletter.delivery.verdicts import Verdict, verdict
from newsletter.errors import BackendError, BackendRefused
from newsletter.message import Heading, compile_letter
from newsletter.message.heading import revision_salt
from newsletter.model import DeliveryState, Mailing, MailingState, Month
from newsletter.sending import plan
from newsletter.sending.breaker import Breaker, without_addresses
from newsletter.sending.guard import LEASE, LOOK, Guard
from newsletter.sending.judge import judge
from newsletter.sending.outfit import Hold, Outfit, Tally
from newsletter.sending.pace import Pace
from newsletter.sending.personal import Links
from newsletter.sending.press import Imprint, Press, Sheet
from newsletter.sending.queue import Queue
from newsletter.sending.recall import Recall
from newsletter.store import leases, ledger, mailings, paces, revisions
from newsletter.store.claims import Claim
from newsletter.store.engine import reading, translated, writing, writing_later
from subscribers import suppression
from subscribers.address import parse
from subscribers.suppression import Reason

Watch = Callable[[int, int], None]

LINGER = timedelta(seconds=5)
"""The longest wait for the next message's turn with connections open; for more they are closed."""
_NO_RECEIPT = "the backend gave no receipt"


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
            mailing = plan.begin(connection, month, outfit.clock.now(), only)
        guard = Guard(outfit.clock, mailing.id, holder, stop)
        with reading(outfit.engine) as snapshot:
            press = _press(outfit, snapshot, mailing, zone)
            hold = outfit.policy.on_uncertain == "hold"
            queue = Queue(mailing.id, _pace(outfit, snapshot, zone), hold, only)
            total, faults = (
                plan.waiting(snapshot, mailing, only),
                paces.faults(snapshot, mailing.id),
            )
        breaker = Breaker(outfit.policy.pause_after, faults)
        with writing_later(outfit.engine) as connection:
            recall = Recall(outfit.engine, connection, outfit.clock, mailing.id)
            run = Run(
                outfit, connection, mailing, guard, press, queue, recall, breaker, watch, total
            )
            run.deliver()
        with writing(outfit.engine) as connection:
            stands = plan.settle(connection, mailing, outfit.clock.now(), hold=queue.hold)
        return replace(stands, hold=queue.held)
    finally:
        with writing(outfit.engine) as connection:
            leases.release(connection, LEASE, holder)


def holds(outfit: Outfit, zone: ZoneInfo) -> Hold | None:
    """Return what lets nothing go out now, for hours: quiet, or the ramp. None if something may."""
    with reading(outfit.engine) as snapshot:
        return _pace(outfit, snapshot, zone).hold(outfit.clock.now())


def _press(outfit: Outfit, snapshot: Connection, mailing: Mailing, zone: ZoneInfo) -> Press:
    """Make every letter, and fill each once."""
    heading = Heading.from_json(mailing.heading)
    links = Links(heading.public_url, heading.unsubscribe_address, outfit.tokens)
    known = revisions.of_editions(snapshot, mailing.id)
    imprints = {}
    for number, edition in plan.used(snapshot, mailing).items():
        revision = known[number]
        dated = (revision.dated_at or mailing.dated_at).astimezone(zone)
        salt = revision_salt(mailing.salt, revision.number)
        imprints[number] = Imprint(compile_letter(edition, heading, dated), salt)
    press = Press(heading, imprints, links, zone, outfit.signer)
    press.rehearse(mailing.dated_at, ledger.odd_readers(snapshot, mailing.id))
    return press


def _pace(outfit: Outfit, snapshot: Connection, zone: ZoneInfo) -> Pace:
    return Pace.of(Limits.of(outfit.policy), zone, paces.load(snapshot))


@dataclass
class Run:
    """What one run holds in its hands.

    `claimed` are in flight, `ready` claimed but not pulled. `resumes_at` is when the limits let
    the next message go, where that is too long to wait for with connections open.
    """

    outfit: Outfit
    connection: Connection
    mailing: Mailing
    guard: Guard
    press: Press
    queue: Queue
    recall: Recall
    breaker: Breaker
    watch: Watch
    total: int
    done: int = 0
    resumes_at: datetime | None = None
    ready: deque[Sheet] = field(default_factory=deque)
    claimed: dict[int, Claim] = field(default_factory=dict)

    def deliver(self) -> None:
        """Stream the mailing through the backend and record every receipt."""
        if not self.press.imprints:
            return
        backend = self.outfit.open_backend()
        try:
            self._stream(backend)
            while self.resumes_at and self._rest(self.resumes_at):
                self._stream(backend)
        finally:
            backend.close()
            self.press.close()

    def _stream(self, backend: Backend) -> None:
        """Let the backend take all that may go with little waiting between."""
        self.resumes_at = None
        groups = backend.deliver(self._messages())
        try:
            for receipts in groups:
                self._turn(receipts)
        except BackendError as error:
            self._put_back([*self._never_pulled(), *self.claimed.values()])
            self.claimed.clear()
            if isinstance(error, BackendRefused):
                with self._writing():
                    self._pause(f"the server refused us: {error.message}")
            raise
        except BaseException:
            with suppress(Exception):
                self._put_back(self._never_pulled())
            raise
        finally:
            if hasattr(groups, "close"):
                groups.close()
        self._put_back(self._never_pulled())
        self._own_up()

    def _messages(self) -> Iterator[Message]:
        """Yield claimed messages as the backend asks for them; end when there are none now."""
        while sheet := self._next():
            message = self.press.finish(sheet, partial(self.recall.wanted, sheet.claim.id))
            self.claimed[sheet.claim.id] = self.ready.popleft().claim
            yield message

    def _next(self) -> Sheet | None:
        """Return the first sheet that is ready, when its turn has come; None at the end."""
        while not self.ready and not self.guard.over:
            now = self.outfit.clock.now()
            with self._writing():
                self._claim(self.outfit.policy.connections, now, look=self._look(now))
            again = self.queue.resumes(now)
            if self.ready or again is None:
                break
            if again - now > LINGER:
                self.resumes_at = again
                break
            self._rest(again)
        return self.ready[0] if self.ready and not self.guard.over else None

    def _rest(self, until: datetime) -> bool:
        """Wait, and look around meanwhile; tell whether to go on. Nothing is claimed yet."""
        while not self.guard.over:
            now = self.outfit.clock.now()
            if now >= until:
                return True
            self.outfit.sleep(min(until - now, LOOK).total_seconds())
            self._turn(())
        return False

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Open a transaction on the run's own connection: opening one anew costs more than it."""
        with translated(self.outfit.engine), self.connection.begin():
            yield

    def _turn(self, receipts: Sequence[Receipt]) -> None:
        """Record what came back and claim as many anew, in one transaction.

        Without receipts, while the backend waits for a slow server, only look around.
        """
        now = self.outfit.clock.now()
        if not receipts and not self.guard.due(now):
            return
        with self._writing():
            look = self._look(now)
            self._record(receipts, now)
            if receipts and not self.ready:
                self._claim(len(receipts), now, look=look)
        self.done += len(receipts)
        self.watch(self.done, self.total)

    def _look(self, now: datetime) -> bool:
        """Look, if it is time, whether we may go on; tell whether it was time."""
        due = self.guard.due(now)
        if due:
            self.guard.look(self.connection, now)
        return due

    def _claim(self, limit: int, now: datetime, *, look: bool) -> None:
        """Fill `ready`, unless nothing new may begin.

        What is due again is looked for now and then, and before the end.
        """
        if self.guard.over:
            return
        skipped = self.queue.skipped
        claims = self.queue.claim(self.connection, limit, now, look=look)
        self.ready.extend(self.press.begin(claims))
        self.done += self.queue.skipped - skipped

    def _record(self, receipts: Sequence[Receipt], now: datetime) -> None:
        """Write what became of messages, and what follows for addresses and for the mailing."""
        rulings = [(receipt, verdict(receipt)) for receipt in receipts]
        outcomes = []
        for receipt, ruling in rulings:
            claim = self.claimed.pop(receipt.key)
            if ruling is Verdict.WITHDRAWN:
                receipt = replace(receipt, reply=self.recall.gone.get(claim.id, "withdrawn"))
            outcomes.append(judge(claim, receipt, ruling, self.outfit.policy, now))
            if ruling is Verdict.DEAD:
                words = f"{receipt.code} {receipt.status}".strip()
                address = parse(claim.email).hash
                suppression.suppress(self.connection, address, Reason.BOUNCE, now, words)
        if self.guard.lost:  # the rest is the other sender's to judge; what was taken is a fact
            outcomes = [one for one in outcomes if one.state is DeliveryState.SENT]
        ledger.record(self.connection, outcomes)
        self._weigh(rulings)

    def _weigh(self, rulings: Sequence[tuple[Receipt, Verdict]]) -> None:
        """Keep doubts for ever, and our own faults until they are too many."""
        doubted = [receipt.key for receipt, ruling in rulings if ruling is Verdict.UNCERTAIN]
        if doubted:
            ledger.keep_in_doubt(self.connection, doubted)
        if self.breaker.hear(rulings):
            paces.keep_faults(self.connection, self.mailing.id, self.breaker.level)
        if self.breaker.reason and not self.guard.halted:
            self._pause(self.breaker.reason)

    def _pause(self, reason: str) -> None:
        """Stop by ourselves, and say so."""
        self.guard.halted = True
        reason = without_addresses(reason)
        sending = (MailingState.SENDING,)
        if mailings.move(
            self.connection, self.mailing.id, sending, MailingState.PAUSED, reason=reason
        ):
            self.outfit.alert(self.mailing.month, reason)

    def _never_pulled(self) -> list[Claim]:
        claims = [sheet.claim for sheet in self.ready]
        self.ready.clear()
        return claims

    def _put_back(self, claims: Sequence[Claim]) -> None:
        """Give back what was never handed over.

        Unless the lease is lost: then it is in another sender's hands already.
        """
        if claims and not self.guard.lost:
            with self._writing():
                self.queue.put_back(self.connection, claims, self.outfit.clock.now())

    def _own_up(self) -> None:
        """Say of messages that a backend took and never answered for: nobody knows."""
        lost = [Receipt(key, False, Stage.BODY, 0, "", _NO_RECEIPT, True) for key in self.claimed]
        if lost:
            self._turn(lost)
