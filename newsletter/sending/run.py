"""One run of the sender over a mailing.

The backend pulls messages; receipts are committed, together with the next claims, before it is
let go on. So at a crash no more is in doubt than the backend has in flight.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from newsletter.delivery import Message, Receipt
from newsletter.delivery.verdicts import Verdict, verdict
from newsletter.errors import BackendError, BackendRefused
from newsletter.message import Heading, Letter, Reader, compile_letter
from newsletter.model import Mailing, MailingState, Month
from newsletter.sending import plan
from newsletter.sending.judge import judge
from newsletter.sending.outfit import Outfit, Tally
from newsletter.sending.personal import Links, reader
from newsletter.store import leases, ledger, mailings
from newsletter.store.engine import reading, translated, writing, writing_later
from newsletter.store.ledger import Claim, Claimed
from subscribers.address import parse
from subscribers.suppression import Reason, suppress

LEASE = "sender"
_SIGN_OF_LIFE = timedelta(seconds=10)
_LOOK = timedelta(milliseconds=250)
"""How often we look whether somebody paused the mailing, and what is due again."""

_NOTHING = Claimed([])


def never() -> bool:
    """Go on."""
    return False


def send(
    outfit: Outfit,
    month: Month,
    zone: ZoneInfo,
    *,
    stop: Callable[[], bool] = never,
    watch: Callable[[int, int], None] = lambda done, total: None,
) -> Tally:
    """Send the month's mailing, or go on with it, until nothing more is due now.

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
            mailing = plan.begin(connection, month, outfit.clock.now())
        with writing_later(outfit.engine) as connection:
            run = _prepare(outfit, connection, mailing, holder, zone, stop, watch)
            run.deliver()
        with writing(outfit.engine) as connection:
            return plan.settle(connection, mailing, outfit.clock.now())
    finally:
        with writing(outfit.engine) as connection:
            leases.release(connection, LEASE, holder)


def _prepare(
    outfit: Outfit,
    connection: Connection,
    mailing: Mailing,
    holder: leases.Holder,
    zone: ZoneInfo,
    stop: Callable[[], bool],
    watch: Callable[[int, int], None],
) -> "Run":
    heading = Heading.from_json(mailing.heading)
    dated = mailing.dated_at.astimezone(zone)
    with reading(outfit.engine) as snapshot:
        editions = plan.used(snapshot, mailing)
        total = plan.waiting(snapshot, mailing)
    letters = {number: compile_letter(one, heading, dated) for number, one in editions.items()}
    links = Links(heading.public_url, heading.unsubscribe_address, outfit.tokens)
    run = Run(
        outfit, connection, mailing, holder, heading, letters, links, zone, stop, watch, total
    )
    run.rehearse()
    return run


@dataclass
class Run:
    """What one run holds in its hands. `claimed` are in flight, `ready` claimed but not pulled."""

    outfit: Outfit
    connection: Connection
    mailing: Mailing
    holder: leases.Holder
    heading: Heading
    letters: dict[int, Letter]
    links: Links
    zone: ZoneInfo
    stop: Callable[[], bool]
    watch: Callable[[int, int], None]
    total: int
    next_look: datetime = field(init=False)
    last_sign: datetime = field(init=False)
    after: int = 0
    done: int = 0
    faults: int = 0
    halted: bool = False
    ready: deque[Claim] = field(default_factory=deque)
    claimed: dict[int, Claim] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.next_look = self.last_sign = self.outfit.clock.now()

    def rehearse(self) -> None:
        """Fill every letter before the first goes out, so that an error there sends nothing.

        Plain values are all filled in the same way, so one reader an edition stands for them;
        every name or address with anything else in it is filled for itself.
        """
        dated = self.mailing.dated_at
        plain = Claim(0, 0, 0, "reader@example.org", "A Reader", dated, 1, dated)
        for letter in self.letters.values():
            letter.fill(self._reader(plain))
        with reading(self.outfit.engine) as connection:
            for edition_id, email, name in ledger.odd_readers(connection, self.mailing.id):
                odd = replace(plain, email=email, name=name)
                self.letters[edition_id].fill(self._reader(odd))

    def deliver(self) -> None:
        """Stream the mailing through the backend and record every receipt."""
        if not self.letters:
            return
        backend = self.outfit.open_backend()
        try:
            for receipts in backend.deliver(self._messages()):
                self._turn(receipts)
            self._put_back()
        except BackendError as error:
            self._put_back()
            if isinstance(error, BackendRefused):
                with self._writing():
                    self._pause(f"the server refused us: {error.message}")
            raise
        finally:
            backend.close()

    def _messages(self) -> Iterator[Message]:
        """Yield claimed messages as the backend asks for them; end when there are none now."""
        sender = self.heading.from_address
        while self.ready or self._refill(self.outfit.policy.connections):
            claim = self.ready.popleft()
            self.claimed[claim.id] = claim
            segments = self.letters[claim.edition_id].fill(self._reader(claim))
            yield Message(claim.id, sender, claim.email, segments)

    def _refill(self, limit: int) -> bool:
        with self._writing():
            self._claim(limit)
        return bool(self.ready)

    def _reader(self, claim: Claim) -> Reader:
        return reader(claim, self.heading, self.mailing.salt, self.links, self.zone)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Open a transaction on the run's own connection: opening one anew costs more than it."""
        with translated(self.outfit.engine), self.connection.begin():
            yield

    def _turn(self, receipts: Sequence[Receipt]) -> None:
        """Record what came back and claim as many anew, in one transaction."""
        if not receipts:
            return
        with self._writing():
            self._record(receipts, self.outfit.clock.now())
            if not self.ready:
                self._claim(len(receipts))
        self.done += len(receipts)
        self.watch(self.done, self.total)

    def _claim(self, limit: int) -> None:
        """Fill `ready`, unless we are to stop: the mailing was paused, or the lease is lost.

        What is due again is looked for now and then, and before the end.
        """
        now, number = self.outfit.clock.now(), self.mailing.id
        hold = self.outfit.policy.on_uncertain == "hold"
        look = now >= self.next_look
        if look:
            self.next_look = now + _LOOK
            self.halted = self.halted or not self._may_go_on(now)
        if self.halted or self.stop():
            return
        due = ledger.claim_due(self.connection, number, limit, now, hold=hold) if look else None
        while not self._take(due or _NOTHING):
            queued = ledger.claim_queued(self.connection, number, self.after, limit, now)
            self.after = queued.last or self.after
            due = queued or ledger.claim_due(self.connection, number, limit, now, hold=hold)
            if not due:
                return

    def _take(self, claimed: Claimed) -> bool:
        """Make claimed deliveries ready; tell whether there are any now."""
        self.ready.extend(claimed.ours)
        self.done += claimed.skipped
        return bool(self.ready)

    def _may_go_on(self, now: datetime) -> bool:
        if now - self.last_sign >= _SIGN_OF_LIFE:
            self.last_sign = now
            if not leases.renew(self.connection, LEASE, self.holder, now):
                return False
        return mailings.get(self.connection, self.mailing.id).state is MailingState.SENDING

    def _record(self, receipts: Sequence[Receipt], now: datetime) -> None:
        policy = self.outfit.policy
        outcomes = []
        for receipt in receipts:
            claim, ruling = self.claimed.pop(receipt.key), verdict(receipt)
            outcomes.append(judge(claim, receipt, ruling, policy, now))
            if ruling is Verdict.DEAD:
                words = f"{receipt.code} {receipt.status}".strip()
                address = parse(claim.email).hash
                suppress(self.connection, address, Reason.BOUNCE, now, words)
            self.faults += ruling is Verdict.OURS
            if ruling is Verdict.STOP or self.faults >= policy.pause_after:
                self._pause(f"the server refused us: {receipt.code} {receipt.reply}")
        ledger.record(self.connection, outcomes)

    def _pause(self, reason: str) -> None:
        self.halted = True
        sending = (MailingState.SENDING,)
        mailings.move(self.connection, self.mailing.id, sending, MailingState.PAUSED, reason=reason)

    def _put_back(self) -> None:
        """Give back what was claimed and never handed over."""
        left = [claim.id for claim in (*self.ready, *self.claimed.values())]
        self.ready.clear()
        self.claimed.clear()
        if left:
            with self._writing():
                ledger.requeue(self.connection, left)
