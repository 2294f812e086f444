"""What the sender is given, and what it answers."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from sqlalchemy import Engine

from newsletter.clock import Clock
from newsletter.config import Delivery
from newsletter.delivery import Backend
from newsletter.message.dkim import Signer
from newsletter.model import DeliveryState, Mailing, Month
from subscribers.tokens import Tokens

Alert = Callable[[Month, str], None]
"""Told when a mailing pauses by itself, and why; there is no address in it."""

_log = structlog.get_logger()


def log_pause(month: Month, reason: str) -> None:
    """Write to the log that a mailing has paused by itself."""
    _log.error("mailing paused", month=str(month), reason=reason)


@dataclass(frozen=True, slots=True)
class Outfit:
    """The sender's tools.

    `open_backend` is called once for each run, after everything is ready. Without a `signer`
    nothing is signed. `sleep` waits for some seconds; nothing else in the sender does.
    """

    engine: Engine
    clock: Clock
    policy: Delivery
    tokens: Tokens
    open_backend: Callable[[], Backend]
    signer: Signer | None = None
    sleep: Callable[[float], None] = time.sleep
    alert: Alert = log_pause


@dataclass(frozen=True, slots=True)
class Tally:
    """How a mailing stands: editions in use and deliveries by state. `planned` is all of them."""

    mailing: Mailing
    editions: int
    counts: dict[DeliveryState, int]

    @property
    def planned(self) -> int:
        """How many readers the mailing has, skipped ones included."""
        return sum(self.counts.values())

    @property
    def waiting(self) -> int:
        """How many are not settled yet."""
        settled = (DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.SKIPPED)
        return self.planned - sum(self.counts[state] for state in settled)

    def as_json(self) -> dict[str, object]:
        """Return the document that `newsletter send --json` prints."""
        return {"month": str(self.mailing.month), "editions": self.editions} | self.numbers()

    def numbers(self) -> dict[str, int]:
        """Return how many readers there are, and in which of the states that can last."""
        shown = ("sent", "deferred", "failed", "skipped", "uncertain")
        return {"planned": self.planned} | {
            state: self.counts[DeliveryState(state)] for state in shown
        }
