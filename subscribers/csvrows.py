"""What the rows of a CSV file say of readers, or why they say nothing.

A column at a time: of a million rows, every step that Python takes for each is a good part of a
second.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache, partial
from typing import NamedTuple, TypeVar, cast

from subscribers.address import examine_all
from subscribers.csvfile import unguard
from subscribers.csvheader import Columns
from subscribers.intake import Entries
from subscribers.model import Mode
from subscribers.names import clean_names

T = TypeVar("T")

_LANGUAGE = re.compile(r"(?=.{2,16}\Z)[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")

# The states of an export. Who is not to be mailed there is not made active here.
_HERE = {"", "active"}
_GONE = {"unsubscribed", "suppressed", "erased"}
_NOT_YET = {
    "pending": "never confirmed, says the column “state”",
    "paused": "paused, says the column “state”: import the row when the pause is over",
}


class TopicNames(NamedTuple):
    """The site's topics: `find` gives a slug for a slug, name or alias, `nearest` a likely name."""

    find: Callable[[str], str | None]
    nearest: Callable[[str], str | None]


class Found(NamedTuple):
    """What rows say: entries, and of each other row by position why it is refused.

    That is "" for somebody who left.
    """

    entries: Entries
    refused: Mapping[int, str]


class RowReader:
    """Reads rows of a file with these columns."""

    def __init__(self, columns: Columns, topics: TopicNames) -> None:
        self._columns = columns
        self._topics = lru_cache(maxsize=10_000)(partial(_chosen, names=topics))

    def __call__(self, rows: Sequence[list[str] | str]) -> Found:
        """Read rows; one that is a string already is refused for that reason."""
        width = self._columns.width
        reasons: dict[int, str] = {}
        fitted = (row if len(row) == width else _fitted(row, width) for row in rows)
        # A blank row in place of each that is refused, so that all others keep their positions.
        entries, refused = self._read(_weeded(fitted, reasons, [""] * width))
        refused = {**refused, **reasons}
        if not refused:
            return Found(entries, refused)
        return Found(entries.pick([at for at in range(len(rows)) if at not in refused]), refused)

    def _read(self, rows: Sequence[list[str]]) -> Found:
        emails, names, topics, modes, languages, states = (
            _column(rows, at, self._columns.width) for at in self._columns[1:]
        )
        emails, keys, hashes, refused = examine_all(_unguarded(emails))
        chosen = _weeded(map(self._topics, topics), refused, None)
        rest: list[tuple[Mode | None, str | None]] = [(None, None)] * len(rows)
        if min(self._columns[4:]) < self._columns.width:  # most files have none of these
            rest = _weeded(map(_rest, modes, languages, states), refused, (None, None))
        entries = Entries(
            emails,
            keys,
            hashes,
            [name or None for name in clean_names(_unguarded(names))],
            chosen,
            [mode for mode, _ in rest],
            [language for _, language in rest],
        )
        return Found(entries, refused)


def _column(rows: Sequence[list[str]], at: int, width: int) -> list[str]:
    return [row[at] for row in rows] if at < width else [""] * len(rows)


def _unguarded(cells: list[str]) -> list[str]:
    return [unguard(one) if one[:1] == "'" else one for one in cells]


def _weeded(read: Iterable[T | str], refused: dict[int, str], blank: T) -> list[T]:
    """Return what was read, with blanks in place of reasons; those go to `refused`.

    What is there already goes before.
    """
    column = list(read)
    if str not in set(map(type, column)):
        return cast("list[T]", column)
    for at, one in enumerate(column):
        if isinstance(one, str):
            refused.setdefault(at, one)
    return [blank if isinstance(one, str) else one for one in column]


def _fitted(row: list[str] | str, width: int) -> list[str] | str:
    """Return the row with as many cells as the header has, or why that can't be."""
    if isinstance(row, str):
        return row
    return _too_many(len(row), width) if any(row[width:]) else (row + [""] * width)[:width]


def _chosen(cell: str, names: TopicNames) -> tuple[str, ...] | str | None:
    return read_topics(unguard(cell), names) or None


@lru_cache(maxsize=10_000)
def _rest(mode: str, language: str, state: str) -> tuple[Mode | None, str | None] | str:
    """Read the cells that have few values; return why they are refused, or "" for who left."""
    mode, language, state = (unguard(cell.strip()) for cell in (mode, language, state))
    if state.casefold() in _GONE:
        return ""
    if state.casefold() not in _HERE:
        return _NOT_YET.get(state.casefold(), f"unknown state “{shown(state)}”")
    if mode and mode.casefold() not in list(Mode):
        return f"unknown mode “{shown(mode)}”: it is `highlights` or `only`"
    if language and not is_language(language):
        return f"“{shown(language)}” is not a language code like en or fr-CA"
    return Mode(mode.casefold()) if mode else None, language or None


def is_language(text: str) -> bool:
    """Tell whether this is a language code like `en` or `fr-CA` (BCP 47), of 16 letters at most."""
    return _LANGUAGE.fullmatch(text) is not None


def read_topics(text: str, names: TopicNames) -> tuple[str, ...] | str:
    """Read topics separated by `;`: their slugs, sorted, or why they can't be read."""
    slugs = set()
    for word in text.split(";"):
        if not (wanted := " ".join(word.split())):
            continue
        slug = names.find(wanted)
        if slug is None:
            near = names.nearest(wanted)
            hint = f": did you mean “{near}”?" if near else ""
            return f"there is no topic “{shown(wanted)}”{hint}"
        slugs.add(slug)
    return tuple(sorted(slugs))


def _too_many(count: int, width: int) -> str:
    return (
        f"{count} cells, but the header has {width}: "
        "a cell that holds the delimiter needs quotation marks"
    )


def shown(text: str, most: int = 60) -> str:
    """Return a text from a file, fit to be shown."""
    visible = "".join(char if char.isprintable() else "\ufffd" for char in text[: most + 1])
    return visible if len(visible) <= most else visible[: most - 1] + "…"
