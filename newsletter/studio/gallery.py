"""Months and editions as the files have them now, rendered when asked for.

What fails leaves the last good picture in its place. One thing at a time, under one lock: the
pages are asked for from several threads.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from newsletter import config, publishing
from newsletter.bootstrap import App
from newsletter.clock import Clock
from newsletter.config import Settings
from newsletter.content.months import MonthFolder, list_months
from newsletter.errors import ContentError, NewsletterError
from newsletter.model import Finding, Issue, MailingState, Month
from newsletter.rendering.places import template_folders
from newsletter.rendering.render import Renderer
from newsletter.store import mailings
from newsletter.store.engine import reading
from newsletter.studio.editions import choices, choose
from newsletter.studio.picture import Picture
from newsletter.studio.remarks import Remark, findings_of, remarks


@dataclass(frozen=True, slots=True)
class View:
    """What there is to see of a month: a picture, perhaps an old one, and what is to be said.

    `current` says that the picture was made from the files as they are.
    """

    picture: Picture | None
    remarks: tuple[Remark, ...]
    current: bool


@dataclass(frozen=True, slots=True)
class Shelf:
    """All months, newest first, each with the state of its mailing.

    `remarks` say why there are none (an error), or why the states are not known (a warning).
    """

    name: str
    months: dict[Month, str]
    remarks: tuple[Remark, ...] = ()

    @property
    def unreadable(self) -> bool:
        """Whether something hides the months."""
        return any(one.level == "error" for one in self.remarks)


class Gallery:
    """The pictures of one site. Raises ConfigError where its settings are wrong at the start."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock
        self._app = App(config.load(path), clock)
        self._renderer = self._app.renderer
        self._trouble: NewsletterError | None = None
        self._lock = threading.Lock()
        self._saved = self._read = 0
        self._views: dict[tuple[Month, str], View] = {}
        self._good: dict[tuple[Month, str], Picture] = {}
        self._latest: dict[Month, Picture] = {}

    def close(self) -> None:
        """Let go of the database."""
        self._app.close()

    def forget(self) -> None:
        """Read everything again when it is next asked for: a file was saved. Never waits."""
        self._saved += 1

    def places(self) -> tuple[Path, ...]:
        """Return the files and folders that pictures are made of, whether they are there or not."""
        settings = self._app.settings
        return (self._path, settings.content.root, *template_folders(settings.site))

    def look(self, month: Month, code: str = "") -> View:
        """Return a month's edition; of an unknown code, everything in full."""
        with self._lock:
            self._follow()
            if (month, code) not in self._views:
                self._views[month, code] = self._view(month, code)
            return self._views[month, code]

    def shelf(self) -> Shelf:
        """Return the months there are."""
        with self._lock:
            self._follow()
            name = self._app.settings.newsletter.name
            try:
                months = list_months(self._app.settings.content.root)
            except (NewsletterError, OSError) as error:
                return Shelf(name, {}, self._remarks(findings_of(error)))
            states, findings = _states(self._app)
            unsent = "" if findings else MailingState.DRAFT
            shelved = {month: states.get(month, unsent) for month in reversed(months)}
            return Shelf(name, shelved, self._remarks(findings))

    def _follow(self) -> None:
        """Take over what was saved. Templates are found anew too: one may hide another now."""
        if self._read == self._saved:
            return
        self._read = self._saved
        self._views.clear()
        self._trouble = None
        try:
            settings = config.load(self._path)
        except NewsletterError as error:
            self._trouble = error
            return
        if settings != self._app.settings:
            self._app.close()
            self._app = App(settings, self._clock)
        self._renderer = Renderer(settings)

    def _view(self, month: Month, code: str) -> View:
        try:
            picture, findings = self._render(month, code)
        except (NewsletterError, OSError) as error:
            kept = self._good.get((month, code)) or self._latest.get(month)
            return View(kept, self._remarks(findings_of(error)), current=False)
        self._good[month, picture.choice.code] = self._latest[month] = picture
        return View(picture, self._remarks(findings), current=True)

    def _render(self, month: Month, code: str) -> tuple[Picture, tuple[Finding, ...]]:
        """Return the picture and what the checks say of it. Raises NewsletterError, OSError."""
        if self._trouble:
            raise self._trouble
        settings = self._app.settings
        folder = publishing.load(settings, month)
        issue = _sound(settings, folder)
        count = len(issue.summaries)
        found = choices(count, settings.newsletter.language)
        choice = choose(found, code)
        edition = self._renderer.render(issue, choice.key)
        heading = publishing.heading(settings, month)
        now = self._clock.now().astimezone(settings.zone)
        picture = Picture(choice, found, count, edition, heading, now)
        return picture, publishing.check(settings, month)

    def _remarks(self, findings: tuple[Finding, ...]) -> tuple[Remark, ...]:
        return remarks(findings, self._app.settings.site)


def _sound(settings: Settings, folder: MonthFolder) -> Issue:
    """Return the folder's Issue. Raises ContentError, with warnings too, where it can't be sent."""
    try:
        return publishing.sound_issue(settings, folder.issue.month)
    except ContentError as error:
        raise ContentError(error.message, folder.findings, hint=error.hint) from None


def _states(app: App) -> tuple[Mapping[Month, str], tuple[Finding, ...]]:
    """Return how the months' mailings stand; a warning where the database can't be asked."""
    try:
        with reading(app.engine) as connection:
            return {one.month: one.state.value for one in mailings.all_of(connection)}, ()
    except NewsletterError as error:
        message = f"the months' states are not known: {error.message}"
        return {}, (Finding("warning", "database", message, hint=error.hint),)
