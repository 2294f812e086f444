"""Messages in files: a Maildir, an mbox, a folder, one file. Nothing is ever deleted."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from newsletter.errors import MailboxError, UsageError
from newsletter.postbox.source import Item, Source

DONE, ASIDE = "done", "aside"
"""Folders that a folder's files are moved to."""
_FROM = b"From "


def open_path(path: Path, *, acknowledge: bool = False) -> Source:
    """Return the source at a path, by what lies there.

    With `acknowledge`, what has been read is moved or marked, and only what is new is read.
    Without, every message is read each time, and nothing at the place changes. An mbox is never
    changed: the database knows what was read. Raises UsageError where nothing is there.
    """
    if path.is_dir():
        is_maildir = all((path / name).is_dir() for name in ("cur", "new"))
        return Maildir(path, acknowledge) if is_maildir else Folder(path, acknowledge)
    if path.is_file():
        return Mbox(path)
    raise UsageError(
        f"there is nothing at {path}", hint="give a Maildir, a folder, an mbox, a file"
    )


class Mbox:
    """One file: an mbox, or a single message."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def items(self) -> Iterator[Item]:
        """See `Source.items`. A message's name is the path, and `#2` and so on in an mbox."""
        if _size(self._path):
            yield from items_of(self._path)

    def done(self, item: Item) -> None:
        """Keep no note."""

    def aside(self, item: Item) -> None:
        """Keep no note."""

    def close(self) -> None:
        """Hold nothing."""


class Folder:
    """A folder of files, and of folders with files; hidden ones are passed over."""

    def __init__(self, path: Path, acknowledge: bool) -> None:
        self._path = path
        self._acknowledge = acknowledge

    def items(self) -> Iterator[Item]:
        """See `Source.items`. An mbox in it gives all its messages."""
        for path in _files(self._path, (DONE, ASIDE) if self._acknowledge else ()):
            yield from items_of(path)

    def done(self, item: Item) -> None:
        """Move the file, once its last message was read."""
        self._move(item, DONE)

    def aside(self, item: Item) -> None:
        """Move the file, once its last message was read."""
        self._move(item, ASIDE)

    def close(self) -> None:
        """Hold nothing."""

    def _move(self, item: Item, folder: str) -> None:
        if not self._acknowledge or not isinstance(item.place, Path):
            return
        try:
            target = self._path / folder / item.place.relative_to(self._path)
            target.parent.mkdir(parents=True, exist_ok=True)
            item.place.replace(target)
        except OSError as error:
            raise _unreadable(item.place, error) from error


class Maildir:
    """A Maildir: what is in `new`, and in `cur` without the flag S (seen), was not read yet."""

    def __init__(self, path: Path, acknowledge: bool) -> None:
        self._path = path
        self._acknowledge = acknowledge

    def items(self) -> Iterator[Item]:
        """See `Source.items`."""
        for name in ("new", "cur"):
            for path in _files(self._path / name):
                if not (self._acknowledge and "S" in _flags(path)):
                    yield Item(str(path), _size(path), partial(_read, path), path)

    def done(self, item: Item) -> None:
        """Move the message to `cur`, seen."""
        self._flag(item, "S")

    def aside(self, item: Item) -> None:
        """Move the message to `cur`, seen and flagged."""
        self._flag(item, "FS")

    def close(self) -> None:
        """Hold nothing."""

    def _flag(self, item: Item, flags: str) -> None:
        if not self._acknowledge or not isinstance(item.place, Path):
            return
        base = item.place.name.partition(":")[0]
        together = "".join(sorted({*_flags(item.place), *flags}))
        try:
            item.place.replace(self._path / "cur" / f"{base}:2,{together}")
        except OSError as error:
            raise _unreadable(item.place, error) from error


def _flags(path: Path) -> str:
    return path.name.partition(":2,")[2]


def _files(folder: Path, without: tuple[str, ...] = ()) -> Iterator[Path]:
    """Yield the files in a folder and below, in the order of their names."""
    try:
        found = sorted(folder.iterdir())
    except OSError as error:
        raise _unreadable(folder, error) from error
    for path in found:
        if path.name.startswith(".") or path.is_symlink():
            continue
        if path.is_dir() and path.name not in without:
            yield from _files(path)
        elif path.is_file():
            yield path


def items_of(path: Path) -> Iterator[Item]:
    """Yield the messages of a file; only the last one's place is the file."""
    starts = _starts(path)
    if len(starts) < 2:
        yield Item(str(path), _size(path), partial(_read, path), path)
        return
    ends = [*starts[1:], _size(path)]
    for number, (start, end) in enumerate(zip(starts, ends, strict=True), 1):
        read = partial(_read, path, start, end - start)
        place = path if number == len(starts) else None
        yield Item(f"{path}#{number}", end - start, read, place)


def _starts(path: Path) -> list[int]:
    """Return where the messages of an mbox begin (RFC 4155): `From ` after an empty line."""
    starts, at, empty = [], 0, True
    try:
        with path.open("rb") as file:
            while line := file.readline(4096):
                if empty and line.startswith(_FROM):
                    starts.append(at)
                elif at == 0:
                    return []
                empty = not line.strip(b"\r\n")
                at += len(line)
    except OSError as error:
        raise _unreadable(path, error) from error
    return starts


def _read(path: Path, start: int = 0, size: int = -1) -> bytes:
    try:
        with path.open("rb") as file:
            file.seek(start)
            octets = file.read(size)
    except OSError as error:
        raise _unreadable(path, error) from error
    if octets.startswith(_FROM):
        octets = octets.partition(b"\n")[2].replace(b"\n>From ", b"\nFrom ")
    return octets


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> MailboxError:
    return MailboxError(
        f"{path}: {error.strerror}", hint="look at the owner and the rights of the place"
    )
