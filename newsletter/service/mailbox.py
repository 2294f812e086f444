"""The mailbox of returned mail, read again and again; addresses that have rested are woken."""

from contextlib import closing
from datetime import timedelta

import structlog

from newsletter.errors import MailboxError
from newsletter.feedback.consequences import wake
from newsletter.service.duty import Duty
from newsletter.store.engine import writing

log = structlog.get_logger()

_NAME = "mailbox"


def read_returned(duty: Duty) -> None:
    """Read what came back, if it is time. What can't be reached is tried again, later and later."""
    app, now = duty.app, duty.app.clock.now()
    if not duty.patience.may_try(_NAME, now):
        return
    duty.patience.wait(_NAME, now, _pause(app.settings.bounces.every))
    with writing(app.engine) as connection:
        wake(connection, app.settings.bounces, now)
    try:
        for source in app.mailboxes():
            with closing(source):
                for row in app.clerk.process(source):
                    log.info("came back", kind=row.kind, verdict=row.verdict, status=row.status)
                    if duty.stop():
                        return
    except MailboxError as error:
        duty.vitals.mailbox = error.message
        duty.patience.failed(_NAME, now)
        raise
    duty.vitals.mailbox = ""
    duty.patience.done(_NAME)
    duty.patience.wait(_NAME, now, _pause(app.settings.bounces.every))


def _pause(every: timedelta) -> timedelta:
    return max(every, timedelta(seconds=1))
