"""The command that sends for all: a worker, one of any number on any machines."""

import sys

import click

from newsletter.bootstrap import application
from newsletter.cli.context import Context, pass_context
from newsletter.service import logs


@click.command()
@click.option("--json", "as_json", is_flag=True, help="JSON lines on a terminal too.")
@pass_context
def worker(context: Context, as_json: bool) -> None:
    """Send what is handed out, on this machine: for `dispatcher = "procrastinate"`.

    Start as many as you like, on as many machines as you like. SIGTERM finishes what is in flight;
    the rest is for the others. Its log is a JSON document a line, but for words on a terminal.
    """
    logs.configure(verbose=context.verbose, for_people=sys.stdout.isatty() and not as_json)
    with application(context.settings()) as app:
        app.make_worker().run()


commands: tuple[click.Command, ...] = (worker,)
