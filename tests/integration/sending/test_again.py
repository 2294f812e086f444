"""Sending again to some: those that failed, those in doubt, and a correction for the rest."""

from collections.abc import Iterator, Sequence
from email import message_from_bytes, policy
from email.utils import parsedate_to_datetime

import pytest
from sqlalchemy import select, update

from newsletter import reporting
from newsletter.config import Delivery
from newsletter.delivery import Message, Receipt, Stage
from newsletter.delivery.memory import MemoryBackend
from newsletter.errors import MailingError
from newsletter.model import DeliveryState, Edition, EditionKey, MailingState
from newsletter.sending import send, steer
from newsletter.store import mailings, revisions
from newsletter.store.engine import reading, writing
from newsletter.store.tables import delivery
from subscribers.tables import subscriber, subscriber_topic
from tests.support.ledger import (
    KEYS,
    MONTH,
    ONLY_KEYS,
    TOPICS,
    ZONE,
    Desk,
    add_readers,
    edition,
    schedule,
)

FAILED, UNCERTAIN = DeliveryState.FAILED, DeliveryState.UNCERTAIN
FULL = Receipt(0, False, Stage.DONE, 552, "5.2.2", "5.2.2 mailbox full")
LATER = Receipt(0, False, Stage.DONE, 451, "4.3.0", "4.3.0 later")
LOST = Receipt(0, False, Stage.BODY, 0, "", "the connection broke", uncertain=True)
DEAD = Receipt(0, False, Stage.RCPT, 550, "5.1.1", "5.1.1 no such user")


def answering(desk: Desk, **receipts: Receipt) -> MemoryBackend:
    """Answer readers by the part before the @, and take what goes to others."""

    def answer(message: Message) -> Receipt | None:
        found = receipts.get(message.recipient.partition("@")[0])
        if found is None:
            return None
        fields = (found.stage, found.code, found.status, found.reply, found.uncertain)
        return Receipt(message.key, False, *fields)

    desk.backend = MemoryBackend(answer=answer)
    return desk.backend


def people(*names: str) -> list[str]:
    return [f"{name}@example.org" for name in names]


def state_of(desk: Desk) -> dict[str, str]:
    with reading(desk.engine) as connection:
        rows = connection.execute(select(delivery.c.email, delivery.c.state)).all()
    return {email.partition("@")[0]: state for email, state in rows}


def fresh(desk: Desk) -> MemoryBackend:
    backend = MemoryBackend()
    desk.backend = backend
    return backend


def got(backend: MemoryBackend) -> list[str]:
    return sorted(one.recipient.partition("@")[0] for one in backend.delivered)


def test_those_that_failed_are_tried_again(desk: Desk) -> None:
    """A sent mailing opens for them alone, and is sent again at the end."""
    add_readers(desk, people("ann", "bob", "cy"))
    schedule(desk)
    answering(desk, ann=FULL, bob=FULL)
    assert send(desk.outfit, MONTH, ZONE).mailing.state is MailingState.SENT
    answering(desk, bob=FULL)
    result = send(desk.outfit, MONTH, ZONE, only=FAILED)
    assert result.mailing.state is MailingState.SENT
    assert state_of(desk) == {"ann": "sent", "bob": "failed", "cy": "sent"}


def test_each_is_tried_once(desk: Desk) -> None:
    """Who fails again is not tried again in the same run."""
    add_readers(desk, people("ann"))
    schedule(desk)
    answering(desk, ann=FULL)
    send(desk.outfit, MONTH, ZONE)
    send(desk.outfit, MONTH, ZONE, only=FAILED)
    with reading(desk.engine) as connection:
        assert connection.execute(select(delivery.c.attempts)).scalar_one() == 2


def test_a_dead_address_and_whoever_left_stay_as_they_are(desk: Desk) -> None:
    """They may not be mailed; the ledger still says why they failed."""
    add_readers(desk, people("ann", "bob", "cy"))
    schedule(desk)
    answering(desk, ann=DEAD, bob=FULL, cy=FULL)
    send(desk.outfit, MONTH, ZONE)
    with writing(desk.engine) as connection:
        bob = subscriber.c.email == "bob@example.org"
        connection.execute(update(subscriber).where(bob).values(state="unsubscribed"))
    backend = fresh(desk)
    send(desk.outfit, MONTH, ZONE, only=FAILED)
    assert got(backend) == ["cy"]
    with reading(desk.engine) as connection:
        replies = dict(map(tuple, connection.execute(select(delivery.c.email, delivery.c.reply))))
    assert replies["ann@example.org"] == "5.1.1 no such user"
    assert replies["bob@example.org"] == "5.2.2 mailbox full"


def test_only_failed_means_nobody_else(desk: Desk) -> None:
    """Neither who is queued nor who is due, in a mailing that is still being sent."""
    add_readers(desk, people("ann", "bob", "cy", "dee"))
    schedule(desk)
    answering(desk, ann=FULL, bob=LATER)
    desk.policy = Delivery(connections=1)
    desk.backend._in_flight = 1  # type: ignore[attr-defined]
    send(desk.outfit, MONTH, ZONE, stop=lambda: state_of(desk)["bob"] == "deferred")
    desk.clock.move(hours=1)
    backend = fresh(desk)
    result = send(desk.outfit, MONTH, ZONE, only=FAILED)
    assert got(backend) == ["ann"]
    assert state_of(desk) == {"ann": "sent", "bob": "deferred", "cy": "queued", "dee": "queued"}
    assert result.mailing.state is MailingState.SENDING


def test_who_fails_later_has_two_days_again(desk: Desk) -> None:
    """A temporary refusal weeks after the first try is a new beginning."""
    add_readers(desk, people("ann"))
    schedule(desk)
    answering(desk, ann=FULL)
    send(desk.outfit, MONTH, ZONE)
    desk.clock.move(days=20)
    answering(desk, ann=LATER)
    result = send(desk.outfit, MONTH, ZONE, only=FAILED)
    assert result.mailing.state is MailingState.SENDING
    assert state_of(desk) == {"ann": "deferred"}


def test_with_nobody_to_try_nothing_changes(desk: Desk) -> None:
    """A sent mailing stays as it was, with its moment."""
    add_readers(desk, people("ann"))
    schedule(desk)
    send(desk.outfit, MONTH, ZONE)
    before = desk.mailing()
    desk.clock.move(days=1)
    send(desk.outfit, MONTH, ZONE, only=FAILED)
    assert desk.mailing() == before


def test_what_was_not_sent_yet_has_no_failures(desk: Desk) -> None:
    """`--only` before the first run is refused: it would freeze the audience for nothing."""
    schedule(desk)
    with pytest.raises(MailingError, match="not been sent yet"):
        send(desk.outfit, MONTH, ZONE, only=FAILED)
    assert desk.mailing().state is MailingState.SCHEDULED


def test_a_failed_try_of_a_stopped_run_is_not_lost(desk: Desk) -> None:
    """Put back, it is `failed` again, not `queued`."""
    add_readers(desk, people("ann", "bob", "cy"))
    schedule(desk)
    answering(desk, ann=FULL, bob=FULL, cy=FULL)
    send(desk.outfit, MONTH, ZONE)
    desk.backend = MemoryBackend(in_flight=1)
    send(desk.outfit, MONTH, ZONE, only=FAILED, stop=lambda: "sent" in desk.states())
    assert desk.states() == {"sent": 1, "failed": 2}


def held(desk: Desk) -> MemoryBackend:
    """Send to three, lose one's reply, and hold it."""
    add_readers(desk, people("ann", "bob", "cy"))
    schedule(desk)
    desk.policy = Delivery(on_uncertain="hold")
    backend = answering(desk, bob=LOST)
    send(desk.outfit, MONTH, ZONE)
    assert state_of(desk)["bob"] == "uncertain"
    return backend


def test_a_held_doubt_waits_for_a_person(desk: Desk) -> None:
    """Sending goes on and on without it; then the operator decides, whatever its time."""
    held(desk)
    desk.clock.move(hours=9)
    backend = fresh(desk)
    result = send(desk.outfit, MONTH, ZONE)
    assert got(backend) == []
    assert result.goes_on_at is None
    result = send(desk.outfit, MONTH, ZONE, only=UNCERTAIN)
    assert got(backend) == ["bob"]
    assert result.mailing.state is MailingState.SENT


@pytest.mark.parametrize("word", [DeliveryState.SENT, FAILED])
def test_a_doubt_can_be_settled_without_sending(desk: Desk, word: DeliveryState) -> None:
    """Who looked into the relay's log says what became of it."""
    held(desk)
    with writing(desk.engine) as connection:
        number = steer.settle(connection, desk.mailing(), word, desk.clock.now())
    assert number == 1
    assert state_of(desk)["bob"] == word
    assert desk.mailing().state is MailingState.SENT


# Corrections.


def mended(key: EditionKey) -> Edition:
    one = edition(key)
    return Edition(key, "Mended", f"{one.html}mended", f"{one.text}mended", one.mjml)


def correct(desk: Desk, topics: Sequence[frozenset[str]] = TOPICS) -> None:
    """Pause and freeze the editions again, as `approve --again` does, and let it go on."""
    mailing = desk.mailing()
    with writing(desk.engine) as connection:
        number = revisions.add(connection, mailing.id, topics, desk.clock.now())
        ready = map(mended, (*KEYS, *ONLY_KEYS))
        mailings.add_editions(connection, mailing.id, ready, number)


def pause(desk: Desk) -> None:
    with writing(desk.engine) as connection:
        steer.pause(connection, desk.mailing())


def resume(desk: Desk) -> None:
    with writing(desk.engine) as connection:
        steer.resume(connection, desk.mailing())


def subjects(backend: MemoryBackend) -> dict[str, str]:
    """Return what each reader got, by the part before the @."""
    parsed = [
        (one, message_from_bytes(bytes(one), policy=policy.default)) for one in backend.delivered
    ]
    return {one.recipient.partition("@")[0]: mail["Subject"] for one, mail in parsed}


def header(backend: MemoryBackend, name: str) -> str:
    (one,) = backend.delivered
    return str(message_from_bytes(bytes(one), policy=policy.default)[name])


def test_a_correction_reaches_the_rest_and_nobody_else(desk: Desk) -> None:
    """Who has it keeps it; queued, deferred and failed readers get the mended one."""
    add_readers(desk, people("ann", "bob", "cy", "dee"))
    schedule(desk)
    desk.policy = Delivery(connections=1)
    answering(desk, bob=LATER, cy=FULL)
    desk.backend._in_flight = 1  # type: ignore[attr-defined]
    send(desk.outfit, MONTH, ZONE, stop=lambda: state_of(desk)["cy"] == "failed")
    assert state_of(desk) == {"ann": "sent", "bob": "deferred", "cy": "failed", "dee": "queued"}
    pause(desk)
    correct(desk)
    resume(desk)
    desk.clock.move(hours=1)
    backend = fresh(desk)
    send(desk.outfit, MONTH, ZONE)
    send(desk.outfit, MONTH, ZONE, only=FAILED)
    assert subjects(backend) == {"bob": "Mended", "dee": "Mended", "cy": "Mended"}


def test_what_may_have_arrived_keeps_its_bytes(desk: Desk) -> None:
    """A lost reply, then a correction: the retry is the same message under the same Message-ID."""
    add_readers(desk, people("ann"))
    schedule(desk)
    sent: list[bytes] = []

    def lose(message: Message) -> Receipt:
        sent.append(bytes(message))
        return Receipt(message.key, False, Stage.BODY, 0, "", "broke", uncertain=True)

    desk.answer_with(lose)
    send(desk.outfit, MONTH, ZONE)
    pause(desk)
    correct(desk)
    resume(desk)
    desk.clock.move(hours=1)
    backend = fresh(desk)
    send(desk.outfit, MONTH, ZONE)
    assert [bytes(one) for one in backend.delivered] == sent


def test_a_doubt_of_long_ago_counts_still(desk: Desk) -> None:
    """In doubt once, refused later: it may have arrived the first time."""
    add_readers(desk, people("ann"))
    schedule(desk)
    answering(desk, ann=LOST)
    send(desk.outfit, MONTH, ZONE)
    desk.clock.move(hours=1)
    answering(desk, ann=LATER)
    send(desk.outfit, MONTH, ZONE)
    assert state_of(desk) == {"ann": "deferred"}
    pause(desk)
    correct(desk)
    resume(desk)
    desk.clock.move(hours=1)
    backend = fresh(desk)
    send(desk.outfit, MONTH, ZONE)
    assert subjects(backend) == {"ann": "January 2021"}


def test_a_crash_before_a_correction_is_a_doubt(desk: Desk) -> None:
    """What was in flight when the process died keeps its bytes too."""

    class Dying(MemoryBackend):
        def deliver(self, messages: Iterator[Message]) -> Iterator[Sequence[Receipt]]:
            next(messages)
            raise KeyboardInterrupt
            yield ()

    add_readers(desk, people("ann", "bob"))
    schedule(desk)
    desk.policy = Delivery(connections=1)
    desk.backend = Dying()
    with pytest.raises(KeyboardInterrupt):
        send(desk.outfit, MONTH, ZONE)
    pause(desk)
    correct(desk)
    resume(desk)
    backend = fresh(desk)
    send(desk.outfit, MONTH, ZONE)
    assert subjects(backend) == {"ann": "January 2021", "bob": "Mended"}


def test_another_text_is_another_message(desk: Desk) -> None:
    """The mended letter has its own Message-ID and Date, the same at each try."""
    add_readers(desk, people("ann"))
    schedule(desk)
    sent: list[bytes] = []

    def busy(message: Message) -> Receipt:
        sent.append(bytes(message))
        return Receipt(message.key, False, Stage.DONE, 451, "4.3.0", "later")

    desk.answer_with(busy)
    send(desk.outfit, MONTH, ZONE)
    pause(desk)
    desk.clock.move(hours=3)
    approved = desk.clock.now()
    correct(desk)
    resume(desk)
    desk.clock.move(hours=3)
    desk.answer_with(busy)
    send(desk.outfit, MONTH, ZONE)
    desk.clock.move(hours=9)
    backend = fresh(desk)
    send(desk.outfit, MONTH, ZONE)
    first, second = sent
    assert bytes(backend.delivered[0]) == second
    before = message_from_bytes(first, policy=policy.default)
    assert header(backend, "Message-ID") != before["Message-ID"]
    assert parsedate_to_datetime(header(backend, "Date")) == approved


def test_the_answers_name_the_revision_and_its_message_id(desk: Desk) -> None:
    """`deliveries` tells which text a reader got, under which Message-ID."""
    add_readers(desk, people("ann", "bob"))
    schedule(desk)
    answering(desk, bob=LATER)
    send(desk.outfit, MONTH, ZONE)
    pause(desk)
    correct(desk)
    resume(desk)
    desk.clock.move(hours=1)
    backend = fresh(desk)
    send(desk.outfit, MONTH, ZONE)
    with reading(desk.engine) as connection:
        ann, bob = reporting.who_got_it(connection, desk.mailing())
    assert ann.edition == "full=0,1;brief=;lang=en"
    assert bob.edition == "full=0,1;brief=;lang=en;revision=2"
    assert bob.attempts == 2
    assert bob.message_id == header(backend, "Message-ID")


def test_mended_topics_choose_editions_anew(desk: Desk) -> None:
    """Who was skipped because nothing was for them gets it now, and the other way round."""
    add_readers(desk, people("ann"), topics=["training"], mode="only")
    add_readers(desk, people("bob"), topics=["placebo-effect"], mode="only")
    add_readers(desk, people("cy"), topics=["empathy"])
    schedule(desk)
    answering(desk, ann=LATER, cy=LATER)
    send(desk.outfit, MONTH, ZONE)
    assert state_of(desk) == {"ann": "deferred", "bob": "skipped", "cy": "deferred"}
    pause(desk)
    correct(desk, (frozenset({"placebo-effect"}), frozenset({"attachment"})))
    resume(desk)
    desk.clock.move(hours=1)
    fresh(desk)
    send(desk.outfit, MONTH, ZONE)
    with reading(desk.engine) as connection:
        answers = {one.email[:3]: one for one in reporting.who_got_it(connection, desk.mailing())}
    assert (answers["ann"].state, answers["ann"].reply) == ("skipped", "no topic matches")
    assert (answers["bob"].state, answers["bob"].edition) == (
        "sent",
        "full=0;brief=;lang=en;revision=2",
    )
    assert answers["cy@"].edition == "full=;brief=0,1;lang=en;revision=2"


def test_readers_follow_their_own_wishes_of_now(desk: Desk) -> None:
    """A correction looks at today's topics, as the start did at those of its day."""
    (ann,) = add_readers(desk, people("ann"))
    schedule(desk)
    answering(desk, ann=LATER)
    send(desk.outfit, MONTH, ZONE)
    with writing(desk.engine) as connection:
        connection.execute(subscriber_topic.insert().values(subscriber_id=ann, topic="training"))
    pause(desk)
    correct(desk)
    resume(desk)
    desk.clock.move(hours=1)
    fresh(desk)
    send(desk.outfit, MONTH, ZONE)
    with reading(desk.engine) as connection:
        (answer,) = reporting.who_got_it(connection, desk.mailing())
    assert answer.edition == "full=0;brief=1;lang=en;revision=2"


def test_a_sent_mailing_opens_for_whom_a_correction_is(desk: Desk) -> None:
    """Skipped for want of a topic, and now there is one: sending goes on."""
    add_readers(desk, people("ann"))
    add_readers(desk, people("bob"), topics=["placebo-effect"], mode="only")
    schedule(desk)
    assert send(desk.outfit, MONTH, ZONE).mailing.state is MailingState.SENT
    correct(desk, (frozenset({"placebo-effect"}), frozenset({"attachment"})))
    backend = fresh(desk)
    assert send(desk.outfit, MONTH, ZONE).mailing.state is MailingState.SENT
    assert got(backend) == ["bob"]


def test_a_second_correction_follows_the_first(desk: Desk) -> None:
    """The newest wins, and readers are moved once for each."""
    add_readers(desk, people("ann"))
    schedule(desk)
    answering(desk, ann=LATER)
    send(desk.outfit, MONTH, ZONE)
    pause(desk)
    correct(desk)
    correct(desk)
    resume(desk)
    desk.clock.move(hours=1)
    fresh(desk)
    send(desk.outfit, MONTH, ZONE)
    with reading(desk.engine) as connection:
        (answer,) = reporting.who_got_it(connection, desk.mailing())
        assert not revisions.is_pending(connection, desk.mailing().id)
    assert answer.edition.endswith(";revision=3")


def test_who_left_before_the_correction_gets_neither(desk: Desk) -> None:
    """A correction makes nobody a reader again."""
    add_readers(desk, people("ann", "bob"))
    schedule(desk)
    answering(desk, ann=LATER, bob=LATER)
    send(desk.outfit, MONTH, ZONE)
    with writing(desk.engine) as connection:
        ann = subscriber.c.email == "ann@example.org"
        connection.execute(update(subscriber).where(ann).values(state="unsubscribed"))
    pause(desk)
    correct(desk)
    resume(desk)
    desk.clock.move(hours=1)
    backend = fresh(desk)
    send(desk.outfit, MONTH, ZONE)
    assert got(backend) == ["bob"]
