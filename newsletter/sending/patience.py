"""Sending until all is settled, however long that takes: next tries, quiet hours, the ramp."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from newsletter.errors import LeaseHeld
from newsletter.model import DeliveryState, Mailing, MailingState, Month
from newsletter.sending import plan
from newsletter.sending.dispatch import Dispatcher, Local
from newsletter.sending.guard import LOOK, countdown
from newsletter.sending.outfit import Hold, Outfit, Tally
from newsletter.sending.run import Watch
from newsletter.sending.start import never
from newsletter.store.engine import reading

_HERE = Local()
_ASK = timedelta(seconds=1)
"""How often we look whether the mailing is still to be sent."""
_SOMEBODY_ELSE = timedelta(seconds=5)
"""How long to wait where another sender has come before us."""


def send_until_settled(
    outfit: Outfit,
    month: Month,
    zone: ZoneInfo,
    *,
    only: DeliveryState | None = None,
    stop: Callable[[], bool] = never,
    watch: Watch = lambda done, total: None,
    waits: Callable[[Tally], None] = lambda stands: None,
    by: Dispatcher = _HERE,
) -> Tally:
    """Send, and again when more may go, until nobody waits or a person must decide.

    `waits` is told how the mailing stands before each wait. Between the runs others may send: the
    lease is free. Raises what `send` raises.
    """
    stands = by.send(outfit, month, zone, only=only, stop=stop, watch=watch)
    while (until := stands.goes_on_at) and not stop():
        waits(stands)
        if not _sleep(outfit, stands.mailing, until, stop):
            return _stands(outfit, stands.mailing)
        try:
            stands = by.send(outfit, month, zone, stop=stop, watch=watch)
        except LeaseHeld as error:
            hold = Hold(error.message, outfit.clock.now() + _SOMEBODY_ELSE)
            stands = replace(stands, hold=hold)
    return stands


def _sleep(outfit: Outfit, mailing: Mailing, until: datetime, stop: Callable[[], bool]) -> bool:
    """Wait at least a second; tell whether it is time now, and the mailing still to be sent."""
    looked = outfit.clock.now()
    for left in countdown(outfit.clock, max(until, looked + _ASK)):
        now = outfit.clock.now()
        if abs(now - looked) >= _ASK:
            looked = now
            if _stands(outfit, mailing).mailing.state is not MailingState.SENDING:
                return False
        if stop():
            return False
        outfit.sleep(min(left, LOOK).total_seconds())
    return not stop()


def _stands(outfit: Outfit, mailing: Mailing) -> Tally:
    with reading(outfit.engine) as connection:
        return plan.tally(connection, mailing, hold=outfit.policy.on_uncertain == "hold")
