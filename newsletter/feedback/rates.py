"""How many letters came back, and how many readers complained, measured by what providers bear.

Gmail and Yahoo ask of whoever sends in bulk that fewer than 1 reader in 1,000 complains, and turn
away mail from where 3 in 1,000 do (their sender guidelines of February 2024).
"""

from dataclasses import dataclass

from sqlalchemy import Connection

from newsletter.feedback.weigh import Bearing
from newsletter.model import DeliveryState
from newsletter.postbox import Kind
from newsletter.store import mailings, returns

COMPLAINTS_WARN = 0.1
"""Complaints in 100 letters from which on something should be done."""
COMPLAINTS_LIMIT = 0.3
"""Complaints in 100 letters from which on large providers refuse."""


@dataclass(frozen=True, slots=True)
class Rates:
    """What came back of one mailing. `letters` were handed over, or refused for good."""

    letters: int
    hard: int
    soft: int
    ours: int
    complaints: int

    @property
    def bounced(self) -> int:
        """Letters that did not arrive."""
        return self.hard + self.soft + self.ours

    @property
    def bounce_percent(self) -> float:
        """Bounced letters in 100."""
        return _percent(self.bounced, self.letters)

    @property
    def complaint_percent(self) -> float:
        """Complaints in 100 letters."""
        return _percent(self.complaints, self.letters)

    def as_json(self) -> dict[str, object]:
        """Return what `newsletter status --json` says of it."""
        return {
            "bounced": self.bounced,
            "bounced_hard": self.hard,
            "bounced_soft": self.soft,
            "bounced_ours": self.ours,
            "complaints": self.complaints,
            "bounce_percent": self.bounce_percent,
            "complaint_percent": self.complaint_percent,
        }


def rates(connection: Connection, mailing_id: int) -> Rates:
    """Return what has come back of a mailing so far."""
    found = returns.counts(connection, mailing_id)
    states = mailings.counts(connection, mailing_id)

    def bounced(bearing: Bearing) -> int:
        return found.get((Kind.BOUNCE.value, bearing.value), 0)

    return Rates(
        letters=states[DeliveryState.SENT] + states[DeliveryState.FAILED],
        hard=bounced(Bearing.HARD),
        soft=bounced(Bearing.SOFT),
        ours=bounced(Bearing.OURS),
        complaints=sum(number for (kind, _), number in found.items() if kind == Kind.COMPLAINT),
    )


def _percent(number: int, whole: int) -> float:
    return round(100 * number / whole, 3) if whole else 0.0
