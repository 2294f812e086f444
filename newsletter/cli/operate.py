"""Commands for operators: the database; and, from their own files, the doctor and the unit."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from sqlalchemy import Engine

from newsletter import config
from newsletter.cli import doctor, output, unit
from newsletter.cli.confirm import confirm
from newsletter.cli.context import Context, pass_context
from newsletter.cli.output import json_option
from newsletter.clock import SystemClock
from newsletter.store import migrate, moving, upkeep
from newsletter.store.engine import open_engine
from newsletter.store.upkeep import Restored


@click.group()
def db() -> None:
    """Look after the database."""


@contextmanager
def _engine(context: Context) -> Iterator[Engine]:
    """Open the database as it is: these commands are for one that needs care."""
    with _opened(context.settings().database.url) as engine:
        yield engine


@contextmanager
def _opened(url: str) -> Iterator[Engine]:
    engine = open_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


@db.command()
@json_option
@pass_context
def upgrade(context: Context, as_json: bool) -> None:
    """Bring the tables to the shape this version needs. Harmless when they have it."""
    with _engine(context) as engine:
        before = migrate.current(engine)
        after = migrate.upgrade(engine)
    if as_json:
        output.print_json({"before": before, "after": after})
    elif before == after:
        output.say(f"The tables are at {after}: up to date.", output.GOOD)
    else:
        output.say(f"The tables have gone from {before or 'nothing'} to {after}.", output.GOOD)
        output.next_step("newsletter doctor, then start the service")


@db.command()
@json_option
@pass_context
def check(context: Context, as_json: bool) -> int:
    """Look for damage, broken links and missing migrations. Ends with 1 when it finds any."""
    with _engine(context) as engine:
        problems = upkeep.problems(engine)
    if as_json:
        output.print_json({"ok": not problems, "problems": problems})
    else:
        for problem in problems:
            output.say(problem, output.BAD)
        if problems:
            output.next_step("stop the service, then: newsletter db restore FILE, a good copy")
        else:
            output.say("The database is sound.", output.GOOD)
    return 1 if problems else 0


@db.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--force", is_flag=True, help="Replace FILE.")
@json_option
@pass_context
def backup(context: Context, file: Path, force: bool, as_json: bool) -> None:
    """Copy the database to FILE, also while it is in use."""
    with _engine(context) as engine:
        upkeep.back_up(engine, file, replace=force)
    if as_json:
        output.print_json({"file": str(file)})
        return
    output.say(f"The database is copied to {file}.", output.GOOD)
    output.next_step("keep it as safe as the original, with a copy of the secret beside it")


@db.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--yes", is_flag=True, help="Don't ask.")
@json_option
@pass_context
def restore(context: Context, file: Path, yes: bool, as_json: bool) -> None:
    """Put the copy FILE in the database's place; what was there is kept beside it.

    Readers who left since the copy was made stay off the list. What was sent since is not in
    it: a month that has gone out since would go out again.
    """
    with _engine(context) as engine:
        confirm(f"Replace the database by {file}?", yes)
        done = upkeep.restore(engine, file, SystemClock().now())
    if as_json:
        kept = str(done.kept) if done.kept else None
        output.print_json({"file": str(file), "kept": kept, "opt_outs": done.opt_outs})
    else:
        _say_restored(done)


def _say_restored(done: Restored) -> None:
    output.say("The database is restored.", output.GOOD)
    if done.kept:
        output.say(f"The one of before is kept: {done.kept}")
    if done.opt_outs is None:
        words = "Who left since the copy was made could not be read: see to it before you send."
        output.say(words, output.BAD)
    elif done.opt_outs:
        output.say(f"Who left since the copy was made stays off the list: {done.opt_outs}")
    output.say("What was sent since the copy was made is not in it.")
    output.next_step("newsletter db check, then newsletter months, before the service starts")


@db.command()
@click.argument("target", metavar="TARGET_URL")
@click.option("--yes", is_flag=True, help="Don't ask.")
@json_option
@pass_context
def move(context: Context, target: str, yes: bool, as_json: bool) -> None:
    """Move the site to another database: SQLite to PostgreSQL, or back.

    TARGET_URL is like postgresql://host/name or sqlite:///var/other.db, and empty. All of it goes
    over or nothing, and every row is compared. Stop the service, its workers and the pages first.
    """
    settings = context.settings()
    with _engine(context) as old, _opened(config.anchored_url(target, settings.site)) as new:
        place = new.url.render_as_string(hide_password=True)
        migrate.require_current(old)
        confirm(f"Move the site to {place}? Nothing may write to it meanwhile.", yes)
        with output.progress("Moving", moving.steps(old)) as meter:
            rows = moving.move(old, new, SystemClock().now(), meter.advance)
    if as_json:
        output.print_json({"target": place, "rows": rows})
        return
    output.print_table(("Table", "Rows#"), rows.items())
    output.say(f"The site is in {place}, every row as it was.", output.GOOD)
    output.say("Next: set `database.url` to that address, everywhere it is set; then start again")
    output.say("what you stopped. The old database stays as it is, and refuses to be used.")


commands: tuple[click.Command, ...] = (db, *doctor.commands, *unit.commands)
