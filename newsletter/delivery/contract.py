"""What every backend promises, as checks that a third party's test suite can run on its own.

    from newsletter.delivery.contract import CLAIMS

    @pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.__name__)
    def test_contract(claim):
        claim(MySubject())

Each claim takes a fresh Subject and raises AssertionError where the backend breaks its word.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol

from newsletter.delivery.protocol import Backend, Message, Receipt


class Subject(Protocol):
    """A backend under test, and a look at the other end."""

    in_flight: int
    """The most messages it may hold at once without having yielded their receipts."""

    def make(self) -> Backend:
        """Make the backend; the claim closes it."""
        ...

    def arrived(self) -> Sequence[bytes] | None:
        """Return what came out at the other end, in any order; None where nothing can be read."""
        ...


class Source:
    """An iterator of messages that counts what was pulled."""

    def __init__(self, messages: Iterable[Message]) -> None:
        self.pulled = 0
        self._messages = iter(messages)

    def __iter__(self) -> Iterator[Message]:
        return self

    def __next__(self) -> Message:
        message = next(self._messages)
        self.pulled += 1
        return message


def sample(key: int, text: bytes = b"Hello") -> Message:
    """Return a small well-formed message, in several segments, one of them empty."""
    head = b"From: digest@example.org\r\nTo: reader%d@example.org\r\nSubject: %d\r\n" % (key, key)
    segments = (head, b"\r\n", b"", text, b" of issue ", b"%d" % key, b"=\r\n", b"\r\n")
    return Message(key, "digest@example.org", f"reader{key}@example.org", segments)


def samples(count: int) -> list[Message]:
    """Return `count` messages with keys from 1."""
    return [sample(key) for key in range(1, count + 1)]


def every_message_has_one_receipt(subject: Subject) -> None:
    """Each message pulled gets exactly one receipt, and nothing else does."""
    receipts = _delivered(subject, samples(50))
    _expect(sorted(one.key for one in receipts) == list(range(1, 51)), "one receipt a message")
    _expect(all(one.accepted for one in receipts), f"all are taken: {receipts}")


def bytes_arrive_as_they_are(subject: Subject) -> None:
    """What arrives is what was handed over, whatever its shape."""
    shapes = [
        b"x" * 980,
        b"=2E" + b"y" * 60,
        b"a dot. In the middle=\r\nand =2E",
        b"\r\n\r\n\r\n",
        (b"z" * 74 + b"=\r\n") * 4000,
    ]
    messages = [sample(key, shape) for key, shape in enumerate(shapes, 1)]
    _delivered(subject, messages)
    arrived = subject.arrived()
    if arrived is not None:
        _expect(sorted(arrived) == sorted(map(bytes, messages)), "the bytes are the same")


def no_messages_is_no_work(subject: Subject) -> None:
    """An iterator that is empty ends the delivery without a receipt."""
    _expect(_delivered(subject, []) == [], "no receipts")


def it_does_not_pull_ahead(subject: Subject) -> None:
    """It never holds more messages than it can have in flight."""
    source = Source(samples(300))
    answered = 0
    backend = subject.make()
    for group in backend.deliver(source):
        answered += len(group)
        _expect(
            source.pulled - answered <= subject.in_flight,
            f"at most {subject.in_flight} in flight, not {source.pulled - answered}",
        )
    backend.close()
    _expect(answered == 300, "all are answered")


def it_sends_again_what_it_sent(subject: Subject) -> None:
    """`deliver` may be called again, and the same message again has a receipt again."""
    backend = subject.make()
    for _ in range(2):
        keys = [one.key for group in backend.deliver(iter(samples(3))) for one in group]
        _expect(sorted(keys) == [1, 2, 3], "each time")
    backend.close()


def an_error_of_the_source_passes(subject: Subject) -> None:
    """What the iterator raises comes out of `deliver` unchanged."""

    class Trouble(Exception):
        pass

    def source() -> Iterator[Message]:
        yield sample(1)
        raise Trouble

    backend = subject.make()
    try:
        for _ in backend.deliver(source()):
            pass
    except Trouble:
        return
    finally:
        backend.close()
    raise AssertionError("the error was swallowed")


def it_can_be_closed_midway(subject: Subject) -> None:
    """Closing the generator lets go of everything at once and pulls nothing more."""
    source = Source(samples(300))
    backend = subject.make()
    groups = backend.deliver(source)
    while not next(groups):
        pass
    pulled = source.pulled
    groups.close()  # type: ignore[attr-defined]  # a generator, as the protocol says
    backend.close()
    _expect(source.pulled == pulled, "nothing is pulled any more")


CLAIMS: Sequence[Callable[[Subject], None]] = (
    every_message_has_one_receipt,
    bytes_arrive_as_they_are,
    no_messages_is_no_work,
    it_does_not_pull_ahead,
    it_sends_again_what_it_sent,
    an_error_of_the_source_passes,
    it_can_be_closed_midway,
)
"""All of the contract, in the order in which to run it."""


def _delivered(subject: Subject, messages: list[Message]) -> list[Receipt]:
    backend = subject.make()
    receipts = [one for group in backend.deliver(iter(messages)) for one in group]
    backend.close()
    return receipts


def _expect(held: bool, claim: str) -> None:
    if not held:
        raise AssertionError(claim)
