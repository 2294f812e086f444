"""Measures what `docs/speed.md` speaks of: `python -m tests.bench`, or `make bench`.

Everything runs on 127.0.0.1; parts whose programs are missing are left out, and said.
"""

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.bench import chart, growth, machine, report, steps, wire
from tests.bench.report import Table
from tests.bench.sample import Scale

PARTS: Mapping[str, Callable[[Scale], Table]] = {
    "sink": wire.to_sink,
    "fast": wire.to_fast,
    "nodemailer": wire.beside_nodemailer,
    "memory": steps.in_memory,
    "letters": steps.letters,
    "signatures": steps.signatures,
    "growth": growth.readers,
    "import": growth.imports,
}
PAGE, PICTURE = machine.TOP / "docs/speed.md", machine.TOP / "docs/speed.svg"


def main() -> int:
    """Run the parts that are asked for, print their tables, and write the page where told to."""
    given = _arguments()
    scale = Scale(given.messages, given.rounds, growth.MILLION if given.full else 100_000)
    print(machine.description(), flush=True)
    left_out = []
    for name in given.only if given.only is not None else PARTS:
        try:
            table = PARTS[name](scale)
        except wire.Missing as missing:
            left_out.append(f"{name} needs {missing}")
            print(f"left out: {left_out[-1]}", flush=True)
            continue
        report.keep(_kept(name), table)
        report.show(table)
        sys.stdout.flush()
    if given.write:
        _write(left_out)
    return 0


def _kept(name: str) -> Path:
    return machine.CACHE / f"{name}.json"


def _write(left_out: list[str]) -> None:
    """Write the page from what was measured last, part by part."""
    tables = {name: report.kept(_kept(name)) for name in PARTS if _kept(name).exists()}
    text = report.markdown(list(tables.values()), machine.description(), left_out)
    report.write_into(PAGE, text)
    if "sink" in tables:
        PICTURE.write_text(chart.picture(tables), "utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--only", nargs="*", choices=PARTS, help="these parts alone, or none")
    parser.add_argument("--messages", type=int, default=20_000, help="of one run over SMTP")
    parser.add_argument("--rounds", type=int, default=5, help="of which the median is taken")
    parser.add_argument("--full", action="store_true", help="up to 1,000,000 readers")
    parser.add_argument(
        "--write", action="store_true", help=f"put the last figures into {PAGE.name}"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
