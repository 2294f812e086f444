"""One run of the sender over a mailing.

The backend pulls messages; receipts are committed, together with the next claims, before it is
let go on. So at a crash no more is in doubt than the backend has in flight.
"""

import gc
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection

from newsletter.delivery import Backend, Message, Receipt, Stage
from newsletter.delivery.verdicts import Verdict, verdict
from newsletter.errors import BackendError, BackendRefused
from newsletter.feedback.consequences import refused
from newsletter.feedback.who import Found, Way
from newsletter.model import DeliveryState, Mailing, MailingState
from newsletter.sending.breaker import Breaker, without_addresses
from newsletter.sending.guard import LOOK, Guard, countdown
from newsletter.sending.judge import judge
from newsletter.sending.outfit import Outfit
from newsletter.sending.press import Press, Sheet
from newsletter.sending.queue import Queue
from newsletter.sending.recall import Recall
from newsletter.store import ledger, mailings
from newsletter.store.claims import Claim
from newsletter.store.engine import translated
from newsletter.store.returns import Sent

Watch = Callable[[int, int], None]

LINGER = timedelta(seconds=5)
"""The longest wait for the next message's turn with connections open; for more they are closed."""
_GARBAGE = 20_000
"""New objects before Python looks for cycles among them; what a turn makes goes by itself."""
_NO_RECEIPT = "the backend gave no receipt"
# Found once, for every receipt is held against them: see `newsletter.sending.personal`.
_WITHDRAWN, _UNCERTAIN, _FAILED = Verdict.WITHDRAWN, Verdict.UNCERTAIN, DeliveryState.FAILED


@contextmanager
def _old_things_left_alone() -> Iterator[None]:
    """Keep Python's garbage collector from going through all that was there before the run.

    Nothing of it becomes garbage meanwhile, and looking at it takes a tenth of a run's time. Nor is
    it to go through each turn's messages, which are gone before it could find out.
    """
    gc.freeze()
    before = gc.get_threshold()
    gc.set_threshold(_GARBAGE, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


@dataclass
class Run:
    """What one run holds in its hands.

    `claimed` are in flight, `ready` claimed but not pulled, `fresh` claimed but not even begun.
    `resumes_at` is when the limits let the next message go, where that is too long to wait for
    with connections open.
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
    fresh: Sequence[Claim] = ()
    ready: deque[Sheet] = field(default_factory=deque)
    claimed: dict[int, Claim] = field(default_factory=dict)

    def deliver(self) -> None:
        """Stream the mailing through the backend and record every receipt.

        Where nobody waits, or nothing may go for hours, no backend is opened for it.
        """
        with closing(self.press):
            if not self._anybody():
                return
            with closing(self.outfit.open_backend()) as backend, _old_things_left_alone():
                self._stream(backend)
                while self.resumes_at and self._rest(self.resumes_at):
                    self._stream(backend)

    def _anybody(self) -> bool:
        now = self.outfit.clock.now()
        with self._writing():
            self._look(now)
            return not self.guard.over and self.queue.anybody(self.connection, now)

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
        self._own_up()
        self._put_back(self._never_pulled())

    def _messages(self) -> Iterator[Message]:
        """Yield claimed messages as the backend asks for them; end when there are none now."""
        while self._next():
            for message in self.press.finish(tuple(self.ready), self.recall.wanted):
                if self.guard.over:
                    return
                self.claimed[message.key] = self.ready.popleft().claim
                yield message

    def _next(self) -> bool:
        """Tell whether there are sheets ready, when their turn has come; not so at the end."""
        while not self.ready and not self.guard.over:
            now = self.outfit.clock.now()
            with self._writing():
                limit = self.outfit.policy.connections + self._stock
                self._claim(limit, now, look=self._look(now))
            self._begin()
            again = self.queue.resumes(now)
            if self.ready or again is None:
                break
            if again - now > LINGER:
                self.resumes_at = again
                break
            self._rest(again)
        return bool(self.ready) and not self.guard.over

    def _rest(self, until: datetime) -> bool:
        """Wait, and look around meanwhile; tell whether to go on. Nothing is claimed yet."""
        for left in countdown(self.outfit.clock, until):
            if self.guard.over:
                return False
            self.outfit.sleep(min(left, LOOK).total_seconds())
            self._turn(())
        return not self.guard.over

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Open a transaction on the run's own connection: opening one anew costs more than it."""
        with translated(self.outfit.engine), self.connection.begin():
            self.guard.fence(self.connection)
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
            if receipts:
                self._claim(len(receipts), now, look=look)
        self._begin()
        self.done += len(receipts)
        self.watch(self.done, self.total)

    @property
    def _stock(self) -> int:
        """How many sheets are kept ready: while they are signed, those before them are sent.

        As many again are pulled ahead, to follow behind the one that each connection has.
        """
        return 2 * self.outfit.policy.connections if self.press.signs else 0

    def _look(self, now: datetime) -> bool:
        """Look, if it is time, whether we may go on; tell whether it was time."""
        due = self.guard.due(now)
        if due:
            self.guard.look(self.connection, now)
        return due

    def _claim(self, limit: int, now: datetime, *, look: bool) -> None:
        """Claim the next ones, unless nothing new may begin.

        What is due again is looked for now and then, and before the end.
        """
        if self.guard.over:
            return
        skipped = self.queue.skipped
        self.fresh = self.queue.claim(self.connection, limit, now, look=look)
        self.done += self.queue.skipped - skipped

    def _begin(self) -> None:
        """Fill `ready`. Once the claims are committed: an error here must undo no receipt."""
        self.ready.extend(self.press.begin(self.fresh))
        self.fresh = ()

    def _record(self, receipts: Sequence[Receipt], now: datetime) -> None:
        """Write what became of messages, and what follows for addresses and for the mailing."""
        rulings = [(receipt, verdict(receipt)) for receipt in receipts]
        outcomes = []
        for receipt, ruling in rulings:
            claim = self.claimed.pop(receipt.key)
            if ruling is _WITHDRAWN:
                receipt = receipt._replace(reply=self.recall.gone.get(claim.id, "withdrawn"))
            outcome = judge(claim, receipt, ruling, self.outfit.policy, now)
            outcomes.append(outcome)
            if outcome.state is _FAILED:
                self._tell_of(claim, ruling, receipt, now)
        if self.guard.lost:  # the rest is the other sender's to judge; what was taken is a fact
            outcomes = [one for one in outcomes if one.state is DeliveryState.SENT]
        ledger.record(self.connection, outcomes)
        self._weigh(rulings)

    def _tell_of(self, claim: Claim, ruling: Verdict, receipt: Receipt, now: datetime) -> None:
        """Let follow for the reader what a bounce would mean that says the same."""
        letter = Sent(claim.id, self.mailing.id, claim.subscriber_id, claim.email, claim.was)
        reader = Found(claim.subscriber_id, letter, claim.email, Way.DIALOGUE)
        refused(self.connection, reader, ruling, receipt, self.outfit.bounces, now)

    def _weigh(self, rulings: Sequence[tuple[Receipt, Verdict]]) -> None:
        """Keep doubts for ever, and our own faults until they are too many."""
        doubted = [receipt.key for receipt, ruling in rulings if ruling is _UNCERTAIN]
        if doubted:
            ledger.keep_in_doubt(self.connection, doubted)
        self.breaker.weigh(self.connection, self.mailing.id, rulings)
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
        claims = [*(sheet.claim for sheet in self.ready), *self.fresh]
        self.ready.clear()
        self.fresh = ()
        return claims

    def _put_back(self, claims: Sequence[Claim]) -> None:
        """Give back what was never handed over.

        Unless the lease is lost: then it is in another sender's hands already.
        """
        if claims and not self.guard.lost:
            with self._writing():
                if not self.guard.lost:
                    self.queue.put_back(self.connection, claims, self.outfit.clock.now())

    def _own_up(self) -> None:
        """Say of messages that a backend took and never answered for: nobody knows."""
        lost = [Receipt(key, False, Stage.BODY, 0, "", _NO_RECEIPT, True) for key in self.claimed]
        if lost:
            self._turn(lost)
