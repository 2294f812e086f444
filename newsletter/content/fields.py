"""The fields of a summary's front matter: each becomes a value and the findings about it."""

import difflib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from newsletter.content import doi
from newsletter.content.frontmatter import Document, Value
from newsletter.content.taxonomy import (
    find_research_type,
    find_topic,
    nearest_research_type,
    nearest_topic,
)
from newsletter.model import Citation, Finding, Level, ResearchType, Taxonomy, Topic

SUMMARY_FIELDS = (
    *("title", "citation", "doi", "topics", "research_type", "author", "status", "silence"),
)
ISSUE_FIELDS = ("subject", "preheader", "silence")

Findings = tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Fields:
    """The values of one file's front matter, and the file's name for findings."""

    file: str
    values: Mapping[str, Value]

    def line(self, name: str) -> int:
        """Return the line of a field, or 1 where it isn't there."""
        return self.values[name].line if name in self.values else 1

    def finding(
        self, level: Level, code: str, message: str, name: str, hint: str, line: int | None = None
    ) -> Finding:
        """Make a finding that points at the field `name`, or at `line`."""
        return Finding(level, code, message, self.file, line or self.line(name), hint)


def unknown(fields: Fields, known: Iterable[str]) -> Iterator[Finding]:
    """Yield an error for each field that isn't `known`, naming the nearest."""
    names = tuple(known)
    for name in fields.values:
        if name in names:
            continue
        near = difflib.get_close_matches(name.lower(), names, 1, 0.5)
        hint = f"did you mean `{near[0]}`?" if near else f"known here: {', '.join(names)}"
        yield fields.finding("error", "unknown-field", f"there is no field “{name}”", name, hint)


def text(fields: Fields, name: str) -> tuple[str, Findings]:
    """Return a field's one text (empty where it isn't there): one line, no control character."""
    value = fields.values.get(name)
    if value is None:
        return "", ()
    clean = "".join(c for c in value.text if unicodedata.category(c) not in ("Cc", "Cs"))
    if value.many or value.nested:
        hint = f"write {name}: and the text on one line, in quotes"
        return clean, (
            fields.finding("error", name.replace("_", "-"), f"{name} must be one text", name, hint),
        )
    if clean != value.text:
        message = f"{name} holds a control character"
        return clean, (fields.finding("error", "control-character", message, name, "delete it"),)
    return clean, ()


def title(fields: Fields) -> tuple[str, Findings]:
    """Return the title; it must be there."""
    found, wrong = text(fields, "title")
    if found or wrong:
        return found, wrong
    hint = "write: title: The Title"
    return "", (fields.finding("error", "title", "the title is missing", "title", hint),)


def status(fields: Fields) -> tuple[bool, Findings]:
    """Return whether the summary is ready. One without a status is; one with a wrong one is not."""
    written, wrong = text(fields, "status")
    if written.lower() in ("draft", "ready") or wrong:
        return written.lower() == "ready", wrong
    hint = "write status: draft, or status: ready for one that may be sent"
    if not written:
        message = "no status is given; taken as ready"
        return True, (fields.finding("warning", "status", message, "status", hint),)
    message = f"“{written}” is not a status"
    return False, (fields.finding("error", "status", message, "status", hint),)


def citation(fields: Fields) -> tuple[Citation | None, Findings]:
    """Return the citation with its DOI: the field's, or else the one within the citation."""
    printed, wrong = text(fields, "citation")
    written, also_wrong = text(fields, "doi")
    found = doi.find(printed) if printed else None
    bare = doi.normalise(written) if written else None
    findings = [*wrong, *also_wrong]
    if written and bare is None:
        hint = "a DOI looks like 10.1037/amp0000722; leave the field out if there is none"
        findings.append(fields.finding("error", "doi", f"“{written}” is not a DOI", "doi", hint))
    elif bare and not _ends_with(written, bare):
        message = f"“{written}” is more than a DOI: {bare} is taken"
        findings.append(fields.finding("warning", "doi", message, "doi", f"write doi: {bare}"))
    elif bare and found and bare.casefold() != found.casefold():
        message = f"the citation says {found}, the field says {bare}"
        hint = "correct the wrong one; the field is what is linked"
        findings.append(fields.finding("warning", "doi", message, "doi", hint))
        findings.append(fields.finding("warning", "doi", message, "citation", hint))
    known = bare or found
    return (Citation(printed, known) if printed or known else None), tuple(findings)


def _ends_with(written: str, bare: str) -> bool:
    """Say whether nothing stands around a DOI but what says that it is one."""
    return unquote(written).endswith(bare) and written[:1] not in "<([{“‘"


def topics(fields: Fields, taxonomy: Taxonomy) -> tuple[tuple[Topic, ...], Findings]:
    """Return the topics, by slug, name or alias; a list, or a single text."""
    value = fields.values.get("topics")
    if value is not None and value.nested:
        hint = "write topics: [one-topic, another-topic]"
        message = "topics must be a list of words"
        return (), (fields.finding("error", "topics", message, "topics", hint),)
    if value is None or not value.items:
        hint = "give it some: readers choose by topic"
        message = "it is filed under no topic"
        return (), (fields.finding("info", "no-topics", message, "topics", hint),)
    found: dict[str, Topic] = {}
    findings = []
    for word, line in _words(value, taxonomy):
        topic = find_topic(taxonomy, word)
        if topic is None:
            hint = _meant(nearest_topic(taxonomy, word))
            message = f"there is no topic “{word}”"
            findings.append(fields.finding("error", "unknown-topic", message, "topics", hint, line))
        elif topic.slug in found:
            message = f"topic “{topic.slug}” stands twice"
            findings.append(
                fields.finding("warning", "duplicate-topic", message, "topics", "keep one", line)
            )
        else:
            found[topic.slug] = topic
    return tuple(found.values()), tuple(findings)


def research_type(fields: Fields, taxonomy: Taxonomy) -> tuple[ResearchType | None, Findings]:
    """Return the research type, by slug, name or alias."""
    written, wrong = text(fields, "research_type")
    kind = find_research_type(taxonomy, written) if written else None
    if kind is not None or not written or wrong:
        return kind, wrong
    hint = _meant(nearest_research_type(taxonomy, written))
    message = f"there is no research type “{written}”"
    name = "research_type"
    return None, (*wrong, fields.finding("error", "unknown-research-type", message, name, hint))


def of(file: str, document: Document) -> Fields:
    """Return the fields of a document."""
    return Fields(file, document.values)


def _words(value: Value, taxonomy: Taxonomy) -> list[tuple[str, int]]:
    """A single text may hold one topic, whose name may have commas, or several."""
    if value.many or find_topic(taxonomy, value.text):
        return list(value.items)
    line = value.items[0][1]
    return [(word.strip(), line) for word in re.split(r"[;,]", value.text) if word.strip()]


def _meant(near: Topic | ResearchType | None) -> str:
    return f"did you mean `{near.slug}`?" if near else "the known ones stand in taxonomy.toml"
