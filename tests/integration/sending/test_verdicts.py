"""From what a server says to what becomes of the reader, the address and the mailing."""

from collections.abc import Iterator, Sequence

import pytest
from sqlalchemy import select, update

from newsletter.config import Delivery
from newsletter.delivery import Message, Receipt, Stage
from newsletter.delivery.memory import MemoryBackend
from newsletter.delivery.verdicts import RULES, verdict
from newsletter.model import MailingState
from newsletter.sending import plan, send
from newsletter.store import ledger
from newsletter.store.engine import reading, writing
from newsletter.store.tables import delivery
from subscribers import store
from subscribers.tables import subscriber, suppression
from tests.support.ledger import MONTH, ZONE, Desk, add_readers, crowd, schedule

R, S = Stage.RCPT, Stage.DONE
ANSWERS = [
    # Come again.
    (S, 421, "4.3.2", "closing", "deferred"),
    (R, 450, "4.2.1", "mailbox busy", "deferred"),
    (R, 451, "4.7.1", "greylisted", "deferred"),
    (S, 452, "4.3.1", "no space", "deferred"),
    (R, 421, "4.7.28", "unusual rate of mail", "deferred"),
    (Stage.BODY, 0, "", "the connection broke", "deferred"),
    (Stage.MAIL, 0, "", "the connection broke", "deferred"),
    # Nobody there.
    (R, 550, "5.1.1", "no such user", "dead"),
    (R, 550, "5.1.2", "no such domain", "dead"),
    (R, 550, "5.1.10", "null MX", "dead"),
    (S, 550, "5.2.1", "mailbox disabled", "dead"),
    (R, 550, "", "User unknown", "dead"),
    # This letter won't get there; the address may be good.
    (S, 552, "5.2.2", "mailbox full", "failed"),
    (S, 550, "5.2.3", "too long for this mailbox", "failed"),
    (R, 553, "5.6.7", "needs SMTPUTF8", "failed"),
    (S, 550, "5.4.1", "no answer from host", "failed"),
    (R, 550, "", "requested action not taken", "failed"),
    # Our own fault.
    (S, 554, "5.7.1", "blocked by policy", "ours"),
    (S, 550, "5.7.26", "unauthenticated mail", "ours"),
    (S, 554, "5.6.0", "malformed message", "ours"),
    (S, 552, "5.3.4", "message too big", "ours"),
    (S, 554, "", "transaction failed", "ours"),
    (R, 550, "", "Your host is on a blocklist, user unknown to us", "ours"),
    (Stage.MAIL, 550, "5.1.1", "sender unknown", "ours"),
    (R, 503, "5.5.1", "bad sequence", "ours"),
    (R, 550, "5.1.8", "bad sender domain", "ours"),
    # Stop at once.
    (Stage.MAIL, 530, "5.7.0", "authentication required", "stop"),
    (Stage.MAIL, 535, "5.7.8", "bad credentials", "stop"),
    (R, 523, "5.7.10", "encryption needed", "stop"),
]
STATES = {"dead": "failed", "ours": "failed", "stop": "queued"}


def said(desk: Desk, stage: Stage, code: int, status: str, words: str) -> None:
    """Let the server say it to the first reader, and take the others' mail."""
    first = crowd(1)[0]

    def answer(message: Message) -> Receipt | None:
        if message.recipient != first:
            return None
        return Receipt(message.key, False, stage, code, status, f"{status} {words}".strip())

    desk.backend = MemoryBackend(answer=answer)


@pytest.mark.parametrize(("stage", "code", "status", "words", "meaning"), ANSWERS)
def test_what_becomes_of_a_refusal(
    desk: Desk, stage: Stage, code: int, status: str, words: str, meaning: str
) -> None:
    """State and words are kept; only a dead address is suppressed; only a stop pauses at once."""
    add_readers(desk, crowd(3))
    schedule(desk)
    said(desk, stage, code, status, words)
    result = send(desk.outfit, MONTH, ZONE)
    with reading(desk.engine) as connection:
        first = delivery.c.email == crowd(1)[0]
        row = connection.execute(select(delivery).where(first)).one()
        reasons = connection.execute(select(suppression.c.reason)).scalars().all()
        reader = connection.execute(select(subscriber.c.state)).scalars().all()
    assert row.state == STATES.get(meaning, meaning)
    assert (row.code or 0, row.status) == (code, status)
    assert words in row.reply
    assert reasons == (["bounce"] if meaning == "dead" else [])
    assert reader == ["active"] * 3
    assert (result.mailing.state is MailingState.PAUSED) == (meaning == "stop")


def test_every_verdict_of_the_table_is_tried_here() -> None:
    """A new verdict needs its line above."""
    found = {
        verdict(Receipt(1, False, stage, code, status, words))
        for stage, code, status, words, _ in ANSWERS
    }
    assert found == {rule.verdict for rule in RULES}


@pytest.mark.parametrize(
    "answer", [one for one in ANSWERS if one[-1] == "ours"], ids=lambda one: f"{one[1]}-{one[2]}"
)
def test_a_list_refused_for_our_fault_pauses(
    desk: Desk, answer: tuple[Stage, int, str, str, str]
) -> None:
    """After `pause_after` of them; nobody is suppressed, and those after them wait unharmed."""
    add_readers(desk, crowd(20))
    schedule(desk)
    desk.policy = Delivery(connections=1, pause_after=4)
    stage, code, status, words, _ = answer

    def refuse(message: Message) -> Receipt:
        return Receipt(message.key, False, stage, code, status, words)

    desk.backend = MemoryBackend(answer=refuse, in_flight=1)
    assert send(desk.outfit, MONTH, ZONE).mailing.state is MailingState.PAUSED
    assert desk.states() == {"failed": 4, "queued": 16}
    with reading(desk.engine) as connection:
        assert connection.execute(select(suppression)).first() is None


LATER = (S, 451, "4.3.0", "later")


def deferred(desk: Desk) -> None:
    """Leave the first reader deferred, and let their time come."""
    add_readers(desk, crowd(1))
    schedule(desk)
    said(desk, *LATER)
    send(desk.outfit, MONTH, ZONE)
    assert desk.states() == {"deferred": 1}
    desk.clock.move(hours=1)
    desk.backend = MemoryBackend()


def reply(desk: Desk) -> tuple[str, str]:
    with reading(desk.engine) as connection:
        row = connection.execute(select(delivery.c.state, delivery.c.reply)).one()
    return row.state, row.reply


def test_an_erased_reader_is_skipped_at_the_next_try(desk: Desk) -> None:
    """There is no address left to send to."""
    deferred(desk)
    with writing(desk.engine) as connection:
        reader = store.erase(connection, crowd(1)[0], desk.clock.now())
        ledger.forget(connection, reader.id)
    assert send(desk.outfit, MONTH, ZONE).mailing.state is MailingState.SENT
    assert reply(desk) == ("skipped", "erased")


def test_what_is_said_of_a_reader_erased_meanwhile_is_not_kept(desk: Desk) -> None:
    """The server's words may repeat the address: they are dropped with it."""
    add_readers(desk, crowd(1))
    schedule(desk)

    class Erasing(MemoryBackend):
        def deliver(self, messages: Iterator[Message]) -> Iterator[Sequence[Receipt]]:
            message = next(messages)
            with writing(desk.engine) as connection:
                reader = store.erase(connection, crowd(1)[0], desk.clock.now())
                ledger.forget(connection, reader.id)
            yield [Receipt(message.key, True, reply=f"taken for {message.recipient}")]

    desk.backend = Erasing()
    send(desk.outfit, MONTH, ZONE)
    assert reply(desk) == ("sent", "")


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"state": "unsubscribed"}, "unsubscribed"),
        ({"confirmed_at": None}, "not confirmed"),
        ({"email": "new@example.org", "address_key": "new@example.org"}, "address changed"),
    ],
)
def test_who_may_not_be_mailed_any_more_is_skipped(
    desk: Desk, values: dict[str, object], why: str
) -> None:
    """With the reason; at a retry as at the first try, and a mailing of only such ends as sent."""
    deferred(desk)
    with writing(desk.engine) as connection:
        connection.execute(update(subscriber).values(values))
    assert send(desk.outfit, MONTH, ZONE).mailing.state is MailingState.SENT
    assert reply(desk) == ("skipped", why)


def test_a_batch_of_people_who_left_does_not_end_the_run(desk: Desk) -> None:
    """The first hundred may not be mailed; the one after them is."""
    people = add_readers(desk, crowd(101))
    schedule(desk)
    desk.policy = Delivery(connections=2)
    backend = MemoryBackend()
    desk.backend = backend
    with writing(desk.engine) as connection:  # after the freeze
        plan.begin(connection, MONTH, desk.clock.now())
        gone = subscriber.c.id != people[-1]
        connection.execute(update(subscriber).where(gone).values(state="unsubscribed"))
    send(desk.outfit, MONTH, ZONE)
    assert [one.recipient for one in backend.delivered] == [crowd(101)[-1]]
    assert desk.states() == {"sent": 1, "skipped": 100}
