"""Where a person mends something: the line of a setting, or of a template that lacks a part."""

import difflib
import re
from pathlib import Path

from newsletter.config import Settings
from newsletter.config.faults import line_of
from newsletter.rendering.places import packaged_templates

Place = tuple[Path | str, int | None]

_INCLUDE = re.compile(r"\{%-?\s*include\s+[\"']([^\"']+)[\"']")


def setting(settings: Settings, key: str) -> Place:
    """Return the place of a setting in the file: its line, else its section's heading."""
    path = settings.file
    if not path.is_file():
        return "", None
    text, keys = path.read_text("utf-8-sig"), tuple(key.split("."))
    return path, line_of(text, keys) or line_of(text, keys[:1]) or 1


def is_set(settings: Settings, key: str) -> bool:
    """Say whether the file sets a key."""
    path = settings.file
    return (
        path.is_file() and line_of(path.read_text("utf-8-sig"), tuple(key.split("."))) is not None
    )


def left_out(site: Path, mark: str, template: str = "email/digest/body.mjml") -> Place:
    """Return where a site's own template leaves out what the packaged one has: `mark`.

    Templates include others, so that leaving one of them out leaves its marks out too. Where no
    template of the site does, the packaged one is named.
    """
    packaged = packaged_templates()
    for name in _with_includes(packaged, template):
        own, theirs = site / "templates" / name, packaged / name
        if not own.is_file():
            continue
        new, old = _lines(own), _lines(theirs)
        wanted = {mark, *(f'"{one}"' for one in _holders(packaged, name, mark))}
        lost = [n for n, line in enumerate(old) if any(one in line for one in wanted)]
        lost = [n for n in lost if old[n] not in new]
        if lost:
            return own, _counterpart(old, new, lost[0])
    return packaged / template, None


def _with_includes(folder: Path, name: str) -> list[str]:
    """Return a template's name and those it includes, the deepest first."""
    path = folder / name
    if not path.is_file():
        return [name]
    inner = [
        one
        for found in _INCLUDE.findall(path.read_text("utf-8"))
        for one in _with_includes(folder, found)
    ]
    return [*inner, name]


def _holders(folder: Path, name: str, mark: str) -> list[str]:
    """Return the templates that `name` includes and that hold `mark`, themselves or by others."""
    return [
        found
        for found in _INCLUDE.findall((folder / name).read_text("utf-8"))
        if any(mark in (folder / one).read_text("utf-8") for one in _with_includes(folder, found))
    ]


def _counterpart(old: list[str], new: list[str], line: int) -> int:
    """Return the line of `new`, from 1, that stands where line `line` of `old` (from 0) was."""
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for kind, begin, end, there, then in matcher.get_opcodes():
        if begin <= line < end:
            if kind == "equal":
                return there + line - begin + 1
            return max(1, min(there + line - begin + 1, max(then, there + 1), len(new)))
    return len(new)


def _lines(path: Path) -> list[str]:
    return path.read_text("utf-8").rstrip("\n").split("\n")
