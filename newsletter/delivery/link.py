"""One session of the pump: its wire, what is said on it, and how long it has been silent."""

from dataclasses import dataclass

from newsletter.delivery.connect import Connection
from newsletter.delivery.conversation import Conversation
from newsletter.delivery.protocol import Receipt
from newsletter.delivery.replies import Replies

FAREWELL = 2.0
"""Seconds to wait for the answer to QUIT when all else is done."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Connections at once; messages (0: any number) and age of one; seconds to wait for replies."""

    connections: int = 4
    messages: int = 0
    age: float = 300.0
    reply: float = 300.0
    data: float = 600.0


class Link:
    """A session. `stuck` says that the kernel took only a part of what is queued.

    Moments are seconds of the monotonic clock.
    """

    def __init__(self, connection: Connection, limits: Limits, now: float) -> None:
        self.wire = connection.wire
        self.talk = Conversation(connection.offer)
        self.stuck = False
        self._limits = limits
        self._since = now
        self._stirred = now
        self._replies = Replies()

    def listen(self, now: float) -> list[Receipt]:
        """Read what has arrived; return the receipts it settles."""
        talk = self.talk
        try:
            data = self.wire.receive()
        except OSError as error:
            talk.over = talk.over or _lost(error)
            return []
        if data is None:
            return []
        self._stirred = now
        receipts = []
        for reply in self._replies.feed(data):
            receipt = talk.answered(reply)
            if receipt is not None:
                receipts.append(receipt)
        if self._replies.broken or not data:
            talk.over = talk.over or self._replies.broken or "the server closed the connection"
        return receipts

    def speak(self, now: float) -> None:
        """Write what is queued, as far as the kernel takes it."""
        try:
            self.stuck = not self.talk.out.flush(self.wire)
        except OSError:
            self.stuck = False  # its last words may still be there: `listen` meets the end
        self._stirred = now

    def check(self, now: float) -> None:
        """End the session where the other side has kept silent for too long."""
        talk, limits = self.talk, self._limits
        if not (talk.waiting or self.stuck):
            return
        if talk.awaits_verdict:
            patience = limits.data
        else:
            patience = FAREWELL if talk.only_leaving else limits.reply
        if now - self._stirred > patience:
            talk.over = talk.over or f"no answer for {patience:.0f} seconds"

    def worn(self, now: float) -> bool:
        """Whether it has served its time and is to be replaced by a fresh one."""
        begun, limits = self.talk.begun, self._limits
        if not begun:
            return False
        return 0 < limits.messages <= begun or now - self._since > limits.age


def _lost(error: OSError) -> str:
    return f"the connection broke: {error.strerror or error}"
