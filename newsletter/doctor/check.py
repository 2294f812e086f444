"""What a look at one thing found."""

from dataclasses import asdict, dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"
    """It works, but not as well as it should."""
    WRONG = "wrong"
    """Something that is needed does not work."""


@dataclass(frozen=True, slots=True)
class Check:
    """One line: what was looked at, how it stands, what to do."""

    name: str
    level: Level
    message: str
    hint: str = ""

    def as_json(self) -> dict[str, str]:
        """Return the object that `newsletter doctor --json` lists."""
        return asdict(self)


def ok(name: str, message: str, hint: str = "") -> Check:
    """Return a check that found nothing wrong."""
    return Check(name, Level.OK, message, hint)


def warning(name: str, message: str, hint: str) -> Check:
    """Return a check that found something to improve."""
    return Check(name, Level.WARNING, message, hint)


def wrong(name: str, message: str, hint: str) -> Check:
    """Return a check that found something broken."""
    return Check(name, Level.WRONG, message, hint)
