"""What a setting may be: durations, lines, colours, addresses; each says itself what it wants.

A list may be written as one text too, `5m, 1h`, as the environment has no lists.
"""

import re
from datetime import timedelta
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
"""Seconds of the units a duration is written in."""

_LONGEST = timedelta(days=36_500)
"""So long before and after now every calendar still has days."""


def _duration(value: object) -> object:
    match = re.fullmatch(r"(\d{1,12})\s*([smhd])", value) if isinstance(value, str) else None
    if match is None:
        raise ValueError("a duration is a number and a unit: 30s, 5m, 4h, 2d")
    seconds = int(match[1]) * UNITS[match[2]]
    if seconds > _LONGEST.total_seconds():
        raise ValueError("a duration is at most 36500d")
    return timedelta(seconds=seconds)


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"“{name}” is not a time zone like America/Toronto") from None
    return name


def _one_line(value: str) -> str:
    if not value.isprintable():
        raise ValueError("must be one line without control characters")
    return value


def _like(pattern: str, wanted: str) -> AfterValidator:
    """Return a check that the whole value fits `pattern`; `wanted` is what is said if not."""

    def checked(value: str) -> str:
        if re.fullmatch(pattern, value, re.ASCII) is None:
            raise ValueError(wanted)
        return value

    return AfterValidator(checked)


def _hours(value: str) -> str:
    match = re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d", value, re.ASCII)
    if value and (match is None or value[:5] == value[6:]):
        raise ValueError("a span of hours is written like 22:00-07:00")
    return value


def _listed(value: object) -> object:
    """Cut a text at its commas: how a list looks in the environment."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


def _word(value: object) -> object:
    """Take a bare number for the word it stands for: `hour = 9`."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


_ADDRESS = r"[^@\s<>()\[\],;:\"\\]+@[^@\s<>()\[\],;:\"\\]+"
_BARE = "write a bare address like digest@example.org; the name stands in newsletter.name"
_LABELS = r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*"
_ATOMS = r"[A-Za-z0-9!#$%&'*+/=?^_`|~.-]"
# One {token} at most, before the @; what stands around it leaves room for it in 64 octets.
_RETURN_LOCAL = rf"(?:{_ATOMS}{{1,64}}|{_ATOMS}{{0,20}}\{{token\}}{_ATOMS}{{0,3}})"
_RETURN_DOMAIN = r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*"
_LANGUAGE = r"(?=.{2,16}\Z)[A-Za-z]{2,3}(-[A-Za-z0-9]+)*"

Duration = Annotated[timedelta, BeforeValidator(_duration)]
Line = Annotated[str, AfterValidator(_one_line)]
Word = Annotated[Line, BeforeValidator(_word)]
Zone = Annotated[str, AfterValidator(_zone)]
Language = Annotated[str, _like(_LANGUAGE, "a language is written like en or fr-CA")]
Url = Annotated[str, _like(r"https?://[!-~]+", "an address is written like https://example.org")]
Mailbox = Annotated[Line, _like(_ADDRESS, _BARE)]
OptionalMailbox = Annotated[Line, _like(rf"({_ADDRESS})?", _BARE)]
ReturnPath = Annotated[
    Line,
    _like(
        rf"(?:{_RETURN_LOCAL}@{_RETURN_DOMAIN})?",
        "a return path is written like bounces+{token}@example.org",
    ),
]
ListId = Annotated[str, _like(rf"({_LABELS})?", "a List-Id is written like digest.example.org")]
EditorUrl = Annotated[
    Line,
    _like(
        r"((?!(javascript|data|vbscript|blob|file):)[a-z][a-z0-9+.-]*:\S*\{path\}\S*)?",
        "an address with {path} in it: vscode://file{path}:{line}:{column}",
    ),
]
Colour = Annotated[str, _like(r"#[0-9a-fA-F]{6}", "a colour is written like #1d2329")]
Port = Annotated[int, Field(ge=1, le=65535)]
Hours = Annotated[str, AfterValidator(_hours)]
Frequency = Annotated[
    str, _like(r"[1-9]\d{0,6}/[smhd]", "so many in a time: 5/s, 20/m, 500/h, 2000/d")
]
Domain = Annotated[
    str,
    _like(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*", "a domain is written in ASCII, like gmail.com"),
    AfterValidator(str.lower),
]
Amount = Annotated[int, Field(ge=1)]
Durations = Annotated[tuple[Duration, ...], BeforeValidator(_listed)]
Amounts = Annotated[tuple[Amount, ...], BeforeValidator(_listed)]
Lines = Annotated[tuple[Line, ...], BeforeValidator(_listed)]
Mailboxes = Annotated[tuple[Mailbox, ...], BeforeValidator(_listed)]
