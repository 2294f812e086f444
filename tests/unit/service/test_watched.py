"""A backend that is watched."""

from collections.abc import Iterator, Sequence

import pytest
import structlog
from structlog.testing import capture_logs

from newsletter.delivery import Message, Receipt
from newsletter.delivery.contract import samples
from newsletter.delivery.memory import MemoryBackend
from newsletter.delivery.protocol import Stage
from newsletter.errors import BackendError
from newsletter.service.vitals import Vitals
from newsletter.service.watched import Watched
from tests.support.ledger import START, HandClock


def watched(backend: object, vitals: Vitals) -> Watched:
    return Watched(backend, vitals, HandClock())  # type: ignore[arg-type]


def test_it_changes_nothing() -> None:
    """Messages go on as they are, and every receipt comes back."""
    inner, vitals = MemoryBackend(in_flight=2), Vitals()
    own = watched(inner, vitals)
    receipts = [one.key for group in own.deliver(iter(samples(5))) for one in group]
    own.close()
    assert receipts == [1, 2, 3, 4, 5]
    assert [one.key for one in inner.delivered] == receipts
    assert inner.closed


def test_replies_are_counted_by_class() -> None:
    """Two taken, one deferred, one refused, one without a word."""
    answers = {
        3: Receipt(3, accepted=False, code=450),
        4: Receipt(4, accepted=False, code=550),
        5: Receipt(5, accepted=False, stage=Stage.BODY, code=0, uncertain=True),
    }
    vitals = Vitals()
    inner = MemoryBackend(answer=lambda message: answers.get(message.key))
    list(watched(inner, vitals).deliver(iter(samples(5))))
    assert vitals.replies == {"2xx": 2, "4xx": 1, "5xx": 1, "none": 1}
    assert vitals.last_run is not None
    assert (vitals.last_run.ok, vitals.last_run.words) == (True, "no reply")


def test_the_log_names_deliveries_and_nobody() -> None:
    """What was taken stands a hundred to a line; what was not, a line each; no address."""
    refusal = Receipt(7, accepted=False, code=550, status="5.1.1", reply="<r7@example.org> who?")
    inner = MemoryBackend(answer=lambda message: refusal if message.key == 7 else None)
    with capture_logs() as log:
        list(watched(inner, Vitals()).deliver(iter(samples(250))))
    delivered = [line for line in log if line["event"] == "delivered"]
    assert [len(line["deliveries"]) for line in delivered] == [149, 100]
    (refused,) = [line for line in log if line["event"] == "not delivered"]
    assert (refused["delivery"], refused["code"], refused["status"]) == (7, 550, "5.1.1")
    assert "@" not in str(log)


class Broken:
    """Takes one message, then nothing more."""

    closed = False

    def deliver(self, messages: Iterator[Message]) -> Iterator[Sequence[Receipt]]:
        yield ()
        yield [Receipt(next(messages).key, accepted=True)]
        raise BackendError("the line is cut")

    def close(self) -> None:
        pass


def test_a_backend_that_fails() -> None:
    """Its error passes on; the last run was not well; what was taken is written down."""
    vitals = Vitals()
    with capture_logs() as log, pytest.raises(BackendError):
        list(watched(Broken(), vitals).deliver(iter(samples(3))))
    assert vitals.last_run is not None
    assert (vitals.last_run.ok, vitals.last_run.words) == (False, "the line is cut")
    assert vitals.last_run.at == START
    assert [line["deliveries"] for line in log] == [[1]]


def test_a_sender_that_ends_early() -> None:
    """Whoever stops listening lets the backend end too."""
    ended = []

    class Endless(Broken):
        def deliver(self, messages: Iterator[Message]) -> Iterator[Sequence[Receipt]]:
            try:
                while True:
                    yield [Receipt(next(messages).key, accepted=True)]
            finally:
                ended.append(True)

    groups = watched(Endless(), Vitals()).deliver(iter(samples(9)))
    next(groups)
    groups.close()  # type: ignore[attr-defined]
    assert ended == [True]
    structlog.reset_defaults()
