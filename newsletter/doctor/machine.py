"""The machine: its time, its disk, the copies of the database on it."""

import os
import shutil
from datetime import datetime, timedelta
from pathlib import Path

from newsletter.doctor.check import Check, ok, warning, wrong
from newsletter.doctor.visit import Visit

LEAST_FREE = 200 * 1024**2
"""Octets of free disk below which the service stops being ready."""
LITTLE_FREE = 1024**3
"""Octets of free disk below which it is time to look."""
OLDEST_BACKUP = timedelta(days=2)

_FIRST_YEAR = 2025
"""Before this program was written; a machine that says so has lost its clock."""


def writable(path: Path) -> bool:
    """Tell whether this user may write there."""
    return os.access(path, os.W_OK)


def nearest_folder(path: Path) -> Path:
    """Return the folder that is there, above a path that may not be."""
    return next(one for one in (*path.parents, Path.cwd()) if one.is_dir())


def time_zone(visit: Visit) -> tuple[Check, ...]:
    """Say what time it is for the newsletter; only a person can tell whether that is true."""
    name, now = visit.app.settings.newsletter.timezone, visit.app.clock.now()
    there = now.astimezone(visit.app.settings.zone)
    words = f"{there:%A} {there.day} {there:%B %Y}, {there:%H:%M} in {name}"
    if now.year < _FIRST_YEAR:
        hint = "set the machine's clock; let systemd-timesyncd or chrony keep it"
        return (wrong("time zone", f"the clock is wrong: {words}", hint),)
    return (ok("time zone", words),)


def disk(visit: Visit) -> tuple[Check, ...]:
    """Look at the space beside the database."""
    folder = nearest_folder(visit.app.settings.site / "var" / "newsletter.db")
    free = shutil.disk_usage(folder).free
    words = f"{free / 1024**3:.1f} GB free under {folder}"
    if free < LEAST_FREE:
        return (wrong("disk", f"almost full: {words}", f"free some space under {folder}"),)
    if free < LITTLE_FREE:
        return (warning("disk", words, f"free some space under {folder}"),)
    return (ok("disk", words),)


def backups(visit: Visit) -> tuple[Check, ...]:
    """Look at the nightly copies: can they be made, and how old is the newest."""
    own = visit.app.settings.database
    if not own.url.startswith("sqlite"):
        return (ok("backups", "not made here: the database is a server's", "use pg_dump"),)
    if own.backup_keep == 0:
        hint = "set database.backup_keep, or make copies another way"
        return (warning("backups", "none are made", hint),)
    folder = own.backup_dir
    there = folder if folder.is_dir() else nearest_folder(folder)
    if not writable(there):
        hint = "let the user that runs the service own it, or set database.backup_dir"
        return (wrong("backups", f"{there} can't be written", hint),)
    times = [one.stat().st_mtime for one in folder.glob("newsletter-*.db")]
    if not times:
        return (ok("backups", f"none yet in {folder}; the service makes one each night"),)
    age = visit.app.clock.now() - datetime.fromtimestamp(max(times), visit.app.clock.now().tzinfo)
    words = f"{len(times)} in {folder}, the newest {age.days} days old"
    if age > OLDEST_BACKUP:
        hint = "does the service run? its log says what became of last night's copy"
        return (warning("backups", words, hint),)
    return (
        ok("backups", f"{len(times)} in {folder}, the newest {age // timedelta(hours=1)} h old"),
    )
