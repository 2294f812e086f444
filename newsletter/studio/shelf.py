"""The months as the studio lists them: state, what is ready, what is wrong, when each goes out."""

from calendar import month_name
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from newsletter.bootstrap import App
from newsletter.content.months import list_months, read_month
from newsletter.content.taxonomy import FILE, taxonomy_of
from newsletter.errors import ConfigError, NewsletterError
from newsletter.model import Finding, MailingState, Month
from newsletter.schedule import goes_out
from newsletter.store import mailings
from newsletter.store.engine import reading


@dataclass(frozen=True, slots=True)
class Counts:
    """Summaries that are ready, drafts, and errors in a month's files."""

    ready: int = 0
    drafts: int = 0
    errors: int = 0

    def __str__(self) -> str:
        drafts = f"{self.drafts} draft{'s' * (self.drafts != 1)}"
        return " · ".join([f"{self.ready} ready", *([drafts] if self.drafts else [])])


@dataclass(frozen=True, slots=True)
class Entry:
    """One month: the state of its mailing (empty where it isn't known), and what its files hold.

    `due` is when it goes out, in the newsletter's zone; None where it has gone, or it is too late.
    """

    month: Month
    state: str
    counts: Counts
    due: datetime | None = None

    @property
    def words(self) -> str:
        """The month in words: `January 2021`."""
        return f"{month_name[self.month.number]} {self.month.year}"


def entries(app: App) -> tuple[tuple[Entry, ...], tuple[Finding, ...]]:
    """Return every month, newest first, and why the states are not known, where they aren't.

    Raises NewsletterError and OSError where the months can't be read.
    """
    months = list_months(app.settings.content.root)
    states, findings = _states(app)
    unsent = "" if findings else MailingState.DRAFT.value
    listed = []
    for month in reversed(months):
        state = states.get(month, unsent)
        waits = state in ("", MailingState.DRAFT, MailingState.SCHEDULED)
        due = _due(app, month) if waits else None
        listed.append(Entry(month, state, _counts(app, month), due))
    return tuple(listed), findings


def _states(app: App) -> tuple[Mapping[Month, str], tuple[Finding, ...]]:
    """Return how the months' mailings stand; a warning where the database can't be asked."""
    try:
        with reading(app.engine) as connection:
            return {one.month: one.state.value for one in mailings.all_of(connection)}, ()
    except NewsletterError as error:
        message = f"the months' states are not known: {error.message}"
        return {}, (Finding("warning", "database", message, hint=error.hint),)


def _due(app: App, month: Month) -> datetime | None:
    """Return when a month goes out; None where it is too late, or the schedule can't be read."""
    try:
        return goes_out(app.settings.schedule, app.settings.zone, month, app.clock.now())
    except ConfigError:
        return None


def _counts(app: App, month: Month) -> Counts:
    """Count what a month holds; nothing where it can't be read, as the month itself will say."""
    root, author = app.settings.content.root, app.settings.content.author
    try:
        files = (*sorted((root / str(month)).iterdir()), root / FILE)
        return _counted(root, month, author, tuple(_state(files)))
    except (NewsletterError, OSError):
        return Counts()


def _state(files: tuple[Path, ...]) -> Iterator[tuple[str, int, int]]:
    """Yield of each file what changes when it is saved."""
    for path in files:
        if path.is_file():
            state = path.stat()
            yield path.name, state.st_mtime_ns, state.st_size


@lru_cache(maxsize=1024)
def _counted(
    root: Path, month: Month, author: str, _state: tuple[tuple[str, int, int], ...]
) -> Counts:
    folder = read_month(root, month, taxonomy_of(root), author=author)
    errors = sum(one.level == "error" for one in folder.findings)
    return Counts(len(folder.issue.summaries), len(folder.drafts), errors)
