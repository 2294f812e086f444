"""The command that sends for all: a worker, one of any number on any machines."""

import os
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta

import click
import structlog

from newsletter.bootstrap import application
from newsletter.cli.context import Context, pass_context
from newsletter.service import logs

log = structlog.get_logger()


@click.command()
@click.option("--json", "as_json", is_flag=True, help="JSON lines on a terminal too.")
@pass_context
def worker(context: Context, as_json: bool) -> None:
    """Send what is handed out, on this machine: for `dispatcher = "procrastinate"`.

    Start as many as you like, on as many machines as you like. SIGTERM finishes what is in flight;
    the rest is for the others. Its log is a JSON document a line, but for words on a terminal.
    """
    logs.configure(verbose=context.verbose, for_people=sys.stdout.isatty() and not as_json)
    settings = context.settings()
    with application(settings) as app:
        own = app.make_worker()
        late = (own.wait_for_stop, settings.schedule.grace)
        threading.Thread(target=_end_late, args=late, daemon=True).start()
        own.run()


def _end_late(wait_for_stop: Callable[[], None], grace: timedelta) -> None:
    """End the process where it should have ended and has not: its database is away."""
    wait_for_stop()
    time.sleep(grace.total_seconds())
    log.error(
        "stopped with messages in flight",
        hint="the grace time is over; whoever takes over calls them uncertain",
    )
    sys.stdout.flush()
    os._exit(1)


commands: tuple[click.Command, ...] = (worker,)
