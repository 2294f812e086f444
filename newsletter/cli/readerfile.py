"""Readers from a CSV file, and to one."""

import gc
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import click
from sqlalchemy import Connection

from newsletter.cli import output
from newsletter.cli.context import Context, pass_context
from newsletter.cli.output import json_option
from newsletter.config import Settings
from newsletter.content.taxonomy import find_topic, nearest_topic, taxonomy_of
from newsletter.errors import UsageError
from newsletter.ground import Ground, ground
from newsletter.store.engine import reading, writing
from subscribers import store
from subscribers.consent import Evidence
from subscribers.csvfile import look_at
from subscribers.csvio import ImportReport, export_csv, import_csv
from subscribers.csvrows import TopicNames

_SHOWN = 20


def topic_names(settings: Settings) -> TopicNames:
    """Return how topics are looked up: in the site's own taxonomy."""
    taxonomy = taxonomy_of(settings.content.root)

    def find(text: str) -> str | None:
        topic = find_topic(taxonomy, text)
        return topic.slug if topic else None

    def nearest(text: str) -> str | None:
        topic = nearest_topic(taxonomy, text)
        return topic.name if topic else None

    return TopicNames(find, nearest)


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--source", default="", help="Where these readers gave consent; else the file's name."
)
@click.option("--wording", default="", help="What they agreed to, in its words.")
@click.option("--dry-run", is_flag=True, help="Say what would happen; change nothing.")
@json_option
@pass_context
def import_command(
    context: Context, file: Path, source: str, wording: str, dry_run: bool, as_json: bool
) -> int:
    """Add the readers of FILE (CSV; `-` for standard input) to the list.

    The first line names the columns: email, name, topics, mode, language; only email must be
    there. Topics are slugs or names, separated by `;`. A blank cell leaves a reader's own value.
    Readers who left and suppressed addresses are never brought back. All rows go in at
    once or, if anything breaks, none; a row that can't be read is left out and listed.

    Ends with 1 when rows were rejected.
    """
    name = "standard input" if str(file) == "-" else file.name
    evidence = Evidence(source.strip() or f"import {name}", wording.strip())
    with ground(context.settings()) as app, _opened(file) as data:
        report = _import(app, data, evidence, dry_run)
    if as_json:
        output.print_json(_document(report))
    else:
        _print(report, dry_run)
    return 1 if report.rejected else 0


def _import(app: Ground, data: BinaryIO, evidence: Evidence, dry_run: bool) -> ImportReport:
    shape = look_at(data)
    names = topic_names(app.settings)
    language = app.settings.newsletter.language
    with (
        _undisturbed(),
        output.progress("Importing", shape.lines) as meter,
        writing(app.engine) as connection,
    ):
        report = import_csv(
            connection,
            data,
            shape,
            names,
            evidence,
            app.clock.now(),
            language=language,
            advance=meter.advance,
        )
        if dry_run:
            _roll_back(connection)
    for words in report.notes:
        output.note(words)
    return report


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Keep Python's collector away: it looks at every batch of rows, and they make no cycles.

    That is a quarter of the time.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _roll_back(connection: Connection) -> None:
    transaction = connection.get_transaction()
    if transaction is not None:
        transaction.rollback()


@contextmanager
def _opened(file: Path) -> Iterator[BinaryIO]:
    """Open the file; standard input, which can't be read twice, goes through a temporary one."""
    if str(file) == "-":
        with tempfile.TemporaryFile() as copy:
            shutil.copyfileobj(sys.stdin.buffer, copy)
            copy.seek(0)
            yield copy
        return
    try:
        opened = file.open("rb")
    except OSError as error:
        raise UsageError(
            f"{file} can't be read: {error.strerror}", hint="give the path of a CSV file"
        ) from None
    with opened:
        yield opened


def _document(report: ImportReport) -> dict[str, object]:
    return {
        "added": report.added,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "suppressed": report.suppressed,
        "rejected": [one._asdict() for one in report.rejected],
    }


def _print(report: ImportReport, dry_run: bool) -> None:
    counts = {
        "added": report.added,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "suppressed": report.suppressed,
        "rejected": len(report.rejected),
    }
    output.print_table(("Rows", "Number#"), counts.items())
    if report.suppressed:
        output.say("suppressed: they left, or may not be mailed; they stay as they were")
    if report.rejected:
        output.print_table(
            ("Line#", "Email", "Why it was left out"),
            [(one.line, one.email, one.reason) for one in report.rejected[:_SHOWN]],
        )
    if more := len(report.rejected[_SHOWN:]):
        output.say(f"… and {more} more: --json lists them all")
    if dry_run:
        output.say("Nothing was changed: this was a dry run.")


@click.command("export")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), required=False)
@click.option("--force", is_flag=True, help="Replace FILE.")
@pass_context
def export_command(context: Context, file: Path | None, force: bool) -> None:
    """Write all readers as CSV to FILE or standard output; `import` reads it again.

    A value that a spreadsheet would take for a formula has an apostrophe before it.
    """
    with ground(context.settings()) as app, reading(app.engine) as connection:
        readers, now = store.stream(connection), app.clock.now()
        if file is None or str(file) == "-":
            export_csv(readers, sys.stdout, now)
            return
        flags = os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if force else os.O_EXCL)
        try:
            # Only the operator may read it: it is everybody's address.
            descriptor = os.open(file, flags, 0o600)
        except OSError as error:
            there = isinstance(error, FileExistsError)
            hint = "--force replaces it" if there else "name a file that you may write"
            raise UsageError(f"{file} can't be made: {error.strerror}", hint=hint) from None
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as out:
            os.fchmod(descriptor, 0o600)  # a file that is replaced keeps its own rights otherwise
            count = export_csv(readers, out, now)
    output.note(f"{count} readers are in {file}")
