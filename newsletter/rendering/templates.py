"""Jinja, sandboxed: the environment of the mail's templates, and its errors with file and line.

A template of MJML leaves marks in what it writes, so that an error which MJML reports by offset,
in a document composed of many files, is told by the file and line it came from.
"""

import re
import traceback
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from gettext import NullTranslations
from pathlib import Path

from jinja2 import (
    FileSystemLoader,
    StrictUndefined,
    TemplateNotFound,
    TemplateSyntaxError,
)
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from jinja2.sandbox import ImmutableSandboxedEnvironment

from newsletter.errors import RenderError
from newsletter.rendering.plain import underlined, wrapped
from newsletter.templating import Compiled

_COMPILED = Compiled()

# Non-characters: content can't hold them, `clean` takes them out.
_MARK = re.compile("\ufdd0([^\ufdd1]*)\ufdd1([0-9]+)\ufdd2")

_FEWEST = 3
"""Letters by which a place in a line is known again."""


@dataclass(frozen=True, slots=True)
class Composed:
    """A document made of many templates; `places` says from which offset on which line wrote it."""

    source: str
    offsets: Sequence[int]
    places: Sequence[tuple[str, int]]

    def place(self, offset: int) -> tuple[str, int | None]:
        """Return the template's file and line that wrote the character at `offset`."""
        at = bisect_right(self.offsets, offset) - 1
        return self.places[at] if at >= 0 else ("", None)

    def place_of_line(self, line: int, column: int = 1) -> tuple[str, int | None]:
        """Return the template's file and line for a line and column of the document, from 1."""
        starts = [0, *(match.end() for match in re.finditer("\n", self.source))]
        return self.place(starts[line - 1] + column - 1)

    def spot(self, line: int, column: int) -> tuple[str, int | None, int | None]:
        """Return the template's file, line and column for those of the document, from 1.

        The column is told where the same letters stand in the template's line.
        """
        file, number = self.place_of_line(line, column)
        written = self.source.split("\n")[line - 1][column - 1 :]
        return file, number, _column(file, number, written)

    def find(self, text: str) -> tuple[str, int | None]:
        """Return the template's file and line that first wrote `text`; nowhere if none did."""
        at = self.source.find(text)
        return self.place(at) if at >= 0 else ("", None)


def _column(file: str, line: int | None, written: str) -> int | None:
    path = Path(file)
    if not line or len(written) < _FEWEST or not path.is_file():
        return None
    lines = path.read_text("utf-8", "replace").split("\n")
    text = lines[line - 1] if line <= len(lines) else ""
    for length in (24, 12, 6, _FEWEST):
        if (at := text.find(written[:length])) >= 0:
            return at + 1
    return None


class _Marks(Extension):
    """Writes a mark at the start of each run and each line of a template's own text."""

    def filter_stream(self, stream: TokenStream) -> TokenStream | Iterable[Token]:
        name = stream.name or ""
        if not name.endswith(".mjml"):
            return stream
        return (_marked(token, stream.filename or name) for token in stream)


def _marked(token: Token, file: str) -> Token:
    if token.type != "data":
        return token
    lines = token.value.split("\n")
    marked = (
        f"\ufdd0{file}\ufdd1{number}\ufdd2{line}" for number, line in enumerate(lines, token.lineno)
    )
    return Token(token.lineno, token.type, "\n".join(marked))


def environment(folders: Sequence[Path], words: NullTranslations) -> ImmutableSandboxedEnvironment:
    """Return the environment whose templates lie in `folders`, the first match winning.

    A template may write `_("…")`, and the translation in `words` stands there.
    """
    made = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader([str(folder) for folder in folders]),
        bytecode_cache=_COMPILED,
        undefined=StrictUndefined,
        autoescape=lambda name: name is not None and name.endswith((".mjml", ".html")),
        extensions=[_Marks],
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters["wrapped"] = wrapped
    made.filters["underlined"] = underlined
    made.add_extension("jinja2.ext.i18n")
    # The extension brings this method to the environment it is loaded into.
    made.install_gettext_translations(words, newstyle=True)  # type: ignore[attr-defined]
    return made


def write(
    env: ImmutableSandboxedEnvironment, name: str, variables: Mapping[str, object]
) -> Composed:
    """Render the template `name`. Raises RenderError with its file and line, whatever fails."""
    try:
        marked = env.get_template(name).render(variables)
    except TemplateSyntaxError as error:
        begun = _begun(error)
        raise RenderError(error.message or "", file=error.filename or name, line=begun) from error
    except TemplateNotFound as error:
        file, line = _where(error, env)
        folders = getattr(env.loader, "searchpath", [])
        raise RenderError(
            f"there is no template {error.name}",
            file=file,
            line=line,
            hint=f"looked in {' and '.join(folders)}",
        ) from error
    except Exception as error:  # a template may call anything it is given
        file, line = _where(error, env)
        raise RenderError(
            f"{type(error).__name__}: {error}", file=file or name, line=line
        ) from error
    return _read_marks(marked)


_OPENERS = {"if", "for", "macro", "block", "call", "filter", "raw", "autoescape", "with"}
_TAG = re.compile(r"\{%-?\s*(\w+)|\{\{|\{#")


def _begun(error: TemplateSyntaxError) -> int:
    """Return where the tag or block begins that Jinja misses the end of, if it is one.

    Jinja names the line at which it could go on no further, and that is often one below.
    """
    source, line = error.source or "", error.lineno
    opened: list[int] = []
    for match in _TAG.finditer(source):
        number = source.count("\n", 0, match.start()) + 1
        if number > line:
            break
        end = {"{": "}}", "#": "#}"}.get(source[match.start() + 1], "%}")
        close, again = source.find(end, match.end()), source.find("{%", match.end())
        if close < 0 or (end == "%}" and 0 <= again < close):
            return number
        if match[1] in _OPENERS:
            opened.append(number)
        elif (match[1] or "").removeprefix("end") in _OPENERS and opened:
            opened.pop()
    return opened[-1] if opened and "end of template" in str(error.message) else line


def _where(error: Exception, env: ImmutableSandboxedEnvironment) -> tuple[str, int | None]:
    """Return the innermost template line of a traceback (Jinja rewrites them to show these)."""
    folders = tuple(getattr(env.loader, "searchpath", []))
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if frame.filename.startswith(folders):
            return frame.filename, frame.lineno
    return "", None


def _read_marks(marked: str) -> Composed:
    pieces: list[str] = []
    offsets: list[int] = []
    places: list[tuple[str, int]] = []
    length = end = 0
    for match in _MARK.finditer(marked):
        piece = marked[end : match.start()]
        pieces.append(piece)
        length += len(piece)
        end = match.end()
        offsets.append(length)
        places.append((match[1], int(match[2])))
    return Composed("".join([*pieces, marked[end:]]), offsets, places)
