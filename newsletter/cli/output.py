"""The consoles, and how a command ends. Nothing else prints.

Answers go to stdout; progress, notes and errors to stderr, so that `--json` is one clean document.
"""

import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TextIO

import click
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
)
from rich.table import Table
from rich.text import Text

from newsletter.cli.tempo import tempo
from newsletter.errors import NewsletterError

GOOD, BAD, ODD, DIM = "green", "red", "yellow", "dim"

_COLOURS = {
    "sent": GOOD,
    "scheduled": "cyan",
    "approved": "cyan",
    "sending": "cyan",
    "deferred": ODD,
    "uncertain": ODD,
    "failed": BAD,
    "paused": BAD,
}
"""Of states; the word stands there whatever the colour."""

_ENDLESS = 100_000
"""Columns of an output that is no terminal: as wide as the widest row."""
_HALF_A_MINUTE = 30.0
"""Seconds without a line after which there is one all the same."""


def stdout() -> Console:
    """Return a console for answers; plain when stdout is no terminal."""
    return _console(sys.stdout)


def stderr() -> Console:
    """Return a console for everything that is not the answer."""
    return _console(sys.stderr)


def _console(file: TextIO) -> Console:
    """Return a console that breaks lines between words on a terminal, and nowhere else."""
    console = Console(file=file, highlight=False)
    console.soft_wrap = not console.is_terminal
    return console


def say(text: str, style: str | None = None) -> None:
    """Print one line of the answer."""
    stdout().print(text, style=style, markup=False)


def note(text: str, style: str | None = None) -> None:
    """Print one line beside the answer, to stderr."""
    stderr().print(text, style=style, markup=False)


def print_json(document: object) -> None:
    """Print one JSON document to stdout."""
    click.echo(json.dumps(document, ensure_ascii=False, indent=2, default=str))


def print_json_list(rows: Iterable[object]) -> None:
    """Print a JSON list, a row a line, without holding a million of them in memory."""
    click.echo("[", nl=False)
    for number, row in enumerate(rows):
        click.echo(",\n  " if number else "\n  ", nl=False)
        click.echo(json.dumps(row, ensure_ascii=False, default=str), nl=False)
    click.echo("\n]")


def next_step(text: str) -> None:
    """Print what to do next: the last line of an answer."""
    stdout().print(f"[bold]Next:[/] {escape(text)}")


def word(state: str) -> Text:
    """Return a state's word in its colour, for a table."""
    return Text(state, style=_COLOURS.get(state, ""))


def when(moment: datetime) -> str:
    """Return a moment as tables show it: `Mon 01 Feb 2021 09:00`."""
    return f"{moment:%a %d %b %Y %H:%M}"


def print_table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table that fits the terminal; columns whose heading ends in `#` are numbers.

    Nothing is cut off: what doesn't fit is folded on a terminal, and stays one line elsewhere.
    """
    out = Console(file=sys.stdout, highlight=False)
    frame = box.SIMPLE_HEAD if out.is_terminal else None
    table = Table(box=frame, show_edge=False, pad_edge=False, header_style="bold")
    for heading in headings:
        number = heading.endswith("#")
        table.add_column(
            heading.removesuffix("#"), justify="right" if number else "left", overflow="fold"
        )
    for row in rows:
        table.add_row(*(cell if isinstance(cell, Text) else escape(str(cell)) for cell in row))
    if out.is_terminal:
        out.print(table)
        return
    out.width = _ENDLESS
    with out.capture() as lines:
        out.print(table)
    click.echo("\n".join(line.rstrip() for line in lines.get().splitlines()))


def print_check(word: str, style: str, name: str, message: str, hint: str) -> None:
    """Print what a look at one thing found: a line, or in columns on a terminal."""
    out = stdout()
    if not out.is_terminal:
        say(f"{word:<8}{name}: {message}{f' → {hint}' if hint else ''}")
        return
    line = Table.grid(padding=(0, 1))
    for width in (7, 15, None):
        line.add_column(width=width, overflow="fold")
    line.add_row(Text(word, style=style), Text(name), Text(message))
    if hint:
        line.add_row("", "", Text(f"→ {hint}", style=style))
    out.print(line)


def refuse(error: NewsletterError) -> None:
    """Print an error and its hint to stderr."""
    console = stderr()
    console.print(f"[bold {BAD}]Error:[/] {escape(error.message)}")
    if error.hint:
        console.print(f"[{DIM}]Hint:[/] {escape(error.hint)}")


@dataclass
class Meter:
    """A progress bar on a terminal, a plain line now and then elsewhere: with rate, and time left.

    `clock` gives seconds that only go forward.
    """

    label: str
    total: int | None
    bar: Progress | None
    clock: Callable[[], float] = time.monotonic
    done: int = 0
    _begun: float | None = None
    _tenths: int = 0
    _said_at: float = 0.0

    def advance(self, by: int = 1) -> None:
        """Count `by` more as done."""
        now = self.clock()
        if self._begun is None:
            self._begun = self._said_at = now
        self.done += by
        speed = tempo(self.done, self.total, now - self._begun)
        if self.bar is not None:
            self.bar.update(self.bar.task_ids[0], completed=self.done, tempo=speed)
        elif self._worth_a_line(now):
            self._said_at = now
            note(f"{self.label}: {self.done} of {self.total}" + (f" ({speed})" if speed else ""))

    def _worth_a_line(self, now: float) -> bool:
        """Tell whether a tenth more is done, or half a minute has passed."""
        if not self.total:
            return False
        before, self._tenths = self._tenths, self.done * 10 // self.total
        return self._tenths > before or now - self._said_at >= _HALF_A_MINUTE

    def show(self, done: int, total: int) -> None:
        """Say how far it is, where the total shows itself only on the way.

        Less done than before: it has begun anew.
        """
        if self.total != total and self.bar is not None:
            self.bar.update(self.bar.task_ids[0], total=total)
        if done < self.done:
            self.done, self._begun, self._tenths = 0, None, 0
        self.total = total
        self.advance(done - self.done)

    def note(self, text: str) -> None:
        """Print a line beside the answer, above the bar."""
        console = self.bar.console if self.bar is not None else stderr()
        console.print(f"{self.label}: {text}", markup=False, highlight=False)


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
    words = (TextColumn("{task.description}"), TextColumn("{task.fields[tempo]}"))
    columns = (words[0], BarColumn(), MofNCompleteColumn(), words[1])
    with Progress(*columns, console=console, transient=True) as bar:
        bar.add_task(label, total=total, tempo="")
        yield Meter(label, total, bar)


json_option = click.option("--json", "as_json", is_flag=True, help="One JSON document.")
"""The option every command that lists or sums up takes."""
