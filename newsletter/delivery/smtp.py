"""The backend `smtp`: a relay, over a few pipelined connections."""

from collections.abc import Iterator, Sequence

from newsletter.config import Settings
from newsletter.delivery.connect import connector
from newsletter.delivery.link import Limits
from newsletter.delivery.protocol import Message, Receipt
from newsletter.delivery.pump import pumped


class SmtpBackend:
    """Speaks to `delivery.smtp` over up to `delivery.connections` connections.

    Raises ConfigError where the password or the certificates can't be read.
    """

    def __init__(self, settings: Settings) -> None:
        smtp = settings.delivery.smtp
        self._connect = connector(smtp)
        self._limits = Limits(
            connections=settings.delivery.connections,
            messages=smtp.messages_per_connection,
            age=smtp.connection_age.total_seconds(),
            reply=smtp.reply_timeout.total_seconds(),
            data=smtp.data_timeout.total_seconds(),
        )

    def deliver(self, messages: Iterator[Message]) -> Iterator[Sequence[Receipt]]:
        """Hand messages to the relay; see `Backend.deliver` and `Pump.turns`."""
        return pumped(self._connect, self._limits, iter(messages))

    def close(self) -> None:
        """Nothing is held between calls of `deliver`."""
