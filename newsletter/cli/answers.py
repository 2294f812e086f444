"""Commands that answer: how a mailing stands, and who got it."""

import csv
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import click

from newsletter import reporting
from newsletter.bootstrap import App, application
from newsletter.cli import output
from newsletter.cli.context import MONTH, Context, pass_context
from newsletter.cli.output import json_option
from newsletter.cli.running import say_when
from newsletter.errors import MailingError
from newsletter.feedback.rates import COMPLAINTS_LIMIT, COMPLAINTS_WARN, Rates, rates
from newsletter.model import DeliveryState, Mailing, MailingState, Month
from newsletter.sending import Tally, holds
from newsletter.sending.plan import tally
from newsletter.store import mailings
from newsletter.store.engine import reading

_URGENT = {MailingState.PAUSED: 0, MailingState.SENDING: 1}
"""What is looked at first, where several months could be."""

_STATES = click.Choice([state.value for state in DeliveryState])


def known(app: App, month: Month) -> Mailing:
    """Return the month's mailing. Raises MailingError where there is none."""
    with reading(app.engine) as connection:
        mailing = mailings.find(connection, month)
    if mailing is None:
        raise MailingError(
            f"{month} has no mailing yet", hint=f"`newsletter send {month}` makes one"
        )
    return mailing


def print_tally(app: App, result: Tally) -> None:
    """Say how a mailing stands, and what can be done about it; what to do first stands last."""
    month, counts, state = result.mailing.month, result.counts, result.mailing.state
    shown = [(output.word(state.value), number) for state, number in counts.items() if number]
    if result.planned:
        output.print_table(("Deliveries", "Readers#"), [*shown, ("in all", result.planned)])
    if counts[DeliveryState.FAILED]:
        output.say(f"Why they failed: newsletter deliveries {month} --state failed")
        output.say(f"To try them again: newsletter send {month} --only failed")
    if state is MailingState.SENDING and counts[DeliveryState.UNCERTAIN]:
        _say_uncertain(app, month)
    _say_state(app, result)


def _say_state(app: App, result: Tally) -> None:
    month, state = result.mailing.month, result.mailing.state
    if state is MailingState.PAUSED:
        reason = result.mailing.reason or "somebody asked for it"
        output.say(f"{month} is paused: {reason}", output.BAD)
        output.next_step(f"mend the cause, then: newsletter resume {month}")
    elif state is MailingState.SENT:
        output.say(f"{month} is sent.", output.GOOD)
        output.next_step(f"newsletter deliveries {month} says who got it")
    elif state is MailingState.SENDING:
        output.say(f"{month} is sending; {result.waiting} still wait{when(app, result)}.")
        output.next_step(f"nothing while the service runs; without it: newsletter send {month}")
    elif state is MailingState.SCHEDULED:
        output.say(f"{month} is scheduled: frozen and approved, and nobody has it yet.")
        say_when(app, month)
    else:
        output.say(f"{month} is {state}.")
        output.next_step(f"newsletter deliveries {month} says who got it")


def _say_uncertain(app: App, month: Month) -> None:
    if app.settings.delivery.on_uncertain == "hold":
        output.say("Those that are uncertain wait for you, for they may have arrived:")
        output.say(f"  send them again: newsletter send {month} --only uncertain")
        output.say(f"  or leave it at that: newsletter settle {month} --as sent")


def when(app: App, stands: Tally) -> str:
    """Say why and until when nothing more goes: `: it is quiet now, until 07:00 on 2 February`."""
    if stands.hold:
        return f": {stands.hold.why}, until {_moment(app, stands.hold.until)}"
    if stands.goes_on_at:
        return f", the next try is at {_moment(app, stands.goes_on_at)}"
    return ""


def _moment(app: App, moment: datetime) -> str:
    local = moment.astimezone(app.settings.zone)
    return f"{local:%H:%M} on {local.day} {local:%B}"


@click.command()
@click.argument("month", type=MONTH, required=False)
@json_option
@pass_context
def status(context: Context, month: Month | None, as_json: bool) -> None:
    """Say how one mailing, or every one, stands."""
    with application(context.settings()) as app:
        chosen = [known(app, month)] if month else None
        hold = app.settings.delivery.on_uncertain == "hold"
        with reading(app.engine) as connection:
            mine = chosen or mailings.all_of(connection)
            found = [tally(connection, one, hold=hold) for one in mine]
        if as_json:
            documents = [_document(app, one) for one in found]
            output.print_json(documents[0] if month else documents)
        elif month:
            held = holds(app.outfit, app.settings.zone)
            print_tally(app, replace(found[0], hold=held if found[0].waiting else None))
            _print_rates(_rates(app, found[0]))
        else:
            _print_all(found)


def _document(app: App, one: Tally) -> dict[str, object]:
    return one.as_json() | {"state": one.mailing.state} | _rates(app, one).as_json()


def _rates(app: App, one: Tally) -> Rates:
    with reading(app.engine) as connection:
        return rates(connection, one.mailing.id)


def _print_rates(found: Rates) -> None:
    """Say what came back, and what large providers think of so many complaints."""
    if not found.letters:
        return
    kinds = f"{found.hard} hard, {found.soft} soft, {found.ours} our own fault"
    output.say(f"Bounced: {found.bounced} of {found.letters} ({found.bounce_percent:g} %): {kinds}")
    words = f"Complaints: {found.complaints} ({found.complaint_percent:g} %)"
    if found.complaint_percent >= COMPLAINTS_LIMIT:
        output.say(f"{words}; from {COMPLAINTS_LIMIT} % on Gmail and Yahoo refuse", output.BAD)
    elif found.complaint_percent >= COMPLAINTS_WARN:
        output.say(f"{words}; Gmail and Yahoo want fewer than {COMPLAINTS_WARN} %", output.BAD)
    else:
        output.say(words)


def _print_all(found: Sequence[Tally]) -> None:
    if not found:
        output.say("Nothing has been sent yet.")
        output.next_step("newsletter months says what there is")
        return
    headings = ("Month", "State", "Editions#", "Readers#", "Sent#", "Failed#", "Waiting#")
    output.print_table(headings, [_row(one) for one in found])
    pressing = min(found, key=lambda one: _URGENT.get(one.mailing.state, len(_URGENT)))
    month = pressing.mailing.month if pressing.mailing.state in _URGENT else found[-1].mailing.month
    output.next_step(f"newsletter status {month} says more")


def _row(one: Tally) -> tuple[object, ...]:
    sent, failed = one.counts[DeliveryState.SENT], one.counts[DeliveryState.FAILED]
    month, state = one.mailing.month, output.word(one.mailing.state.value)
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
        mailing = known(app, month)
        with reading(app.engine) as connection:
            wanted = DeliveryState(state) if state else None
            answers = reporting.who_got_it(connection, mailing, wanted)
            if as_json:
                output.print_json_list(one.as_json() for one in answers)
            elif as_csv:
                _print_csv(one.as_json() for one in answers)
            else:
                _print_answers(list(answers), app.settings.zone)


def _print_csv(rows: Iterable[Mapping[str, object]]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    names = list(reporting.Answer.__slots__)
    writer.writerow(names)
    writer.writerows([output.csv_safe(row[name]) for name in names] for row in rows)


def _print_answers(answers: Sequence[reporting.Answer], zone: ZoneInfo) -> None:
    """Print who got it; which revision only where there is more than one."""
    corrected = any(one.revision > 1 for one in answers)
    revision = ("Revision#",) if corrected else ()
    headings = ("Reader", "State", "Tries#", *revision, "When", "Server's words")
    output.print_table(headings, [_answer(one, zone, corrected) for one in answers])


def _answer(one: reporting.Answer, zone: ZoneInfo, corrected: bool) -> tuple[object, ...]:
    when = f"{one.sent_at.astimezone(zone):%Y-%m-%d %H:%M}" if one.sent_at else ""
    revision = (one.revision if one.edition else "",) if corrected else ()
    return (one.email, output.word(one.state), one.attempts, *revision, when, one.reply)


commands: tuple[click.Command, ...] = (status, deliveries)
