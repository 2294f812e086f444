"""What a DOI stands for: title and citation, as the DOI's resolver tells them.

By content negotiation (https://citation.doi.org/docs.html): CSL JSON for the parts, and the
reference as APA's style has it, formatted by the registry; or by us where that is missing.
Whatever comes is taken for plain words on one line: no markup, no line ends, nothing hidden.
"""

import html
import json
import re
import unicodedata
from typing import Any
from urllib.parse import quote

import httpx2

from newsletter.content.asking import Answer, ask, asker
from newsletter.content.study import Study
from newsletter.errors import OutsideError

CSL = "application/vnd.citationstyles.csl+json"
BIBLIOGRAPHY = "text/x-bibliography; style=apa; locale=en-US"
_LONGEST_TITLE, _LONGEST_CITATION = 300, 1500
_MOST_AUTHORS = 20
"""APA's seventh edition: of more, the first nineteen and the last."""


def look_up(doi: str, resolver: str, timeout: float) -> Study:
    """Ask a resolver what a DOI stands for.

    Raises OutsideError where it can't be reached, doesn't know the DOI, or answers with anything
    else than a description.
    """
    address = f"{resolver.rstrip('/')}/{quote(doi, safe='/:;()._-')}"
    with asker(timeout) as client:
        parts = _parts(ask(client, address, CSL, patience=2 * timeout), doi)
        printed = _printed(client, address, doi, timeout)
    title = plain(_first(parts.get("title")), _LONGEST_TITLE)
    return Study(doi, title, printed or apa(parts, doi))


def _parts(answer: Answer, doi: str) -> dict[str, Any]:
    if answer.status == 404:
        raise OutsideError(f"the resolver doesn't know {doi}", hint="is the DOI right?")
    try:
        parts = json.loads(answer.text) if answer.status == 200 else None
    except (ValueError, RecursionError):
        parts = None
    if not isinstance(parts, dict) or not _first(parts.get("title")):
        raise OutsideError(
            f"{answer.url} gives no description of {doi} (status {answer.status})",
            hint="write title and citation yourself",
        )
    return parts


def _printed(client: httpx2.Client, address: str, doi: str, timeout: float) -> str:
    """Return the formatted reference, or nothing where it is none."""
    try:
        answer = ask(client, address, BIBLIOGRAPHY, patience=2 * timeout)
    except OutsideError:
        return ""
    if answer.status != 200 or answer.kind not in ("text/x-bibliography", "text/plain"):
        return ""
    text = plain(answer.text, _LONGEST_CITATION + 1)
    told = len(text) <= _LONGEST_CITATION and doi.lower() in text.lower()
    return text if told and re.search(r"\((?:\d{4}|n\.d\.|in press)", text) else ""


def apa(parts: dict[str, Any], doi: str) -> str:
    """Return the reference as APA's style has it, as far as its parts are known."""
    words = [_authors(parts.get("author")), f"({_year(parts)})."]
    words.append(_ended(plain(_first(parts.get("title")), _LONGEST_TITLE)))
    journal = plain(_first(parts.get("container-title")), 200)
    if journal:
        volume, issue = (plain(_first(parts.get(name)), 20) for name in ("volume", "issue"))
        numbers = f"{volume}({issue})" if volume and issue else volume
        pages = plain(_first(parts.get("page")), 30).replace("-", "–")
        words.append(", ".join(filter(None, (journal, numbers, pages))) + ".")
    return " ".join(filter(None, [*words, f"https://doi.org/{doi}"]))[:_LONGEST_CITATION]


def _authors(authors: Any) -> str:
    names = [name for one in authors if (name := _name(one))] if isinstance(authors, list) else []
    if len(names) > _MOST_AUTHORS:
        return f"{', '.join(names[: _MOST_AUTHORS - 1])}, … {names[-1]}"
    if len(names) > 1:
        return f"{', '.join(names[:-1])}, & {names[-1]}"
    return names[0] if names else ""


def _name(author: Any) -> str:
    if not isinstance(author, dict):
        return ""
    family = plain(_first(author.get("family")), 80)
    given = plain(_first(author.get("given")), 80)
    initials = " ".join(
        "-".join(f"{half[0].upper()}." for half in part.split("-") if half)
        for part in re.split(r"[\s.]+", given)
        if part.strip("-")
    )
    if family:
        return f"{family}, {initials}" if initials else family
    return plain(_first(author.get("literal")), 160)


def _year(parts: dict[str, Any]) -> str:
    issued = parts.get("issued")
    dates = issued.get("date-parts") if isinstance(issued, dict) else None
    first = dates[0] if isinstance(dates, list) and dates else None
    year = first[0] if isinstance(first, list) and first else None
    return str(year) if re.fullmatch(r"\d{4}", str(year)) else "n.d."


def _first(value: Any) -> str:
    """Return a text, or the first of a list of them."""
    if isinstance(value, list):
        value = value[0] if value else ""
    return str(value) if isinstance(value, str | int) else ""


def _ended(text: str) -> str:
    return text if not text or text[-1] in ".?!" else f"{text}."


def plain(text: str, longest: int) -> str:
    """Return words on one line: no tags, no entities, nothing that can't be seen."""
    bare = re.sub(r"</?[A-Za-z][^<>]{0,200}>", "", html.unescape(text[: 20 * longest]))
    bare = html.unescape(bare) if "&" in bare else bare
    bare = re.sub(r"</?[A-Za-z][^<>]{0,200}>", "", bare)
    kept = (c if unicodedata.category(c)[0] != "C" else " " for c in bare)
    return " ".join("".join(kept).split())[:longest].strip()
