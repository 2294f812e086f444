"""Short ways to send a few messages by SMTP and see what came of it."""

from collections.abc import Iterable, Iterator
from typing import Protocol

from newsletter.config import Delivery, Settings, Smtp
from newsletter.delivery import Message, Receipt
from newsletter.delivery.contract import samples
from newsletter.delivery.smtp import SmtpBackend


class Server(Protocol):
    """Something that listens."""

    host: str
    port: int


def smtp(server: Server, connections: int = 1, **options: object) -> SmtpBackend:
    """Return the backend for a server on loopback; without encryption unless asked for."""
    given = {"host": server.host, "port": server.port, "local_hostname": "me.test", **options}
    given.setdefault("security", "none")
    section = Smtp.model_validate(given)
    return SmtpBackend(Settings(delivery=Delivery(connections=connections, smtp=section)))


def sent(
    server: Server,
    messages: Iterable[Message] | int = 1,
    connections: int = 1,
    **options: object,
) -> dict[int, Receipt]:
    """Send messages (a number: so many samples) and return the receipts by key."""
    many = samples(messages) if isinstance(messages, int) else messages
    return by_key(smtp(server, connections, **options).deliver(iter(many)))


def by_key(groups: Iterator[Iterable[Receipt]]) -> dict[int, Receipt]:
    """Return the receipts by key; two for one message are an error."""
    receipts: dict[int, Receipt] = {}
    for group in groups:
        for one in group:
            assert one.key not in receipts
            receipts[one.key] = one
    return receipts
