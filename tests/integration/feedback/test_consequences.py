"""What follows for the reader, the delivery and the mailing."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection, select

from newsletter.config import Delivery
from newsletter.delivery import Message, Receipt, Stage
from newsletter.delivery.memory import MemoryBackend
from newsletter.feedback.consequences import PROBE_FAILED, wake
from newsletter.feedback.rates import rates
from newsletter.model import MailingState
from newsletter.sending import send, steer
from newsletter.store import ledger, mailings, tables
from newsletter.store.engine import reading, writing
from subscribers import store
from subscribers.address import parse
from subscribers.consent import Evidence
from subscribers.intake import Entry, Outcome
from subscribers.model import State
from subscribers.suppression import Reason
from subscribers.tokens import Purpose
from tests.support.clerk import READERS, Counter, bounce
from tests.support.ledger import MONTH, ZONE, schedule
from tests.support.returned.others import ANSWERS, arf

ANNA = READERS[0]
FULL = "552 5.2.2 Mailbox full"


def delivery(counter: Counter) -> tuple[str, int | None, str, str]:
    """Return state, code, status and words of the first reader's delivery."""
    with reading(counter.desk.engine) as connection:
        columns = (tables.delivery.c[name] for name in ("state", "code", "status", "reply"))
        mine = tables.delivery.c.email == ANNA
        return tuple(connection.execute(select(*columns).where(mine)).one())


def _move_to_the_past(connection: Connection) -> None:
    for number in connection.execute(select(tables.mailing.c.id)).scalars().all():
        mine = tables.mailing.update().where(tables.mailing.c.id == number)
        connection.execute(mine.values(month=f"19{number:02}-01", state="sent"))


def another_month(counter: Counter) -> None:
    """Send a letter again as if it were the next month's."""
    with writing(counter.desk.engine) as connection:
        wake(connection, counter.bounces, counter.desk.clock.now())
        _move_to_the_past(connection)

    schedule(counter.desk)
    counter.send()


def test_hard_suppresses_at_once(counter: Counter) -> None:
    """Nobody reads the address: it is never mailed again, and the ledger says why."""
    counter.take(bounce(counter.letters[0]))
    stop = counter.stop()
    assert stop is not None
    assert (stop.reason, stop.note) == (Reason.BOUNCE, "550 5.1.1")
    assert delivery(counter) == ("failed", 550, "5.1.1", "550 5.1.1 User unknown")
    (told,) = counter.history()
    assert (told.kind, told.bearing, told.month) == ("bounce", "hard", str(MONTH))


def test_soft_counts_and_no_more(counter: Counter) -> None:
    """One full mailbox is no reason; the letter did not arrive all the same."""
    counter.take(bounce(counter.letters[0], FULL))
    assert counter.stop() is None
    assert delivery(counter)[0] == "failed"


def test_soft_rests_after_three_months_then_a_probe(counter: Counter) -> None:
    """Three letters in half a year, and it rests; then one letter more, whose bounce is last."""
    for number in range(3):
        assert counter.stop() is None
        counter.take(bounce(counter.letters[0], FULL))
        counter.desk.clock.move(days=30)
        if number < 2:
            another_month(counter)
    stop = counter.stop()
    assert stop is not None
    assert "rests until" in stop.note
    another_month(counter)
    assert ANNA not in {one.recipient for one in counter.letters}
    counter.desk.clock.move(days=90)
    another_month(counter)
    assert ANNA in {one.recipient for one in counter.letters}
    counter.take(bounce(counter.letters[0], FULL))
    stop = counter.stop()
    assert stop is not None
    assert stop.note == PROBE_FAILED
    counter.desk.clock.move(days=400)
    another_month(counter)
    assert ANNA not in {one.recipient for one in counter.letters}


def test_soft_bounces_long_ago_are_forgotten(counter: Counter) -> None:
    """Three full mailboxes in three years rest nobody."""
    for _ in range(3):
        counter.take(bounce(counter.letters[0], FULL))
        counter.desk.clock.move(days=365)
        another_month(counter)
    assert counter.stop() is None


def test_many_bounces_of_one_letter_are_one(counter: Counter) -> None:
    """A server that repeats itself does not make a reader rest."""
    for words in ("Mailbox full", "quota exceeded", "over quota", "disk full"):
        counter.take(bounce(counter.letters[0], f"552 5.2.2 {words}"))
    assert len(counter.history()) == 4
    assert counter.stop() is None


def test_hard_ends_a_rest(counter: Counter) -> None:
    """An address that dies while it rests is not woken."""
    counter.bounces = counter.bounces.model_copy(update={"soft_limit": 1})
    counter.take(bounce(counter.letters[0], FULL))
    counter.take(bounce(counter.letters[0]))
    counter.desk.clock.move(days=100)
    with writing(counter.desk.engine) as connection:
        assert wake(connection, counter.bounces, counter.desk.clock.now()) == 0
    assert counter.stop() is not None


@pytest.mark.parametrize(
    "refusal",
    [
        "550 5.7.1 Message rejected as spam",
        "550 5.7.26 unauthenticated: SPF and DKIM failed",
        "554 5.7.1 blocked using a list of bad hosts",
        "450 4.7.1 policy",
        "552 5.3.4 too big",
    ],
)
def test_our_own_fault_leaves_the_reader_alone(counter: Counter, refusal: str) -> None:
    """It is in the ledger and the history; nothing about the reader changes, however often."""
    for number in range(9):
        counter.take(bounce(counter.letters[0], f"{refusal} {number}"))
    assert counter.stop() is None
    assert counter.reader().state is State.ACTIVE
    assert {one.bearing for one in counter.history()} == {"ours"}
    assert delivery(counter)[0] == "failed"


def test_delayed_changes_nothing(counter: Counter) -> None:
    """The server goes on trying: the letter is still on its way."""
    counter.take(bounce(counter.letters[0], "451 4.4.1 delayed: connection timed out"))
    assert delivery(counter)[0] == "sent"
    assert [one.bearing for one in counter.history()] == ["none"]


@pytest.mark.parametrize("octets", ANSWERS.values(), ids=ANSWERS)
def test_answers_change_nothing(counter: Counter, octets: bytes) -> None:
    """A program that answers for a reader never counts against them."""
    letter = counter.letters[0]
    counter.take(octets.replace(b"To: bounces@us.example", f"To: {letter.sender}".encode()))
    assert counter.stop() is None
    assert counter.reader().state is State.ACTIVE
    assert delivery(counter)[0] == "sent"


def test_a_complaint_unsubscribes_for_good(counter: Counter) -> None:
    """At once; with the withdrawal on record; and no import brings the reader back."""
    letter = bytes(counter.letters[0]).decode().replace("\r\n", "\n")
    counter.take(arf(letter=letter.replace(ANNA, "[redacted]")))
    assert counter.reader().state is State.UNSUBSCRIBED
    stop = counter.stop()
    assert stop is not None
    assert stop.reason is Reason.COMPLAINT
    entry = Entry(parse(ANNA))
    with writing(counter.desk.engine) as connection:
        now = counter.desk.clock.now()
        taken = store.add(connection, entry, Evidence("import"), now)
        again = store.add(connection, entry, Evidence("web form"), now, again=True)
    assert (taken.outcome, again.outcome) == (Outcome.SUPPRESSED, Outcome.SUPPRESSED)


def leave(counter: Counter, subject: str, author: str = ANNA) -> None:
    text = f"From: {author}\nTo: leave@example.org\nSubject: {subject}\n\n"
    counter.take(text.encode())


def token_of(counter: Counter) -> str:

    return counter.desk.outfit.tokens.make(Purpose.UNSUBSCRIBE, counter.reader().id)


def test_an_unsubscribe_mail_acts(counter: Counter) -> None:
    """The address of List-Unsubscribe works: the token in the subject says who, whoever writes."""
    leave(counter, f"unsubscribe {token_of(counter)}", author="other@elsewhere.example")
    assert counter.reader().state is State.UNSUBSCRIBED
    assert counter.stop() is None


def test_an_unsubscribe_mail_without_its_token(counter: Counter) -> None:
    """Somebody who only writes `unsubscribe` means it: their address says who."""
    leave(counter, "Unsubscribe", author=f"Anna <{ANNA}>")
    assert counter.reader().state is State.UNSUBSCRIBED


def test_an_unsubscribe_mail_with_a_forged_token(counter: Counter) -> None:
    """A token that is not ours takes nobody off the list."""
    leave(counter, f"unsubscribe {token_of(counter)[:-22]}{'A' * 22}")
    assert counter.reader().state is State.ACTIVE


def test_an_answer_that_quotes_the_subject_takes_nobody_off(counter: Counter) -> None:
    """A bounce of an unsubscribe mail is no unsubscribe mail."""
    text = (
        f"From: MAILER-DAEMON@x.example\nTo: leave@example.org\n"
        f"Subject: Undeliverable: unsubscribe {token_of(counter)}\n\n"
    )
    counter.take(text.encode())
    assert counter.reader().state is State.ACTIVE


def test_mail_that_went_on_to_several(counter: Counter) -> None:
    """Where one of the addresses that a reader's mail goes on to had it, the reader lives."""
    letter = counter.letters[0]
    second = (
        b"Status: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 User unknown\r\n\r\n"
        b"Final-Recipient: rfc822; second@deep.example\r\nAction: failed\r\nStatus: 5.2.2\r\n"
    )
    octets = bounce(letter, letter_too=False)
    at = octets.index(b"Status: 5.1.1")
    end = octets.index(b"\r\n\r\n", at)
    counter.take(octets[:at] + second + octets[end:])
    assert [one.bearing for one in counter.history()] == ["soft"]
    assert counter.stop() is None


def test_the_same_message_twice_is_one_event(counter: Counter) -> None:
    """Read again, or by another way, it has no consequence any more, and is said all the same."""
    octets = bounce(counter.letters[0])
    first = counter.take(octets)
    second = counter.take(b"Received: by another way\r\n" + octets)
    assert [one.verdict for one in (*first, *second)] == ["hard", "hard"]
    assert len(counter.history()) == 1


def test_own_faults_pause_the_mailing(counter: Counter) -> None:
    """Past the threshold a mailing that is going out stops, and the operator is told."""
    counter.desk.policy = Delivery(pause_after=2)
    with writing(counter.desk.engine) as connection:
        mailing = mailings.find(connection, MONTH)
        assert mailing is not None
        mailings.move(connection, mailing.id, (MailingState.SENT,), MailingState.SENDING)
    blocked = [bounce(one, "554 5.7.1 Client host blocked") for one in counter.letters]
    counter.take(blocked[0])
    assert counter.desk.mailing().state is MailingState.SENDING
    counter.take(*blocked[1:])
    paused = counter.desk.mailing()
    assert paused.state is MailingState.PAUSED
    assert "came back for a reason that is ours: 554 5.7.1" in paused.reason
    assert counter.alerts == [paused.reason]
    with writing(counter.desk.engine) as connection:
        steer.resume(connection, paused)
    counter.take(bounce(counter.letters[0], "554 5.7.1 blocked once more"))
    assert counter.desk.mailing().state is MailingState.SENDING


def test_rates(counter: Counter) -> None:
    """What came back of a month is counted by letters, with the share of all."""
    counter.take(bounce(counter.letters[0]), bounce(counter.letters[1], FULL))
    counter.take(arf(letter=bytes(counter.letters[2]).decode().replace("\r\n", "\n")))
    with reading(counter.desk.engine) as connection:
        found = rates(connection, counter.desk.mailing().id)
    assert (found.letters, found.hard, found.soft, found.ours, found.complaints) == (3, 1, 1, 0, 1)
    assert (found.bounce_percent, found.complaint_percent) == (66.667, 33.333)


def test_a_refusal_in_the_dialogue_has_the_same_consequence(counter: Counter) -> None:
    """What the server says to us at once counts like what it says later."""
    counter.bounces = counter.bounces.model_copy(update={"soft_limit": 2})
    counter.take(bounce(counter.letters[0], FULL))

    def full(message: Message) -> Receipt | None:
        if message.recipient != ANNA:
            return None
        return Receipt(message.key, False, Stage.RCPT, 552, "5.2.2", FULL)

    counter.desk.clock.move(days=30)
    with writing(counter.desk.engine) as connection:
        _move_to_the_past(connection)

    schedule(counter.desk)
    counter.desk.backend = MemoryBackend(answer=full)
    outfit = counter.desk.outfit

    send(replace(outfit, bounces=counter.bounces), MONTH, ZONE)
    stop = counter.stop()
    assert stop is not None
    assert "2 letters bounced softly" in stop.note
    assert counter.desk.clock.now() - stop.at < timedelta(days=1)


def test_erasing_takes_the_words_out(counter: Counter) -> None:
    """What a server wrote about an erased reader is gone; that something came back stays."""
    counter.take(bounce(counter.letters[0], f"550 5.1.1 {ANNA}: no such user"))

    with writing(counter.desk.engine) as connection:
        reader = store.erase(connection, ANNA, counter.desk.clock.now())
        ledger.forget(connection, reader.id)
        rows = connection.execute(select(tables.feedback.c.bearing, tables.feedback.c.reply)).all()
    assert [tuple(row) for row in rows] == [("hard", "")]
