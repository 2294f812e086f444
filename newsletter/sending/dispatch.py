"""The seam between a mailing and whoever sends it: this process, or workers anywhere."""

from collections.abc import Callable
from typing import Protocol
from zoneinfo import ZoneInfo

from newsletter.model import DeliveryState, Month
from newsletter.sending.outfit import Outfit, Tally
from newsletter.sending.run import Watch
from newsletter.sending.start import never, send


def nowhere(_done: int, _total: int) -> None:
    """Show it to nobody."""


class Dispatcher(Protocol):
    """Brings a mailing's deliveries to whoever sends them."""

    def send(
        self,
        outfit: Outfit,
        month: Month,
        zone: ZoneInfo,
        *,
        only: DeliveryState | None = None,
        stop: Callable[[], bool] = never,
        watch: Watch = nowhere,
    ) -> Tally:
        """Send the month's mailing, or go on with it, until nothing more may go now.

        The audience is frozen and every letter is rehearsed before the first message goes. With
        `only`, deliveries in that state are tried again, each once. `stop` is asked now and then;
        `watch` is told how many of how many are done. Calling again goes on, whatever happened.
        Raises MailingError, LeaseHeld where another kind of sender has the mailing, and
        BackendError or DatabaseError.
        """
        ...


class Local:
    """This process sends, alone: one sender at a time, by a lease."""

    def send(
        self,
        outfit: Outfit,
        month: Month,
        zone: ZoneInfo,
        *,
        only: DeliveryState | None = None,
        stop: Callable[[], bool] = never,
        watch: Watch = nowhere,
    ) -> Tally:
        """See `Dispatcher.send`; returns when it is done. With `stop` sending ends."""
        return send(outfit, month, zone, only=only, stop=stop, watch=watch)
