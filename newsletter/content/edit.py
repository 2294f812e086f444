"""Changing one field of a summary's file, and nothing else in it, byte for byte."""

import os
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

from newsletter.content import frontmatter
from newsletter.content.places import shown
from newsletter.errors import ContentError, OutsideError

_ONE_LINE = re.compile(r"(topics[ \t]*:)[ \t]*(?:\[[^\]]*\]|[^#\[]*?)(?P<rest>[ \t]*(?:#.*)?)")


def add_topics(path: Path, slugs: Sequence[str]) -> tuple[str, ...]:
    """File a summary under more topics; return those that are new. The others stay as typed.

    Raises ContentError where the file has no front matter that can be read, or is being written by
    somebody else; OutsideError where it can't be read or written.
    """
    try:
        path = path.resolve()  # a link stays one
        before = _state(path)
        text = path.read_bytes().decode("utf-8")
        changed, added = with_topics(text, slugs)
        if added:
            _replace(path, before, changed.encode("utf-8"))
    except UnicodeDecodeError:
        raise ContentError(f"{shown(path)} is not UTF-8", hint="save it as UTF-8") from None
    except OSError as error:
        raise OutsideError(f"{shown(path)}: {error.strerror}", hint="look at its rights") from None
    return added


def with_topics(text: str, slugs: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """Return a summary's text with more topics in its front matter, and which are new.

    Raises ContentError where that can't be read.
    """
    document = frontmatter.read(text)
    if not document.has_front_matter or document.problems:
        message = "its fields can't be read" if document.problems else "it has no fields"
        raise ContentError(message, hint="run `newsletter check`")
    value = document.values.get("topics")
    there = [word for word, _ in value.items] if value else []
    if value and not value.many:
        there = [word.strip() for item in there for word in re.split("[;,]", item) if word.strip()]
    added = tuple(dict.fromkeys(slug for slug in slugs if slug not in there))
    if not added:
        return text, ()
    field = f"topics: [{', '.join(map(_quoted, (*there, *added)))}]"
    lines = re.split(r"(?<=\n)|(?<=\r)(?!\n)", text)
    if value is None:
        lines.insert(document.body_line - 2, field + _ending(lines[0]))
    else:
        begin, end = value.line - 1, _last(lines, value.line)
        lines[begin:end] = [_changed("".join(lines[begin:end]), field)]
    return "".join(lines), added


def _changed(old: str, field: str) -> str:
    """Return the field's lines anew; a comment at the end of its one line stays."""
    ending = _ending(old)
    bare = old.removesuffix(ending)
    if match := _ONE_LINE.fullmatch(bare):
        return field + match["rest"] + ending
    comments = [line for line in bare.splitlines() if line.lstrip().startswith("#")]
    return "".join(line + ending for line in (field, *comments))


def _last(lines: list[str], line: int) -> int:
    """Return where the field that begins in `line` (from 1) ends: before the next, or the fence."""
    end = line
    while end < len(lines) and not re.match(r"\w[\w -]*:|-{3,}\s*$|#", lines[end]):
        end += 1
    return end


def _ending(line: str) -> str:
    return "\r\n" if line.endswith("\r\n") else "\r" if line.endswith("\r") else "\n"


def _quoted(word: str) -> str:
    """Return a topic as it may stand in a list of YAML."""
    if re.fullmatch(r"[A-Za-z0-9][\w &/.-]*", word):
        return word
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _state(path: Path) -> tuple[int, int, int]:
    """Return what changes whenever somebody saves the file."""
    state = path.stat()
    return state.st_ino, state.st_mtime_ns, state.st_size


def _replace(path: Path, before: tuple[int, int, int], octets: bytes) -> None:
    """Put a new file in the place of the one that was read, unless that was saved meanwhile."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(octets)
        temporary.chmod(path.stat().st_mode & 0o777)
        if _state(path) != before:
            raise ContentError(f"{shown(path)} was saved just now", hint="try again")
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
