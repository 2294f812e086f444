"""The clock: APScheduler, which only wakes us. What is to be done is decided from the tables.

Its jobs are textual references in a table that may be deleted at any time between two runs.
"""

from contextlib import suppress
from datetime import datetime, timedelta

from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from newsletter.config import Settings
from newsletter.schedule import trigger

EVERY = 20
"""Seconds between two looks at what there is to do."""

_BACKUP_EVERY = 10
"""Minutes between two looks at whether last night's copy is there."""
_SETTLED = timedelta(minutes=1)
"""A start has more urgent things to do than a copy."""

_RUN = "newsletter.service.run"


def wind_up(engine: Engine, settings: Settings) -> BackgroundScheduler:
    """Return the clock, not started yet.

    A strike is never too late for it (what is too late is decided elsewhere), several missed ones
    are one, and a job never runs beside itself.
    """
    clock = BackgroundScheduler(
        jobstores={"default": SQLAlchemyJobStore(engine=engine)},
        job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        timezone=settings.zone,
    )
    set_jobs(clock, settings)
    return clock


def set_jobs(clock: BackgroundScheduler, settings: Settings) -> None:
    """Put the jobs in, or anew: some at once and every little while, the rest in its time."""
    now = datetime.now(settings.zone)
    for name in ("strike", "watch", "work"):
        clock.add_job(
            f"{_RUN}:fire_{name}",
            "interval",
            seconds=EVERY,
            id=name,
            next_run_time=now,
            replace_existing=True,
        )
    clock.add_job(
        f"{_RUN}:fire_backup",
        "interval",
        minutes=_BACKUP_EVERY,
        id="backup",
        next_run_time=now + _SETTLED,
        replace_existing=True,
    )
    due = trigger(settings.schedule, settings.zone)
    clock.add_job(f"{_RUN}:fire_work", due, id="month", replace_existing=True)


def runs(clock: BackgroundScheduler) -> bool:
    """Tell whether the clock's thread is alive: it can die while the process lives on."""
    thread = getattr(clock, "_thread", None)
    return thread is not None and thread.is_alive()


def stop(clock: BackgroundScheduler) -> None:
    """Stop the clock and wait until what it has started is done.

    On its way out it looks for jobs once more and can start none: so it finds none.
    """
    if clock.running:
        with suppress(SQLAlchemyError):
            clock.remove_all_jobs()
        clock.shutdown(wait=True)
