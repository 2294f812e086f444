"""A worker: Procrastinate's loop around our labour, until it is told to stop."""

import asyncio
import signal
import threading
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from procrastinate import App, PsycopgConnector
from procrastinate.jobs import Status
from sqlalchemy import Engine

from newsletter.errors import OutsideError
from newsletter.sending.cluster import jobs
from newsletter.sending.cluster.labour import Labour
from newsletter.sending.outfit import Outfit
from newsletter.store import chunks
from newsletter.store.engine import writing_beside

EVERY = "* * * * * */10"
"""When one of all workers looks round: Procrastinate's cron, with seconds last."""
AGAIN = 5.0
"""Seconds until it is tried again, where the database can't be reached."""

log = structlog.get_logger()


class Worker:
    """Sends chunks as long as it runs; `stop` may be called from anywhere."""

    def __init__(self, outfit: Outfit, zone: ZoneInfo) -> None:
        self._outfit = outfit
        self._stopping = threading.Event()
        self._labour = Labour(outfit, zone, self._stopping.is_set)

    def stop(self) -> None:
        """Ask it to end: what is in flight is finished, the rest is for others."""
        self._stopping.set()

    def wait_for_stop(self) -> None:
        """Wait until it has been asked to end."""
        self._stopping.wait()

    def run(self) -> None:
        """Work until SIGTERM or SIGINT; where the database is away, wait for it."""
        jobs.prepare(self._outfit.engine)
        asyncio.run(self._work(signals=True))

    def drain(self) -> None:
        """Do what there is to do now, and return; for tests and for a machine that sends once."""
        jobs.prepare(self._outfit.engine)
        self.look_round()
        asyncio.run(self._once(wait=False))

    def send_chunk(self, chunk: int) -> None:
        """Do one job: send a chunk; where more is to be done in it, wake somebody.

        What goes wrong outside is said in the log: the chunk is due again, for whoever looks round.
        """
        try:
            if self._labour.work(chunk):
                self.look_round()
        except OutsideError as error:
            log.error("a chunk must wait", chunk=chunk, error=error.message, hint=error.hint)

    def look_round(self) -> None:
        """Wake somebody for each chunk that is due and that nobody has."""
        now = self._outfit.clock.now()
        with writing_beside(self._outfit.engine) as connection:
            woken = jobs.defer(connection, chunks.waiting(connection, now))
        if woken:
            log.info("chunks are due", number=woken)

    async def _work(self, *, signals: bool) -> None:
        loop = asyncio.get_running_loop()
        if signals:
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(number, self.stop)
        while not self._stopping.is_set():
            try:
                await self._once(wait=True)
            except Exception as error:  # whatever it is, a worker that gave up would help nobody
                log.error("the worker has stumbled", error=_words(error))
            await _until(self._stopping, AGAIN)

    async def _once(self, *, wait: bool) -> None:
        """Be one of Procrastinate's workers, until told to stop or its connection breaks."""
        app = self._app()
        async with app.open_async():
            options: dict[str, Any] = {"queues": [jobs.QUEUE], "wait": wait}
            options |= {"install_signal_handlers": False, "delete_jobs": "always"}
            work = asyncio.create_task(app.run_worker_async(**options, listen_notify=wait))
            stop = asyncio.create_task(_until(self._stopping))
            try:
                await asyncio.wait((work, stop), return_when=asyncio.FIRST_COMPLETED)
            finally:
                stop.cancel()
                work.cancel()  # which lets it finish what it has begun
                results = await asyncio.gather(work, return_exceptions=True)
            for result in results:
                if isinstance(result, Exception):
                    raise result

    def _app(self) -> App:
        engine = self._outfit.engine
        app = App(connector=PsycopgConnector(kwargs=_arguments(engine), min_size=1, max_size=4))
        app.task(name=jobs.SEND_CHUNK, queue=jobs.QUEUE)(self.send_chunk)
        look = app.task(
            name=jobs.LOOK_ROUND, queue=jobs.QUEUE, queueing_lock=jobs.LOOK_ROUND, priority=10
        )(partial(self._look_round_and_bury, app))
        app.periodic(cron=EVERY)(look)
        return app

    async def _look_round_and_bury(self, app: App, timestamp: int) -> None:
        """Look round, and take away the jobs of workers that are gone: their chunks are due."""
        await asyncio.to_thread(self.look_round)
        for job in await app.job_manager.get_stalled_jobs(queue=jobs.QUEUE):
            await app.job_manager.finish_job(job, status=Status.FAILED, delete_job=True)


def _arguments(engine: Engine) -> dict[str, Any]:
    """Return what the driver wants to hear to connect to our database."""
    _, arguments = engine.dialect.create_connect_args(engine.url)
    return {**arguments, "application_name": "newsletter worker"}


async def _until(event: threading.Event, seconds: float | None = None) -> None:
    """Wait until an event of other threads, or so many seconds."""
    loop = asyncio.get_running_loop()
    end = None if seconds is None else loop.time() + seconds
    while not event.is_set() and (end is None or loop.time() < end):
        await asyncio.sleep(0.1)


def _words(error: BaseException) -> str:
    cause = error.__cause__ or error
    return f"{type(cause).__name__}: {' '.join(str(cause).split())}"
