"""Whom a returned message is about, and what a forger can do."""

import re
from pathlib import Path

import pytest
from sqlalchemy import select

from newsletter.delivery import Message
from newsletter.delivery.memory import MemoryBackend
from newsletter.feedback.process import Row
from newsletter.store import returns, tables
from newsletter.store.engine import reading
from subscribers import store
from subscribers.model import State
from subscribers.suppression import Reason
from subscribers.tokens import Purpose
from tests.support.clerk import READERS, Counter, bounce, open_counter
from tests.support.returned.others import arf
from tests.support.returned.servers import LETTER

ANNA, BEN, _ = READERS


def unnamed(octets: bytes, letter: Message) -> bytes:
    """Take the reader's address out, as providers do."""
    return octets.replace(letter.recipient.encode(), b"redacted@redacted.example")


def way(counter: Counter, email: str = ANNA) -> list[tuple[str, str]]:
    """Return bearing and way of what came back about a reader."""
    with reading(counter.desk.engine) as connection:
        column, reader = tables.feedback.c, store.known(connection, email)
        query = select(column.bearing, column.way).where(column.subscriber_id == reader.id)
        return [(row[0], row[1]) for row in connection.execute(query.order_by(column.id))]


def test_each_letter_has_its_own_return_path(counter: Counter) -> None:
    """Envelope senders are of the configured form, differ, and fit into an address."""
    senders = {one.sender for one in counter.letters}
    assert len(senders) == len(READERS)
    for one in senders:
        assert re.fullmatch(r"bounces\+\d+-[0-9a-f]{20}@us\.example", one)


def test_the_return_path_is_the_same_at_each_try(database: str, tmp_path: Path) -> None:
    """A letter that is tried again has the same bytes and the same envelope."""
    one = open_counter(database, tmp_path)
    first = one.letters[0]
    one.desk.backend = MemoryBackend()
    again = type(one)(one.desk, one.folder, one.bounces)
    with one.desk.engine.begin() as connection:
        connection.execute(tables.delivery.update().values(state="queued"))
        connection.execute(tables.mailing.update().values(state="sending"))
    again.send()
    assert (again.letters[0].sender, bytes(again.letters[0])) == (first.sender, bytes(first))
    one.desk.engine.dispose()


def test_without_settings_the_from_address_stays(database: str, tmp_path: Path) -> None:
    """No return path configured: the envelope's sender is what it always was."""
    counter = open_counter(database, tmp_path, pattern="")
    assert {one.sender for one in counter.letters} == {"digest@example.org"}
    counter.desk.engine.dispose()


@pytest.mark.parametrize("pattern", ["bounces-{token}@us.example", "{token}@b.us.example"])
def test_servers_without_plus(database: str, tmp_path: Path, pattern: str) -> None:
    """The form of the return path is the operator's choice."""
    counter = open_counter(database, tmp_path, pattern=pattern)
    counter.take(unnamed(bounce(counter.letters[0], letter_too=False), counter.letters[0]))
    assert way(counter) == [("hard", "return path")]
    counter.desk.engine.dispose()


def test_by_return_path(counter: Counter) -> None:
    """The address it came to says who, where nothing else does."""
    letter = counter.letters[0]
    counter.take(unnamed(bounce(letter, letter_too=False), letter))
    assert way(counter) == [("hard", "return path")]
    assert counter.stop() is not None


def test_by_return_path_in_other_letters(counter: Counter) -> None:
    """A server that writes addresses in capitals loses nobody."""
    letter = counter.letters[0]
    octets = unnamed(bounce(letter, to=letter.sender.upper(), letter_too=False), letter)
    counter.take(octets)
    assert way(counter) == [("hard", "return path")]


def test_by_the_letter_that_came_back(counter: Counter) -> None:
    """Without a return path the returned letter's own token says who."""
    letter = counter.letters[0]
    counter.take(unnamed(bounce(letter, to="postmaster@us.example"), letter))
    assert way(counter) == [("hard", "letter")]


def test_by_the_message_id_alone(counter: Counter) -> None:
    """With the token gone, the Message-ID is enough: nobody else can make it."""
    letter = counter.letters[1]
    octets = unnamed(bounce(letter, to="postmaster@us.example"), letter)
    octets = re.sub(rb"/unsubscribe/[^>]+|unsubscribe%20[^>]+", b"x", octets)
    counter.take(octets)
    assert way(counter, BEN) == [("hard", "letter")]


def test_by_address_at_last(counter: Counter) -> None:
    """A message with no mark of ours is taken by its address, and changes no delivery."""
    counter.take(nameless(counter))
    assert way(counter) == [("soft", "address")]
    assert counter.desk.states() == {"sent": 3}


def nameless(counter: Counter, refusal: str = "550 5.1.1 User unknown") -> bytes:
    """Return what anybody could write who knows a reader's address."""
    octets = bounce(counter.letters[0], refusal, to="postmaster@us.example", letter_too=False)
    number = f"<{counter.taken}.".encode()
    return octets.replace(b"Message-ID: <", b"Message-ID: " + number)


def test_an_address_alone_silences_nobody(counter: Counter) -> None:
    """However many bounces somebody makes up for one letter, its reader goes on getting them."""
    for _ in range(9):
        counter.take(nameless(counter))
        counter.desk.clock.move(days=1)
    assert counter.stop() is None


def test_an_address_without_a_letter_lately_means_nothing(counter: Counter) -> None:
    """No server bounces a letter of last month by its address."""
    counter.desk.clock.move(days=15)
    counter.take(nameless(counter))
    assert way(counter) == [("none", "address")]


def test_an_operator_vouches_for_an_address(counter: Counter) -> None:
    """What is handed over by hand, or believed by the settings, suppresses at once."""
    counter.vouched = True
    counter.take(nameless(counter))
    assert way(counter) == [("hard", "address")]
    stop = counter.stop()
    assert stop is not None
    assert stop.reason is Reason.BOUNCE


def test_a_made_up_complaint_only_unsubscribes(counter: Counter) -> None:
    """Readers who were unsubscribed by a forger can come back; a suppression is for good."""
    letter = LETTER.replace("Message-ID", "X-Nothing").replace("List-Unsubscribe", "X-None")
    counter.take(arf(letter=letter, more=f"Original-Rcpt-To: {ANNA}\n"))
    assert counter.reader().state is State.UNSUBSCRIBED
    assert counter.stop() is None


def test_made_up_refusals_pause_nothing(counter: Counter) -> None:
    """Addresses alone are no reason to stop a mailing."""
    with counter.desk.engine.begin() as connection:
        connection.execute(tables.mailing.update().values(state="sending"))
    counter.desk.policy = counter.desk.policy.model_copy(update={"pause_after": 1})
    counter.take(nameless(counter, "550 5.7.1 Blocked"))
    assert not counter.alerts


def test_the_return_path_comes_first(counter: Counter) -> None:
    """Where marks contradict each other, the most trustworthy one says who."""
    octets = bounce(counter.letters[1], to=counter.letters[0].sender)
    counter.take(octets)
    assert [one.bearing for one in counter.history(ANNA)] == ["hard"]
    assert not counter.history(BEN)


@pytest.mark.parametrize("place", ["return path", "letter"])
def test_a_forged_token_does_nothing(counter: Counter, place: str) -> None:
    """Not for the reader it names, nor for the one whose address stands in the message."""
    letter = counter.letters[0]
    if place == "return path":
        forged = re.sub(r"-[0-9a-f]{20}@", "-" + "0" * 20 + "@", letter.sender)
        octets = bounce(letter, to=forged, letter_too=False)
    else:
        octets = bounce(letter, to="postmaster@us.example")
        octets = re.sub(rb"(/unsubscribe/\d+\.)[\w-]{22}", rb"\1" + b"A" * 22, octets)
    rows = counter.take(octets)
    assert [row.kind for row in rows] == ["bounce"]
    assert not counter.history()
    assert counter.stop() is None
    assert counter.desk.states() == {"sent": 3}


def test_a_token_of_another_purpose_does_nothing(counter: Counter) -> None:
    """What is good in a link is no return path."""
    tokens = counter.desk.outfit.tokens
    wrong = tokens.make_folded(Purpose.UNSUBSCRIBE, counter.letters[0].key)
    counter.take(bounce(counter.letters[0], to=f"bounces+{wrong}@us.example", letter_too=False))
    assert not counter.history()


def test_somebody_unknown(counter: Counter) -> None:
    """A bounce of an address that is not on the list suppresses nothing; it is counted."""
    stranger = Message(9, "x@us.example", "stranger@far.example", (b"Subject: x\r\n\r\n",))
    rows = counter.take(bounce(stranger, to="postmaster@us.example"))
    assert rows == [
        Row(
            rows[0].source,
            "stranger@far.example",
            "bounce",
            "hard",
            "5.1.1",
            "550 5.1.1 User unknown",
        )
    ]
    assert counter.stop("stranger@far.example") is None
    with reading(counter.desk.engine) as connection:
        assert returns.totals(connection) == {("bounce", "hard"): 1}
