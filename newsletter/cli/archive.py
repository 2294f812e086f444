"""Commands about the archive: add to it, correct what it says, and make files of it."""

from dataclasses import asdict
from pathlib import Path

import click

from newsletter import publishing
from newsletter.bootstrap import application
from newsletter.cli import output
from newsletter.cli.context import MONTH, Context, pass_context
from newsletter.cli.output import json_option
from newsletter.errors import UsageError
from newsletter.model import Month
from newsletter.web.archive import building, folder


@click.group("archive")
def archive_group() -> None:
    """What readers see of the months that were sent."""


@archive_group.command()
@click.argument("target", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option("--force", is_flag=True, help="Replace files that something else put there.")
@json_option
@pass_context
def build(context: Context, target: Path, force: bool, as_json: bool) -> None:
    """Write the archive into DIR as files, for any web host or a disk.

    Build again after each month: what is right already isn't touched, and nothing is removed that
    wasn't made here.
    """
    with application(context.settings()) as app:
        made = folder.write(target, building.files(app), force=force)
        address = app.settings.newsletter.public_url
    if as_json:
        output.print_json({"folder": str(target), **asdict(made)})
        return
    total = made.written + made.unchanged
    output.say(
        f"{total} files in {target}: {made.written} written, {made.unchanged} as they were,"
        f" {made.removed} removed.",
        output.GOOD,
    )
    output.say(f"Open {target / 'archive/index.html'}, or bring the folder to {address}")


@archive_group.command()
@click.argument("month", type=MONTH)
@click.option("--note", required=True, help="What was corrected, in a sentence for readers.")
@json_option
@pass_context
def correct(context: Context, month: Month, note: str, as_json: bool) -> None:
    """Let the archive say of a month that was sent what its files say now. Nothing is mailed.

    The pages show the mended text, and that it was corrected: when, and your note.
    """
    if not note.strip():
        raise UsageError("--note is empty", hint="readers are told what was corrected")
    with application(context.settings()) as app:
        publishing.correct(app.settings, app.engine, month, note, app.clock.now())
        page = f"{app.settings.newsletter.public_url.rstrip('/')}/archive/{month}"
    if as_json:
        output.print_json({"month": str(month), "page": page})
        return
    output.say(f"The archive has {month} as it is now.", output.GOOD)
    output.say(page)


@archive_group.command()
@click.argument("months", metavar="[MONTH]...", type=MONTH, nargs=-1)
@json_option
@pass_context
def add(context: Context, months: tuple[Month, ...], as_json: bool) -> None:
    """Bring in months that were sent before there was an archive; without a name, all of them.

    What they said is taken from their files as they are now: look that these are what was sent.
    """
    with application(context.settings()) as app:
        wanted = months or publishing.missing_in_archive(app.engine)
        for month in wanted:
            publishing.add_to_archive(app.settings, app.engine, month, app.clock.now())
    if as_json:
        output.print_json({"added": [str(month) for month in wanted]})
        return
    names = ", ".join(map(str, wanted))
    output.say(f"The archive has {names} now." if names else "No month is missing.", output.GOOD)


commands: tuple[click.Command, ...] = (archive_group,)
