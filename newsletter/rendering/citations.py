"""A reference as printed, cut into what is set differently: the journal, and the DOI.

References vary; where a journal can't be told from a title, nothing is set in italics.
"""

import re
from dataclasses import dataclass
from urllib.parse import quote

from newsletter.model import Citation
from newsletter.rendering.clean import one_line

_DOI = r"(?:https?://(?:dx\.)?doi\.org/|doi:\s*(?:https?://(?:dx\.)?doi\.org/)?)?{doi}"

# What follows a journal's name: its volume, or what stands in for one.
_TAIL = r"(?=,\s+(?:Vol\.\s*)?\d+\b|[.,]\s+(?:Advance|Online|Early|In press)\b|,\s*$)"
_NAME = r"[A-Z][^.?!;()\d]*?"
_AFTER_SENTENCE = re.compile(rf"(?<=[.?!]\s)(?P<journal>{_NAME}){_TAIL}")
_AFTER_COMMA = re.compile(rf"(?<=[,:]\s)(?P<journal>{_NAME.replace(';', ';,')}){_TAIL}")
_YEAR = re.compile(r"\(\s*(?:\d{4}[a-z]?|in press|n\.d\.)[^)]*\)[.,]?\s", re.IGNORECASE)
_SMALL_WORDS = (
    *("a", "an", "and", "at", "by", "for", "in", "of", "on", "the", "to", "with"),
    *("de", "del", "der", "des", "di", "et", "für", "la", "le", "und"),
)


@dataclass(frozen=True, slots=True)
class CitationParts:
    """`before` + `journal` + `after` is the reference up to its DOI; `rest` follows the DOI.

    `doi` is the DOI as it was printed (`https://doi.org/…`, `DOI: 10.…`) and empty where the
    reference doesn't hold it; `url` is where it leads, empty without one.
    """

    before: str
    journal: str
    after: str
    doi: str
    rest: str
    url: str

    @property
    def reference(self) -> str:
        """The reference up to its DOI, as plain text."""
        return self.before + self.journal + self.after


def parts(citation: Citation) -> CitationParts:
    """Cut a reference at its journal and its DOI. Together, the parts are its text."""
    reference, doi, rest = _at_doi(citation)
    before, journal, after = _at_journal(reference)
    return CitationParts(before, journal, after, doi, rest, url(citation))


def url(citation: Citation) -> str:
    """Return the address of the study, fit for a link (some DOIs hold `<` and `>`), or nothing."""
    return quote(citation.url or "", safe=":/?#[]@!$&'()*+,;=%~")


def title_and_year(cut: CitationParts) -> tuple[str, str]:
    """Return the study's own title and its year; empty where the reference doesn't show them."""
    year = _YEAR.search(cut.before)
    if year is None or not cut.journal:
        return "", ""
    digits = re.search(r"\d{4}", year[0])
    return cut.before[year.end() :].strip(" .,"), digits[0] if digits else ""


def _at_doi(citation: Citation) -> tuple[str, str, str]:
    text = one_line(citation.text)
    if citation.doi:
        pattern = _DOI.format(doi=re.escape(citation.doi))
        if match := re.search(pattern, text, re.IGNORECASE):
            rest = text[match.end() :].strip()
            return text[: match.start()], match[0], "" if rest == "." else rest
    return text, "", ""


def _at_journal(reference: str) -> tuple[str, str, str]:
    """Find the journal between the title and the volume, as APA's style has it."""
    year = _YEAR.search(reference)
    if year is None:
        return reference, "", ""
    for pattern in (_AFTER_SENTENCE, _AFTER_COMMA):
        found = list(pattern.finditer(reference, year.end() - 1))
        if found and found[-1].start("journal") > year.end() and _is_a_name(found[-1]["journal"]):
            start, end = found[-1].span("journal")
            return reference[:start], reference[start:end], reference[end:]
    return reference, "", ""


def _is_a_name(words: str) -> bool:
    """A journal's name has its words in capitals; a title has not, nor has a chapter's book."""
    if words.startswith("In "):
        return False
    plain = re.findall(r"[^\W\d_][\w'’-]*", words)
    return all(word[0].isupper() or word in _SMALL_WORDS for word in plain)
