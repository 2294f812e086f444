"""What ends a run from outside: a stop, a pause by another process, a lease that is lost."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection

from newsletter.clock import Clock
from newsletter.model import MailingState
from newsletter.store import leases, mailings

LEASE = "sender"
LOOK = timedelta(milliseconds=250)
"""How often we look whether somebody paused the mailing, and what is due again."""
_SIGN_OF_LIFE = timedelta(seconds=10)
"""How often the lease is renewed; it lasts six times as long."""


def countdown(clock: Clock, until: datetime) -> Iterator[timedelta]:
    """Yield how long it is until then, again and again; end when the time has come.

    End early where the clock is set back: what was waited for must be worked out anew.
    """
    longest = left = until - clock.now()
    while timedelta() < left <= longest:
        yield left
        longest, left = left, until - clock.now()


@dataclass
class Guard:
    """Watches over one run.

    `halted` says that no more may be claimed; `lost` that another sender has taken our place, so
    that what is still in our hands is its own to judge.
    """

    clock: Clock
    mailing_id: int
    holder: leases.Holder
    stop: Callable[[], bool]
    lease: str = LEASE
    fenced: bool = False
    """Whether others may be at work on the same mailing, so that every transaction must be sure."""
    halted: bool = False
    lost: bool = False
    _next_look: datetime = field(init=False)
    _last_sign: datetime = field(init=False)

    def __post_init__(self) -> None:
        self._next_look = self._last_sign = self.clock.now()

    @property
    def over(self) -> bool:
        """Whether nothing new may begin."""
        return self.halted or self.stop()

    def due(self, now: datetime) -> bool:
        """Tell whether it is time to look again; it is, too, when the clock was set back."""
        return not self._next_look - LOOK <= now < self._next_look

    def fence(self, connection: Connection) -> None:
        """See that our place is still ours, and let nobody take it during this transaction."""
        if self.fenced and not self.lost:
            self.lost = not leases.keep(connection, self.lease, self.holder)
            self.halted = self.halted or self.lost

    def look(self, connection: Connection, now: datetime) -> None:
        """Keep the lease alive, and see whether the mailing may still be sent.

        In a writing transaction, so that what is claimed in it is claimed with a valid lease.
        """
        self._next_look = now + LOOK
        if abs(now - self._last_sign) >= _SIGN_OF_LIFE:
            self._last_sign = now
            self.lost = self.lost or not leases.renew(connection, self.lease, self.holder, now)
        sending = mailings.get(connection, self.mailing_id).state is MailingState.SENDING
        self.halted = self.halted or self.lost or not sending
