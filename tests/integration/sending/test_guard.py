"""What ends a run from outside: pauses, cancellations, lost leases, and our own faults."""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

import pytest
import structlog
from sqlalchemy import delete, select, update

from newsletter.config import Delivery
from newsletter.delivery import Message, Receipt, Stage
from newsletter.delivery.memory import MemoryBackend
from newsletter.errors import BackendError, MailingError
from newsletter.model import MailingState, Month
from newsletter.sending import send, steer
from newsletter.sending.outfit import log_pause
from newsletter.store import leases, ledger, mailings
from newsletter.store.engine import reading, writing
from newsletter.store.tables import breaker, delivery, lease
from subscribers.tables import suppression
from tests.support.ledger import MONTH, ZONE, Desk, add_readers, crowd, schedule

Act = Callable[[], None]


class Slow(MemoryBackend):
    """Has one message in flight and waits for the reply, in empty groups of a second each."""

    def __init__(self, desk: Desk, waits: int, meanwhile: dict[int, Act]) -> None:
        super().__init__(in_flight=1)
        self.desk, self.waits, self.meanwhile = desk, waits, meanwhile
        self.pulled = 0

    def deliver(self, messages: Iterator[Message]) -> Iterator[Sequence[Receipt]]:
        for message in messages:
            self.pulled += 1
            for number in range(self.waits):
                self.meanwhile.pop(number, lambda: None)()
                self.desk.clock.move(seconds=1)
                yield ()
            yield [self._take(message)]


def slow(desk: Desk, waits: int, **meanwhile: Act) -> Slow:
    desk.policy = Delivery(connections=1)
    backend = Slow(desk, waits, {int(name[2:]): act for name, act in meanwhile.items()})
    desk.backend = backend
    return backend


def steered(desk: Desk, how: Callable[..., None]) -> Act:
    """Return what another process would do."""

    def act() -> None:
        with writing(desk.engine) as connection:
            how(connection, desk.mailing())

    return act


@pytest.mark.parametrize(
    ("how", "state", "rest"),
    [
        (steer.pause, MailingState.PAUSED, "queued"),
        (steer.cancel, MailingState.CANCELLED, "skipped"),
    ],
)
def test_it_hears_while_a_reply_is_awaited(
    desk: Desk, how: Callable[..., None], state: MailingState, rest: str
) -> None:
    """What is in flight is finished, nothing new begins, and the run ends in that state."""
    add_readers(desk, crowd(5))
    schedule(desk)
    backend = slow(desk, 3, at1=steered(desk, how))
    result = send(desk.outfit, MONTH, ZONE)
    assert result.mailing.state is state
    assert backend.pulled == 1
    assert desk.states() == {"sent": 1, rest: 4}


def test_the_lease_lives_while_a_reply_is_awaited(desk: Desk) -> None:
    """Ten minutes for one reply: nobody else takes over."""
    add_readers(desk, crowd(1))
    schedule(desk)

    def knock() -> None:
        other = leases.Holder("b", "elsewhere", 1)
        with pytest.raises(leases.LeaseHeld), writing(desk.engine) as connection:
            leases.take(connection, "sender", other, desk.clock.now())

    slow(desk, 600, at300=knock, at599=knock)
    assert send(desk.outfit, MONTH, ZONE).mailing.state is MailingState.SENT


def lose_the_lease(desk: Desk) -> Act:
    """Another sender comes after we were silent for too long."""

    def act() -> None:
        desk.clock.move(minutes=5)
        with writing(desk.engine) as connection:
            other = leases.Holder("b", "elsewhere", 1)
            leases.take(connection, "sender", other, desk.clock.now())
            ledger.recover(connection, desk.mailing().id, desk.clock.now())

    return act


def test_a_lost_lease_ends_the_run(desk: Desk) -> None:
    """Nothing new begins; what the server took is written down, for it is a fact."""
    add_readers(desk, crowd(5))
    schedule(desk)
    backend = slow(desk, 2, at0=lose_the_lease(desk))
    send(desk.outfit, MONTH, ZONE)
    assert backend.pulled == 1
    assert desk.states() == {"sent": 1, "queued": 4}
    with reading(desk.engine) as connection:
        assert connection.execute(select(lease.c.holder)).scalar_one() == "b"


def test_with_a_lost_lease_no_refusal_is_written(desk: Desk) -> None:
    """The other sender may have sent it meanwhile: that is its to say."""
    add_readers(desk, crowd(1))
    schedule(desk)
    backend = slow(desk, 2, at0=lose_the_lease(desk))
    backend._answer = lambda one: Receipt(one.key, False, Stage.DONE, 451, "4.3.0", "later")
    send(desk.outfit, MONTH, ZONE)
    assert desk.states() == {"uncertain": 1}


def test_what_was_ready_is_left_to_the_other_sender(desk: Desk) -> None:
    """Claims we never handed over are in its hands; we don't put them back under it."""
    add_readers(desk, crowd(4))
    schedule(desk)
    slow(desk, 2, at0=lose_the_lease(desk))
    desk.policy = Delivery(connections=3)
    send(desk.outfit, MONTH, ZONE)
    assert desk.states() == {"sent": 1, "uncertain": 2, "queued": 1}


def test_a_lost_lease_is_noticed_by_a_claim_as_well(desk: Desk) -> None:
    """A process that was asleep claims nothing when it wakes up."""
    add_readers(desk, crowd(6))
    schedule(desk)
    desk.policy = Delivery(connections=1)
    desk.backend = MemoryBackend(in_flight=1)
    act = lose_the_lease(desk)
    done: list[int] = []

    def sleepwalk(number: int, total: int) -> None:
        done.append(number)
        if len(done) == 2:
            act()

    send(desk.outfit, MONTH, ZONE, watch=sleepwalk)
    assert len(desk.backend.delivered) <= 3


def test_a_stop_puts_back_what_was_not_handed_over(desk: Desk) -> None:
    """Its try doesn't count, and its time hasn't begun."""
    add_readers(desk, crowd(5))
    schedule(desk)
    asked: list[bool] = []
    slow(desk, 1, at0=lambda: asked.append(True))
    desk.policy = Delivery(connections=3)
    send(desk.outfit, MONTH, ZONE, stop=lambda: bool(asked))
    with reading(desk.engine) as connection:
        columns = (delivery.c.state, delivery.c.attempts, delivery.c.first_tried_at)
        rows = connection.execute(select(*columns)).all()
    waiting = [tuple(row) for row in rows if row.state != "sent"]
    assert waiting == [("queued", 0, None)] * 4


def test_an_unreachable_server_leaves_each_as_it_was(desk: Desk) -> None:
    """Deferred stays deferred, uncertain stays uncertain, and no try is counted."""

    class Down(MemoryBackend):
        def deliver(self, messages: Iterator[Message]) -> Iterator[Sequence[Receipt]]:
            list(messages)
            raise BackendError("nothing listens")
            yield ()

    people = add_readers(desk, crowd(3))
    schedule(desk)
    desk.answer_with(lambda one: Receipt(one.key, False, Stage.DONE, 451, "4.3.0", "later"))
    send(desk.outfit, MONTH, ZONE)
    with writing(desk.engine) as connection:
        first = delivery.c.subscriber_id == people[0]
        connection.execute(update(delivery).where(first).values(state="uncertain"))
    before = rows(desk)
    desk.clock.move(hours=1)
    desk.backend = Down()
    with pytest.raises(BackendError):
        send(desk.outfit, MONTH, ZONE)
    assert rows(desk) == before


def rows(desk: Desk) -> list[tuple[object, ...]]:
    with reading(desk.engine) as connection:
        return [tuple(row) for row in connection.execute(select(delivery).order_by(delivery.c.id))]


def test_a_backend_that_forgets_a_message_leaves_a_doubt(desk: Desk) -> None:
    """Taken without a word: it may have gone, so it is not `queued` again."""

    class Forgetful(MemoryBackend):
        def deliver(self, messages: Iterator[Message]) -> Iterator[Sequence[Receipt]]:
            next(messages)
            yield [self._take(message) for message in messages]

    add_readers(desk, crowd(3))
    schedule(desk)
    desk.backend = Forgetful()
    send(desk.outfit, MONTH, ZONE)
    assert desk.states() == {"sent": 2, "uncertain": 1}


def test_deferred_readers_of_a_cancelled_mailing_are_skipped(desk: Desk) -> None:
    """Even one whose refusal comes in after the cancellation."""
    add_readers(desk, crowd(2))
    schedule(desk)
    backend = slow(desk, 2, at0=steered(desk, steer.cancel))
    backend._answer = lambda one: Receipt(one.key, False, Stage.DONE, 451, "4.3.0", "later")
    assert send(desk.outfit, MONTH, ZONE).mailing.state is MailingState.CANCELLED
    assert desk.states() == {"skipped": 2}


def refuse(desk: Desk, receipt: Receipt, in_flight: int = 1) -> MemoryBackend:
    def answer(message: Message) -> Receipt:
        return Receipt(
            message.key, False, receipt.stage, receipt.code, receipt.status, receipt.reply
        )

    backend = MemoryBackend(answer=answer, in_flight=in_flight)
    desk.backend = backend
    return backend


POLICY = Receipt(0, False, Stage.DONE, 550, "5.7.1", "5.7.1 <ann@example.org> refused by policy")


def test_our_faults_are_counted_over_restarts(desk: Desk) -> None:
    """Two faults a run, five runs: the limit of six is passed in the third."""
    add_readers(desk, crowd(30))
    schedule(desk)
    desk.policy = Delivery(connections=1, pause_after=6)
    for faults in (2, 4):
        backend = refuse(desk, POLICY)
        before = desk.states().get("failed", 0)
        result = send(
            desk.outfit,
            MONTH,
            ZONE,
            stop=lambda end=faults: desk.states().get("failed", 0) >= end,  # type: ignore[misc]
        )
        assert result.mailing.state is MailingState.SENDING
        assert desk.states()["failed"] == before + 2
        assert backend.delivered == []
    refuse(desk, POLICY)
    assert send(desk.outfit, MONTH, ZONE).mailing.state is MailingState.PAUSED
    assert desk.states()["failed"] == 6


def test_going_on_forgets_our_faults(desk: Desk) -> None:
    """The cause is mended, says the operator: the count begins anew, and nobody stays failed."""
    add_readers(desk, crowd(30))
    schedule(desk)
    desk.policy = Delivery(connections=1, pause_after=3)
    for _ in range(2):
        refuse(desk, POLICY)
        assert send(desk.outfit, MONTH, ZONE).mailing.state is MailingState.PAUSED
        assert desk.states()["failed"] == 3
        steered(desk, steer.resume)()
        assert "failed" not in desk.states()
        with reading(desk.engine) as connection:
            assert connection.execute(select(breaker)).first() is None


def test_the_alert_says_why_and_names_nobody(desk: Desk) -> None:
    """Once, with the server's words, without an address; the mailing's reason too."""
    add_readers(desk, crowd(30))
    schedule(desk)
    desk.policy = Delivery(connections=3, pause_after=2)
    refuse(desk, POLICY, in_flight=3)
    result = send(desk.outfit, MONTH, ZONE)
    assert desk.alerts == [result.mailing.reason]
    assert "refused by policy" in desk.alerts[0]
    assert "@example.org" not in desk.alerts[0]


def test_a_pause_by_hand_alerts_nobody(desk: Desk) -> None:
    """Who asked for it knows."""
    add_readers(desk, crowd(3))
    schedule(desk)
    slow(desk, 2, at0=steered(desk, steer.pause))
    send(desk.outfit, MONTH, ZONE)
    assert desk.alerts == []


def test_the_log_has_a_line_for_it() -> None:
    """At error level, with month and reason."""
    with structlog.testing.capture_logs() as lines:
        log_pause(Month(2021, 1), "a reason")
    assert json.loads(json.dumps(lines)) == [
        {"event": "mailing paused", "log_level": "error", "month": "2021-01", "reason": "a reason"}
    ]


def test_a_pause_of_days_fails_nobody(desk: Desk) -> None:
    """The two days for retries begin anew when it goes on."""
    add_readers(desk, crowd(1))
    schedule(desk)
    refuse(desk, Receipt(0, False, Stage.DONE, 451, "4.3.0", "later"))
    send(desk.outfit, MONTH, ZONE)
    steered(desk, steer.pause)()
    desk.clock.move(days=3)
    steered(desk, steer.resume)()
    send(desk.outfit, MONTH, ZONE)
    assert desk.states() == {"deferred": 1}


def test_a_refused_login_leaves_everybody_waiting(desk: Desk) -> None:
    """The one who was refused with it is queued; a resumed mailing reaches all."""
    add_readers(desk, crowd(5))
    schedule(desk)
    refuse(desk, Receipt(0, False, Stage.MAIL, 530, "5.7.0", "5.7.0 authentication required"))
    assert send(desk.outfit, MONTH, ZONE).mailing.state is MailingState.PAUSED
    assert set(desk.states()) == {"queued"}
    with pytest.raises(MailingError, match=r"530 5\.7\.0"):
        send(desk.outfit, MONTH, ZONE)
    steered(desk, steer.resume)()
    desk.backend = MemoryBackend()
    assert send(desk.outfit, MONTH, ZONE).mailing.state is MailingState.SENT


def test_after_our_own_fault_is_mended_nobody_goes_without(desk: Desk) -> None:
    """Those who were refused before the pause are tried again when it ends, without being named."""
    add_readers(desk, crowd(30))
    schedule(desk)
    refuse(desk, POLICY)
    assert send(desk.outfit, MONTH, ZONE).mailing.state is MailingState.PAUSED
    assert desk.states()["failed"] >= desk.policy.pause_after
    steered(desk, steer.resume)()
    desk.backend = MemoryBackend()
    result = send(desk.outfit, MONTH, ZONE)
    assert (desk.states(), result.mailing.state) == ({"sent": 30}, MailingState.SENT)


def test_a_resumed_mailing_leaves_the_dead_alone(desk: Desk) -> None:
    """What failed for a reason of the reader's own stays failed."""
    add_readers(desk, crowd(2))
    schedule(desk)
    refuse(desk, Receipt(0, False, Stage.RCPT, 552, "5.2.2", "5.2.2 mailbox full"))
    send(desk.outfit, MONTH, ZONE)
    with writing(desk.engine) as connection:
        assert ledger.forgive(connection, desk.mailing().id) == 0
    assert desk.states() == {"failed": 2}


def test_a_faulty_run_suppresses_nobody(desk: Desk) -> None:
    """Whatever is ours touches no reader."""
    add_readers(desk, crowd(5))
    schedule(desk)
    refuse(desk, POLICY)
    send(desk.outfit, MONTH, ZONE)
    with reading(desk.engine) as connection:
        assert connection.execute(select(suppression)).first() is None


def test_a_mailing_that_somebody_removed_the_lease_of_stops(desk: Desk) -> None:
    """No row, no right to send."""
    add_readers(desk, crowd(5))
    schedule(desk)

    def remove() -> None:
        desk.clock.move(seconds=20)
        with writing(desk.engine) as connection:
            connection.execute(delete(lease))

    backend = slow(desk, 2, at0=remove)
    send(desk.outfit, MONTH, ZONE)
    assert backend.pulled == 1


def test_pausing_twice_says_how_it_stands(desk: Desk) -> None:
    """Only a mailing that is being sent can pause."""
    schedule(desk)
    with writing(desk.engine) as connection:
        mailings.move(connection, desk.mailing().id, ["scheduled"], MailingState.SENDING)  # type: ignore[list-item]
    steered(desk, steer.pause)()
    with pytest.raises(MailingError, match="paused") as caught:
        steered(desk, steer.pause)()
    assert "only a sending mailing can pause" in caught.value.hint


def test_the_run_looks_at_least_each_second(desk: Desk) -> None:
    """The interval is part of the promise."""
    from newsletter.sending.guard import LOOK

    assert timedelta(seconds=1) > LOOK
