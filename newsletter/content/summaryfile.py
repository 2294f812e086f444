"""One file of a month becomes a Summary, with everything that is wrong about it."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from newsletter.content import body, fields, frontmatter
from newsletter.content.frontmatter import Document
from newsletter.content.places import shown
from newsletter.content.slugs import slug_of_file
from newsletter.model import Finding, Level, Summary, Taxonomy

_GENTLER: dict[Level, Level] = {"error": "warning", "warning": "info", "info": "info"}


@dataclass(frozen=True, slots=True)
class Reading:
    """What one file gave: a Summary as far as it could be read, and the findings."""

    summary: Summary | None
    findings: tuple[Finding, ...]


def read_summary(path: Path, taxonomy: Taxonomy, author: str = "") -> Reading:
    """Read one summary file. Never raises for what is in it."""
    file = shown(path)
    text = read_text(path)
    if isinstance(text, Finding):
        return Reading(None, (text,))
    document = frontmatter.read(text)
    if not document.has_front_matter:
        message = "there is no front matter"
        hint = "begin the file with a line ---, a line title: …, and --- again"
        return Reading(None, (Finding("error", "no-front-matter", message, file, 1, hint),))
    wrong = (*problems(file, document), *control_characters(file, text))
    if document.problems and not document.values:
        return Reading(None, wrong)
    reading = _summary(path, document, taxonomy, author)
    return Reading(reading.summary, (*wrong, *reading.findings))


def read_text(path: Path) -> str | Finding:
    """Return the text of a month's file, or the finding that says why it has none."""
    file = shown(path)
    if not path.resolve().is_relative_to(path.parent.parent.resolve()):
        message = "it is a link that leads out of the content folder, and is not followed"
        return Finding("error", "unreadable", message, file, 1, "put the file itself there")
    try:
        data = path.read_bytes()
    except OSError as error:
        message = f"it can't be read: {error.strerror}"
        return Finding("error", "unreadable", message, file, 1, "look at its permissions")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        message = "a character here is not UTF-8"
        return Finding("error", "not-utf-8", message, file, line, "save the file as UTF-8")


def problems(file: str, document: Document) -> Iterator[Finding]:
    """Yield an error for each thing that kept the front matter from being read."""
    for problem in document.problems:
        line, hint = problem.line, problem.hint
        yield Finding("error", problem.code, problem.message, file, line, hint)


def control_characters(file: str, text: str) -> Iterator[Finding]:
    """Yield an error for each line that holds a character no document may hold."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for number, line in enumerate(lines, 1):
        if line.isprintable():
            continue
        bad = next((c for c in line if c != "\t" and unicodedata.category(c) == "Cc"), None)
        if bad is not None:
            message = f"a control character (U+{ord(bad):04X}) stands here"
            yield Finding("error", "control-character", message, file, number, "delete it")


def _summary(path: Path, document: Document, taxonomy: Taxonomy, author: str) -> Reading:
    given = fields.of(shown(path), document)
    title, no_title = fields.title(given)
    ready, no_status = fields.status(given)
    citation, no_citation = fields.citation(given)
    topics, no_topics = fields.topics(given, taxonomy)
    research_type, no_type = fields.research_type(given, taxonomy)
    writer, no_writer = fields.text(given, "author")
    parts = body.split(document.body)
    findings = (
        *fields.unknown(given, fields.SUMMARY_FIELDS),
        *no_title,
        *no_citation,
        *no_topics,
        *no_type,
        *no_writer,
        *_about_text(given.file, parts, document.body_line),
    )
    slug = slug_of_file(path.name)
    summary = Summary(
        slug=slug,
        title=title or slug.replace("-", " ").capitalize(),
        body=parts.body,
        implications=parts.implications,
        citation=citation,
        topics=topics,
        research_type=research_type,
        author=writer or author,
        ready=ready,
        path=path,
        lines=_lines(document, parts),
    )
    draft = not ready and not no_status
    return Reading(summary, (*no_status, *(map(gentler, findings) if draft else findings)))


def gentler(finding: Finding) -> Finding:
    """A draft is unfinished by nature: what would be an error is a warning there."""
    return replace(finding, level=_GENTLER[finding.level])


def _lines(document: Document, parts: body.Parts) -> dict[str, int]:
    lines = {name: value.line for name, value in document.values.items()}
    lines["body"] = document.body_line + parts.body_line
    if parts.heading is not None:
        lines["implications"] = document.body_line + parts.implications_line
    return lines


def _about_text(file: str, parts: body.Parts, first: int) -> Iterator[Finding]:
    def at(level: Level, code: str, message: str, line: int, hint: str) -> Finding:
        return Finding(level, code, message, file, first + line, hint)

    if not parts.body:
        hint = "write it below the front matter"
        yield at("error", "empty-body", "the summary has no text", parts.body_line, hint)
    for line in parts.again:
        message = "a second heading “Practice Implications”"
        hint = "keep one; all that follows the first is shown as practice implications"
        yield at("warning", "implications", message, line, hint)
    if parts.heading is not None and not parts.implications:
        message = "the practice implications are empty"
        yield at("warning", "implications", message, parts.heading, "write them below the heading")
    if parts.heading is None:
        end = parts.body_line + parts.body.count("\n")
        hint = "add a heading below the text: ## Practice Implications"
        if parts.lookalike is not None:
            hint = "this line is no heading yet: write ## Practice Implications"
        message = "there are no practice implications"
        line = end if parts.lookalike is None else parts.lookalike
        yield at("warning", "implications", message, line, hint)
