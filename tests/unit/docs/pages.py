"""What the tests of the documents read: the pages, their links, their commands."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import click

from newsletter.cli.main import root

TOP = Path(__file__).parents[3]
PAGES = (TOP / "README.md", TOP / "CHANGELOG.md", *sorted((TOP / "docs").glob("*.md")))
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
_INLINE = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ +(.+)$", re.M)


class Block(NamedTuple):
    """A fenced block of a page: its language and text, and the line it begins at, from 1."""

    page: str
    line: int
    language: str
    text: str


def blocks(page: Path) -> Iterator[Block]:
    """Yield a page's fenced blocks."""
    text = page.read_text("utf-8")
    for match in _FENCE.finditer(text):
        line = text.count("\n", 0, match.start()) + 2
        yield Block(page.name, line, match[1], match[2])


def links(page: Path) -> list[str]:
    """Return the targets of a page's links and pictures."""
    return _LINK.findall(_FENCE.sub("", page.read_text("utf-8")))


def anchors(page: Path) -> set[str]:
    """Return what `#…` may say of a page, made from its headings as GitHub makes it."""
    headings = _HEADING.findall(_FENCE.sub("", page.read_text("utf-8")))
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in plain}


def shell_commands(page: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield line and words of each `newsletter …` in a page's `sh` blocks."""
    for block in blocks(page):
        if block.language != "sh":
            continue
        joined = block.text.replace("\\\n", "  ")
        for number, line in enumerate(joined.splitlines()):
            if words := _words(line):
                yield block.line + number, words


def _words(line: str) -> list[str]:
    """Return what follows `newsletter` in a line of shell, up to a pipe, `;` or redirection."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words = list(lexer)
    names = [n for n, word in enumerate(words) if word.rpartition("/")[2] == "newsletter"]
    if not names or not all("=" in word for word in words[: names[0]]):
        return []
    rest = words[names[0] + 1 :]
    end = next((n for n, word in enumerate(rest) if set(word) <= set("();<>|&")), len(rest))
    return rest[:end]


def mentions(page: Path) -> Iterator[list[str]]:
    """Yield the words of each `newsletter …` that stands in a page's running text."""
    for text in _INLINE.findall(_FENCE.sub("", page.read_text("utf-8"))):
        if text.startswith("newsletter ") and "<" not in text:
            yield text.split()[1:]


def find_command(words: list[str]) -> tuple[click.Command, click.Context, list[str]]:
    """Return the command that words name, and the words left over for it.

    Raises click.UsageError for a command or a global option that doesn't exist.
    """
    command: click.Command = root
    context = click.Context(root, info_name="newsletter")
    rest = list(words)
    while isinstance(command, click.Group):
        command.allow_interspersed_args = False
        _, rest, _ = command.make_parser(context).parse_args(rest)
        if not rest:
            break
        name, *rest = rest
        inner = command.get_command(context, name)
        if inner is None:
            raise click.UsageError(f"there is no command “{context.command_path} {name}”")
        command, context = inner, click.Context(inner, parent=context, info_name=name)
    return command, context, rest


def parse(words: list[str]) -> None:
    """Read words as the program would, without running anything.

    Raises click.UsageError for what it would refuse. Files need not be there.
    """
    command, context, rest = find_command(words)
    if isinstance(command, click.Group):
        raise click.UsageError(f"“{context.command_path}” alone does nothing")
    values, left, _ = command.make_parser(context).parse_args(rest)
    if left:
        raise click.UsageError(f"“{context.command_path}” takes no {left}")
    for one in command.params:
        if not isinstance(one.type, (click.Path, click.File)) and not one.is_eager:
            one.process_value(context, values.get(one.name or ""))
