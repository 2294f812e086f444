"""The sender's promises, on a real database, with a scripted server."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from newsletter.config import Delivery
from newsletter.delivery import Message, Receipt, Stage
from newsletter.delivery.memory import MemoryBackend
from newsletter.errors import BackendError, BackendRefused, LeaseHeld, MailingError
from newsletter.model import EditionKey, MailingState
from newsletter.sending import press, send
from newsletter.store import leases, mailings
from newsletter.store.engine import reading, writing
from newsletter.store.tables import delivery
from subscribers.tables import subscriber, suppression
from tests.support.ledger import MONTH, ZONE, Desk, add_readers, crowd, schedule


def refusal(code: int, status: str, words: str = "no") -> Receipt:
    return Receipt(0, False, Stage.DONE, code, status, f"{status} {words}")


def answering(receipt: Receipt, *, to: str = ""):
    def answer(message: Message) -> Receipt | None:
        if to and message.recipient != to:
            return None
        return Receipt(
            message.key,
            receipt.accepted,
            receipt.stage,
            receipt.code,
            receipt.status,
            receipt.reply,
            receipt.uncertain,
        )

    return answer


def recipients(desk: Desk) -> list[str]:
    assert isinstance(desk.backend, MemoryBackend)
    return [message.recipient for message in desk.backend.delivered]


def test_every_reader_is_sent_to_once(desk: Desk) -> None:
    """Each reader of the audience gets one message, and the mailing ends as sent."""
    add_readers(desk, crowd(120))
    schedule(desk)
    result = send(desk.outfit, MONTH, ZONE)
    assert Counter(recipients(desk)) == Counter(crowd(120))
    assert result.mailing.state is MailingState.SENT
    assert result.numbers() == {
        "planned": 120, "sent": 120, "deferred": 0, "failed": 0, "skipped": 0, "uncertain": 0
    }  # fmt: skip


def test_sending_again_sends_nothing(desk: Desk) -> None:
    """A second run over a mailing that is sent mails nobody."""
    add_readers(desk, crowd(5))
    schedule(desk)
    send(desk.outfit, MONTH, ZONE)
    again = MemoryBackend()
    desk.backend = again
    assert send(desk.outfit, MONTH, ZONE).numbers()["sent"] == 5
    assert again.delivered == []


def test_readers_get_the_edition_of_their_topics(desk: Desk) -> None:
    """No topic, one, two, one that is not there; both modes."""
    add_readers(desk, ["all@example.org"])
    add_readers(desk, ["one@example.org"], topics=["training"])
    add_readers(desk, ["two@example.org"], topics=["training", "empathy"])
    add_readers(desk, ["none@example.org"], topics=["placebo-effect"])
    add_readers(desk, ["mine@example.org"], topics=["empathy"], mode="only")
    add_readers(desk, ["nil@example.org"], topics=["placebo-effect"], mode="only")
    mailing = schedule(desk)
    result = send(desk.outfit, MONTH, ZONE)
    with reading(desk.engine) as connection:
        counted = mailings.readers_by_edition(connection, mailing.id)
        skipped = connection.execute(
            select(delivery.c.email, delivery.c.reply).where(delivery.c.state == "skipped")
        ).all()
    assert counted == {
        EditionKey((0, 1)): 2,
        EditionKey((0,), (1,)): 1,
        EditionKey((), (0, 1)): 1,
        EditionKey((1,)): 1,
    }
    assert [tuple(row) for row in skipped] == [("nil@example.org", "no topic matches")]
    assert (result.editions, result.planned) == (4, 6)


def test_a_reader_added_after_the_start_gets_nothing(desk: Desk) -> None:
    """The audience is frozen when the mailing starts."""
    add_readers(desk, ["a@example.org"])
    schedule(desk)
    send(desk.outfit, MONTH, ZONE)
    add_readers(desk, ["late@example.org"])
    assert send(desk.outfit, MONTH, ZONE).planned == 1


def test_without_confirmed_consent_there_is_no_delivery(desk: Desk) -> None:
    """An active row without a moment of consent is not mailed."""
    add_readers(desk, ["a@example.org"])
    with writing(desk.engine) as connection:
        connection.execute(update(subscriber).values(confirmed_at=None))
    schedule(desk)
    assert send(desk.outfit, MONTH, ZONE).planned == 0


class Leaving(MemoryBackend):
    """Takes two messages at a time; after the first pair everybody else leaves."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(in_flight=2)
        self.desk = desk

    def deliver(self, messages: Iterator[Message]) -> Iterator[Sequence[Receipt]]:
        for number, group in enumerate(super().deliver(messages)):
            if number == 0:
                mailed = {message.recipient for message in self.delivered}
                with writing(self.desk.engine) as connection:
                    rest = subscriber.c.email.not_in(mailed)
                    connection.execute(update(subscriber).where(rest).values(state="unsubscribed"))
            yield group


def test_who_leaves_before_the_claim_is_not_mailed(desk: Desk) -> None:
    """An unsubscribe that was committed before the claim is never mailed."""
    add_readers(desk, crowd(40))
    schedule(desk)
    desk.policy = Delivery(connections=1)
    desk.backend = Leaving(desk)
    send(desk.outfit, MONTH, ZONE)
    assert len(recipients(desk)) == 2
    assert desk.states() == {"sent": 2, "skipped": 38}


def test_a_temporary_refusal_is_tried_again_later(desk: Desk) -> None:
    """4xx defers; nothing is tried before its time; then it is sent under the same Message-ID."""
    add_readers(desk, ["a@example.org"])
    schedule(desk)
    seen: list[bytes] = []

    def busy(message: Message) -> Receipt:
        seen.append(bytes(message))
        return Receipt(message.key, False, Stage.DONE, 451, "4.3.0", "4.3.0 busy")

    desk.answer_with(busy)
    assert send(desk.outfit, MONTH, ZONE).numbers()["deferred"] == 1
    kept = MemoryBackend()
    desk.backend = kept
    send(desk.outfit, MONTH, ZONE)
    assert kept.delivered == []
    desk.clock.move(minutes=6)
    send(desk.outfit, MONTH, ZONE)
    assert [bytes(message) for message in kept.delivered] == seen


def test_a_deferred_reader_fails_in_the_end(desk: Desk) -> None:
    """After two days of refusals the reader fails, and the mailing is over."""
    add_readers(desk, ["a@example.org"])
    schedule(desk)
    desk.answer_with(answering(refusal(450, "4.2.1")))
    tries = 0
    while send(desk.outfit, MONTH, ZONE).mailing.state is MailingState.SENDING:
        tries += 1
        desk.clock.move(hours=9)
        assert tries < 30
    assert desk.states() == {"failed": 1}
    assert desk.clock.now() - desk.mailing().dated_at >= timedelta(days=1)


def test_a_dead_address_is_suppressed(desk: Desk) -> None:
    """5.1.1 fails the delivery and keeps the address from ever being mailed again."""
    add_readers(desk, crowd(3))
    schedule(desk)
    desk.answer_with(answering(refusal(550, "5.1.1", "no such user"), to=crowd(3)[1]))
    send(desk.outfit, MONTH, ZONE)
    assert desk.states() == {"sent": 2, "failed": 1}
    with reading(desk.engine) as connection:
        rows = connection.execute(select(suppression.c.reason)).scalars().all()
    assert rows == ["bounce"]


def test_our_own_faults_pause_the_mailing_and_touch_no_reader(desk: Desk) -> None:
    """Policy refusals past the threshold pause; nobody is suppressed."""
    add_readers(desk, crowd(100))
    schedule(desk)
    desk.policy = Delivery(pause_after=3, connections=1)
    backend = MemoryBackend(answer=answering(refusal(550, "5.7.1", "policy")), in_flight=1)
    desk.backend = backend
    result = send(desk.outfit, MONTH, ZONE)
    assert result.mailing.state is MailingState.PAUSED
    assert "5.7.1" in result.mailing.reason
    assert result.numbers()["failed"] == 3
    with reading(desk.engine) as connection:
        assert connection.execute(select(suppression)).first() is None


def test_a_paused_mailing_refuses_to_send_and_says_why(desk: Desk) -> None:
    """`send` on a paused mailing names the reason and the way on."""
    add_readers(desk, crowd(1))
    mailing = schedule(desk)
    with writing(desk.engine) as connection:
        mailings.move(
            connection, mailing.id, [mailing.state], MailingState.PAUSED, reason="a fault"
        )
    with pytest.raises(MailingError, match="a fault") as caught:
        send(desk.outfit, MONTH, ZONE)
    assert "newsletter resume 2021-01" in caught.value.hint


class Broken(MemoryBackend):
    """Takes some messages, then can't be reached."""

    def __init__(self, after: int, error: BackendError) -> None:
        super().__init__(in_flight=1)
        self.after, self.error = after, error

    def deliver(self, messages: Iterator[Message]) -> Iterator[Sequence[Receipt]]:
        for number, group in enumerate(super().deliver(messages), 1):
            yield group
            if number == self.after:
                next(messages)
                raise self.error


def test_an_unreachable_server_leaves_the_rest_queued(desk: Desk) -> None:
    """BackendError ends the run; what was claimed goes back, and the next run finishes."""
    add_readers(desk, crowd(10))
    schedule(desk)
    desk.backend = Broken(4, BackendError("nothing listens"))
    with pytest.raises(BackendError):
        send(desk.outfit, MONTH, ZONE)
    assert desk.states() == {"sent": 4, "queued": 6}
    desk.backend = MemoryBackend()
    send(desk.outfit, MONTH, ZONE)
    assert sorted(recipients(desk)) == crowd(10)[4:]


def test_a_refused_login_pauses_at_once(desk: Desk) -> None:
    """BackendRefused pauses the mailing: trying again would not help."""
    add_readers(desk, crowd(3))
    schedule(desk)
    desk.backend = Broken(1, BackendRefused("535 wrong password"))
    with pytest.raises(BackendRefused):
        send(desk.outfit, MONTH, ZONE)
    assert desk.mailing().state is MailingState.PAUSED
    assert desk.states() == {"sent": 1, "queued": 2}


class Deep(MemoryBackend):
    """Takes three messages before it answers for one, then counts what is claimed."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.claimed = 0

    def deliver(self, messages: Iterator[Message]) -> Iterator[Sequence[Receipt]]:
        first, *others = (next(messages) for _ in range(3))
        yield [Receipt(first.key, accepted=True)]
        with reading(self.desk.engine) as connection:
            query = select(func.count()).where(delivery.c.state == "sending")
            self.claimed = connection.execute(query).scalar_one()
        for one in (*others, *messages):
            yield [Receipt(one.key, accepted=True)]


def test_a_receipt_makes_room_for_a_claim(desk: Desk) -> None:
    """As many stay claimed as the backend came to need, whatever is still ready for it."""
    add_readers(desk, crowd(12))
    schedule(desk)
    desk.policy = Delivery(connections=2)
    desk.backend = backend = Deep(desk)
    assert send(desk.outfit, MONTH, ZONE).numbers()["sent"] == 12
    assert backend.claimed == 4  # it took two claims of two, and one of the four was answered


class Crashing(MemoryBackend):
    """The process dies while messages are in flight."""

    def deliver(self, messages: Iterator[Message]) -> Iterator[Sequence[Receipt]]:
        self.delivered.append(next(messages))
        next(messages)
        raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("policy", "left"), [("resend", {"sent": 6}), ("hold", {"sent": 4, "uncertain": 2})]
)
def test_what_was_in_flight_at_a_crash_is_uncertain(
    desk: Desk, policy: str, left: dict[str, int]
) -> None:
    """A restart resends the same bytes, or holds them for the operator."""
    add_readers(desk, crowd(6))
    schedule(desk)
    desk.policy = Delivery(on_uncertain=policy, connections=2)
    desk.backend = Crashing()
    with pytest.raises(KeyboardInterrupt):
        send(desk.outfit, MONTH, ZONE)
    first = desk.backend.delivered[0]
    desk.backend = MemoryBackend()
    send(desk.outfit, MONTH, ZONE)
    assert desk.states() == left
    again = [bytes(message) for message in desk.backend.delivered]
    assert (bytes(first) in again) is (policy == "resend")


class Forgetful(MemoryBackend):
    """Takes a single message, and never says what became of it."""

    def deliver(self, messages: Iterator[Message]) -> Iterator[Sequence[Receipt]]:
        next(messages)
        yield from ()


def test_a_backend_that_gives_no_receipt_leaves_one_reader_in_doubt(desk: Desk) -> None:
    """Whom it took, and nobody else: what is claimed meanwhile is given back."""
    add_readers(desk, crowd(6))
    schedule(desk)
    desk.policy = Delivery(connections=2)
    desk.backend = Forgetful()
    send(desk.outfit, MONTH, ZONE)
    assert desk.states() == {"uncertain": 1, "queued": 5}


def test_a_stop_as_claims_are_committed_leaves_nobody_in_doubt(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are written, but nothing of theirs was begun: they are queued again."""
    add_readers(desk, crowd(6))
    schedule(desk)
    commit = desk.engine.dialect.do_commit

    def committed_and_stopped(connection: Any) -> None:
        commit(connection)
        if any(state == "sending" for state in desk.states()):
            monkeypatch.undo()
            raise KeyboardInterrupt

    monkeypatch.setattr(desk.engine.dialect, "do_commit", committed_and_stopped)
    with pytest.raises(KeyboardInterrupt):
        send(desk.outfit, MONTH, ZONE)
    assert desk.states() == {"queued": 6}


def test_a_lost_reply_is_uncertain_and_sent_again_later(desk: Desk) -> None:
    """After the dot and before the reply nobody knows; it waits, then goes out again."""
    add_readers(desk, ["a@example.org"])
    schedule(desk)
    desk.answer_with(answering(Receipt(0, False, Stage.BODY, 0, "", "cut off", uncertain=True)))
    send(desk.outfit, MONTH, ZONE)
    assert desk.states() == {"uncertain": 1}
    desk.clock.move(minutes=6)
    desk.backend = MemoryBackend()
    send(desk.outfit, MONTH, ZONE)
    assert desk.states() == {"sent": 1}


def test_only_one_sender_at_a_time(desk: Desk) -> None:
    """A second sender is told who holds the lease, and changes nothing."""
    add_readers(desk, crowd(1))
    schedule(desk)
    with writing(desk.engine) as connection:
        holder = leases.Holder("someone", "elsewhere", 4711)
        leases.take(connection, "sender", holder, desk.clock.now())
    with pytest.raises(LeaseHeld, match=r"process 4711 on elsewhere .* since 2021-02-01 14:00"):
        send(desk.outfit, MONTH, ZONE)
    assert recipients(desk) == []


def test_stopping_finishes_what_is_in_flight(desk: Desk) -> None:
    """When asked to stop, the sender claims no more, and leaves nothing in doubt."""
    add_readers(desk, crowd(30))
    schedule(desk)
    desk.policy = Delivery(connections=1)
    desk.backend = MemoryBackend(in_flight=2)
    send(desk.outfit, MONTH, ZONE, stop=lambda: len(recipients(desk)) >= 6)
    assert set(desk.states()) == {"sent", "queued"}
    sent = desk.states()["sent"]
    assert 6 <= sent < 30
    desk.backend = MemoryBackend()
    send(desk.outfit, MONTH, ZONE)
    assert desk.states() == {"sent": 30}
    assert len(recipients(desk)) == 30 - sent


def test_pausing_from_elsewhere_stops_the_sender(desk: Desk) -> None:
    """A pause that another process commits is seen at the next claim."""
    add_readers(desk, crowd(30))
    mailing = schedule(desk)
    desk.policy = Delivery(connections=1)

    def pause(done: int, total: int) -> None:
        with writing(desk.engine) as connection:
            mailings.move(connection, mailing.id, [MailingState.SENDING], MailingState.PAUSED)
        desk.clock.move(seconds=0.5)

    desk.backend = MemoryBackend(in_flight=1)
    result = send(desk.outfit, MONTH, ZONE, watch=pause)
    assert result.mailing.state is MailingState.PAUSED
    assert len(recipients(desk)) < 5
    assert set(desk.states()) == {"sent", "queued"}


def test_a_failing_letter_sends_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything is filled before the first message goes."""
    add_readers(desk, crowd(2))
    add_readers(desk, ["odd@example.org"])
    with writing(desk.engine) as connection:
        odd = subscriber.c.email == "odd@example.org"
        connection.execute(update(subscriber).where(odd).values(name="Ödön"))
    schedule(desk)

    def broken(claim, *_others):
        if claim.name == "Ödön":
            raise ValueError("can't be written")
        return real(claim, *_others)

    real = press.reader
    monkeypatch.setattr(press, "reader", broken)
    with pytest.raises(ValueError, match="can't be written"):
        send(desk.outfit, MONTH, ZONE)
    assert recipients(desk) == []
