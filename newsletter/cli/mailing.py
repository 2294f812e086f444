"""Commands about one month's mailing: from the freeze to who got it."""

import csv
import secrets
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from types import FrameType

import click

from newsletter import publishing, reporting
from newsletter.bootstrap import App, application
from newsletter.cli import output
from newsletter.cli.context import MONTH, Context, pass_context
from newsletter.cli.output import json_option
from newsletter.delivery.registry import make_backend
from newsletter.errors import MailingError, UsageError
from newsletter.model import DeliveryState, EditionKey, Issue, Mailing, MailingState, Month
from newsletter.sending import Tally, send
from newsletter.sending.plan import tally
from newsletter.sending.trial import send_test
from newsletter.store import ledger, mailings
from newsletter.store.engine import reading, writing

_STATES = click.Choice([state.value for state in DeliveryState])


def _forecast_table(issue: Issue, forecast: dict[EditionKey | None, int]) -> None:
    count = len(issue.summaries)
    rows = sorted(forecast.items(), key=lambda item: -item[1])
    output.print_table(
        ("Edition", "Readers#"),
        [
            (key.in_words(count) if key else "nothing: no topic matches", number)
            for key, number in rows
        ],
    )


@click.command()
@click.argument("month", type=MONTH)
@json_option
@pass_context
def approve(context: Context, month: Month, as_json: bool) -> None:
    """Freeze the month as it is now; it goes out at the scheduled time, or with `send`."""
    with application(context.settings()) as app:
        publishing.freeze(app.settings, app.engine, app.renderer, month, app.clock.now())
        issue = publishing.sound_issue(app.settings, month)
        forecast = publishing.forecast(app.settings, app.engine, issue, app.clock.now())
        if as_json:
            numbers = {str(key) if key else "": number for key, number in forecast.items()}
            output.print_json({"month": str(month), "state": "scheduled", "readers": numbers})
            return
        _forecast_table(issue, forecast)
        output.say(f"{month} is frozen and approved.", output.GOOD)
        output.say(f"It goes out at its time, or now: newsletter send {month}")


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
@json_option
@pass_context
def send_command(context: Context, month: Month, yes: bool, dry_run: bool, as_json: bool) -> int:
    """Send the month now, or go on where it stopped. Nobody is mailed twice."""
    with application(context.settings()) as app:
        if dry_run:
            _dry_run(app, month, as_json)
            return 0
        with reading(app.engine) as connection:
            mailing = mailings.find(connection, month)
        if mailing is None:
            _ask(app, month, yes or as_json)
            publishing.freeze(app.settings, app.engine, app.renderer, month, app.clock.now())
        with _stopping() as stop, output.progress(f"Sending {month}", None) as meter:
            result = send(app.outfit, month, app.settings.zone, stop=stop, watch=meter.show)
    return _finish(result, as_json)


def _ask(app: App, month: Month, silent: bool) -> None:
    """Show who gets what, and ask on a terminal; elsewhere `--yes` is asked for."""
    issue = publishing.sound_issue(app.settings, month)
    if silent:
        return
    forecast = publishing.forecast(app.settings, app.engine, issue, app.clock.now())
    _forecast_table(issue, forecast)
    if not sys.stdin.isatty():
        raise UsageError("nobody is here to confirm", hint="add --yes to send without being asked")
    click.confirm(f"Send {month} now?", abort=True, err=True)


def _dry_run(app: App, month: Month, as_json: bool) -> None:
    issue = publishing.sound_issue(app.settings, month)
    publishing.editions(issue, app.renderer, app.settings.newsletter.language)
    forecast = publishing.forecast(app.settings, app.engine, issue, app.clock.now())
    if not as_json:
        _forecast_table(issue, forecast)
        output.say("Nothing was sent: this was a dry run.")
        return
    planned = sum(forecast.values())
    numbers = {"planned": planned, "sent": 0, "deferred": 0, "failed": 0}
    numbers |= {"skipped": forecast.get(None, 0), "uncertain": 0}
    editions = len([key for key in forecast if key])
    output.print_json({"month": str(month), "editions": editions} | numbers)


def _finish(result: Tally, as_json: bool) -> int:
    bad = result.counts[DeliveryState.FAILED] or result.mailing.state is MailingState.PAUSED
    if as_json:
        output.print_json(result.as_json())
    else:
        _print_tally(result)
    return 1 if bad else 0


def _print_tally(result: Tally) -> None:
    month, counts = result.mailing.month, result.counts
    shown = [(state.value, number) for state, number in counts.items() if number]
    output.print_table(("Deliveries", "Readers#"), [*shown, ("in all", result.planned)])
    state = result.mailing.state
    if state is MailingState.PAUSED:
        reason = result.mailing.reason or "somebody asked for it"
        output.say(f"{month} is paused: {reason}", output.BAD)
        output.say(f"When the cause is mended: newsletter resume {month}")
    elif state is MailingState.SENT:
        output.say(f"{month} is sent.", output.GOOD)
        output.say(f"Who got it: newsletter deliveries {month}")
    else:
        output.say(f"{month} is {state}; {result.waiting} still wait.")
        output.say(f"The service goes on with it, or: newsletter send {month}")


@click.command("test-send")
@click.argument("month", type=MONTH)
@click.option("--to", "addresses", multiple=True, required=True, help="Address; may be repeated.")
@click.option("--topics", default="", help="The edition of a reader with these topics: a,b.")
@pass_context
def test_send(context: Context, month: Month, addresses: tuple[str, ...], topics: str) -> int:
    """Send an edition, marked [Test] and with inert links, to some addresses."""
    with application(context.settings()) as app:
        edition = publishing.edition_for(
            app.settings, app.renderer, month, publishing.wishes(app.settings, topics)
        )
        heading = publishing.heading(app.settings, month)
        dated = app.clock.now().astimezone(app.settings.zone)
        signer, salt = app.signer, secrets.token_bytes(16)
        with closing(make_backend(app.settings)) as backend:
            results = send_test(backend, edition, heading, addresses, dated, salt, signer)
    for address, receipt in results:
        word = "sent" if receipt.accepted else f"refused: {receipt.code} {receipt.reply}"
        output.say(f"{address}: {word}", output.GOOD if receipt.accepted else output.BAD)
    return 0 if all(receipt.accepted for _, receipt in results) else 1


def _known(app: App, month: Month) -> Mailing:
    with reading(app.engine) as connection:
        mailing = mailings.find(connection, month)
    if mailing is None:
        raise MailingError(
            f"{month} has no mailing yet", hint=f"`newsletter send {month}` makes one"
        )
    return mailing


def _mover(
    name: str, before: tuple[MailingState, ...], after: MailingState, text: str
) -> click.Command:
    @click.command(name, help=text)
    @click.argument("month", type=MONTH)
    @pass_context
    def command(context: Context, month: Month) -> None:
        with application(context.settings()) as app:
            mailing = _known(app, month)
            with writing(app.engine) as connection:
                moved = mailings.move(connection, mailing.id, before, after, reason="")
                if moved and after is MailingState.CANCELLED:
                    ledger.skip_rest(connection, mailing.id, "cancelled")
            if not moved:
                words = " or ".join(before)
                raise MailingError(
                    f"{month} is {mailing.state}", hint=f"only a {words} mailing can {name}"
                )
        output.say(f"{month} is {after.value}.", output.GOOD)

    return command


_SENDING, _PAUSED = MailingState.SENDING, MailingState.PAUSED
pause = _mover("pause", (_SENDING,), _PAUSED, "Stop sending a month for now.")
resume = _mover("resume", (_PAUSED,), _SENDING, "Let a paused month go on.")
cancel = _mover(
    "cancel",
    (MailingState.SCHEDULED, _SENDING, _PAUSED),
    MailingState.CANCELLED,
    "End a month's mailing; whoever has not been mailed is skipped.",
)


@click.command()
@click.argument("month", type=MONTH, required=False)
@json_option
@pass_context
def status(context: Context, month: Month | None, as_json: bool) -> None:
    """Say how one mailing, or every one, stands."""
    with application(context.settings()) as app:
        chosen = [_known(app, month)] if month else None
        with reading(app.engine) as connection:
            found = [tally(connection, one) for one in chosen or mailings.all_of(connection)]
    if as_json:
        documents = [one.as_json() | {"state": one.mailing.state} for one in found]
        output.print_json(documents[0] if month else documents)
    elif month:
        _print_tally(found[0])
    elif found:
        headings = ("Month", "State", "Editions#", "Readers#", "Sent#", "Failed#", "Waiting#")
        output.print_table(headings, [_status_row(one) for one in found])
    else:
        output.say("Nothing has been sent yet. See what there is: newsletter months")


def _status_row(one: Tally) -> tuple[object, ...]:
    sent, failed = one.counts[DeliveryState.SENT], one.counts[DeliveryState.FAILED]
    month, state = one.mailing.month, one.mailing.state.value
    return (month, state, one.editions, one.planned, sent, failed, one.waiting)


@click.command()
@click.argument("month", type=MONTH)
@click.option("--state", type=_STATES, help="Only deliveries in this state.")
@click.option("--csv", "as_csv", is_flag=True, help="Comma-separated values.")
@json_option
@pass_context
def deliveries(
    context: Context, month: Month, state: str | None, as_csv: bool, as_json: bool
) -> None:
    """Say who got the month, when, at which try, and in the server's own words."""
    with application(context.settings()) as app:
        mailing = _known(app, month)
        with reading(app.engine) as connection:
            wanted = DeliveryState(state) if state else None
            answers = [one.as_json() for one in reporting.who_got_it(connection, mailing, wanted)]
    if as_json:
        output.print_json(answers)
    elif as_csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        names = list(reporting.Answer.__slots__)
        writer.writerow(names)
        writer.writerows([output.csv_safe(one[name]) for name in names] for one in answers)
    else:
        headings = ("Reader", "State", "Tries#", "When", "Server's words")
        columns = ("email", "state", "attempts", "sent_at", "reply")
        output.print_table(headings, [[one[name] or "" for name in columns] for one in answers])


commands: tuple[click.Command, ...] = (
    approve,
    send_command,
    test_send,
    pause,
    resume,
    cancel,
    status,
    deliveries,
)
