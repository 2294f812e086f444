"""Titles, subjects and preheaders: how long they are, how they are written, what they repeat."""

import re
from collections.abc import Iterator

from newsletter.checks.desk import Desk
from newsletter.checks.french import is_french
from newsletter.checks.papers import Paper
from newsletter.content import shapes
from newsletter.content.taxonomy import folded
from newsletter.model import Finding
from newsletter.rendering.titles import PREHEADER, SUBJECT

LONGEST_TITLE = 120
_SHORT_PREHEADER = 20
_SHORT_SUBJECT = 8
_UNWANTED = re.compile(
    r"!{1}|\b(?:FREE|URGENT|ACT NOW|BUY NOW|LIMITED TIME|100%|WINNER|CLICK)\b|\${2,}|€{2,}"
    r"|^\s*(?:re|fw|fwd|aw|wg)\s*:"
    r"|^\s*(?:\[test\]|test\b)|[\u2600-\u27bf\U0001f000-\U0001faff]",
    re.I,
)
_FOR_PROGRAMS = re.compile(
    r"(?:view|read|open|see) (?:this|it|the)\b.{0,20}\b(?:in|on) (?:your|a|the) (?:web ?)?browser"
    r"|(?:trouble|problems) (?:viewing|reading)",
    re.I,
)
_MARKUP = re.compile(r"\*\*?\S|__?\S+__?(?!\w)|`|\]\(|</?[a-z]+>|^#+\s", re.I)


def title(paper: Paper) -> Iterator[Finding]:
    """Yield what is odd about a summary's title."""
    text, line = paper.field("title")
    if not text:
        return
    if len(text) > LONGEST_TITLE or len(text.split()) < 2:
        message = (
            f"the title has {len(text)} characters"
            if len(text) > 20
            else ("the title is a single word")
        )
        hint = f"readers choose by titles: two words or more, at most {LONGEST_TITLE} characters"
        yield paper.finding("title-length", line, message, hint)
    if (odd := _odd_title(text)) is not None:
        message, hint = odd
        yield paper.finding("title-form", line, message, hint)


def _odd_title(text: str) -> tuple[str, str] | None:
    letters = [letter for letter in text if letter.isalpha()]
    if len(letters) > 3 and text.upper() == text:
        return "the title is in capitals", "write capitals at the beginning of words only"
    if re.search(r"(?<!\.)(?<![A-Z])\.$|[,;:]$|[!?]{2,}$", text):
        return "the title ends with a mark that no title has", "take it out"
    if letters and text[0] == letters[0] and text[0].islower() and not re.match(r"\w+[A-Z]", text):
        return "the title begins with a small letter", "begin it with a capital"
    if _MARKUP.search(text):
        return "the title holds markup, which is shown as it was typed", "take it out"
    if re.fullmatch(r"[\"“«'‘].*[\"”»'’]", text) and not re.search(r".[\"“”].*[\"“”].", text[1:-1]):
        return "the title stands in quotation marks", "take them out"
    return None


def style(desk: Desk) -> Iterator[Finding]:
    """Yield a remark where one title is written unlike the others of the month."""
    papers = [
        paper
        for paper in desk.summaries
        if len(paper.field("title")[0].split()) > 3 and not is_french(paper.text)
    ]
    plain = [paper for paper in papers if not shapes.is_title_case(paper.field("title")[0])]
    if len(papers) < 3 or len(plain) != 1:
        return
    line = plain[0].field("title")[1]
    message = "the other titles of the month have capitals, and this one hasn't"
    yield plain[0].finding("title-style", line, message, "write them all alike")


def subject(desk: Desk) -> Iterator[Finding]:
    """Yield what is odd about the subject and preheader that `issue.md` gives."""
    paper = desk.own
    if paper is None:
        return
    for name, code in (("subject", "no-subject"), ("preheader", "no-preheader")):
        words, line = paper.field(name)
        if name in paper.document.values and not words:
            message = f"the {name} is empty, so that the titles stand in its place"
            yield paper.finding(code, line, message, "write it, or take it out", level="warning")
    text, line = paper.field("subject")
    if text:
        yield from _subject(paper, text, line)
    for name in ("subject", "preheader"):
        words, line = paper.field(name)
        if match := _MARKUP.search(words):
            message = f"“{match[0]}” is shown as it was typed"
            yield paper.finding("subject-form", line, message, "leave markup out", at=match[0])
    ahead, line = paper.field("preheader")
    if not ahead:
        return
    if len(ahead) > PREHEADER or len(ahead) < _SHORT_PREHEADER:
        message = f"the preheader has {len(ahead)} characters"
        hint = f"programs show 40 to {PREHEADER}; the first words count"
        yield paper.finding("preheader-length", line, message, hint)
    if _is_shouted(ahead):
        hint = "write capitals at the beginning of words only"
        yield paper.finding("subject-form", line, "the preheader is in capitals", hint)
    if match := _FOR_PROGRAMS.search(ahead):
        message = f"“{match[0]}” says nothing of the month"
        yield paper.finding("subject-form", line, message, "say what is in it", at=match[0])
    if text and (folded(ahead).startswith(folded(text)) or folded(text).startswith(folded(ahead))):
        hint = "say what the subject doesn't, or leave it out: then it is the titles"
        yield paper.finding("same-preheader", line, "the preheader repeats the subject", hint)


def _subject(paper: Paper, text: str, line: int) -> Iterator[Finding]:
    if len(text) < _SHORT_SUBJECT:
        message = f"the subject has {len(text)} characters"
        yield paper.finding("short-subject", line, message, "say what the month is about")
    if len(text) > SUBJECT:
        message = f"the subject has {len(text)} characters; most programs show 40 to {SUBJECT}"
        yield paper.finding("long-subject", line, message, "say the most important thing first")
    shouted = _is_shouted(text)
    if shouted or (match := _UNWANTED.search(text)):
        what = "it is in capitals" if shouted else f"“{match[0].strip()}”" if match else ""
        message = f"the subject looks like unwanted mail: {what}"
        yield paper.finding("subject-form", line, message, "write it as one would to a colleague")


def _is_shouted(text: str) -> bool:
    return len(re.sub(r"[^A-Za-z]", "", text)) > 6 and text.upper() == text
