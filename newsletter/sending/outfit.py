"""What the sender is given, and what it answers."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from sqlalchemy import Engine

from newsletter.clock import Clock
from newsletter.config import Bounces, Delivery
from newsletter.delivery import Backend
from newsletter.message.dkim import Signer
from newsletter.model import DeliveryState, Mailing, MailingState, Month
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
    nothing is signed. `sleep` waits for some seconds; nothing else in the sender does. `bounces`
    says where letters come back to, and when soft refusals are too many.
    """

    engine: Engine
    clock: Clock
    policy: Delivery
    tokens: Tokens
    open_backend: Callable[[], Backend]
    signer: Signer | None = None
    sleep: Callable[[float], None] = time.sleep
    alert: Alert = log_pause
    bounces: Bounces = field(default_factory=Bounces)


@dataclass(frozen=True, slots=True)
class Hold:
    """Why nothing goes out for hours, in words, and until when (aware, in UTC)."""

    why: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Tally:
    """How a mailing stands: editions in use and deliveries by state. `planned` is all of them.

    `hold` says what stopped the run, if anything did; `next_try_at` is when the next deferred
    reader is due.
    """

    mailing: Mailing
    editions: int
    counts: dict[DeliveryState, int]
    hold: Hold | None = None
    next_try_at: datetime | None = None

    @property
    def planned(self) -> int:
        """How many readers the mailing has, skipped ones included."""
        return sum(self.counts.values())

    @property
    def waiting(self) -> int:
        """How many are not settled yet."""
        settled = (DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.SKIPPED)
        return self.planned - sum(self.counts[state] for state in settled)

    @property
    def goes_on_at(self) -> datetime | None:
        """When more can be done; None where that is for a person to decide, or nothing is left."""
        if self.mailing.state is not MailingState.SENDING:
            return None
        return self.hold.until if self.hold else self.next_try_at

    def as_json(self) -> dict[str, object]:
        """Return the document that `newsletter send --json` prints."""
        return {"month": str(self.mailing.month), "editions": self.editions} | self.numbers()

    def numbers(self) -> dict[str, int]:
        """Return how many readers there are, and in which of the states that can last."""
        shown = ("sent", "deferred", "failed", "skipped", "uncertain")
        return {"planned": self.planned} | {
            state: self.counts[DeliveryState(state)] for state in shown
        }
