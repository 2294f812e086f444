"""Commands about what comes back: bounces, complaints, automatic replies, unsubscribe mails."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import click

from newsletter.bootstrap import App, application
from newsletter.cli import output
from newsletter.cli.context import Context, pass_context
from newsletter.cli.output import json_option
from newsletter.errors import ConfigError
from newsletter.feedback.process import Row, look
from newsletter.model import Month
from newsletter.postbox.files import open_path
from newsletter.postbox.source import Source

_SHOWN = 200
_LONGEST = 70


@click.group("bounces")
def bounces() -> None:
    """What comes back after sending."""


@bounces.command()
@click.argument("path", type=click.Path(path_type=Path), required=False)
@click.option("--dry-run", is_flag=True, help="Say what is there; change nothing.")
@json_option
@pass_context
def process(context: Context, path: Path | None, dry_run: bool, as_json: bool) -> None:
    """Read what came back, act on it, and say what it was.

    PATH is a Maildir, a folder of files, an mbox or one message; without it the mailbox of
    [bounces] is read. The same message twice is one event. Nothing at PATH is changed; messages in
    the configured mailbox are marked as read when what follows is in the database.

    You vouch for PATH: an address in a bounce is believed there. In the mailbox, where anybody can
    write, a bounce that bears no mark of ours silences nobody at once.
    """
    if path is not None and dry_run:  # It needs no site.
        _answer([*_read((open_path(path),), look)], dry_run, as_json)
        return
    with application(context.settings()) as app:
        clerk = replace(app.clerk, alert=_say_pause, vouched=app.clerk.vouched or path is not None)
        read = look if dry_run else clerk.process
        _answer([*_read(_sources(app, path), read)], dry_run, as_json)


def _answer(rows: list[Row], dry_run: bool, as_json: bool) -> None:
    if as_json:
        output.print_json([row.as_json() for row in rows])
    else:
        _print(rows, dry_run)


def _say_pause(month: Month, reason: str) -> None:
    output.note(f"{month} has paused: {reason}", output.BAD)


def _sources(app: App, path: Path | None) -> Iterator[Source]:
    if path is not None:
        yield open_path(path)
        return
    found = list(app.mailboxes())
    if not found:
        raise ConfigError(
            "there is no mailbox for what comes back",
            hint="name a PATH, or set bounces.mailbox or bounces.imap.host",
        )
    yield from found


def _read(sources: Iterable[Source], read: Callable[[Source], Iterator[Row]]) -> Iterator[Row]:
    with output.progress("Reading what came back", None) as meter:
        for source in sources:
            with closing(source):
                for row in read(source):
                    meter.advance()
                    yield row


def _print(rows: list[Row], dry_run: bool) -> None:
    counts = Counter((row.kind, row.verdict) for row in rows)
    shown = [(row.recipient, row.kind, row.verdict, row.status, _short(row)) for row in rows]
    output.print_table(("Recipient", "Kind", "Verdict", "Status", "Words"), shown[:_SHOWN])
    if more := len(shown[_SHOWN:]):
        output.note(f"… and {more} more: --json lists them all")
    words = [f"{number} {kind} ({verdict})" for (kind, verdict), number in sorted(counts.items())]
    output.say("; ".join(words) or "Nothing came back.")
    if dry_run:
        output.say("Nothing was changed: this was a dry run.")


def _short(row: Row) -> str:
    return row.reply if len(row.reply) <= _LONGEST else row.reply[: _LONGEST - 1] + "…"


commands: tuple[click.Command, ...] = (bounces,)
