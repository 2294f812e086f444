"""The seam between what reads returned mail and the place where it lies."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Item:
    """A message that lies there: what to call it, its octets, and how to get them.

    `place` is the source's own. `read` raises MailboxError where the place can't be read.
    """

    name: str
    size: int
    read: Callable[[], bytes] = field(repr=False)
    place: object = field(default=None, repr=False)


class Source(Protocol):
    """Where returned mail lies.

    A message is acknowledged by `done` or `aside` only when what follows from it is committed: a
    crash before that brings it again, and its identity is known by then.
    """

    def items(self) -> Iterator[Item]:
        """Yield what was not acknowledged, in a lasting order. Raises MailboxError."""
        ...

    def done(self, item: Item) -> None:
        """Note that a message was read, as far as the place keeps notes. Raises MailboxError."""
        ...

    def aside(self, item: Item) -> None:
        """Note that a message can't be read: it waits for a person. Raises MailboxError."""
        ...

    def close(self) -> None:
        """Let go of connections and files."""
        ...
