"""The service: one process that owns the clock, from its start to its stop."""

import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from itertools import islice
from types import FrameType

import structlog
from starlette.applications import Starlette
from starlette.routing import BaseRoute

from newsletter.bootstrap import App
from newsletter.config import Settings
from newsletter.errors import NewsletterError, OutsideError
from newsletter.post.courier import Courier
from newsletter.schedule import coming, trigger
from newsletter.service import clockwork, health, rota, systemd
from newsletter.service.duty import Duty, guarded, remember_first_start
from newsletter.service.notices import Tell
from newsletter.service.place import Place
from newsletter.service.server import Pages, Server
from newsletter.service.telling import teller
from newsletter.service.vitals import LATE

log = structlog.get_logger()

MakePages = Callable[[App], Sequence[BaseRoute]]
"""Makes the pages that are served beside the health's; again when the settings change."""


def no_pages(_app: App) -> Sequence[BaseRoute]:
    """Serve nothing but health."""
    return ()


class Service:
    """The running service. Jobs in the store are textual references that find it here.

    `load` reads the settings anew at SIGHUP; `tell` brings notices to people, by default as
    [alerts] says.
    """

    running: "Service | None" = None

    def __init__(
        self,
        app: App,
        *,
        load: Callable[[], Settings] | None = None,
        tell: Tell | None = None,
        pages: MakePages = no_pages,
    ) -> None:
        self._stopping = threading.Event()
        self._reload_asked = False
        self._busy = {name: threading.Lock() for name in rota.TASKS}
        self._place = Place(app)
        self._woken = 0.0
        self._load = load or (lambda: app.settings)
        self._make_pages = pages
        self.duty = Duty(app, tell or teller(lambda: self.duty.app), self._stopping.is_set)
        self.duty.vitals.clock_runs = lambda: clockwork.runs(self._clock)
        self._pages = Pages(self._site(app))
        self._clock = clockwork.wind_up(app.engine, app.settings)

    def run(self, *, standby: bool = False) -> int:
        """Run until SIGTERM or SIGINT; what is in flight then is finished and recorded.

        Returns 0, or 1 where something was still in flight after the grace time: then threads
        are left that only the end of the process ends. Raises LeaseHeld where another service
        runs on this database, or with `standby` waits until that one is gone; ConfigError for
        settings that can't be used.
        """
        require_usable(self.duty.app)
        with self._signals():
            if not standby:
                self._place.take()
            elif not self._place.wait_for(self._stopping):
                return 0
            try:
                return self._serve()
            finally:
                self._place.give_back()

    def _serve(self) -> int:
        with self._web(), self._post():
            remember_first_start(self.duty.app)
            Service.running = self
            try:
                clockwork.start(self._clock, self.duty.app.engine, self.duty.app.settings)
                self._say_what_comes("started")
                systemd.notify("READY=1")
                while not self._stopping.wait(1.0):
                    self._beat()
            finally:
                in_time = self._end()
                Service.running = None
        return 0 if in_time else 1

    def fire(self, name: str) -> None:
        """Do a task now, in this thread, unless it is being done already."""
        task, busy = rota.TASKS[name], self._busy[name]
        if busy.acquire(blocking=False):
            try:
                for job in task.jobs:
                    with guarded(job.__name__):
                        self._place.require()
                        job(self.duty)
            finally:
                busy.release()

    def stop(self) -> None:
        """Ask it to end."""
        self._stopping.set()

    def _beat(self) -> None:
        """Look after ourselves, once a second."""
        with guarded("look after the service"):
            if self._reload_asked:
                self._reload_asked = False
                self._reload()
            self._look_after_the_clock()
        self._place.keep()
        if self.duty.vitals.on_time:
            systemd.notify("WATCHDOG=1")

    def _look_after_the_clock(self) -> None:
        """Wind up a new one for one that died; wake one that waits for a time that was set back."""
        app, vitals = self.duty.app, self.duty.vitals
        if not clockwork.runs(self._clock):
            log.error("the clock's thread has died; there is a new one now")
            self._clock.shutdown(wait=False)
            self._clock = clockwork.wind_up(app.engine, app.settings)
            clockwork.start(self._clock, app.engine, app.settings)
        elif not vitals.on_time and time.monotonic() - self._woken > LATE:
            log.error("the clock has not struck; its jobs are set anew", seconds=vitals.silence)
            self._woken = time.monotonic()
            clockwork.set_jobs(self._clock, app.settings)

    def _reload(self) -> None:
        """Take up the settings as they are now, or keep the old ones and say why."""
        systemd.reloading()
        try:
            app = self.duty.app.renewed(self._load())
            require_usable(app)
            pages = self._site(app)
        except NewsletterError as error:
            what = "the new settings are refused, the old ones stay"
            log.error(what, error=error.message, hint=error.hint)
        else:
            self.duty = replace(self.duty, app=app)
            self.duty.patience.forget()
            self._pages.app = pages
            clockwork.set_jobs(self._clock, app.settings)
            self._say_what_comes("reloaded")
        finally:
            systemd.notify("READY=1")

    def _end(self) -> bool:
        """Stop the clock; tell whether its jobs ended within the grace time."""
        self.stop()
        systemd.notify("STOPPING=1")
        log.info("stopping")
        ending = threading.Thread(target=clockwork.stop, args=(self._clock,), daemon=True)
        ending.start()
        ending.join(self.duty.app.settings.schedule.grace.total_seconds())
        if ending.is_alive():
            log.error(
                "stopped with messages in flight",
                hint="the grace time is over; at the next start they are called uncertain",
            )
        else:
            log.info("stopped")
        return not ending.is_alive()

    @contextmanager
    def _signals(self) -> Iterator[None]:
        """Hear SIGTERM, SIGINT and SIGHUP."""

        def stop(_number: int, _frame: FrameType | None) -> None:
            self.stop()

        def reload(_number: int, _frame: FrameType | None) -> None:
            self._reload_asked = True

        handlers = {signal.SIGTERM: stop, signal.SIGINT: stop, signal.SIGHUP: reload}
        before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextmanager
    def _web(self) -> Iterator[None]:
        """Serve the pages; where that can't be, the month is sent all the same."""
        own = self.duty.app.settings.web
        with ExitStack() as stack:
            try:
                stack.enter_context(Server(self._pages, own.host, own.port))
                log.info("pages are served", host=own.host, port=own.port)
            except OutsideError as error:
                log.error("no pages are served", error=error.message, hint=error.hint)
            yield

    def _post(self) -> Courier:
        """Send what answers readers, beside everything else."""
        return Courier(lambda: self.duty.app.office)

    def _site(self, app: App) -> Starlette:
        own = health.routes(lambda: self.duty.app, self.duty.vitals)
        return Starlette(routes=[*own, *self._make_pages(app)])

    def _say_what_comes(self, event: str) -> None:
        app = self.duty.app
        dues = islice(coming(app.settings.schedule, app.settings.zone, app.clock.now()), 5)
        times = [f"{due.month} on {due.at:%Y-%m-%d %H:%M %Z}" for due in dues]
        log.info(event, next=times)
        systemd.notify(f"STATUS=next is {times[0]}")


def require_usable(app: App) -> None:
    """Raise ConfigError for settings with which nothing could be sent when the time comes."""
    trigger(app.settings.schedule, app.settings.zone)
    app.require_sendable()


def fire(name: str) -> None:
    """Do the task of that name; called by the clock."""
    if Service.running is not None:
        Service.running.fire(name)
