"""Figures as tables: on the terminal, and in `docs/speed.md`."""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table as RichTable

_BLOCK = re.compile(r"(<!-- measured -->\n).*(<!-- end -->)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Target:
    """What was aimed at, and what came of it."""

    what: str
    wanted: str
    got: str
    met: bool


@dataclass(frozen=True, slots=True)
class Table:
    """Figures of one part; the first column is words, the others are numbers as text."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    targets: Sequence[Target] = field(default=())


def at_least(what: str, wanted: float, got: float, unit: str = "") -> Target:
    """Return a target that is met from `wanted` upwards."""
    return Target(what, f"at least {_number(wanted)}{unit}", f"{_number(got)}{unit}", got >= wanted)


def at_most(what: str, wanted: float, got: float, unit: str = "") -> Target:
    """Return a target that is met up to `wanted`."""
    return Target(what, f"at most {_number(wanted)}{unit}", f"{_number(got)}{unit}", got <= wanted)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.2f}".rstrip("0").rstrip(".")


def keep(path: Path, table: Table) -> None:
    """Keep a part's figures for the page."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(asdict(table)), "utf-8")


def kept(path: Path) -> Table:
    """Return the figures that were kept last."""
    fields = json.loads(path.read_text("utf-8"))
    targets = [Target(**one) for one in fields.pop("targets")]
    return Table(**fields, targets=targets)


def show(table: Table) -> None:
    """Print a table, then its targets."""
    console = Console(width=110)
    shown = RichTable(title=table.title, title_justify="left")
    for number, column in enumerate(table.columns):
        shown.add_column(column, justify="right" if number else "left")
    for row in table.rows:
        shown.add_row(*row)
    console.print(shown)
    for target in table.targets:
        mark = "[green]met[/]   " if target.met else "[red]missed[/]"
        console.print(f"{mark} {target.what}: {target.wanted}; {target.got}", highlight=False)
    console.print()


def markdown(tables: Sequence[Table], machine: str, left_out: Sequence[str]) -> str:
    """Return everything as one stretch of Markdown."""
    parts = [f"Measured on: {machine}.\n"]
    parts += [f"Left out: {one}.\n" for one in left_out]
    for table in tables:
        parts.append(f"### {table.title}\n")
        parts.append(_grid(table.columns, table.rows))
    targets = [target for table in tables for target in table.targets]
    words = [(one.what, one.wanted, one.got, "yes" if one.met else "no") for one in targets]
    parts += ["### Targets\n", _grid(("What", "Target", "Measured", "Met"), words)]
    return "\n".join(parts)


def _grid(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [columns, ["---"] + ["---:"] * (len(columns) - 1), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def write_into(page: Path, text: str) -> None:
    """Replace what stands between the page's two marks."""
    before = page.read_text("utf-8")
    after = _BLOCK.sub(lambda match: f"{match[1]}\n{text}\n{match[2]}", before)
    assert "<!-- measured -->" in before, f"{page} has no place for figures"
    page.write_text(after, "utf-8")
