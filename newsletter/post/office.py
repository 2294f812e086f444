"""What this room is given to work with."""

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
from newsletter.rendering.notes import Notes
from subscribers.errands import Errand, Kind
from subscribers.model import Subscriber
from subscribers.tokens import Purpose, Tokens

PURPOSES = {Kind.SUBSCRIBE: Purpose.CONFIRM, Kind.DATA: Purpose.DATA, Kind.MOVE: Purpose.MOVE}
"""What an errand's link is for."""


@dataclass(frozen=True, slots=True)
class Office:
    """Its tools. `bell` wakes whoever makes the rounds; `forget` clears a reader from the rest
    of the database, in the transaction that erases them.
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

    def link(self, errand: Errand) -> str:
        """Return the address where an errand is done."""
        return self.links.errand(PURPOSES[errand.kind], errand.id, errand.facts)
