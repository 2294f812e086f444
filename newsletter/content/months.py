"""Month folders become Issues: `content/2021-02/*.md` in the order of their names."""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from newsletter.content import fields, frontmatter
from newsletter.content.places import shown
from newsletter.content.summaryfile import control_characters, problems, read_summary, read_text
from newsletter.errors import ContentError
from newsletter.model import Finding, Issue, Level, Month, Summary, Taxonomy

ISSUE_FILE = "issue.md"


@dataclass(frozen=True, slots=True)
class MonthFolder:
    """What a month's folder holds: its Issue (ready summaries only), the drafts, the findings."""

    issue: Issue
    drafts: tuple[Summary, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class _IssueFile:
    subject: str = ""
    preheader: str = ""
    introduction: str = ""
    findings: tuple[Finding, ...] = ()


def list_months(root: Path) -> tuple[Month, ...]:
    """Return the months that have at least one summary file, oldest first.

    Raises ContentError where `root` is no folder.
    """
    if not root.is_dir():
        hint = "`content.root` in config.toml names it; `newsletter init` makes one"
        raise ContentError(f"there is no content folder at {shown(root)}", hint=hint)
    found = (_month(path) for path in root.iterdir() if path.is_dir())
    return tuple(sorted(m for m in found if m is not None and summary_files(root / str(m))))


def misnamed(root: Path) -> Iterator[Finding]:
    """Yield a warning for each folder that is meant as a month and isn't named like one."""
    for path in sorted(root.iterdir()):
        meant = re.fullmatch(r"\d{4}[-_. ]?\d{1,2}|.*(?:19|20)\d\d.*", path.name, re.ASCII)
        if meant and path.is_dir() and _month(path) is None and _holds_text(path, meant[0]):
            message = "this folder is passed over: its name is not a month"
            hint = "name it with four digits, a hyphen and two digits: 2021-03"
            yield Finding("warning", "misnamed-month", message, shown(path), None, hint)


def _holds_text(folder: Path, name: str) -> bool:
    """Say whether a folder has a month's files, or the number of one for its name."""
    return not re.search(r"[^\d_. -]", name) or bool(summary_files(folder))


def summary_files(folder: Path) -> list[Path]:
    """Return a month's summary files, ready or draft, in the order they are sent."""
    files = (path for path in folder.iterdir() if path.suffix.lower() == ".md")
    return sorted(
        (
            p
            for p in files
            if p.is_file() and not p.name.startswith(".") and p.name.lower() != ISSUE_FILE
        ),
        key=lambda path: path.name,
    )


def read_month(root: Path, month: Month, taxonomy: Taxonomy, *, author: str = "") -> MonthFolder:
    """Read one month. Whatever is wrong in its files is a Finding, never an exception.

    Raises ContentError only where the month has no folder.
    """
    folder = root / str(month)
    known = list_months(root)
    if not folder.is_dir():
        raise _missing(month, folder, known)
    readings = [read_summary(path, taxonomy, author) for path in summary_files(folder)]
    summaries = [reading.summary for reading in readings if reading.summary]
    heading = _read_issue_file(folder)
    issue = Issue(
        month=month,
        summaries=tuple(summary for summary in summaries if summary.ready),
        subject=heading.subject,
        preheader=heading.preheader,
        introduction=heading.introduction,
        number=len({m for m in known if m <= month} | {month}),
        path=folder,
    )
    findings = [*heading.findings, *(f for reading in readings for f in reading.findings)]
    drafts = tuple(summary for summary in summaries if not summary.ready)
    return MonthFolder(issue, drafts, (*findings, *_same_slugs(summaries)))


def check_month(
    root: Path,
    month: Month,
    taxonomy: Taxonomy,
    *,
    author: str = "",
    minimum: int = 2,
    maximum: int = 3,
    earlier: Mapping[str, Path] | None = None,
) -> MonthFolder:
    """Read one month and look at it as a whole: its size, and DOIs that were there before.

    `earlier` maps the DOIs of earlier months to their files (`dois`); read where it isn't given.
    """
    folder = read_month(root, month, taxonomy, author=author)
    if earlier is None:
        earlier = dois(root, (m for m in list_months(root) if m < month))
    everything = (*folder.issue.summaries, *folder.drafts)
    findings = (
        *folder.findings,
        *_same_dois(sorted(everything, key=lambda s: s.path.name), earlier),
        *_amount(folder, minimum, maximum),
    )
    return MonthFolder(folder.issue, folder.drafts, findings)


def dois(root: Path, months: Iterable[Month]) -> dict[str, Path]:
    """Return the DOIs (in small letters) of some months, each with the first file that has it."""
    found: dict[str, Path] = {}
    for month in sorted(months):
        for path in summary_files(root / str(month)):
            state = path.stat()
            if doi := _doi_of(path, state.st_mtime_ns, state.st_size):
                found.setdefault(doi.casefold(), path)
    return found


@lru_cache(maxsize=4096)
def _doi_of(path: Path, changed: int, size: int) -> str | None:
    """Return a file's DOI; remembered, as checking all months asks for it again and again."""
    text = read_text(path)
    if isinstance(text, Finding):
        return None
    citation, _ = fields.citation(fields.of(str(path), frontmatter.read(text)))
    return citation.doi if citation else None


def _month(path: Path) -> Month | None:
    try:
        return Month.parse(path.name)
    except ValueError:
        return None


def _missing(month: Month, folder: Path, known: tuple[Month, ...]) -> ContentError:
    names = [str(m) for m in known]
    near = difflib.get_close_matches(str(month), names, 3, 0.6)
    hint = f"there is {', '.join(sorted(near) or names)}" if names else "there is no month yet"
    return ContentError(f"there is no month {month}: {shown(folder)} is missing", hint=hint)


def issue_file(folder: Path) -> Path | None:
    """Return the month's own file, if there is one."""
    return next((p for p in sorted(folder.iterdir()) if p.name.lower() == ISSUE_FILE), None)


def _read_issue_file(folder: Path) -> _IssueFile:
    path = issue_file(folder)
    if path is None:
        return _IssueFile()
    text = read_text(path)
    if isinstance(text, Finding):
        return _IssueFile(findings=(text,))
    document = frontmatter.read(text)
    given = fields.of(shown(path), document)
    subject, no_subject = fields.text(given, "subject")
    preheader, no_preheader = fields.text(given, "preheader")
    findings = (
        *problems(given.file, document),
        *fields.unknown(given, fields.ISSUE_FIELDS),
        *control_characters(given.file, text),
        *no_subject,
        *no_preheader,
    )
    return _IssueFile(subject, preheader, document.body.strip(), findings)


def _same_slugs(summaries: Iterable[Summary]) -> Iterable[Finding]:
    seen: dict[str, Summary] = {}
    for summary in summaries:
        first = seen.setdefault(summary.slug, summary)
        if first is not summary:
            yield Finding(
                "error",
                "duplicate-slug",
                f"its address would be that of {first.path.name}",
                shown(summary.path),
                1,
                "give one of the two files another name",
            )


def _same_dois(summaries: Iterable[Summary], earlier: Mapping[str, Path]) -> Iterable[Finding]:
    """Of two in one month both are named: nobody knows which DOI is the wrong one."""
    known = [(summary.citation.doi, summary) for summary in summaries if summary.citation]
    for doi, summary in known:
        key = doi.casefold() if doi else ""
        here = (o.path for d, o in known if d and d.casefold() == key and o is not summary)
        twice = next(here, None)
        other = twice or earlier.get(key)
        if not key or other is None:
            continue
        line = summary.lines.get("doi") or summary.lines.get("citation")
        message = f"the study {doi} is summarised in {shown(other)} too"
        hint = "correct the DOI, or leave one of the two out"
        level: Level = "error" if twice and summary.ready else "warning"
        yield Finding(level, "duplicate-doi", message, shown(summary.path), line, hint)


def _amount(folder: MonthFolder, minimum: int, maximum: int) -> Iterable[Finding]:
    count = len(folder.issue.summaries)
    ready = "1 summary is ready" if count == 1 else f"{count or 'no'} summaries are ready"
    wanted = f"the configuration wants {minimum} to {maximum}"
    place = shown(folder.issue.path)
    if count < minimum:
        waits = bool(folder.drafts) or not count
        hint = "set status: ready in a finished draft" if waits else "the service waits for more"
        level: Level = "warning" if waits else "info"
        yield Finding(level, "too-few", ready, place, None, f"{wanted}; {hint}")
    elif count > maximum:
        hint = f"{wanted}; move some to another month"
        yield Finding("warning", "too-many", ready, place, None, hint)
