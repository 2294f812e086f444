"""Found summaries become files of a month's folder: all of them, or none."""

import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import yaml

from newsletter.content.markdown import paragraphs
from newsletter.content.months import summary_files
from newsletter.content.page import FoundSummary, Page
from newsletter.content.places import shown
from newsletter.content.slugs import slug_of_file, slugify
from newsletter.content.study import Study
from newsletter.content.suggest import likely_research_type, likely_topics
from newsletter.errors import ContentError, OutsideError, UsageError
from newsletter.model import Month, ResearchType, Taxonomy, Topic

_NAMED = 3
"""Files in the way that are named; the others are counted."""

SUGGESTED = "# Suggested by the words of the text; please check."


@dataclass(frozen=True, slots=True)
class Written:
    """One file that was written, and what it holds."""

    month: Month
    path: Path
    summary: FoundSummary
    topics: tuple[Topic, ...] = ()


@dataclass(frozen=True, slots=True)
class _Planned:
    written: Written
    text: str


def write_months(
    page: Page, root: Path, taxonomy: Taxonomy, force: bool = False
) -> tuple[Written, ...]:
    """Write `root/2021-02/01-the-title.md` for every summary of the page, in the page's order.

    Before anything is written, raises ContentError where files are in the way and `force` isn't
    given. Raises OutsideError where the disk refuses; then nothing is left behind.
    """
    planned = list(_plan(page, root, taxonomy))
    in_the_way = [p.written.path for p in planned if p.written.path.exists()]
    if in_the_way and not force:
        names = ", ".join(shown(path) for path in in_the_way[:_NAMED])
        more = len(in_the_way) - _NAMED
        names += f" and {more} more" if more > 0 else ""
        hint = "nothing was written; --force writes over them"
        raise ContentError(f"there already: {names}", hint=hint)
    write_all([(p.written.path, p.text) for p in planned])
    return tuple(p.written for p in planned)


def write_draft(root: Path, month: Month, study: Study, taxonomy: Taxonomy) -> Path:
    """Write a draft as the month's last file, with what is known of its study; return its path.

    `study` may know nothing. Topics and kind are those that its title and citation suggest.
    """
    folder = root / str(month)
    files = summary_files(folder) if folder.is_dir() else []
    numbers = [int(match[1]) for path in files if (match := re.match(r"(\d+)", path.name))]
    number = max([*numbers, len(files)], default=0) + 1
    slug = slugify(study.title or (f"study {study.doi}" if study.doi else "new summary"))
    taken = {slug_of_file(path.name) for path in files}
    path = folder / f"{number:02d}-{_free(slug, taken)}.md"
    topics = [one.topic for one in likely_topics(taxonomy, study.title, "")]
    kind = likely_research_type(taxonomy, study.citation, "")
    front = "\n".join(
        [
            _field("title", study.title),
            _field("citation", study.citation),
            f"doi: {study.doi}".rstrip(),
            *([SUGGESTED] if topics or kind else []),
            f"topics: [{', '.join(topic.slug for topic in topics)}]",
            f"research_type: {kind.slug if kind else ''}".rstrip(),
            "status: draft",
        ]
    )
    write_all([(path, f"---\n{front}\n---\n\n\n## Practice Implications\n\n")])
    return path


def summary_text(
    found: FoundSummary, topics: Sequence[Topic], research_type: ResearchType | None
) -> str:
    """Return the file of a summary: front matter, body, practice implications."""
    fields = [_field("title", found.title)]
    if found.citation:
        fields.append(_field("citation", found.citation))
    if found.doi:
        fields.append(_field("doi", found.doi))
    fields += [SUGGESTED, f"topics: [{', '.join(topic.slug for topic in topics)}]"]
    if research_type:
        fields.append(f"research_type: {research_type.slug}")
    front = "\n".join([*fields, "status: ready"])
    text = f"---\n{front}\n---\n\n{paragraphs(found.body)}\n"
    if found.implications:
        text += f"\n## Practice Implications\n\n{paragraphs(found.implications)}\n"
    return text


def write_all(files: Sequence[tuple[Path, str]]) -> None:
    """Write files so that each is whole or as it was; if one can't be, none is written.

    Raises UsageError where a folder's name is taken by a file, OutsideError for what the disk says.
    """
    made: list[Path] = []
    staged: list[tuple[Path, Path]] = []
    try:
        for path, text in files:
            made += _make_folder(path.parent)
            staged.append((_stage(path, text), path))
        for temporary, path in staged:
            temporary.replace(path)
    except OSError as error:
        for temporary, _ in staged:
            temporary.unlink(missing_ok=True)
        for folder in reversed(made):
            with suppress(OSError):
                folder.rmdir()
        place = error.filename or files[0][0].parent
        if isinstance(error, FileExistsError | NotADirectoryError):
            raise UsageError(f"{place} is no folder", hint="name another folder") from None
        raise OutsideError(
            f"{place} can't be written: {error.strerror}", hint="nothing was written"
        ) from None


def _plan(page: Page, root: Path, taxonomy: Taxonomy) -> Iterator[_Planned]:
    for found in page.months:
        folder = root / str(found.month)
        there = {slug_of_file(p.name): p for p in summary_files(folder)} if folder.is_dir() else {}
        used: set[str] = set()
        for number, summary in enumerate(found.summaries, 1):
            slug = _free(slugify(summary.title), used)
            used.add(slug)
            path = there.get(slug, folder / f"{number:02d}-{slug}.md")
            text = "\n".join(line.text for line in (*summary.body, *summary.implications))
            topics = tuple(one.topic for one in likely_topics(taxonomy, summary.title, text))
            kind = likely_research_type(taxonomy, summary.citation or "", text)
            written = Written(found.month, path, summary, topics)
            yield _Planned(written, summary_text(summary, topics, kind))


def _free(slug: str, used: set[str]) -> str:
    names = (slug if n == 1 else f"{slug}-{n}" for n in range(1, len(used) + 2))
    return next(name for name in names if name not in used)


def _field(name: str, value: str) -> str:
    """Return one line of YAML that gives back `value` to the letter."""
    if not value:
        return f"{name}:"
    return yaml.safe_dump({name: value}, allow_unicode=True, width=float("inf")).rstrip("\n")


def _make_folder(folder: Path) -> list[Path]:
    """Make a folder and those above it; return the new ones, outermost first."""
    missing = [f for f in (folder, *folder.parents) if not f.exists()]
    for one in reversed(missing):
        one.mkdir()
    if not folder.is_dir():
        raise NotADirectoryError(0, "it is a file", str(folder))
    return missing[::-1]


def _stage(path: Path, text: str) -> Path:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        temporary.chmod(0o644)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return temporary
