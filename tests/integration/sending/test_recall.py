"""Readers who leave between their claim and the last moment at which they can be held back."""

from collections.abc import Callable, Iterator, Sequence

import pytest
from sqlalchemy import Connection, insert, select, update

from newsletter.config import Delivery
from newsletter.delivery import Message, Receipt, Stage
from newsletter.delivery.memory import MemoryBackend
from newsletter.model import MailingState
from newsletter.sending import recall, send
from newsletter.store.engine import writing
from newsletter.store.tables import delivery
from subscribers.tables import subscriber, suppression
from tests.support.ledger import MONTH, START, ZONE, Desk, add_readers, crowd, schedule

Change = Callable[[Connection, str], None]


def unsubscribe(connection: Connection, email: str) -> None:
    mine = subscriber.c.email == email
    connection.execute(update(subscriber).where(mine).values(state="unsubscribed"))


def suppress(connection: Connection, email: str) -> None:
    mine = select(subscriber.c.address_hash).where(subscriber.c.email == email)
    values = {"address_hash": mine.scalar_subquery(), "reason": "complaint", "at": START}
    connection.execute(insert(suppression).values(values))


def move_house(connection: Connection, email: str) -> None:
    mine = subscriber.c.email == email
    connection.execute(update(subscriber).where(mine).values(email="new@example.org"))


def change_name(connection: Connection, email: str) -> None:
    connection.execute(update(subscriber).where(subscriber.c.email == email).values(name="Eve"))


class Holding(MemoryBackend):
    """Holds each message for a while, during which something changes; then asks, and goes on."""

    def __init__(self, desk: Desk, changes: dict[str, Change]) -> None:
        super().__init__(in_flight=1)
        self._desk, self._changes = desk, changes

    def deliver(self, messages: Iterator[Message]) -> Iterator[Sequence[Receipt]]:
        for message in messages:
            if change := self._changes.get(message.recipient):
                with writing(self._desk.engine) as connection:
                    change(connection, message.recipient)
            if message.wanted():
                yield [self._take(message)]
            else:
                yield [Receipt(message.key, False, Stage.DATA, code=0, withdrawn=True)]


@pytest.fixture(autouse=True)
def every_look_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """No look holds for a while: what is tested is what a look sees."""
    monkeypatch.setattr(recall, "AFAR", (0.0, 0.0))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (unsubscribe, "unsubscribed"),
        (suppress, "suppressed: complaint"),
        (move_house, "address changed"),
    ],
)
def test_held_back(desk: Desk, change: Change, reason: str) -> None:
    """They are skipped, with the reason, and not mailed later either; the others have theirs."""
    readers = crowd(6)
    add_readers(desk, readers)
    schedule(desk)
    desk.policy = Delivery(connections=2)
    desk.backend = backend = Holding(desk, {readers[2]: change, readers[5]: unsubscribe})
    result = send(desk.outfit, MONTH, ZONE)
    assert [one.recipient for one in backend.delivered] == [readers[n] for n in (0, 1, 3, 4)]
    assert desk.states() == {"sent": 4, "skipped": 2}
    assert result.mailing.state is MailingState.SENT
    with writing(desk.engine) as connection:
        row = select(delivery.c.reply).where(delivery.c.email == readers[2])
        assert connection.execute(row).scalar_one() == reason


def test_other_changes_hold_nobody_back(desk: Desk) -> None:
    """What others write meanwhile makes us look again, and find everybody as they were."""
    readers = crowd(4)
    add_readers(desk, readers)
    schedule(desk)
    desk.backend = Holding(desk, dict.fromkeys(readers, change_name))
    send(desk.outfit, MONTH, ZONE)
    assert desk.states() == {"sent": 4}
