"""Commands that stay: the preview and the service."""

import logging
import webbrowser

import click
import structlog
import uvicorn

from newsletter.bootstrap import application
from newsletter.cli import output
from newsletter.cli.context import MONTH, Context, pass_context
from newsletter.model import Month
from newsletter.rendering.places import packaged_templates
from newsletter.service.run import Service
from newsletter.studio.app import HOST, build


@click.command()
@click.argument("month", type=MONTH, required=False)
@click.option("--port", type=int, help="Port on 127.0.0.1; 0 for any that is free.")
@click.option("--no-open", is_flag=True, help="Don't open a browser.")
@pass_context
def preview(context: Context, month: Month | None, port: int | None, no_open: bool) -> None:
    """Show every edition in the browser, and keep up as files are saved."""
    with application(context.settings()) as app:
        web = build(app, packaged_templates() / "web")
        number = app.settings.studio.port if port is None else port
        server = uvicorn.Server(
            uvicorn.Config(
                web, host=HOST, port=number, log_level="warning", timeout_graceful_shutdown=1
            )
        )
        address = f"http://{HOST}:{number}/{month or ''}"
        output.note(f"The preview is at {address} (Ctrl-C ends it)")
        if not no_open:
            webbrowser.open(address)
        server.run()


@click.command()
@pass_context
def run(context: Context) -> None:
    """Run the service: it sends the month when it is due, and retries."""
    _log_as_json(context.verbose)
    with application(context.settings()) as app:
        Service(app).run()


def _log_as_json(verbose: bool) -> None:
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.dict_tracebacks,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.DEBUG if verbose else logging.INFO
        ),
    )


commands: tuple[click.Command, ...] = (preview, run)
