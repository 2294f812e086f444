"""Where the columns of a CSV file stand, by the names in its first line."""

from typing import NamedTuple

from subscribers.errors import ReaderFileError

EXPORTED = ("email", "name", "topics", "mode", "language", "state", "created_at", "confirmed_at")
"""The columns of an export."""

_READ = {"email", "name", "topics", "mode", "language", "state"}
_OTHER_NAMES = {
    "e-mail": "email",
    "mail": "email",
    "email address": "email",
    "e-mail address": "email",
    "full name": "name",
    "topic": "topics",
}
_HEADER_HINT = "the first line names the columns, like: email,name,topics"


class Columns(NamedTuple):
    """Where each column stands; one that isn't there stands at `width`, where cells are blank."""

    width: int
    email: int
    name: int
    topics: int
    mode: int
    language: int
    state: int


def read_header(header: list[str] | str, notes: list[str]) -> Columns:
    """Say where the columns stand; `notes` gets what should be said of them.

    Raises ReaderFileError for a header without an email column, or with one that stands twice.
    """
    if isinstance(header, str):
        raise ReaderFileError(f"the header can't be read: {header}", hint=_HEADER_HINT)
    names = [" ".join(cell.split()).casefold() for cell in header]
    names = [_OTHER_NAMES.get(name, name) for name in names]
    if "email" not in names:
        raise ReaderFileError(
            f"there is no column “email” in the header: {', '.join(header)[:200]}",
            hint=_HEADER_HINT,
        )
    for name in _READ:
        if names.count(name) > 1:
            raise ReaderFileError(
                f"the column “{name}” stands twice in the header", hint="remove one of them"
            )
    if unused := [cell for cell, name in zip(header, names, strict=True) if _is_unused(name)]:
        notes.append(f"columns that are not used: {', '.join(unused)}")
    width = len(names)
    wanted = Columns._fields[1:]
    return Columns(width, *(names.index(one) if one in names else width for one in wanted))


def _is_unused(name: str) -> bool:
    return bool(name) and name not in _READ and name not in EXPORTED
