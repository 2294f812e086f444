"""Files into a folder, one at a time and whole; what something else put there stays.

The folder keeps a list of what we made, in the format of `sha256sum`.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from newsletter.errors import OutsideError, UsageError

LIST = ".archive-files"
"""The list's own name: `sha256sum --check .archive-files` says whether anything was changed."""


@dataclass(frozen=True, slots=True)
class Written:
    """How many files were written, were as they should be already, and were taken away."""

    written: int
    unchanged: int
    removed: int


def write(folder: Path, files: Mapping[str, bytes], *, force: bool = False) -> Written:
    """Bring the files into the folder, and take away those we made before that are no more.

    A file that is right already isn't touched. Raises UsageError, before anything is written,
    where a file of somebody else is in the way (unless `force`), and OutsideError where the
    system refuses.
    """
    try:
        return _write(folder, files, force)
    except OSError as error:
        raise OutsideError(
            f"{error.filename or folder}: {error.strerror}",
            hint="look at the folder's owner and rights, and at the space on the disk",
        ) from error


def _write(folder: Path, files: Mapping[str, bytes], force: bool) -> Written:
    ours = _read_list(folder)
    wanted = {name: sha256(content).hexdigest() for name, content in files.items()}
    there = {name: _print(folder / name) for name in {*wanted, *ours}}
    if not force:
        _refuse_others(folder, ours, wanted, there)
    # The list first: whatever happens next, what we made can be told from what we didn't.
    _write_list(folder, ours | wanted)
    new = [name for name in sorted(files) if there[name] != wanted[name]]
    for name in new:
        _replace(folder / name, files[name])
    gone = [name for name in sorted(ours.keys() - wanted) if there[name] == ours[name]]
    for name in gone:
        _remove(folder, folder / name)
    _write_list(folder, wanted)
    return Written(len(new), len(files) - len(new), len(gone))


def _refuse_others(
    folder: Path, ours: Mapping[str, str], wanted: Mapping[str, str], there: Mapping[str, str]
) -> None:
    others = [n for n in sorted(wanted.keys() - ours) if there[n] not in ("", wanted[n])]
    if others:
        more = f" and {len(others) - 1} more" if others[1:] else ""
        raise UsageError(
            f"{folder / others[0]}{more} is there already, and not of our making",
            hint="name another folder, or replace what is there: --force",
        )


def _print(path: Path) -> str:
    """Return the digest of a file; empty where there is none."""
    if path.is_dir():
        return "a folder"
    try:
        return sha256(path.read_bytes()).hexdigest()
    except (FileNotFoundError, NotADirectoryError):
        return ""


def _replace(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_bytes(content)
    fresh.replace(path)


def _remove(folder: Path, path: Path) -> None:
    """Remove a file, and the folders it leaves empty."""
    path.unlink()
    with suppress(OSError):  # the first that isn't empty
        for parent in path.parents:
            if parent == folder:
                break
            parent.rmdir()


def _read_list(folder: Path) -> dict[str, str]:
    path = folder / LIST
    if not path.exists():
        return {}
    lines = (line.split("  ", 1) for line in path.read_text("utf-8").splitlines())
    return {line[1]: line[0] for line in lines if len(line) == 2 and _is_inside(line[1])}


def _is_inside(name: str) -> bool:
    """Never follow a list out of its folder."""
    return not name.startswith("/") and ".." not in Path(name).parts


def _write_list(folder: Path, prints: Mapping[str, str]) -> None:
    lines = (f"{prints[name]}  {name}\n" for name in sorted(prints))
    _replace(folder / LIST, "".join(lines).encode())
