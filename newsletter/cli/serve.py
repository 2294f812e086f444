"""Commands that stay: the preview, the service, the pages alone."""

import os
import signal
import sys
import threading
import webbrowser
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from types import FrameType

import click
from starlette.applications import Starlette

from newsletter import config
from newsletter.bootstrap import application
from newsletter.cli import output
from newsletter.cli.context import MONTH, Context, pass_context
from newsletter.clock import SystemClock
from newsletter.content.months import list_months
from newsletter.errors import ContentError
from newsletter.model import Month
from newsletter.post.courier import Courier
from newsletter.rendering.places import packaged_templates
from newsletter.service import health, logs
from newsletter.service.run import Service
from newsletter.service.server import Server as PageServer
from newsletter.service.vitals import Vitals
from newsletter.studio.app import build
from newsletter.studio.gallery import Gallery
from newsletter.studio.server import Server, address, listen
from newsletter.studio.watch import Watch
from newsletter.web.app import mounted


@click.command()
@click.argument("month", type=MONTH, required=False)
@click.option(
    "--port", type=click.IntRange(0, 65535), help="Port on 127.0.0.1; 0 for any that is free."
)
@click.option("--no-open", is_flag=True, help="Don't open a browser.")
@pass_context
def preview(context: Context, month: Month | None, port: int | None, no_open: bool) -> None:
    """Show every edition in the browser, and keep up as files are saved."""
    settings = context.settings()
    if month is not None:
        _refuse_unknown(month, list_months(settings.content.root))
    gallery = Gallery(config.find(context.config_path), SystemClock())
    watch = Watch(gallery.places, gallery.forget)
    server = Server(build(gallery, watch, packaged_templates() / "web"), watch.stop)
    with closing(gallery), listen(settings.studio.port if port is None else port) as listener:
        page = f"{address(listener)}/{month or ''}"
        output.say(f"The preview is at {page} (Ctrl-C ends it)")
        if not no_open:
            threading.Thread(target=webbrowser.open, args=(page,), daemon=True).start()
        with suppress(KeyboardInterrupt):
            server.run(sockets=[listener])


def _refuse_unknown(month: Month, known: Sequence[Month]) -> None:
    if month not in known:
        names = ", ".join(map(str, reversed(known))) or "none yet"
        raise ContentError(f"there is no month {month}", hint=f"months there are: {names}")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="JSON lines on a terminal too.")
@click.option("--standby", is_flag=True, help="Where another one runs, wait until it is gone.")
@pass_context
def run(context: Context, as_json: bool, standby: bool) -> None:
    """Run the service: it sends the month when it is due, and retries.

    SIGTERM and Ctrl-C end it when what is in flight is done; SIGHUP makes it read its settings
    anew. Its log is a JSON document a line, but for words on a terminal.
    """
    logs.configure(verbose=context.verbose, for_people=sys.stdout.isatty() and not as_json)
    with application(context.settings()) as app:
        if code := Service(app, load=context.settings, pages=mounted).run(standby=standby):
            sys.stdout.flush()
            os._exit(code)  # threads that wait for a server would keep the process alive


@click.command()
@pass_context
def web(context: Context) -> None:
    """Serve the public pages alone; `newsletter run` serves them too.

    SIGTERM and Ctrl-C end it.
    """
    logs.configure(verbose=context.verbose)
    with application(context.settings()) as app:
        vitals, own = Vitals(), app.settings.web
        pages = Starlette(routes=[*health.routes(lambda: app, vitals), *mounted(app)])
        server, courier = PageServer(pages, own.host, own.port), Courier(lambda: app.office)
        with stop_signals() as stopping, server, courier:
            output.note(f"The pages are at http://{own.host}:{own.port}/ (Ctrl-C ends it)")
            while not stopping.wait(1.0):
                vitals.strike()


@contextmanager
def stop_signals() -> Iterator[threading.Event]:
    """Yield what is set by SIGTERM and SIGINT while the block runs."""
    stopping = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    before = {one: signal.signal(one, stop) for one in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stopping
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


commands: tuple[click.Command, ...] = (preview, run, web)
