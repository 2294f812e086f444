"""The backend `memory`: messages stay in a list. For tests and dry runs; part of the public API."""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from newsletter.config import Settings
from newsletter.delivery.protocol import Message, Receipt

Answer = Callable[[Message], Receipt | None]
"""What a scripted server says to a message; None takes it."""


class MemoryBackend:
    """Keeps what it is given in `delivered`, in order.

    `answer` scripts the server: its Receipt is handed back, and the message is kept only where
    that Receipt says accepted. `in_flight` is how many messages are pulled before their receipts
    are yielded together, as a server with so many connections would have it.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        answer: Answer | None = None,
        in_flight: int = 50,
    ) -> None:
        self.delivered: list[Message] = []
        self.closed = False
        self._answer = answer
        self._in_flight = in_flight

    def deliver(self, messages: Iterator[Message]) -> Iterator[Sequence[Receipt]]:
        """Keep each message; yield receipts in groups of at most `in_flight`."""
        messages = iter(messages)
        while group := [self._take(message) for message in islice(messages, self._in_flight)]:
            yield group

    def _take(self, message: Message) -> Receipt:
        receipt = self._answer(message) if self._answer else None
        if receipt is None:
            receipt = Receipt(message.key, accepted=True, status="2.0.0", reply="2.0.0 kept")
        if receipt.accepted:
            self.delivered.append(message)
        return receipt

    def close(self) -> None:
        """Note that it was closed; `delivered` stays."""
        self.closed = True
