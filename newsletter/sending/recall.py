"""Readers who leave after the claim: held back as long as their message can be."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection, Engine

from newsletter.clock import Clock
from newsletter.store.engine import reading
from newsletter.store.leaving import gone_in_flight, writes_of_others


@dataclass
class Recall:
    """Knows whose messages in flight are no longer wanted, and why: `gone`, by delivery.

    It is made before the first claim, on the connection that claims; so whatever others commit
    after a claim is seen.
    """

    engine: Engine
    connection: Connection
    clock: Clock
    mailing_id: int
    gone: Mapping[int, str] = field(default_factory=dict)
    _seen: int | None = field(init=False)

    def __post_init__(self) -> None:
        self._seen = writes_of_others(self.connection)

    def wanted(self, delivery_id: int) -> bool:
        """Tell whether a claimed reader may still be mailed."""
        now_seen = writes_of_others(self.connection)
        if now_seen is None or now_seen != self._seen:
            self._seen = now_seen
            with reading(self.engine) as snapshot:
                self.gone = gone_in_flight(snapshot, self.mailing_id, self.clock.now())
        return delivery_id not in self.gone
