"""The clock: APScheduler, which only wakes us. What is to be done is decided from the tables.

Its jobs are textual references in a table that may be deleted at any time between two runs.
"""

from contextlib import suppress
from datetime import datetime

from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from newsletter.config import Settings
from newsletter.schedule import trigger
from newsletter.service.rota import TASKS, WORK
from newsletter.store.engine import translated, writing

_FIRE = "newsletter.service.run:fire"
"""What the clock calls, with the name of a task."""

_OWN_TIME = "month"
"""Beside the regular looks, the month's own time wakes the work, to the minute."""


class _Jobs(SQLAlchemyJobStore):  # type: ignore[misc]
    """The clock's jobs. The engine is the application's, so it outlives the clock.

    APScheduler would let go of its pool, and connections that others still use would never close.
    """

    def shutdown(self) -> None:
        """Leave the engine alone."""


def wind_up(engine: Engine, settings: Settings) -> BackgroundScheduler:
    """Return the clock, not started yet.

    A strike is never too late for it (what is too late is decided elsewhere), several missed ones
    are one, and a job never runs beside itself.
    """
    return BackgroundScheduler(
        jobstores={"default": _Jobs(engine=engine)},
        job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        timezone=settings.zone,
    )


def start(clock: BackgroundScheduler, engine: Engine, settings: Settings) -> None:
    """Start it with its jobs, and none that a crash or an older version has left behind.

    Only for whoever holds the lease: another service's jobs would be swept away too. Raises
    DatabaseError. The table is made by ourselves: APScheduler would look first and write then,
    which SQLite refuses at once where another connection writes in between.
    """
    with writing(engine) as connection:
        _Jobs(engine=engine).jobs_t.create(connection, checkfirst=True)
    with translated(engine):
        clock.start(paused=True)
        clock.remove_all_jobs()
        set_jobs(clock, settings)
        clock.resume()


def set_jobs(clock: BackgroundScheduler, settings: Settings) -> None:
    """Put the jobs in, or anew: each task in its turn, and the work at the month's own time."""
    now = datetime.now(settings.zone)
    for name, task in TASKS.items():
        turns = IntervalTrigger(seconds=task.every.total_seconds(), timezone=settings.zone)
        _put(clock, name, name, turns, next_run_time=now + task.after)
    _put(clock, _OWN_TIME, WORK, trigger(settings.schedule, settings.zone))


def _put(
    clock: BackgroundScheduler, id_: str, task: str, when: BaseTrigger, **more: datetime
) -> None:
    clock.add_job(_FIRE, when, args=(task,), id=id_, replace_existing=True, **more)


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
