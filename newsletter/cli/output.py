"""The consoles, and how a command ends. Nothing else prints.

Answers go to stdout; progress, notes and errors to stderr, so that `--json` is one clean document.
"""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from newsletter.errors import NewsletterError

GOOD, BAD, DIM = "green", "red", "dim"


def stdout() -> Console:
    """Return a console for answers; plain when stdout is no terminal."""
    return Console(file=sys.stdout, highlight=False, soft_wrap=True)


def stderr() -> Console:
    """Return a console for everything that is not the answer."""
    return Console(file=sys.stderr, highlight=False, soft_wrap=True)


def say(text: str, style: str | None = None) -> None:
    """Print one line of the answer."""
    stdout().print(text, style=style, markup=False)


def note(text: str, style: str | None = None) -> None:
    """Print one line beside the answer, to stderr."""
    stderr().print(text, style=style, markup=False)


def print_json(document: object) -> None:
    """Print one JSON document to stdout."""
    click.echo(json.dumps(document, ensure_ascii=False, indent=2, default=str))


def print_table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table that fits the terminal; columns whose heading ends in `#` are numbers."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        number = heading.endswith("#")
        table.add_column(heading.removesuffix("#"), justify="right" if number else "left")
    for row in rows:
        table.add_row(*(escape(str(cell)) for cell in row))
    out = Console(file=sys.stdout, highlight=False)
    if not out.is_terminal:
        out.width = 200
    out.print(table)


def refuse(error: NewsletterError) -> None:
    """Print an error and its hint to stderr."""
    console = stderr()
    console.print(f"[bold {BAD}]Error:[/] {escape(error.message)}")
    if error.hint:
        console.print(f"[{DIM}]Hint:[/] {escape(error.hint)}")


@dataclass
class Meter:
    """A progress bar on a terminal, a plain line now and then elsewhere."""

    label: str
    total: int | None
    bar: Progress | None
    done: int = 0
    _said: int = 0

    def advance(self, by: int = 1) -> None:
        """Count `by` more as done."""
        self.done += by
        if self.bar is not None:
            self.bar.update(self.bar.task_ids[0], completed=self.done)
        elif self.total and self.done * 10 // self.total > self._said:
            self._said = self.done * 10 // self.total
            note(f"{self.label}: {self.done} of {self.total}")

    def show(self, done: int, total: int) -> None:
        """Say how far it is, where the total shows itself only on the way."""
        if self.total != total and self.bar is not None:
            self.bar.update(self.bar.task_ids[0], total=total)
        self.total = total
        self.advance(done - self.done)


def csv_safe(value: object) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


@contextmanager
def progress(label: str, total: int | None) -> Iterator[Meter]:
    """Show progress on stderr while the block runs."""
    console = stderr()
    if not console.is_terminal:
        yield Meter(label, total, None)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as bar:
        bar.add_task(label, total=total)
        yield Meter(label, total, bar)


json_option = click.option("--json", "as_json", is_flag=True, help="One JSON document.")
"""The option every command that lists or sums up takes."""
