"""What the rows of a CSV file say of readers, or why they say nothing.

A column at a time: of a million rows, every step that Python takes for each is a good part of a
second.
"""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import Any, NamedTuple

from subscribers.address import Address, examine_all
from subscribers.csvfile import unguard
from subscribers.csvheader import Columns
from subscribers.intake import Entry
from subscribers.model import Mode
from subscribers.names import clean_name

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")

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


_entry: Callable[[tuple[Any, ...]], Entry] = partial(tuple.__new__, Entry)


class RowReader:
    """Reads rows of a file with these columns."""

    def __init__(self, columns: Columns, topics: TopicNames) -> None:
        self._columns = columns
        self._topics = lru_cache(maxsize=10_000)(partial(_chosen, names=topics))

    def __call__(self, rows: Sequence[list[str] | str]) -> list[Entry | str]:
        """Return for each row an entry, why it is refused, or "" for somebody who left.

        A row that is a string already is refused for that reason.
        """
        width = self._columns.width
        fitted = [row if len(row) == width else _fitted(row, width) for row in rows]
        whole = [row for row in fitted if isinstance(row, list)]
        found = iter(self._read(whole))
        if len(whole) == len(rows):
            return list(found)
        return [row if isinstance(row, str) else next(found) for row in fitted]

    def _read(self, rows: Sequence[list[str]]) -> list[Entry | str]:
        if not rows:
            return []
        cells = [*zip(*rows, strict=True), ("",) * len(rows)]
        _, email, name, topics, mode, language, state = self._columns
        addresses = examine_all([unguard(one) if one[:1] == "'" else one for one in cells[email]])
        names = [clean_name(unguard(one) if one[:1] == "'" else one) for one in cells[name]]
        chosen = map(self._topics, cells[topics])
        rest = map(_rest, cells[mode], cells[language], cells[state])
        return [
            _entry((address, called or None, slugs, *others))
            if type(address) is Address and type(slugs) is not str and type(others) is not str
            else _reason(address, slugs, others)
            for address, called, slugs, others in zip(addresses, names, chosen, rest, strict=True)
        ]


def _reason(*read: object) -> str:
    """Return the first reason among what was read of a row."""
    return next(one for one in read if type(one) is str)


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
    """Tell whether this is a language code like `en` or `fr-CA` (BCP 47)."""
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
