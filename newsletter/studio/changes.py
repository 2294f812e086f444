"""What changed in a month since it was approved, word by word, for somebody to read."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from newsletter.model import Issue, Summary

Kind = Literal["same", "gone", "new", "gap"]

_AROUND = 12
"""Words that stay on each side of a change, so that one sees where it is."""

_TOKENS = re.compile(r"\w+(?:['’.,/-]\w+)*|\n{2,}|\s+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a text: as before, gone, new, or a gap where nothing changed."""

    kind: Kind
    text: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One text that changed: what it is, and how it reads now."""

    what: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """What changed in one part of the month: under which heading, or that it came or went."""

    heading: str
    changes: tuple[Change, ...] = ()
    note: str = ""


def parts(before: Issue, after: Issue, pairs: Mapping[str, Summary]) -> tuple[Part, ...]:
    """Return every part that changed, in the order of the month as it is now.

    `pairs` gives, by the slug of a summary, which one it was before.
    """
    month = _changed(_issue_texts(before), _issue_texts(after))
    found = [Part("The month", month)] if month else []
    for number, one in enumerate(after.summaries, 1):
        found += _summary(number, pairs.get(one.slug), one)
    kept = {one.slug for one in pairs.values()}
    found += [Part(one.title, note="left out") for one in before.summaries if one.slug not in kept]
    orders = _orders(before, after, pairs)
    return (*found, *([Part("The order", note="changed")] if orders else []))


def _summary(number: int, before: Summary | None, after: Summary) -> Iterator[Part]:
    heading = f"{number}. {after.title}"
    if before is None:
        yield Part(heading, note="new")
    elif changed := _changed(_texts(before), _texts(after)):
        yield Part(heading, changed)


def _orders(before: Issue, after: Issue, pairs: Mapping[str, Summary]) -> bool:
    """Say whether the summaries that stayed stand in another order."""
    stayed = [pairs[one.slug].slug for one in after.summaries if one.slug in pairs]
    return stayed != [one.slug for one in before.summaries if one.slug in stayed]


def _issue_texts(issue: Issue) -> Mapping[str, str]:
    return {
        "Subject": issue.subject,
        "Preheader": issue.preheader,
        "Introduction": issue.introduction,
    }


def _texts(summary: Summary) -> Mapping[str, str]:
    cited, kind = summary.citation, summary.research_type
    return {
        "Title": summary.title,
        "Text": summary.body,
        "Practice implications": summary.implications,
        "Citation": cited.text if cited else "",
        "DOI": (cited.doi or "") if cited else "",
        "Topics": ", ".join(topic.name for topic in summary.topics),
        "Research type": kind.name if kind else "",
        "Author": summary.author,
    }


def _changed(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[Change, ...]:
    return tuple(
        Change(what, tuple(pieces(before[what], text)))
        for what, text in after.items()
        if before[what].strip() != text.strip()
    )


def pieces(before: str, after: str) -> Iterator[Piece]:
    """Yield a text word by word, as it was and as it is; what is far from any change is a gap."""
    blocks = list(_blocks(_TOKENS.findall(before.strip()), _TOKENS.findall(after.strip())))
    for number, (old, new) in enumerate(blocks):
        if old == new:
            yield from _context(old, number == 0, number == len(blocks) - 1)
            continue
        if old:
            yield Piece("gone", "".join(old))
        if new:
            yield Piece("new", "".join(new))


def _blocks(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[list[str], list[str]]]:
    """Yield what stayed and what changed in turn; a space between two changes belongs to them."""
    gone: list[str] = []
    come: list[str] = []
    for kind, begin, end, new_begin, new_end in SequenceMatcher(
        None, old, new, autojunk=False
    ).get_opcodes():
        words = list(old[begin:end])
        if kind == "equal" and (words != [" "] or not (gone or come)):
            if gone or come:
                yield gone, come
                gone, come = [], []
            yield words, words
        else:
            gone += words
            come += new[new_begin:new_end]
    if gone or come:
        yield gone, come


def _context(tokens: Sequence[str], first: bool, last: bool) -> Iterator[Piece]:
    """Yield what stayed: its ends towards the changes, and a gap for the rest."""
    left, right = (0 if first else 2 * _AROUND), (0 if last else 2 * _AROUND)
    if len(tokens) <= left + right + 2:
        yield Piece("same", "".join(tokens))
        return
    if left:
        yield Piece("same", "".join(tokens[:left]))
    yield Piece("gap")
    if right:
        yield Piece("same", "".join(tokens[len(tokens) - right :]))
