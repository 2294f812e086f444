"""Commands about months on disk: what there is, and what it looks like as a letter."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path

import click

from newsletter import publishing
from newsletter.bootstrap import App, application
from newsletter.cli import output
from newsletter.cli.chosen import choose, edition_options
from newsletter.cli.context import MONTH, Context, pass_context
from newsletter.cli.output import json_option
from newsletter.content.months import list_months
from newsletter.message import compile_letter
from newsletter.model import Mailing, Month
from newsletter.schedule import coming
from newsletter.sending.trial import sample_reader
from newsletter.slots import fill_html, fill_text
from newsletter.store import mailings
from newsletter.store.engine import reading

_NOBODY = "reader@example.org"
"""Whom a letter is filled for where no reader is meant."""


@dataclass(frozen=True, slots=True)
class Row:
    """What `months` says of one month."""

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


def _rows(app: App) -> list[Row]:
    with reading(app.engine) as connection:
        known = {one.month: one for one in mailings.all_of(connection)}
    times = _next_sends(app)
    months = list_months(app.settings.content.root)
    return [_row(app, month, known.get(month), times.get(month)) for month in months]


def _next_sends(app: App) -> dict[Month, datetime]:
    """Return for the coming five times which month goes out when."""
    schedule, zone = app.settings.schedule, app.settings.zone
    sends: dict[Month, datetime] = {}
    for due in islice(coming(schedule, zone, app.clock.now()), 5):
        sends.setdefault(due.month, due.at)
    return sends


def _row(app: App, month: Month, mailing: Mailing | None, due: datetime | None) -> Row:
    folder = publishing.load(app.settings, month)
    errors = sum(one.level == "error" for one in folder.findings)
    state = mailing.state.value if mailing else "draft"
    waits = mailing is None or mailing.state.value == "scheduled"
    ready, drafts = len(folder.issue.summaries), len(folder.drafts)
    return Row(month, state, ready, drafts, errors, due if waits else None)


@click.command()
@json_option
@pass_context
def months(context: Context, as_json: bool) -> None:
    """List the months: state, summaries that are ready, when each goes out."""
    with application(context.settings()) as app:
        rows = _rows(app)
        schedule, zone = app.settings.schedule, app.settings.zone
        next_five = list(islice(coming(schedule, zone, app.clock.now()), 5))
    if as_json:
        output.print_json([row.as_json() for row in rows])
        return
    headings = ("Month", "State", "Ready#", "Drafts#", "Errors#", "Goes out")
    cells = [(r.month, r.state, r.ready, r.drafts, r.errors, _when(r.next_send)) for r in rows]
    output.print_table(headings, cells)
    times = ", ".join(f"{due.at:%d %b %Y %H:%M}" for due in next_five)
    output.say(f"The next five times ({zone.key}): {times}")


def _when(moment: datetime | None) -> str:
    return f"{moment:%a %d %b %Y %H:%M}" if moment else ""


@click.command()
@click.argument("month", type=MONTH)
@edition_options
@click.option(
    "--output", "folder", type=click.Path(path_type=Path), required=True, help="Folder to write to."
)
@pass_context
def render(
    context: Context, month: Month, edition: str, topics: str, email: str, folder: Path
) -> None:
    """Write an edition as digest.html, digest.txt, digest.eml and digest.mjml."""
    with application(context.settings()) as app:
        chosen = choose(app, month, edition, topics, email)
        heading = publishing.heading(app.settings, month)
        dated = app.clock.now().astimezone(app.settings.zone)
    made = chosen.edition
    reader = sample_reader(heading, chosen.email or _NOBODY, chosen.name, 0, b"render")
    folder.mkdir(parents=True, exist_ok=True)
    documents = {
        "html": fill_html(made.html, reader.values).encode(),
        "txt": fill_text(made.text, reader.values).encode(),
        "eml": b"".join(compile_letter(made, heading, dated).fill(reader)),
        "mjml": made.mjml.encode(),
    }
    for ending, document in documents.items():
        path = folder / f"digest.{ending}"
        path.write_bytes(document)
        output.say(f"{path}  {len(document) / 1024:.0f} KB")
    output.say(f"Subject: {made.subject}", output.DIM)


commands: Sequence[click.Command] = (months, render)
