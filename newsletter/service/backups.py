"""A copy of the database each night, and only so many of them."""

import re
from collections.abc import Iterable
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import structlog

from newsletter.bootstrap import App
from newsletter.errors import NewsletterError
from newsletter.service.duty import Duty, say
from newsletter.service.notices import Audience, Notice
from newsletter.service.patience import HOUR
from newsletter.service.telling import forget
from newsletter.store import upkeep
from newsletter.store.engine import sqlite_file

log = structlog.get_logger()

AT = timedelta(hours=3)
"""After midnight, in the newsletter's zone; where it was missed, as soon as may be."""

_KEY = "backup"
_NAME = re.compile(r"newsletter-\d{4}-\d\d-\d\d\.db")


def name_of(day: date) -> str:
    """Return the file name of a day's copy."""
    return f"newsletter-{day.isoformat()}.db"


def expired(names: Iterable[str], keep: int) -> list[str]:
    """Return which nightly copies are one too many, the oldest first; other files are none of ours.

    The names hold the day, so their order is the days'.
    """
    ours = sorted(name for name in names if _NAME.fullmatch(name))
    return ours[: max(0, len(ours) - keep)]


def nightly(app: App) -> Path | None:
    """Make last night's copy, if it is wanted and not there; then let the oldest go.

    Returns the new file. Raises DatabaseError where it can't be made; the old ones stay then.
    """
    own = app.settings.database
    if own.backup_keep == 0 or sqlite_file(app.engine.url) is None:
        return None
    night = (app.clock.now().astimezone(app.settings.zone).replace(tzinfo=None) - AT).date()
    target = own.backup_dir / name_of(night)
    if target.exists():
        return None
    upkeep.back_up(app.engine, target)
    for name in expired((path.name for path in own.backup_dir.iterdir()), own.backup_keep):
        (own.backup_dir / name).unlink(missing_ok=True)
    return target


def back_up(duty: Duty) -> None:
    """Do it as a job: where it fails, people are told, and it is tried again in an hour."""
    now = duty.app.clock.now()
    if duty.stop() or not duty.patience.may_try(_KEY, now):
        return
    try:
        made = nightly(duty.app)
    except (NewsletterError, OSError) as error:
        duty.patience.wait(_KEY, now, HOUR)
        log.error("no backup was made", error=str(error))
        say(duty, _KEY, partial(_failed, duty.app, str(error)))
        return
    if made is not None:
        log.info("backup", file=str(made))
        forget(duty.app, _KEY)


def _failed(app: App, why: str) -> Notice:
    lines = [
        f"Last night's copy of the database could not be made: {why}",
        f"See that {app.settings.database.backup_dir} is there, may be written and has space.",
        "It is tried again every hour. To try by hand: newsletter db backup FILE",
    ]
    subject = "the nightly backup failed"
    return Notice(_KEY, (Audience.OPERATOR,), subject, "\n".join(lines))
