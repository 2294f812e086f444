"""What a line of a blog page is, judged by its shape alone."""

import calendar
import re

from newsletter.content import doi
from newsletter.model import Month

_NAMES = tuple(calendar.month_name)[1:]
_MONTH = re.compile(
    r"(?:blog\s*[-–—:]\s*)?("
    + "|".join(rf"{name[:3]}(?:{name[3:]}|\.)?" if len(name) > 3 else name for name in _NAMES)
    + r"|sept\.?),?\s+((?:19|20)\d{2})(?:\s+blog)?\s*:?",
    re.I,
)
_IMPLICATIONS = re.compile(
    r"(?:practice|clinical)\s+implications?|implications?\s+for\s+(?:clinical\s+)?practice", re.I
)
_NAME = r"[^\W\d_][\w’'`ʼ-]*\.?(?:[ -][^\W\d_][\w’'`ʼ.-]*){0,4}"
_SURNAME_FIRST = re.compile(rf"{_NAME},\s*(?:[^\W\d_a-z]\.?[\s-]?){{1,4}}(?=[\s,.&(…]|$)")
_VANCOUVER = re.compile(
    r"(?:[A-Z][\w’'-]+(?: [A-Z][\w’'-]+)? [A-Z]{1,3}(?:,|\.|, et al\.) ?)+.*\b(?:19|20)\d\d;"
)
_YEAR = re.compile(
    r"\((?:(?:19|20)\d{2}[a-z]?(?:[,/–-][^()]{0,40})?|in press|n\.d\.|forthcoming|"
    r"(?:advance online|online first)[^()]*)\)"
    r"|(?<=[.,] )(?:19|20)\d{2}(?=[.;:,])",
    re.I,
)
_PARTICLES = set(
    re.findall(
        r"\S+",
        "and et al de del della der den des di da dal do dos du el la le lo van von vom zu zur "
        "ten ter bin ibn y e for of the on in ed eds with",
    )
)
_LONGEST_CITATION = 1500
_LABEL = re.compile(
    r"(?:authors?(?:['’]s?)? e-?mails?|e-?mail|posted by|written by|topics?|type of research|"
    r"research type|references?|citation|source|article|abstract|link)\s*:.{0,150}"
    r"|(?:posted |written )?by (?:dr\.? |prof\.? )?[^\W\d_]\S*(?: [^\W\d_]\S*){0,3}",
    re.I,
)
_CITATION_LABEL = re.compile(r"(?:references?|citation|source|article)\s*:\s*(?=\S)", re.I)
_LINK = re.compile(
    r"(?:retrieved (?:from|\w+ \d+)|available (?:at|from)|doi\b|https?://|dx\.doi|www\.).*", re.I
)


def month(text: str) -> Month | None:
    """Return the month of a heading like "February 2021"; None for anything else."""
    match = _MONTH.fullmatch(spaced(text))
    if match is None:
        return None
    number = next(n for n, name in enumerate(_NAMES, 1) if name[:3] == match[1][:3].title())
    return Month(int(match[2]), number)


def implications(text: str) -> str | None:
    """Return what follows the words "Practice Implications" on their line; None if it has none.

    After them stands nothing, a colon, a dash, or a full stop; or, in title case, a new sentence.
    """
    match = _IMPLICATIONS.match(text)
    if match is None:
        return None
    rest = text[match.end() :]
    if re.match(r"\s*(?:[:.]|\s[–—-]\s)?\s*$", rest):
        return ""
    if mark := re.match(r"\s*(?:[:.]|\s[–—-])\s+|\s*:", rest):
        return rest[mark.end() :].strip()
    title_case = not match[0].islower() and match[0].split()[-1][0].isupper()
    if title_case and re.match(r"\s+[“\"‘(]?[A-Z][\w’'-]* [a-z]", rest):
        return rest.strip()
    return None


def names_implications(text: str) -> bool:
    """Say whether the words stand anywhere in the text."""
    return _IMPLICATIONS.search(text) is not None


def is_citation(text: str) -> bool:
    """Say whether the line is a reference: authors and a year, or nothing but a DOI."""
    text = _CITATION_LABEL.sub("", text, count=1)
    if len(text) > _LONGEST_CITATION:
        return False
    if doi.normalise(text) or _VANCOUVER.match(text):
        return True
    if _SURNAME_FIRST.match(text) and (doi.find(text) or re.search(r"\bEds?\.", text)):
        return True
    year = _YEAR.search(text)
    return year is not None and _is_author_list(text[: year.start()], text[year.end() :])


def without_label(text: str) -> str:
    """Return a citation without a word like "Reference:" before it."""
    return _CITATION_LABEL.sub("", text, count=1)


def continues_citation(text: str) -> bool:
    """Say whether the line is only the address or DOI that belongs to the citation above it."""
    return len(text) <= 300 and (doi.normalise(text) is not None or bool(_LINK.fullmatch(text)))


def is_label(text: str) -> bool:
    """Say whether the line is a label beside the text, such as "Topics: Training"."""
    return _LABEL.fullmatch(text) is not None


def is_prose(text: str) -> bool:
    """Say whether the line is a paragraph of running text."""
    return len(text) > 250 or re.search(r"[.;:,…]$", _open_end(text)) is not None


def is_text(text: str) -> bool:
    """Say whether the line is running text, even if it ends with a question."""
    sentences = re.search(r"[.?!…][\"”’)]*\s+[“\"‘(]?[A-Z0-9]", text)
    return is_prose(text) or (len(text) > 100 and sentences is not None)


def is_title(text: str) -> bool:
    """Say whether the line could be a title: short, no sentence's end, a capital's beginning."""
    if not 2 < len(text) <= 250 or is_prose(text):
        return False
    return re.match(r"[\"“‘'«(\[¿¡…]*(?:[^\W_a-z]|[a-z]{1,3}-?[A-Z])", text) is not None


def is_title_case(text: str) -> bool:
    """Say whether most longer words begin with a capital, as they do in a title."""
    words: list[str] = re.findall(r"[^\W\d_][\w’'-]{3,}", text)
    return sum(word[0].isupper() for word in words) * 5 >= len(words) * 3


def same(one: str, other: str) -> bool:
    """Say whether two lines are the same title: spacing, case and last mark don't matter."""
    return _folded(one) == _folded(other)


def spaced(text: str) -> str:
    """Return `text` with single ordinary spaces."""
    return " ".join(text.split())


def _folded(text: str) -> str:
    plain = spaced(text).casefold().translate({0x2018: "'", 0x2019: "'", 0x201C: '"', 0x201D: '"'})
    return plain.rstrip(".:;!?… ")


def _open_end(text: str) -> str:
    """Return `text` without the quotes and brackets that close after its last word or mark."""
    return text.rstrip("\"”’')]»* \u00a0")


def _is_author_list(before: str, after: str) -> bool:
    words = before.replace("&", " ").split()
    if not words or len(before) > 1000:
        return False
    if any(word[0].islower() and word.strip(",.").lower() not in _PARTICLES for word in words):
        return False
    ends = re.match(r"\s*[.,:]", after) is not None
    named = _SURNAME_FIRST.match(before) is not None
    return ends or (named and re.match(r"\s*[\"“‘'(]?[^\W_a-z]", after) is not None)
