"""A month beside the others: what it repeats, which one it says it is, what its folder holds."""

import calendar
import re
from collections.abc import Iterator
from pathlib import Path

from newsletter.checks.desk import Desk, found
from newsletter.checks.papers import Paper
from newsletter.content import doi, frontmatter
from newsletter.content.months import issue_file, summary_files
from newsletter.content.summaryfile import read_text
from newsletter.content.taxonomy import folded
from newsletter.model import Finding

_OLDEST = 1990
_LONG = 80
"""Characters of a paragraph from which it is no chance that it stands twice."""

_NAMES = tuple(calendar.month_name)[1:]
_MONTH = re.compile(rf"\b({'|'.join(_NAMES)})\s+((?:19|20)\d\d)\b")
_COUNT = re.compile(
    r"\b(one|two|three|four|five|six|seven|eight|[1-8])(?: new| research| recent)? "
    r"(?:studies|study|summaries|summary|articles|papers)\b",
    re.I,
)
_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight")
_PICTURES = {".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg"}


def date(desk: Desk) -> Iterator[Finding]:
    """Yield a warning where the month can hardly be the one that is meant."""
    month, today = desk.issue.month, desk.today
    ahead = (month.year - today.year) * 12 + month.number - today.month
    if ahead > 12 or month.year < _OLDEST:
        when = f"{ahead} months ahead" if ahead > 12 else "long past"
        hint = "rename the folder if another month is meant"
        yield found("distant-month", f"{month} is {when}", (desk.issue.path, None), hint)


def repeats(desk: Desk) -> Iterator[Finding]:
    """Yield titles, subjects and paragraphs that stand elsewhere too."""
    yield from _titles(desk)
    yield from _paragraphs(desk)
    own = desk.own
    subject, line = own.field("subject") if own else ("", 1)
    if own is None or not subject:
        return
    for month in reversed(desk.earlier):
        path = issue_file(desk.settings.content.root / str(month))
        if path and folded(_field(path, "subject")) == folded(subject):
            message = f"{month} had the same subject"
            yield own.finding("repeated-subject", line, message, "say what is new")
            return


def _titles(desk: Desk) -> Iterator[Finding]:
    before = {
        _title_key(title): path
        for month in desk.earlier
        for path in summary_files(desk.settings.content.root / str(month))
        if (title := _field(path, "title"))
    }
    titled = [(_title_key(paper.field("title")[0]), paper) for paper in desk.summaries]
    for title, paper in titled:
        here = (
            other.path
            for key, other in titled
            if key == title and other is not paper and not _same_study(other, paper)
        )
        other = next(here, None) or before.get(title)
        if title and other:
            message = f"this title stands in {other.parent.name}/{other.name} too"
            line = paper.field("title")[1]
            yield paper.finding("repeated-title", line, message, "give it a title of its own")


def _same_study(one: Paper, other: Paper) -> bool:
    """Say whether a file is a copy of another: then its DOI is told, and that is enough."""
    first, second = (doi.normalise(paper.field("doi")[0]) for paper in (one, other))
    return first is not None and first == second


def _title_key(title: str) -> str:
    return folded(title).rstrip(".:;!?… ")


def _field(path: Path, name: str) -> str:
    """Return a field of another month's file; only its head is read, and only where it may be."""
    text = read_text(path)
    if isinstance(text, Finding):
        return ""
    match = re.search(rf"^{name}:[ \t]*(.*)$", text[:4000], re.M)
    if match is None:
        return ""
    value = frontmatter.read(f"---\n{match[0]}\n---\n").values.get(name)
    return value.text if value else ""


def _paragraphs(desk: Desk) -> Iterator[Finding]:
    """Which of two is the copy nobody knows, so that both are named."""
    places: dict[str, list[tuple[Paper, int]]] = {}
    for paper in desk.papers:
        for passage in paper.passages:
            if len(passage.text) >= _LONG:
                places.setdefault(folded(passage.text), []).append((paper, passage.line))
    for same in places.values():
        if same[-1][0] is not same[0][0] and _same_study(same[0][0], same[-1][0]):
            continue
        for number, (paper, line) in enumerate(same if len(same) > 1 else ()):
            other, there = same[1 if number == 0 else 0]
            where = f"line {there}" if other is paper else f"{other.path.name}, line {there}"
            yield paper.finding("repeated-text", line, f"the same paragraph as {where}", "keep one")


def names(desk: Desk) -> Iterator[Finding]:
    """Yield words of `issue.md` that speak of another month, or of another number of summaries."""
    own = desk.own
    if own is None:
        return
    places = [own.field(name) for name in ("subject", "preheader")]
    places += [(passage.text, passage.line) for passage in own.passages]
    for text, line in places:
        for match in _MONTH.finditer(text):
            if (int(match[2]), _NAMES.index(match[1]) + 1) != desk.issue.month:
                at = line + text.count("\n", 0, match.start())
                message = f"“{match[0]}” stands in the letter of {desk.issue.month}"
                yield own.finding(
                    "wrong-month", at, message, "is it left from another month?", at=match[0]
                )
        yield from _count(desk, own, text, line)


def _count(desk: Desk, own: Paper, text: str, line: int) -> Iterator[Finding]:
    count = len(desk.issue.summaries)
    if len(desk.summaries) < len(summary_files(desk.issue.path)):
        return  # a file can't be read: that is told, and the number is right once it can
    for match in _COUNT.finditer(text):
        word = match[1].lower()
        number = int(word) if word.isdigit() else _NUMBERS.index(word) + 1
        here = re.search(r"this month|this issue|here (?:is|are)", text, re.I)
        first = not text[: match.start()].strip()
        if number != count and count and (here or first):
            at = line + text.count("\n", 0, match.start())
            message = f"“{match[0]}”, and {count} {'is' if count == 1 else 'are'} ready"
            yield own.finding(
                "wrong-count", at, message, "say the number that is sent", at=match[0]
            )
            return


def folder(desk: Desk) -> Iterator[Finding]:
    """Yield what lies in the folder and isn't read, and names that don't give an order."""
    path = desk.issue.path
    read = {*summary_files(path), *([own] if (own := issue_file(path)) else [])}
    for entry in sorted(path.iterdir()):
        if entry in read or entry.name == ".gitkeep":
            continue
        if entry.suffix.lower() in _PICTURES and not entry.name.startswith("."):
            continue
        message, hint = _stray(entry)
        yield found("stray-file", message, (entry, None), hint)
    yield from _order(path)


def _stray(entry: Path) -> tuple[str, str]:
    message = "nothing reads this"
    if entry.is_dir():
        return f"{message} folder", "put its files into the month's own folder"
    if entry.name.startswith("."):
        return f"{message} hidden file", "take the full stop from its name, or delete it"
    if re.search(
        r"\.(?:markdown|mdown|mkd|mdx|txt|rtf|docx?|odt|html?|md\W*\w*)$", entry.name, re.I
    ):
        return f"{message} file", "a summary's name ends in .md"
    return f"{message} file", "delete it, or keep it elsewhere"


def _order(folder_: Path) -> Iterator[Finding]:
    files = summary_files(folder_)
    numbers = {path: re.match(r"(\d+)", path.name) for path in files}
    taken: dict[int, Path] = {}
    before = -1
    for path, match in numbers.items():
        place = (path, None)
        if re.fullmatch(r"is+u?e?s?\.md", path.name, re.I):
            yield found(
                "file-order", "is this meant as the month's own file?", place, "name it issue.md"
            )
        elif match is None:
            if any(numbers.values()):
                hint = "begin its name with a number, as the others do"
                yield found("file-order", "it has no number, so it comes last", place, hint)
        elif (number := int(match[1])) in taken:
            message = f"its number is that of {taken[number].name}"
            yield found("file-order", message, place, "give each a number of its own")
        elif number < before:
            hint = "write numbers with the same number of digits: 02, 10"
            yield found("file-order", f"it comes after number {before}", place, hint)
        else:
            before = number
        if match:
            taken.setdefault(int(match[1]), path)
