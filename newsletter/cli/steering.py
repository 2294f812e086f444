"""Commands that steer a mailing under way: pause, resume, cancel, settle."""

from collections.abc import Callable

import click
from sqlalchemy import Connection

from newsletter.bootstrap import application
from newsletter.cli import output
from newsletter.cli.answers import known
from newsletter.cli.context import MONTH, Context, pass_context
from newsletter.cli.output import json_option
from newsletter.model import DeliveryState, Mailing, MailingState, Month
from newsletter.sending import steer
from newsletter.store.engine import writing


@click.command()
@click.argument("month", type=MONTH)
@json_option
@pass_context
def pause(context: Context, month: Month, as_json: bool) -> None:
    """Stop sending a month for now. What is in flight is finished."""
    _steer(context, month, steer.pause)
    _say(month, MailingState.PAUSED, f"newsletter resume {month} lets it go on", as_json)


@click.command()
@click.argument("month", type=MONTH)
@json_option
@pass_context
def resume(context: Context, month: Month, as_json: bool) -> None:
    """Let a paused month go on. The service sends it then, or `send`."""
    _steer(context, month, steer.resume)
    _say(month, MailingState.SENDING, f"the service goes on; or: newsletter send {month}", as_json)


@click.command()
@click.argument("month", type=MONTH)
@json_option
@pass_context
def cancel(context: Context, month: Month, as_json: bool) -> None:
    """End a month's mailing; whoever has not been mailed is skipped."""
    _steer(context, month, steer.cancel)
    _say(month, MailingState.CANCELLED, f"newsletter deliveries {month} says who got it", as_json)


def _steer(context: Context, month: Month, turn: Callable[[Connection, Mailing], None]) -> None:
    with application(context.settings()) as app:
        mailing = known(app, month)
        with writing(app.engine) as connection:
            turn(connection, mailing)


def _say(month: Month, state: MailingState, then: str, as_json: bool) -> None:
    if as_json:
        output.print_json({"month": str(month), "state": state})
        return
    output.say(f"{month} is {state.value}.", output.GOOD)
    output.next_step(then)


@click.command()
@click.argument("month", type=MONTH)
@click.option(
    "--as",
    "word",
    type=click.Choice([DeliveryState.SENT.value, DeliveryState.FAILED.value]),
    required=True,
    help="What became of them, as you found out.",
)
@json_option
@pass_context
def settle(context: Context, month: Month, word: str, as_json: bool) -> None:
    """Call a month's uncertain deliveries sent or failed, without sending anything."""
    with application(context.settings()) as app:
        mailing = known(app, month)
        with writing(app.engine) as connection:
            number = steer.settle(connection, mailing, DeliveryState(word), app.clock.now())
    if as_json:
        output.print_json({"month": str(month), "settled": number, "as": word})
        return
    output.say(f"{number} uncertain deliveries of {month} are {word} now.", output.GOOD)
    output.next_step(f"newsletter status {month}")


commands: tuple[click.Command, ...] = (pause, resume, cancel, settle)
