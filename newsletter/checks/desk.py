"""Everything that a check of a month may look at."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from newsletter.checks.codes import CODES
from newsletter.checks.papers import Paper
from newsletter.config import Settings
from newsletter.content.months import MonthFolder
from newsletter.content.places import shown
from newsletter.model import Finding, Issue, Level, Month, Taxonomy


@dataclass(frozen=True, slots=True)
class Desk:
    """A month and its surroundings. `earlier` are the months before it, `today` the day of now."""

    settings: Settings
    taxonomy: Taxonomy
    folder: MonthFolder
    papers: tuple[Paper, ...]
    earlier: tuple[Month, ...]
    today: date

    @property
    def issue(self) -> Issue:
        """What would be sent."""
        return self.folder.issue

    @property
    def summaries(self) -> tuple[Paper, ...]:
        """The files of summaries that could be read as such."""
        return tuple(paper for paper in self.papers if paper.summary)

    @property
    def own(self) -> Paper | None:
        """The month's own file, `issue.md`."""
        return next((paper for paper in self.papers if paper.is_issue), None)


def found(
    code: str,
    message: str,
    place: tuple[Path | str, int | None] | None = None,
    hint: str = "",
    *,
    level: Level | None = None,
    column: int | None = None,
) -> Finding:
    """Return a finding at a place that is no paper: a folder, a template, a setting, or nowhere."""
    file, line = place or ("", None)
    named = shown(Path(file)) if file else ""
    return Finding(level or CODES[code].level, code, message, named, line, hint, column)
