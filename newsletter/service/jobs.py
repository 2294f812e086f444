"""What the service does when the clock strikes. The truth is in the mailings, not in the clock."""

from collections.abc import Callable
from datetime import datetime

import structlog
from sqlalchemy import Connection

from newsletter import publishing
from newsletter.bootstrap import App
from newsletter.errors import LeaseHeld, NewsletterError
from newsletter.model import Mailing, MailingState, Month
from newsletter.sending import send
from newsletter.service.schedule import month_for, next_times
from newsletter.store import ledger, mailings
from newsletter.store.engine import reading

log = structlog.get_logger()

Job = Callable[[App, Callable[[], bool]], None]
"""Something the clock starts; the second argument says when to stop."""


def due_month(app: App, now: datetime) -> Month | None:
    """Return the month whose time came last, unless that is longer ago than `late_by`."""
    schedule, zone = app.settings.schedule, app.settings.zone
    last = None
    for moment in next_times(schedule, zone, now - schedule.late_by):
        if moment > now:
            break
        last = moment
    return month_for(schedule, last) if last else None


def send_due_month(app: App, stop: Callable[[], bool]) -> None:
    """Freeze and send the month that is due, if that has not been done yet."""
    month = due_month(app, app.clock.now())
    if month is None:
        return
    with reading(app.engine) as connection:
        mailing = mailings.find(connection, month)
    if mailing is None and app.settings.schedule.approval == "required":
        log.warning(
            "month waits for approval", month=str(month), todo=f"newsletter approve {month}"
        )
    elif mailing is None:
        publishing.freeze(app.settings, app.engine, app.renderer, month, app.clock.now())
        _send(app, month, stop)
    elif mailing.state in (MailingState.SCHEDULED, MailingState.SENDING):
        _send(app, month, stop)


def go_on(app: App, stop: Callable[[], bool]) -> None:
    """Send what was approved after its time, interrupted, or deferred and may be tried now."""
    for mailing in _unfinished(app):
        _send(app, mailing.month, stop)


def _unfinished(app: App) -> list[Mailing]:
    now, due = app.clock.now(), due_month(app, app.clock.now())
    hold = app.settings.delivery.on_uncertain == "hold"

    def can_go_on(connection: Connection, one: Mailing) -> bool:
        if one.state is MailingState.SCHEDULED:
            return one.month == due
        sending = one.state is MailingState.SENDING
        return sending and ledger.has_work(connection, one.id, now, hold=hold)

    with reading(app.engine) as connection:
        return [one for one in mailings.all_of(connection) if can_go_on(connection, one)]


def _send(app: App, month: Month, stop: Callable[[], bool]) -> None:
    result = send(app.outfit, month, app.settings.zone, stop=stop)
    log.info("mailing", month=str(month), state=result.mailing.state.value, **result.numbers())


def guarded(job: Job) -> Job:
    """Wrap a job so that an error is said, with its hint, and the clock goes on."""
    name = job.__name__

    def run(app: App, stop: Callable[[], bool]) -> None:
        try:
            job(app, stop)
        except LeaseHeld as error:
            log.info("another sender is at work", job=name, holder=error.message)
        except NewsletterError as error:
            log.error("job failed", job=name, error=error.message, hint=error.hint)
        except Exception:
            log.exception("job failed in a way nobody foresaw", job=name)

    return run
