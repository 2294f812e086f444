"""The service: one process that owns the clock."""

import signal
import threading
from itertools import islice
from types import FrameType

import structlog
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler

from newsletter.bootstrap import App
from newsletter.service import jobs
from newsletter.service.schedule import next_times, trigger

log = structlog.get_logger()


class Service:
    """The running service. Jobs in the store are textual references that find it here."""

    running: "Service | None" = None

    def __init__(self, app: App) -> None:
        self.app = app
        self.stopping = threading.Event()
        self.scheduler = self._scheduler()

    def _scheduler(self) -> BackgroundScheduler:
        """Return the clock: late jobs run once, within `late_by`, and never twice at a time."""
        settings = self.app.settings
        grace = int(settings.schedule.late_by.total_seconds())
        scheduler = BackgroundScheduler(
            jobstores={"default": SQLAlchemyJobStore(engine=self.app.engine)},
            job_defaults={"misfire_grace_time": grace, "coalesce": True, "max_instances": 1},
            timezone=settings.zone,
        )
        month, go_on = "newsletter.service.run:fire_month", "newsletter.service.run:fire_go_on"
        due = trigger(settings.schedule, settings.zone)
        scheduler.add_job(month, due, id="month", replace_existing=True)
        scheduler.add_job(go_on, "interval", minutes=1, id="go-on", replace_existing=True)
        return scheduler

    def run(self) -> None:
        """Run until SIGTERM or SIGINT; what is in flight then is finished and recorded."""
        before = {name: signal.signal(name, self._stop) for name in _SIGNALS}
        Service.running = self
        self.scheduler.start()
        self._say_what_comes()
        self.fire(jobs.send_due_month)
        try:
            while not self.stopping.wait(1.0):
                pass
        finally:
            self.scheduler.shutdown(wait=True)
            Service.running = None
            for name, handler in before.items():
                signal.signal(name, handler)
            log.info("stopped")

    def fire(self, job: jobs.Job) -> None:
        """Run a job now, in this thread."""
        jobs.guarded(job)(self.app, self.stopping.is_set)

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stopping.set()

    def _say_what_comes(self) -> None:
        settings = self.app.settings
        times = next_times(settings.schedule, settings.zone, self.app.clock.now())
        log.info("started", next=[f"{one:%Y-%m-%d %H:%M %Z}" for one in islice(times, 5)])


_SIGNALS = (signal.SIGTERM, signal.SIGINT)


def fire_month() -> None:
    """Send the month that is due; called by the scheduler."""
    _fire(jobs.send_due_month)


def fire_go_on() -> None:
    """Send on what is unfinished; called by the scheduler."""
    _fire(jobs.go_on)


def _fire(job: jobs.Job) -> None:
    if Service.running is not None:
        Service.running.fire(job)
