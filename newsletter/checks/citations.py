"""The article a summary is about: is it named, can it be found, can it be right."""

import re
from collections.abc import Iterator

from newsletter.checks.desk import Desk
from newsletter.checks.papers import Paper
from newsletter.content import doi, shapes
from newsletter.model import Finding, Level, Month

_YEAR = re.compile(r"\(\s*((?:19|20)\d{2})[a-z]?\b[^)]*\)")
_DATED = re.compile(
    r"\((?:[^()]*\b(?:19|20)\d{2}[a-z]?\b[^()]*|in press|n\.d\.|forthcoming"
    r"|advance online[^()]*)\)",
    re.I,
)
_ODD_YEAR = re.compile(r"\(\s*(\d{1,3}|\d{5,}|1[0-8]\d\d|2[1-9]\d\d)\s*\)\.")
_PAGES = re.compile(
    r"(?<=[,:]\s)(\d{1,6})\s*[-–—]\s*(\d{1,6})(?=[.,]|\s*$|\s+(?:https?:|doi))", re.I
)
_PLACEHOLDER_DOI = re.compile(
    r"10\.(?:1000|1234|12345|5555|9999|xxxx)/|10\.\d+/(?:x{3,}|example|test|abc|123)\b", re.I
)
_AUTHORS = re.compile(
    r"\b([A-ZÀ-Þ][\w’'-]+)(?:,? (?:and|&) (?:(?:his|her|their) )?"
    r"(?:[Cc]olleagues|[Cc]o-?workers|[Aa]ssociates|[Cc]o-?authors|others)| et al\.|"
    r" and ([A-ZÀ-Þ][\w’'-]+) \((?:19|20)\d\d\))"
)

_FEWEST = 5
"""Words after a citation's year: a title, a journal, its volume."""


def check(desk: Desk, paper: Paper) -> Iterator[Finding]:
    """Yield what is wrong with the citation of a summary, the DOI's form excepted."""
    text, line = paper.field("citation")
    written, doi_line = paper.field("doi")
    if not text:
        hint = 'write citation: "Author, A. (2020). Title. Journal, 1, 2–3. https://doi.org/…"'
        where = line if "citation" in paper.document.values else paper.field("title")[1]
        yield paper.finding("no-citation", where, "the article isn't named", hint)
    else:
        yield from _form(paper, text, line)
        yield from _markup(paper, text, line)
        yield from _year(paper, desk.issue.month, text, line)
        yield from _pages(paper, text, line)
        yield from _authors(paper, text)
    known = doi.normalise(written) or doi.find(text)
    if text and not written and known is None:
        hint = "look it up at https://search.crossref.org; readers go to the study by it"
        level: Level = "info" if re.search(r"https?://", text) else "warning"
        yield paper.finding("no-doi", line, "there is no DOI", hint, level=level)
    if known and (match := _PLACEHOLDER_DOI.match(known)):
        where = doi_line if written else line
        message = f"“{known}” is only an example of a DOI"
        yield paper.finding("placeholder-doi", where, message, "write the article's", at=match[0])


def _form(paper: Paper, text: str, line: int) -> Iterator[Finding]:
    hint = "write it as APA's style has it: Author, A. (2020). Title. Journal, 1(2), 3–4. DOI"
    if any(text.count(mark) != text.count(half) for mark, half in ("()", "[]")):
        message = "a bracket of the citation lacks its other half"
        yield paper.finding("brackets", line, message, "close it, or take it out")
    elif odd := _ODD_YEAR.search(text):
        message = f"{odd[1]} is no year an article can have"
        yield paper.finding("citation-form", line, message, hint, at=odd[1])
    elif not _DATED.search(text):
        yield paper.finding("citation-form", line, "the citation has no year", hint)
    elif not shapes.is_citation(text):
        yield paper.finding("citation-form", line, "it doesn't begin with authors and a year", hint)
    elif len(text.partition(")")[2].split()) < _FEWEST:
        message = "hardly anything stands after the year"
        yield paper.finding("citation-form", line, message, hint)
    if len(re.findall(r"https?://", text)) > len(re.findall(r"https?://(?!https?:)\S", text)) or (
        re.search(r"https?://(?:dx\.)?doi\.org/(?!10\.\d{4,9}/\S)", text)
    ):
        message = "the address at the end of the citation is broken"
        yield paper.finding("citation-form", line, message, "write https://doi.org/ and the DOI")


def _markup(paper: Paper, text: str, line: int) -> Iterator[Finding]:
    """The journal is set in italics by itself, and nothing else is."""
    if match := re.search(r"</?[a-z]+>|\*[^\s*][^*]*\*|\]\(", text, re.I):
        message = f"“{match[0]}” is shown as it was typed"
        hint = "leave markup out: the journal is found by itself"
        yield paper.finding("citation-form", line, message, hint, at=match[0])


def _year(paper: Paper, month: Month, text: str, line: int) -> Iterator[Finding]:
    """Articles appear online up to a year before the year they are dated."""
    match = _YEAR.search(text)
    if match is None or (year := int(match[1])) <= month.year:
        return
    message = f"the article is of {year}, later than {month}"
    level: Level = "warning" if year > month.year + 1 or month.number <= 6 else "info"
    hint = "correct the year, or move the summary to a later month"
    yield paper.finding("citation-year", line, message, hint, at=match[1], level=level)


def _pages(paper: Paper, text: str, line: int) -> Iterator[Finding]:
    if match := _PAGES.search(text):
        first, last = match[1], match[2]
        if len(first) == len(last) and int(last) < int(first):
            message = f"the pages end before they begin: {match[0]}"
            yield paper.finding("citation-pages", line, message, at=match[0])


def _authors(paper: Paper, citation: str) -> Iterator[Finding]:
    for passage in paper.passages:
        for match in _AUTHORS.finditer(passage.text):
            name = re.sub(r"[’']s?$", "", match[1])
            if name.lower() in citation.lower() or _cited_elsewhere(match, passage.text):
                continue
            named = citation.partition(",")[0]
            line = passage.line + passage.text.count("\n", 0, match.start())
            message = f"the text speaks of “{match[0]}”; the citation begins with {named}"
            hint = "is it the right citation? For another study, give its year in brackets"
            yield paper.finding("citation-authors", line, message, hint, at=match[1])
            return


def _cited_elsewhere(match: re.Match[str], text: str) -> bool:
    return (
        match[2] is not None or re.match(r",?\s*\(?(?:19|20)\d\d", text[match.end() :]) is not None
    )
