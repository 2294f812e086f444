"""The place of the one service on a database: taken or waited for, kept, given back.

Several machines may each have a service; one of them has the place, and the others stand by.
"""

import time
from threading import Event

import structlog

from newsletter.bootstrap import App
from newsletter.errors import LeaseHeld, OutsideError
from newsletter.service import systemd
from newsletter.store import leases
from newsletter.store.engine import reading, writing

log = structlog.get_logger()

_SIGN_OF_LIFE = 10.0
"""Seconds between two renewals of the lease."""
_ASKS_AGAIN = 5.0
"""Seconds between two tries of a service that stands by."""


class Place:
    """Ours, or somebody else's: a lease, by the clock that all machines share."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._holder = leases.Holder.this_process()
        self._renewed = 0.0

    def take(self) -> None:
        """Become the one service. Raises LeaseHeld saying who is."""
        with writing(self._app.engine) as connection:
            leases.take(connection, leases.SERVICE, self._holder, self._app.shared_clock.now())
        self._renewed = time.monotonic()

    def wait_for(self, stopping: Event) -> bool:
        """Stand by until nobody else is the service; return False where we are stopped first."""
        waits = False
        while not stopping.is_set():
            try:
                self.take()
            except OutsideError as error:
                if not waits and not isinstance(error, LeaseHeld):
                    raise
                if not waits:
                    log.info("standing by", why=error.message)
                    systemd.notify("READY=1")
                waits = True
                systemd.notify("WATCHDOG=1", f"STATUS=stands by: {error.message}")
                stopping.wait(_ASKS_AGAIN)
            else:
                return True
        return False

    def require(self) -> None:
        """Raise LeaseHeld where another service has taken our place."""
        with reading(self._app.engine) as connection:
            if not leases.is_ours(connection, leases.SERVICE, self._holder):
                raise _taken()

    def keep(self) -> None:
        """Renew the lease now and then. Raises LeaseHeld where another service has taken it."""
        if time.monotonic() - self._renewed < _SIGN_OF_LIFE:
            return
        self._renewed = time.monotonic()
        app = self._app
        try:
            with writing(app.engine) as connection:
                now = app.shared_clock.now()
                ours = leases.renew(connection, leases.SERVICE, self._holder, now)
        except OutsideError as error:
            log.error("no sign of life could be given", error=error.message, hint=error.hint)
            return
        if not ours:
            raise _taken()

    def give_back(self) -> None:
        """Let another one have it."""
        with writing(self._app.engine) as connection:
            leases.release(connection, leases.SERVICE, self._holder)


def _taken() -> LeaseHeld:
    return LeaseHeld(
        "another service has taken our place",
        hint="this one was silent for more than a minute; run one of them",
    )
