"""Procrastinate, as we use it: a job for each chunk that is due, and one that looks for them."""

from collections.abc import Iterable
from typing import Any

from procrastinate import SyncPsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import Job
from procrastinate.manager import JobManager
from procrastinate.schema import SchemaManager
from sqlalchemy import Connection, Engine, inspect, text

from newsletter.store.chunks import Chunk
from newsletter.store.engine import reading, writing

QUEUE = "newsletter"
SEND_CHUNK = "newsletter.send_chunk"
LOOK_ROUND = "newsletter.look_round"

ALIVE_SECONDS = 35
"""A worker gives a sign of life every ten seconds."""

# Jobs are deferred on our own connections, in our own transactions: this one is never opened.
_manager = JobManager(SyncPsycopgConnector())


def prepare(engine: Engine) -> None:
    """Make Procrastinate's own tables, where they are missing."""
    with reading(engine) as connection:
        there = inspect(connection).has_table("procrastinate_jobs")
    if there:
        return
    with writing(engine) as connection:
        if not inspect(connection).has_table("procrastinate_jobs"):
            _driver(connection).execute(SchemaManager.get_schema())


def defer(connection: Connection, due: Iterable[Chunk]) -> int:
    """Make a job for each chunk, in the caller's transaction; return how many.

    Where somebody else is doing the same, none is made: theirs will do, or the next look round.
    """
    waiting = _queued(connection)
    jobs = [_job(one) for one in due if one.lease not in waiting]
    if not jobs:
        return 0
    try:
        with connection.begin_nested():
            _manager.batch_defer_jobs(jobs, connection=_driver(connection))
    except AlreadyEnqueued:
        return 0
    return len(jobs)


def _job(one: Chunk) -> Job:
    return Job(
        id=None,
        queue=QUEUE,
        lock=None,
        queueing_lock=one.lease,
        task_name=SEND_CHUNK,
        task_kwargs={"chunk": one.id},
    )


def _queued(connection: Connection) -> set[str]:
    query = text("SELECT queueing_lock FROM procrastinate_jobs WHERE status = 'todo'")
    return set(connection.execute(query).scalars())


def anybody_at_work(connection: Connection) -> bool:
    """Tell whether a worker has given a sign of life lately."""
    query = text(
        "SELECT count(*) FROM procrastinate_workers"
        " WHERE last_heartbeat > now() - make_interval(secs => :seconds)"
    )
    return bool(connection.execute(query, {"seconds": ALIVE_SECONDS}).scalar())


def _driver(connection: Connection) -> Any:
    return connection.connection.driver_connection
