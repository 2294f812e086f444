"""The backend `console`: says what would be sent, a line a message."""

import sys
from collections.abc import Iterator, Sequence
from email.parser import BytesHeaderParser
from email.policy import default
from typing import TextIO

from newsletter.config import Settings
from newsletter.delivery.protocol import Message, Receipt

_HEADERS = BytesHeaderParser(policy=default)


class ConsoleBackend:
    """Prints to stderr: stdout belongs to a command's own answer."""

    def __init__(self, settings: Settings | None = None, *, stream: TextIO | None = None) -> None:
        self._stream = stream

    def deliver(self, messages: Iterator[Message]) -> Iterator[Sequence[Receipt]]:
        """Print each message as it comes."""
        for message in messages:
            print(line(message), file=self._stream or sys.stderr, flush=True)
            yield (Receipt(message.key, accepted=True, status="2.0.0", reply="2.0.0 printed"),)

    def close(self) -> None:
        """Nothing is held."""


def line(message: Message) -> str:
    """Return recipient, subject and size on one line, with nothing a terminal would act on."""
    subject = _HEADERS.parsebytes(bytes(message)).get("Subject", "")
    text = f"{message.recipient}  {subject}  ({message.size / 1000:.1f} kB)"
    return "".join(c if c.isprintable() else "�" for c in text)
