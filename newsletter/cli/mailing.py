"""Commands that send a month: freeze it, try it, send it."""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import FrameType

import click

from newsletter import proofreading, publishing
from newsletter.bootstrap import App, application
from newsletter.cli import output
from newsletter.cli.answers import known, print_tally, when
from newsletter.cli.chosen import choose, edition_options
from newsletter.cli.confirm import confirm
from newsletter.cli.context import MONTH, Context, pass_context
from newsletter.cli.output import json_option
from newsletter.cli.running import say_when
from newsletter.delivery import Receipt
from newsletter.errors import MailingError, UsageError
from newsletter.model import DeliveryState, EditionKey, Mailing, MailingState, Month
from newsletter.sending import Tally, send_until_settled
from newsletter.sending.plan import tally
from newsletter.sending.trial import outcome
from newsletter.store import mailings
from newsletter.store.engine import reading
from subscribers import store
from subscribers.address import parse


def _forecast_table(count: int, forecast: dict[EditionKey | None, int]) -> None:
    """Print who would get which edition of a month with so many summaries."""
    rows = sorted(forecast.items(), key=lambda item: -item[1])
    several = len({key.language for key in forecast if key}) > 1
    output.print_table(
        ("Edition", "Readers#"),
        [
            (_edition(key, count, several) if key else "nothing: no topic matches", number)
            for key, number in rows
        ],
    )


def _edition(key: EditionKey, count: int, several: bool) -> str:
    """Say what an edition holds, and its language where there are several."""
    return key.in_words(count) + (f" ({key.language})" if several else "")


@click.command()
@click.argument("month", type=MONTH)
@click.option(
    "--again", is_flag=True, help="A correction: for whoever hasn't had a month under way."
)
@click.option("--note", default="", help="With --again: what was corrected, for the archive.")
@json_option
@pass_context
def approve(context: Context, month: Month, again: bool, note: str, as_json: bool) -> None:
    """Freeze the month as it is now; it goes out at the scheduled time, or with `send`."""
    if note and not again:
        raise UsageError("--note goes with --again", hint="a first approval corrects nothing")
    with application(context.settings()) as app:
        if again:
            _correct(app, month, note, as_json)
            return
        issue = proofreading.sound_issue(app.settings, month)
        forecast = publishing.forecast(app.settings, app.engine, issue, app.clock.now())
        if forecast and not as_json:
            _forecast_table(len(issue.summaries), forecast)
        publishing.freeze(app.settings, app.engine, app.renderer, month, app.clock.now())
        if as_json:
            numbers = {str(key) if key else "": number for key, number in forecast.items()}
            output.print_json({"month": str(month), "state": "scheduled", "readers": numbers})
            return
        output.say(f"{month} is frozen and approved.", output.GOOD)
        if forecast:
            say_when(app, month)
        else:
            output.say("Nobody is on the list yet.", output.ODD)
            output.next_step("newsletter subscribers import FILE.csv")


def _correct(app: App, month: Month, note: str, as_json: bool) -> None:
    now = app.clock.now()
    number = publishing.freeze_again(app.settings, app.engine, app.renderer, month, now, note)
    with reading(app.engine) as connection:
        stands = tally(connection, known(app, month))
    state = stands.mailing.state
    if as_json:
        output.print_json({"month": str(month), "state": state, "revision": number})
        return
    output.say(f"Revision {number} of {month} is frozen.", output.GOOD)
    output.say("Whoever has the month, or may have it, keeps what they have; the others get this.")
    paused = state is MailingState.PAUSED
    output.next_step(f"newsletter {'resume' if paused else 'send'} {month}")


@contextmanager
def _stopping() -> Iterator[Callable[[], bool]]:
    """Turn the first SIGINT or SIGTERM into a wish to stop; a second one ends at once."""
    asked = False

    def ask(number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True
        output.note("Stopping after what is in flight… (once more to stop at once)")

    before = {name: signal.signal(name, ask) for name in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: asked
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)


@click.command("send")
@click.argument("month", type=MONTH)
@click.option("--yes", is_flag=True, help="Don't ask.")
@click.option("--dry-run", is_flag=True, help="Say who would get what; send and write nothing.")
@click.option(
    "--only",
    type=click.Choice([DeliveryState.FAILED.value, DeliveryState.UNCERTAIN.value]),
    help="Try those again, once, and nobody else.",
)
@click.option("--wait", is_flag=True, help="Stay until nobody waits any more.")
@json_option
@pass_context
def send_command(
    context: Context,
    month: Month,
    yes: bool,
    dry_run: bool,
    only: str | None,
    wait: bool,
    as_json: bool,
) -> int:
    """Send the month now, or go on where it stopped. Nobody is mailed twice.

    It ends when nothing more may go now; the service goes on at its time, or `--wait`.
    `--json` is for scripts: it asks on a terminal only, and then beside the document.
    """
    with application(context.settings()) as app:
        app.require_sendable()
        if dry_run:
            _dry_run(app, month, as_json)
            return 0
        with reading(app.engine) as connection:
            mailing = mailings.find(connection, month)
        if mailing is not None and mailing.state is MailingState.SCHEDULED:
            _refuse_nobody(app, month)
        if mailing is None and not only:
            _ask(app, month, yes, as_json)
            publishing.freeze(app.settings, app.engine, app.renderer, month, app.clock.now())
        with _stopping() as stop:
            result = _send(app, month, DeliveryState(only) if only else None, wait, stop)
            stopped = stop()
        return _finish(app, result, stopped, as_json)


def _send(
    app: App, month: Month, only: DeliveryState | None, wait: bool, stop: Callable[[], bool]
) -> Tally:
    """Send with a meter. That a mailing pauses is said at the end, not in a log."""
    outfit = replace(app.outfit, alert=lambda month, reason: None)
    zone, by = app.settings.zone, app.dispatcher
    with output.progress(f"Sending {month}", None) as meter:
        if not wait:
            return by.send(outfit, month, zone, only=only, stop=stop, watch=meter.show)

        def waits(stands: Tally) -> None:
            meter.note(f"{stands.waiting} still wait{when(app, stands)}")

        return send_until_settled(
            outfit, month, zone, only=only, stop=stop, watch=meter.show, waits=waits, by=by
        )


def _refuse_nobody(app: App, month: Month) -> None:
    """Stop before a month counts as sent that nobody gets: it can't be sent again."""
    with reading(app.engine) as connection:
        readers = store.stats(connection, app.clock.now())["active"]
    if not readers:
        raise MailingError(
            f"there is nobody to send {month} to",
            hint="add readers: `newsletter subscribers import FILE.csv`",
        )


def _ask(app: App, month: Month, yes: bool, as_json: bool) -> None:
    """Show who gets what, and ask on a terminal; elsewhere `--yes` or `--json` is asked for."""
    issue = proofreading.sound_issue(app.settings, month)
    _refuse_nobody(app, month)
    if yes or (as_json and not sys.stdin.isatty()):
        return
    if not as_json:
        forecast = publishing.forecast(app.settings, app.engine, issue, app.clock.now())
        _forecast_table(len(issue.summaries), forecast)
    confirm(f"Send {month} now?", yes=False)


def _dry_run(app: App, month: Month, as_json: bool) -> None:
    with reading(app.engine) as connection:
        mailing = mailings.find(connection, month)
        stands = tally(connection, mailing) if mailing is not None else None
    if stands is not None and stands.mailing.state is not MailingState.SCHEDULED:
        _dry_run_again(app, stands, as_json)
        return
    count, forecast = _forecast(app, month, mailing)
    if not as_json:
        _forecast_table(count, forecast)
        output.say("Nothing was sent: this was a dry run.")
        return
    planned = sum(forecast.values())
    numbers = {"planned": planned, "sent": 0, "deferred": 0, "failed": 0}
    numbers |= {"skipped": forecast.get(None, 0), "uncertain": 0}
    editions = len([key for key in forecast if key])
    output.print_json({"month": str(month), "editions": editions} | numbers)


def _forecast(
    app: App, month: Month, approved: Mailing | None
) -> tuple[int, dict[EditionKey | None, int]]:
    """Return how many summaries it has and who would get which; as approved, if it is."""
    now = app.clock.now()
    if approved is not None:
        return len(approved.topics), publishing.forecast_frozen(app.engine, approved, now)
    issue = publishing.rehearse(app.settings, app.engine, app.renderer, month).issue
    return len(issue.summaries), publishing.forecast(app.settings, app.engine, issue, now)


def _dry_run_again(app: App, stands: Tally, as_json: bool) -> None:
    """Say how a month stands whose readers are frozen already: nobody else gets it."""
    if as_json:
        output.print_json(stands.as_json())
        return
    print_tally(app, stands)
    goes_on = stands.mailing.state is MailingState.SENDING
    output.say(f"{stands.waiting if goes_on else 0} readers are still to be sent to.")
    output.say("Nothing was sent: this was a dry run.")


def _finish(app: App, result: Tally, stopped: bool, as_json: bool) -> int:
    if as_json:
        output.print_json(result.as_json())
        if result.goes_on_at:
            output.note(f"{result.waiting} still wait{when(app, result)}")
        if result.mailing.reason:
            output.note(
                f"{result.mailing.month} is {result.mailing.state}: {result.mailing.reason}"
            )
    else:
        print_tally(app, result)
    if stopped and result.waiting:
        return 130
    bad = result.counts[DeliveryState.FAILED] or result.mailing.state is MailingState.PAUSED
    return 1 if bad else 0


@click.command("test-send")
@click.argument("month", type=MONTH)
@click.option("--to", "first", multiple=True, required=True, help="Address; may be repeated.")
@click.argument("more", nargs=-1, metavar="[ADDRESS]...")
@edition_options
@json_option
@pass_context
def test_send(
    context: Context,
    /,
    month: Month,
    first: tuple[str, ...],
    more: tuple[str, ...],
    as_json: bool,
    **wanted: str,
) -> int:
    """Send an edition, marked [Test] and with inert links, to some addresses."""
    addresses = [parse(address).email for address in dict.fromkeys((*first, *more))]
    rows = []
    with application(context.settings()) as app:
        chosen = choose(app, month, **wanted)
        for address, receipt in app.send_test(chosen.edition, month, addresses, chosen.name):
            rows.append(_tested(address, receipt))
            if not as_json:
                style = output.GOOD if receipt.accepted else output.BAD
                output.say(f"{address}: {outcome(receipt)}: {receipt.words}", style)
    if as_json:
        output.print_json(rows)
    return 0 if all(row["accepted"] for row in rows) else 1


def _tested(email: str, receipt: Receipt) -> dict[str, object]:
    return {
        "email": email,
        "accepted": receipt.accepted,
        "code": receipt.code or None,
        "reply": receipt.reply,
    }


commands: tuple[click.Command, ...] = (approve, send_command, test_send)
