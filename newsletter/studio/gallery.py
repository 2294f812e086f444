"""Months and editions as the files have them now, rendered when asked for.

What fails leaves the last good picture in its place. One thing at a time, under one lock: the
pages are asked for from several threads.
"""

import threading
from dataclasses import dataclass
from pathlib import Path

from newsletter import config, proofreading, publishing
from newsletter.bootstrap import App
from newsletter.clock import Clock
from newsletter.content.months import MonthFolder
from newsletter.errors import ContentError, NewsletterError
from newsletter.model import Finding, Issue, Month
from newsletter.rendering.places import template_folders
from newsletter.sending.trial import since
from newsletter.studio import shelf
from newsletter.studio.editions import EVERYTHING, choices, choose
from newsletter.studio.picture import Picture
from newsletter.studio.remarks import Remark, findings_of, remarks
from newsletter.studio.shelf import Entry

_Place = tuple[Month, str, str]
"""A month, the code of an edition, and its language."""


@dataclass(frozen=True, slots=True)
class View:
    """What there is to see of a month: a picture, perhaps an old one, and what its files say.

    `current` says that the picture was made from the files as they are; where it wasn't, some of
    the findings say why. `version` is that of the files.
    """

    picture: Picture | None
    findings: tuple[Finding, ...]
    current: bool
    version: int


@dataclass(frozen=True, slots=True)
class Shelf:
    """All months, newest first. `remarks` say why there are none, or what isn't known of them."""

    name: str
    entries: tuple[Entry, ...] = ()
    remarks: tuple[Remark, ...] = ()

    @property
    def months(self) -> tuple[Month, ...]:
        """The months alone."""
        return tuple(one.month for one in self.entries)

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
        self._trouble: NewsletterError | None = None
        self._lock = threading.Lock()
        self._saved = self._read = 0
        self._views: dict[_Place, View] = {}
        self._good: dict[_Place, Picture] = {}
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

    @property
    def app(self) -> App:
        """The application, with the settings as they were last good, and the templates of now."""
        with self._lock:
            self._follow()
            return self._app

    def look(self, month: Month, code: str = EVERYTHING, language: str = "") -> View:
        """Return a month's edition; of an unknown code, everything in full.

        `language` is the newsletter's where it is empty, or one that we don't have.
        """
        place = (month, code, language)
        with self._lock:
            self._follow()
            if place not in self._views:
                self._views[place] = self._view(place)
            return self._views[place]

    def shelf(self) -> Shelf:
        """Return the months there are."""
        app = self.app
        settings, name = app.settings, app.settings.newsletter.name
        try:
            found, findings = shelf.entries(app)
        except (NewsletterError, OSError) as error:
            return Shelf(name, remarks=remarks(findings_of(error), settings))
        return Shelf(name, found, remarks(findings, settings))

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
        if settings.database.url == self._app.settings.database.url:
            self._app = self._app.renewed(settings)
        else:
            self._app.close()
            self._app = App(settings, self._clock)

    def _view(self, place: _Place) -> View:
        month, _, language = place
        try:
            picture, findings = self._render(*place)
        except (NewsletterError, OSError) as error:
            kept = self._good.get(place) or self._latest.get(month)
            return View(kept, findings_of(error), False, self._read)
        self._good[month, picture.choice.code, language] = self._latest[month] = picture
        return View(picture, findings, True, self._read)

    def _render(
        self, month: Month, code: str, language: str
    ) -> tuple[Picture, tuple[Finding, ...]]:
        """Return the picture, and what is to be said of its files.

        Raises NewsletterError and OSError.
        """
        if self._trouble:
            raise self._trouble
        settings = self._app.settings
        folder = proofreading.load(settings, month)
        issue = _sound(folder)
        spoken = publishing.served(settings, language or settings.newsletter.language)
        found = choices(len(issue.summaries), spoken)
        choice = choose(found, code)
        edition = self._app.renderer.render(issue, choice.key)
        heading = proofreading.heading(settings, month)
        now = self._clock.now().astimezone(settings.zone)
        asked = since(self._app.languages, edition)
        return Picture(issue, choice, found, edition, heading, now, asked), folder.findings


def _sound(folder: MonthFolder) -> Issue:
    """Return the folder's Issue. Raises ContentError, with warnings too, where it can't be sent."""
    try:
        return proofreading.sound(folder)
    except ContentError as error:
        raise ContentError(error.message, folder.findings, hint=error.hint) from None
