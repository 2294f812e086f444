"""The seam between the sender and the place messages go to.

The seam is a stream, not a call a message: the backend pulls messages as it can take them, and
hands back receipts as they arrive. The sender commits each group of receipts before it lets the
backend go on, so back-pressure, pipelining and the bound on duplicates follow from this one shape.
"""

from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple, Protocol


def always() -> bool:
    """Yes, it is wanted."""
    return True


class Message(NamedTuple):
    """One reader's finished mail.

    `key` is the sender's own number for it and comes back in the Receipt. `segments` are the
    bytes in order, ASCII, CRLF line ends, lines of at most 998 octets, no line that begins with a
    dot, and a CRLF at the very end, so that SMTP needs no dot-stuffing (RFC 5321, 4.5.2).

    `wanted` tells whether its reader may still be mailed. A backend that holds messages for a
    while asks as late as it can, and answers with a Receipt that says `withdrawn` where not.
    """

    key: int
    sender: str
    recipient: str
    segments: tuple[bytes, ...]
    wanted: Callable[[], bool] = always

    def __bytes__(self) -> bytes:
        return b"".join(self.segments)

    @property
    def size(self) -> int:
        """Octets on the wire, without the final dot."""
        return sum(map(len, self.segments))


class Stage(StrEnum):
    """How far the conversation about a message had come when its fate was known."""

    CONNECT = "connect"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    BODY = "body"
    """Its bytes were on the way: without a reply nobody knows whether it was taken."""
    DONE = "done"
    """The server's final reply, to the whole message."""


class Receipt(NamedTuple):
    """What the backend answers for one message.

    `code` is the SMTP reply code (0 where the conversation broke off and there was none), `status`
    the enhanced status code (RFC 3463) or "", `reply` the server's own words on one line.
    `uncertain` is true where the bytes were handed over and no reply came, `withdrawn` where they
    were held back because the message was no longer `wanted`.
    """

    key: int
    accepted: bool
    stage: Stage = Stage.DONE
    code: int = 250
    status: str = ""
    reply: str = ""
    uncertain: bool = False
    withdrawn: bool = False

    @property
    def words(self) -> str:
        """The answer as the server gave it, with its code: `250 2.0.0 taken`."""
        return f"{self.code} {self.reply}".strip() if self.code else self.reply


class Backend(Protocol):
    """Where messages go.

    Made by `factory(settings)` from its entry point in the group `newsletter.backends`, where
    settings is the whole `newsletter.config.Settings`.
    """

    def deliver(self, messages: Iterator[Message]) -> Iterator[Sequence[Receipt]]:
        """Take messages as fast as they can be handed on; yield receipts as they are known.

        Every message pulled from `messages` gets exactly one Receipt, in any order, unless the
        iterator raises. A backend must not pull further ahead than it can have in flight.
        An empty group is allowed, and is good manners at least once a second while waiting: it
        lets the sender keep its lease and hear a stop. When `messages` ends, what is in flight is
        finished and its receipts yielded. Pulling may block a while: the sender keeps the pace.

        Raises BackendRefused where login or TLS is refused and BackendError where no message can
        be handed over at all; receipts known by then are yielded first.
        """
        ...

    def close(self) -> None:
        """Let go of connections and files. `deliver` is not called again."""
        ...
