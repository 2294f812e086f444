"""What every dispatcher promises, whoever sends in the end and wherever the ledger is."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from newsletter.config import Delivery
from newsletter.delivery import Message, Receipt, Stage
from newsletter.errors import LeaseHeld, MailingError
from newsletter.model import DeliveryState, MailingState
from newsletter.sending import Tally, steer
from newsletter.sending.cluster.dispatcher import Procrastinate
from newsletter.sending.cluster.worker import Worker
from newsletter.sending.dispatch import Dispatcher, Local
from newsletter.sending.guard import LEASE
from newsletter.store import leases, mailings, revisions
from newsletter.store.engine import writing
from tests.support.database import NewDatabase
from tests.support.ledger import (
    KEYS,
    MONTH,
    TOPICS,
    ZONE,
    Desk,
    add_readers,
    crowd,
    edition,
    open_desk,
    schedule,
)

CHUNK = 10
READERS = crowd(34)


@dataclass
class Subject:
    """A dispatcher at a desk. Where workers send, one is at hand whenever it waits for them."""

    desk: Desk
    dispatcher: Dispatcher
    has_workers: bool

    def send(self, **options: Any) -> Tally:
        outfit = self.desk.outfit
        if self.has_workers:
            outfit = replace(outfit, sleep=self._let_work)
        return self.dispatcher.send(outfit, MONTH, ZONE, **options)

    def _let_work(self, seconds: float) -> None:
        Worker(self.desk.outfit, ZONE).drain()
        self.desk.sleep(seconds)

    def steer(self, how: Callable[..., object]) -> None:
        with writing(self.desk.engine) as connection:
            how(connection, self.desk.mailing())


@pytest.fixture(params=["local on sqlite", "local on postgresql", "procrastinate"])
def subject(request: pytest.FixtureRequest) -> Iterator[Subject]:
    kind = "sqlite" if request.param == "local on sqlite" else "postgresql"
    make: NewDatabase = request.getfixturevalue(f"new_{kind}")
    desk = open_desk(make())
    add_readers(desk, READERS)
    schedule(desk)
    has_workers = request.param == "procrastinate"
    dispatcher: Dispatcher = Procrastinate(CHUNK) if has_workers else Local()
    if has_workers:
        Worker(desk.outfit, ZONE).drain()
    yield Subject(desk, dispatcher, has_workers)
    desk.engine.dispose()


def refusing(code: int, status: str, *who: str) -> Callable[[Message], Receipt | None]:
    def answer(message: Message) -> Receipt | None:
        if who and message.recipient not in who:
            return None
        return Receipt(message.key, False, Stage.RCPT, code, status, f"{code} {status} no")

    return answer


def test_every_reader_is_sent_to_once(subject: Subject) -> None:
    """All of them, each once, and the mailing is sent."""
    backend = subject.desk.answer_with(lambda message: None)
    result = subject.send()
    assert sorted(one.recipient for one in backend.delivered) == READERS
    assert result.mailing.state is MailingState.SENT
    assert subject.desk.states() == {"sent": len(READERS)}


def test_sending_again_sends_nothing(subject: Subject) -> None:
    """Whoever has it is left alone."""
    subject.send()
    backend = subject.desk.answer_with(lambda message: None)
    assert subject.send().counts[DeliveryState.SENT] == len(READERS)
    assert backend.delivered == []


def test_the_deferred_are_tried_again(subject: Subject) -> None:
    """After their time, and not before; everybody else has it by then."""
    subject.desk.answer_with(refusing(451, "4.3.0", *READERS[5:15]))
    result = subject.send()
    assert subject.desk.states() == {"sent": len(READERS) - 10, "deferred": 10}
    assert result.mailing.state is MailingState.SENDING
    assert result.goes_on_at is not None
    backend = subject.desk.answer_with(lambda message: None)
    subject.send()
    assert backend.delivered == []
    subject.desk.clock.move(minutes=10)
    assert subject.send().mailing.state is MailingState.SENT
    assert sorted(one.recipient for one in backend.delivered) == READERS[5:15]


def test_failed_ones_are_tried_again_when_asked(subject: Subject) -> None:
    """Those in that state, each once, and nobody else; the mailing is sent again after it."""
    subject.desk.answer_with(refusing(554, "5.7.1", *READERS[:3]))
    subject.send()
    assert subject.desk.states() == {"sent": len(READERS) - 3, "failed": 3}
    backend = subject.desk.answer_with(lambda message: None)
    result = subject.send(only=DeliveryState.FAILED)
    assert sorted(one.recipient for one in backend.delivered) == READERS[:3]
    assert result.mailing.state is MailingState.SENT
    assert subject.desk.states() == {"sent": len(READERS)}


def test_our_own_faults_pause_it_for_all(subject: Subject) -> None:
    """Past the limit it pauses, with the server's words, once; the rest waits untouched."""
    subject.desk.policy = Delivery(connections=1, pause_after=3)
    subject.desk.answer_with(refusing(550, "5.7.1"))._in_flight = 1
    result = subject.send()
    assert result.mailing.state is MailingState.PAUSED
    assert subject.desk.states()["failed"] == 3
    assert len(subject.desk.alerts) == 1


Answer = Callable[[Message], Receipt | None]


def pausing(
    subject: Subject, taken: list[Message], after: int, says: Answer = lambda message: None
) -> None:
    """Let a server answer messages, one a second, and pause the mailing after so many."""

    def answer(message: Message) -> Receipt | None:
        taken.append(message)
        subject.desk.clock.move(seconds=1)
        if len(taken) == after:
            subject.steer(steer.pause)
        return says(message)

    subject.desk.policy = Delivery(connections=1)
    subject.desk.answer_with(answer)._in_flight = 1


def test_a_paused_mailing_is_refused_and_goes_on_after_that(subject: Subject) -> None:
    """Paused by hand in the middle; resumed, everybody has it once."""
    taken: list[Message] = []
    pausing(subject, taken, 7)
    assert subject.send().mailing.state is MailingState.PAUSED
    assert len(taken) < len(READERS)
    with pytest.raises(MailingError, match="paused"):
        subject.send()
    subject.steer(steer.resume)
    assert subject.send().mailing.state is MailingState.SENT
    assert sorted(one.recipient for one in taken) == READERS


def test_a_correction_reaches_all_who_have_not_had_it(subject: Subject) -> None:
    """From the moment the mailing goes on, nobody gets the words of before."""
    taken: list[Message] = []
    pausing(subject, taken, 7)
    subject.send()
    before = len(taken)
    corrected = replace(edition(KEYS[0]), text="These are better words.\n")
    with writing(subject.desk.engine) as connection:
        mailing, now = subject.desk.mailing(), subject.desk.clock.now()
        number = revisions.add(connection, mailing.id, TOPICS, now)
        mailings.add_editions(connection, mailing.id, [corrected], number)
    subject.steer(steer.resume)
    if subject.has_workers:
        Worker(subject.desk.outfit, ZONE).drain()
    assert len(taken) == before
    assert subject.send().mailing.state is MailingState.SENT
    assert sorted(one.recipient for one in taken) == READERS
    better = [b"better words" in b"".join(one.segments) for one in taken]
    assert better == [False] * before + [True] * (len(READERS) - before)


def test_whom_our_fault_kept_from_it_is_tried_after_the_pause(subject: Subject) -> None:
    """Failed by a fault of ours, in a part of the mailing that was done; resumed, they have it."""
    taken: list[Message] = []
    refuse = refusing(550, "5.7.1", READERS[0])
    at_first = len(READERS) - 3
    pausing(subject, taken, at_first, lambda one: refuse(one) if len(taken) < at_first else None)
    assert subject.send().mailing.state is MailingState.PAUSED
    assert subject.desk.states()["failed"] == 1
    subject.steer(steer.resume)
    assert subject.send().mailing.state is MailingState.SENT
    assert subject.desk.states() == {"sent": len(READERS)}


def test_cancelled_means_skipped(subject: Subject) -> None:
    """Whoever has not been mailed when it is cancelled is skipped."""

    def answer(message: Message) -> Receipt | None:
        subject.desk.clock.move(seconds=1)
        if subject.desk.mailing().state is MailingState.SENDING:
            subject.steer(steer.cancel)
        return None

    subject.desk.policy = Delivery(connections=1)
    subject.desk.answer_with(answer)._in_flight = 1
    subject.send()
    states = subject.desk.states()
    assert states["skipped"] + states["sent"] == len(READERS)
    assert states["sent"] <= 2


def test_a_letter_that_cannot_be_made_sends_nothing(subject: Subject) -> None:
    """The rehearsal comes before the first message, whoever sends it."""
    from sqlalchemy import text

    with writing(subject.desk.engine) as connection:
        connection.execute(text("UPDATE mailing SET heading = '{}'"))
    backend = subject.desk.answer_with(lambda message: None)
    with pytest.raises(TypeError):
        subject.send()
    assert backend.delivered == []


def test_one_kind_of_sender_at_a_time(subject: Subject) -> None:
    """While a single sender from elsewhere has the lease, nobody else begins."""
    holder = leases.Holder("mark", "elsewhere", 7)
    with writing(subject.desk.engine) as connection:
        leases.take(connection, LEASE, holder, subject.desk.clock.now())
    with pytest.raises(LeaseHeld, match="elsewhere"):
        subject.send()


def test_the_rate_holds(subject: Subject) -> None:
    """However many claim, no more go out in a second than the rate and its burst."""
    subject.desk.policy = Delivery(connections=4, rate_per_second=20.0)
    moments: list[float] = []

    def answer(message: Message) -> Receipt | None:
        moments.append(subject.desk.clock.now().timestamp())
        return None

    subject.desk.answer_with(answer)._in_flight = 4
    assert subject.send().mailing.state is MailingState.SENT
    assert len(moments) == len(READERS)
    for first, start in enumerate(moments):
        for number, end in enumerate(moments[first:], 1):
            assert number <= 20 * (end - start) + 2 + 1e-3
