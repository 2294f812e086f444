"""A month's Markdown files as the checks read them: text, fields, each passage with its line."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from newsletter.checks.codes import CODES
from newsletter.content import frontmatter
from newsletter.content.frontmatter import Document
from newsletter.content.months import MonthFolder, issue_file, summary_files
from newsletter.content.places import shown
from newsletter.content.summaryfile import gentler, read_text
from newsletter.model import Finding, Level, Summary

# As the renderer's, but that an escaped mark (`\*`) stays a token of its own: it is meant.
_PARSER = MarkdownIt("commonmark", {"html": False}).enable("table").disable("text_join")

_BOXES = {
    "bullet_list_open": "list",
    "ordered_list_open": "list",
    "blockquote_open": "quote",
}


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of one line of a passage. `kind`: text, escaped, code, image or break.

    `link` is where it leads, None outside a link; `source` is an image's address.
    """

    kind: str
    text: str
    line: int
    link: str | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class Passage:
    """A paragraph, heading or cell of a table. `line` and `last` count from 1 in its file.

    `box` is what it stands in: list, quote, or nothing; `level` is a heading's.
    """

    kind: str
    line: int
    last: int
    runs: tuple[Run, ...]
    level: int = 0
    box: str = ""
    markup: str = ""

    @property
    def text(self) -> str:
        """The words as a reader sees them, a line of the file a line."""
        return "".join("\n" if run.kind == "break" else run.text for run in self.runs)


@dataclass(frozen=True)
class Paper:
    """One file. `summary` is None for `issue.md`, and where the file can't be read as one."""

    path: Path
    text: str
    document: Document
    summary: Summary | None = None
    is_issue: bool = False

    @property
    def file(self) -> str:
        """The file's name for people."""
        return shown(self.path)

    @property
    def draft(self) -> bool:
        """Whether it is a summary that isn't to be sent yet."""
        return self.summary is not None and not self.summary.ready

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """The file's lines; the first is number 1 for people."""
        return tuple(self.text.split("\n"))

    @cached_property
    def passages(self) -> tuple[Passage, ...]:
        """The body's passages, implications included."""
        return tuple(_passages(self.tokens, self.document.body_line))

    @cached_property
    def tokens(self) -> tuple[Token, ...]:
        """The body as Markdown's tokens; their lines count from 0 within the body."""
        return tuple(_PARSER.parse(self.document.body))

    def field(self, name: str) -> tuple[str, int]:
        """Return a field's text and its line; empty and 1 where it isn't there."""
        value = self.document.values.get(name)
        return (value.text, value.line) if value else ("", 1)

    def finding(
        self,
        code: str,
        line: int,
        message: str,
        hint: str = "",
        *,
        at: str = "",
        level: Level | None = None,
    ) -> Finding:
        """Return a finding of this file; `at` is what to find in the line, for the column."""
        column = self.lines[line - 1].find(at) + 1 if at and line <= len(self.lines) else 0
        found = Finding(
            level or CODES[code].level, code, message, self.file, line, hint, column or None
        )
        return gentler(found) if self.draft else found


def read_papers(folder: MonthFolder) -> tuple[Paper, ...]:
    """Return the month's files that can be read: `issue.md` first, then the summaries in order."""
    known = {summary.path: summary for summary in (*folder.issue.summaries, *folder.drafts)}
    own = issue_file(folder.issue.path)
    paths = [*([own] if own else []), *summary_files(folder.issue.path)]
    papers = (_paper(path, known.get(path), path == own) for path in paths)
    return tuple(paper for paper in papers if paper)


def _paper(path: Path, summary: Summary | None, is_issue: bool) -> Paper | None:
    text = read_text(path)
    if isinstance(text, Finding):
        return None
    plain = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return Paper(path, plain, frontmatter.read(text), summary, is_issue)


def _passages(tokens: tuple[Token, ...], first: int) -> Iterator[Passage]:
    boxes: list[str] = []
    for number, token in enumerate(tokens):
        if token.type in _BOXES:
            boxes.append(_BOXES[token.type])
        elif token.type.replace("_close", "_open") in _BOXES:
            boxes.pop()
        if token.type != "inline" or not token.map:
            continue
        opener = tokens[number - 1]
        kind = opener.type.removesuffix("_open")
        line = first + token.map[0]
        yield Passage(
            kind="cell" if kind in ("th", "td") else kind,
            line=line,
            last=first + token.map[1] - 1,
            runs=tuple(_runs(token.children or [], line)),
            level=int(opener.tag[1]) if kind == "heading" else 0,
            box=boxes[-1] if boxes else "",
            markup=opener.markup,
        )


def _runs(children: list[Token], line: int) -> Iterator[Run]:
    link: str | None = None
    for token in children:
        match token.type:
            case "softbreak" | "hardbreak":
                yield Run("break", "\n", line, link)
                line += 1
            case "link_open":
                link = str(token.attrGet("href") or "")
            case "link_close":
                link = None
            case "image":
                yield Run("image", token.content, line, link, str(token.attrGet("src") or ""))
            case "code_inline":
                yield Run("code", token.content, line, link)
            case "text_special":
                yield Run("escaped", token.content, line, link)
            case "text":
                yield Run("text", token.content, line, link)
