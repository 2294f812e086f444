"""What this room is given to work with."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event

from sqlalchemy import Connection, Engine

from newsletter.clock import Clock
from newsletter.config import Settings
from newsletter.delivery import Backend
from newsletter.languages import Languages
from newsletter.links import Links
from newsletter.message import ascii_address
from newsletter.message.dkim import Signer
from newsletter.message.return_path import ReturnPath
from newsletter.rendering.notes import Notes
from subscribers.address import parse
from subscribers.errands import Errand, Kind
from subscribers.model import Subscriber
from subscribers.tokens import Purpose, Tokens

PURPOSES = {Kind.SUBSCRIBE: Purpose.CONFIRM, Kind.DATA: Purpose.DATA, Kind.MOVE: Purpose.MOVE}
"""What an errand's link is for."""


@dataclass(frozen=True, slots=True)
class Office:
    """Its tools. `bell` wakes whoever makes the rounds; `forget` clears a reader from the rest
    of the database, in the transaction that erases them. `sleep` waits for some seconds.
    """

    settings: Settings
    engine: Engine
    clock: Clock
    tokens: Tokens
    languages: Languages
    notes: Notes
    open_backend: Callable[[], Backend]
    forget: Callable[[Connection, Subscriber], None]
    signer: Signer | None = None
    bell: Event = field(default_factory=Event)
    sleep: Callable[[float], None] = time.sleep

    @property
    def links(self) -> Links:
        """Makes the addresses in readers' mails."""
        own = self.settings.newsletter
        unsubscribe = self.settings.subscriptions.unsubscribe_address or self.sender
        return Links(own.public_url.rstrip("/"), unsubscribe, self.tokens)

    @property
    def sender(self) -> str:
        """The address that mail comes from."""
        return ascii_address(self.settings.newsletter.from_) or ""

    def return_path(self, reader: Subscriber, email: str) -> str:
        """Return the envelope's sender of a mail to a reader, at whatever address."""
        paths = ReturnPath(self.settings.bounces.return_path, self.tokens)
        return paths.of_reader(reader.id, parse(email).key, self.sender)

    def link(self, errand: Errand) -> str:
        """Return the address where an errand is done."""
        return self.links.errand(PURPOSES[errand.kind], errand.id, errand.facts)
