"""`newsletter months`: what there is, what comes when, and what to do for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

import click

from newsletter import proofreading
from newsletter.bootstrap import App, application
from newsletter.cli import output
from newsletter.cli.context import Context, pass_context
from newsletter.cli.output import json_option
from newsletter.cli.running import service_runs
from newsletter.content.months import list_months
from newsletter.model import Mailing, MailingState, Month
from newsletter.schedule import Due, coming, goes_out
from newsletter.service.notices import Readiness
from newsletter.store import mailings
from newsletter.store.engine import reading

_TIMES = 5
"""So many coming times are shown."""

_WAITS = (MailingState.DRAFT, MailingState.SCHEDULED)


@dataclass(frozen=True, slots=True)
class Row:
    """What `months` says of one month. `next_send` may be past: then it is not too late yet."""

    month: Month
    state: str
    ready: int
    drafts: int
    errors: int
    next_send: datetime | None

    def as_json(self) -> dict[str, object]:
        """Return the object that `months --json` lists."""
        moment = self.next_send.isoformat(timespec="minutes") if self.next_send else None
        fields = {name: getattr(self, name) for name in self.__slots__}
        return fields | {"month": str(self.month), "next_send": moment}


def rows(app: App) -> list[Row]:
    """Return a row for each month, oldest first."""
    with reading(app.engine) as connection:
        known = {one.month: one for one in mailings.all_of(connection)}
    months = list_months(app.settings.content.root)
    return [_row(app, month, known.get(month)) for month in months]


def _row(app: App, month: Month, mailing: Mailing | None) -> Row:
    folder = proofreading.load(app.settings, month)
    errors = sum(one.level == "error" for one in folder.findings)
    state = mailing.state if mailing else MailingState.DRAFT
    at = goes_out(app.settings.schedule, app.settings.zone, month, app.clock.now())
    ready, drafts = len(folder.issue.summaries), len(folder.drafts)
    return Row(month, state.value, ready, drafts, errors, at if state in _WAITS else None)


@click.command()
@json_option
@pass_context
def months(context: Context, as_json: bool) -> None:
    """List the months: state, summaries that are ready, when each goes out."""
    with application(context.settings()) as app:
        found = rows(app)
        if as_json:
            output.print_json([row.as_json() for row in found])
        else:
            show(app, found)


def show(app: App, found: Sequence[Row]) -> None:
    """Print the months, the coming times, and what to do next."""
    now, by_month = app.clock.now(), {row.month: row for row in found}
    headings = ("Month", "State", "Ready#", "Drafts#", "Errors#", "Goes out")
    output.print_table(headings, [_cells(row, now) for row in found])
    dues = list(islice(coming(app.settings.schedule, app.settings.zone, now), _TIMES))
    output.say(f"\nThe next {_TIMES} times, by the clock in {app.settings.newsletter.timezone}:")
    lines = [
        (output.when(due.at), due.month, _stands(app, by_month.get(due.month))) for due in dues
    ]
    output.print_table(("Time", "Month", "It stands"), lines)
    output.say("")
    for row in found:
        if row.state == MailingState.SCHEDULED and row.next_send is None:
            words = f"{row.month} is approved, and too late to go out by itself: "
            output.say(f"{words}newsletter send {row.month}", output.ODD)
    output.next_step(_what_to_do(app, dues, by_month))


def _cells(row: Row, now: datetime) -> tuple[object, ...]:
    at, state = row.next_send, output.word(row.state)
    words = "" if at is None else output.when(at)
    if at is not None and at <= now:
        words = "at once" if row.state == MailingState.SCHEDULED else "once it may"
    return (row.month, state, row.ready, row.drafts, row.errors, words)


def _stands(app: App, row: Row | None) -> object:
    """Say of a month what its editor wants to know before its time."""
    if row is None:
        return "not begun"
    if row.state == MailingState.SCHEDULED:
        return output.word("approved")
    if row.state != MailingState.DRAFT:
        return output.word(row.state)
    if row.errors:
        return f"{row.errors} error{'s' * (row.errors != 1)}"
    state = Readiness(row.ready, app.settings.content.min_summaries)
    waits = state.enough and app.settings.schedule.approval == "required"
    return f"{state.in_words()}{'; not approved yet' if waits else ''}"


def _what_to_do(app: App, dues: Sequence[Due], by_month: Mapping[Month, Row]) -> str:
    """Say what the first month that is still to come wants."""
    for due in dues:
        month, row = due.month, by_month.get(due.month)
        if row is None:
            return f'newsletter new --month {month} --title "…" begins it'
        if row.state == MailingState.DRAFT:
            return _for_draft(app, row)
        if row.state == MailingState.SCHEDULED:
            comes = f"{month} goes out on {output.when(due.at)}"
            missing = "newsletter run, for no service runs now"
            return f"{'nothing' if service_runs(app) else missing}; {comes}"
    return f"nothing; {dues[-1].month} has gone out"


def _for_draft(app: App, row: Row) -> str:
    if row.errors:
        return f"newsletter check {row.month} says what to mend"
    if row.ready < app.settings.content.min_summaries:
        return f"finish {row.month}, then: newsletter check {row.month}"
    if app.settings.schedule.approval == "required":
        return f"newsletter preview {row.month}, then: newsletter approve {row.month}"
    return f"newsletter preview {row.month}; it goes out by itself"


commands: tuple[click.Command, ...] = (months,)
