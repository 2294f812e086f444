"""The database: is it there, sound, of this version, and for its owner's eyes only."""

from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from newsletter.doctor.check import Check, ok, wrong
from newsletter.doctor.machine import nearest_folder, writable
from newsletter.doctor.visit import Visit
from newsletter.errors import ConfigError
from newsletter.store import upkeep
from newsletter.store.engine import open_engine, sqlite_file


def database(visit: Visit) -> tuple[Check, ...]:
    """Look at the database without changing it."""
    url = visit.app.settings.database.url
    try:
        path = sqlite_file(make_url(url))
    except ArgumentError:
        raise ConfigError(
            "database.url is not an address we can open",
            hint="write it like sqlite:///var/newsletter.db",
        ) from None
    if path is not None and not path.exists():
        return (_missing(path),)
    modes = _modes(path) if path is not None else ()
    if path is not None and not writable(path):
        hint = "let the user that runs the service own it"
        return (*modes, wrong("database", f"{path} can't be written", hint))
    engine = open_engine(url)
    try:
        problems = upkeep.problems(engine)
    finally:
        engine.dispose()
    hint = "newsletter db check; a good copy comes back with `newsletter db restore FILE`"
    found = tuple(wrong("database", one, hint) for one in problems)
    return (*modes, *(found or (ok("database", "it is sound and of this version"),)))


def _missing(path: Path) -> Check:
    folder = nearest_folder(path)
    if not writable(folder):
        hint = "let the user that runs the service own that folder"
        return wrong("database", f"{path} can't be made: {folder} can't be written", hint)
    return ok("database", f"{path} is not there yet; it is made when it is needed")


def _modes(path: Path) -> tuple[Check, ...]:
    if path.stat().st_mode & 0o077:
        words = f"{path} holds readers' addresses and can be read by others"
        return (wrong("database", words, f"run: chmod 600 {path}"),)
    return ()
