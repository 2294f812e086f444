"""Slips of the pen: words twice, notes to oneself, marks that don't go together, half sentences."""

import re
from collections.abc import Iterator
from pathlib import Path

from newsletter.checks.french import is_french
from newsletter.checks.markup import LINK, TEMPLATE, without_code
from newsletter.checks.papers import Paper, Passage
from newsletter.model import Finding

PLACEHOLDER = re.compile(
    r"\b(?:TODO|TBD|TBC|FIXME|XXX+|TKTK)\b|\blorem ipsum\b|\bdolor sit amet\b"
    r"|\[(?:insert|add|citation needed|your|name|date|todo|tbd|check|fill|xx+)\b[^\]]*\]"
    r"|<(?:insert|add|your|name|title)\b[^>]*>|\?{3,}"
    r"|\b(?:title|text|summary|subject|preheader) goes here\b"
    r"|[(\[]to be (?:added|completed|confirmed|filled|translated|written)\b[^)\]]*[)\]]"
    r"|\bplaceholder text\b|\bblah blah\b|\basdf\w*",
    re.I,
)
_LOWER_NOTES = re.compile(r"\b(?:todo|tbd|tbc|xxx+)\b")
_TWICE = re.compile(r"(?<![\w'’-])([^\W\d_]+)(\s+)\1(?![\w'’-])", re.I)
_MAY_BE_TWICE = {"that", "had", "ha", "no", "very", "bye", "so", "vous", "nous", "sie", "die"}
_SPACED = re.compile(r"(?<=[\w)”’]) +[,;](?=\s)|(?<=[\w)”’]{2}) +[.:?!](?=\s|$)")
_MARKS = (
    (re.compile(r"(?<!\.)\.\.(?!\.)"), "two full stops"),
    (re.compile(r",\s*,|;\s*;|:\s*:|(?<=\w)\s*,\.|\.,(?!\s*[&\w])|[?!]\.(?!\.)"), "two marks"),
    (re.compile(r"[!?]{2,}"), "more marks than one"),
    (_SPACED, "a space before a mark"),
    (
        re.compile(r"(?<=[a-z]{2})- (?!(?:and|or|to|nor|but|versus|vs|et|ou)\b)(?=[a-z]{2})"),
        "a word cut in two",
    ),
    (re.compile(r"(?<=[a-z]{2})[.?!](?=[A-Z][a-z])"), "no space after the end of a sentence"),
    (re.compile(r"(?<=[a-z]{2}),(?=[A-Za-z]{2})"), "no space after a comma"),
    (re.compile(r"\( +\w|\w +\)"), "a space inside brackets"),
)
_SENTENCE = re.compile(r"([A-Z][^.?!\n]{15,}[.?!])\s+\1")
_FILE = Path(__file__).parent / "data" / "misspellings.txt"
_MISSPELT = {
    wrong: right
    for line in _FILE.read_text("utf-8").split("\n")
    if line[:1].isalpha()
    for wrong, _, right in [line.partition(" ")]
}
_LETTERS = re.compile(r"[a-z]+", re.I)
_ENTITY = re.compile(r"&(?:[a-z]{2,8}|#\d{2,5}|#x[0-9a-f]{2,5});|\\u[0-9a-f]{4}", re.I)
_PAIRS = {")": "(", "]": "[", "}": "{", "”": "“", "»": "«"}
_ENUMERATED = re.compile(r"(?:^|(?<=\s))(?:\d{1,2}|[a-z]|[ivx]{1,4})\)", re.M)
_END = re.compile(r"[.?!:…][\"”’')\]»*_]*$")
_SHOWN_AS_TYPED = ("title", "citation", "subject", "preheader", "author")


def check(paper: Paper) -> Iterator[Finding]:
    """Yield the slips in a file's fields and body."""
    for name in _SHOWN_AS_TYPED:
        text, line = paper.field(name)
        if text:
            yield from _slips(paper, text, line, name)
            if match := _ENTITY.search(text):
                hint = "write the letter itself"
                message = f"“{match[0]}” is shown as it stands here"
                yield paper.finding("entity", line, message, hint, at=match[0])
            if match := TEMPLATE.search(text):
                message = f"“{match[0]}” is shown as it stands here"
                yield paper.finding("template-code", line, message, "take it out", at=match[0])
            if name != "citation":
                yield from _brackets_of(paper, text, line)
    for passage in paper.passages:
        yield from _slips(paper, passage.text, passage.line, "")
        yield from _entity(paper, passage)
        if not any(LINK.search(run.text) for run in passage.runs if run.kind == "text"):
            yield from _brackets(paper, passage)
    yield from _cut_off(paper)


def _slips(paper: Paper, text: str, line: int, field: str) -> Iterator[Finding]:
    def at(position: int) -> int:
        return line + text.count("\n", 0, position)

    if match := PLACEHOLDER.search(text) or _LOWER_NOTES.search(text):
        message = f"“{match[0]}” looks like a note to oneself"
        yield paper.finding("placeholder", at(match.start()), message, "finish it", at=match[0])
    for match in _TWICE.finditer(text) if field != "citation" else ():
        if match[1].lower() in _MAY_BE_TWICE or (len(match[1]) == 1 and match[1] != "a"):
            continue
        message = f"“{match[1]}” stands twice"
        second = match.end() - len(match[1])
        column = match[0] if "\n" not in match[0] else match[1]
        yield paper.finding("doubled-word", at(second), message, "keep one of them", at=column)
    if match := _SENTENCE.search(text):
        hint = "keep one of the two"
        message = f"a sentence stands twice: “{match[1][:40]}”"
        yield paper.finding("repeated-text", at(match.end() - 1), message, hint, at=match[1])
    for match in _LETTERS.finditer(text) if field != "citation" else ():
        if (right := _MISSPELT.get(match[0].lower())) is not None:
            message = f"“{match[0]}” is misspelt"
            line_of = at(match.start())
            yield paper.finding("misspelling", line_of, message, f"write {right}", at=match[0])
    plain = re.sub(r"https?://\S+|www\.\S+|\S+@\S+|\b10\.\d{4,9}/\S+", "·", text)
    french = is_french(text) or is_french(paper.text)
    marks = [one for one in _MARKS if one[0] is not _SPACED or not french]
    for pattern, what in marks if field != "citation" else ():
        if match := pattern.search(plain):
            near = plain[max(0, match.start() - 12) : match.end() + 12].strip()
            message = f"{what}: “{' '.join(near.split())}”"
            where = line + plain.count("\n", 0, match.start())
            yield paper.finding("punctuation", where, message, at=match[0])


def _entity(paper: Paper, passage: Passage) -> Iterator[Finding]:
    """What is left of one after Markdown has read those that there are."""
    text = _without_code_spans(passage)
    if match := _ENTITY.search(text):
        line = passage.line + text.count("\n", 0, match.start())
        message = f"“{match[0]}” is shown as it stands here"
        yield paper.finding("entity", line, message, "write the letter itself", at=match[0])


def _without_code_spans(passage: Passage) -> str:
    runs = (run for run in passage.runs if run.kind != "code")
    return "".join("\n" if run.kind == "break" else run.text for run in runs)


def _brackets(paper: Paper, passage: Passage) -> Iterator[Finding]:
    """Brackets and quotes are opened and closed in one paragraph."""
    yield from _brackets_of(paper, without_code(_without_code_spans(passage)), passage.line)


def _brackets_of(paper: Paper, text: str, line: int) -> Iterator[Finding]:
    """Where an enumeration has points `a)`, as many brackets may close without being opened."""
    opened: list[tuple[str, int]] = []
    points = len(_ENUMERATED.findall(text))
    for position, mark in enumerate(text):
        if mark in _PAIRS.values():
            opened.append((mark, position))
        elif mark in _PAIRS:
            if opened and (opened[-1][0] == _PAIRS[mark] or _interval(text, position, opened)):
                opened.pop()
            elif mark == ")" and points:
                points -= 1
            else:
                yield _half(paper, line, text, position)
                return
    if opened:
        yield _half(paper, line, text, opened[0][1])
    elif text.count('"') % 2:
        yield _half(paper, line, text, text.rindex('"'))


def _interval(text: str, position: int, opened: list[tuple[str, int]]) -> bool:
    """Whether this closes a half-open interval of numbers: `[0, 1)`."""
    if not opened or opened[-1][0] not in "[(" or text[position] not in ")]":
        return False
    return re.fullmatch(r"[\[(][-−\d., ]+[\])]", text[opened[-1][1] : position + 1]) is not None


def _half(paper: Paper, first: int, text: str, position: int) -> Finding:
    near = " ".join(text[max(0, position - 12) : position + 20].split())
    line = first + text.count("\n", 0, position)
    message = f"a mark without its other half: “{near}”"
    return paper.finding("brackets", line, message, "close it, or take it out", at=text[position])


def _cut_off(paper: Paper) -> Iterator[Finding]:
    """A paragraph of some length ends like a sentence."""
    for passage in paper.passages:
        text = passage.text.rstrip()
        if passage.kind != "paragraph" or passage.box or len(text.split()) < 12:
            continue
        last = passage.runs[-1]
        if not _END.search(text) and last.link is None and last.kind != "image":
            tail = " ".join(text.split()[-4:])
            message = f"a paragraph ends with “{tail}”"
            yield paper.finding("cut-off", passage.last, message, "is its end missing?")
