"""Months as the studio shows them, rendered when asked for and kept until a file changes."""

import threading
from dataclasses import dataclass
from pathlib import Path

from newsletter import publishing
from newsletter.bootstrap import App
from newsletter.content.months import list_months
from newsletter.model import Edition, EditionKey, Finding, Month
from newsletter.sending.trial import sample_reader
from newsletter.slots import Values, fill_html, fill_text


@dataclass(frozen=True, slots=True)
class Picture:
    """A month with all its editions, a made-up reader's values, and what the checks say."""

    editions: tuple[Edition, ...]
    labels: tuple[str, ...]
    values: Values
    findings: tuple[Finding, ...]

    def documents(self, number: int) -> dict[str, str]:
        """Return one edition as a reader sees it, by form."""
        edition = self.editions[number]
        html = fill_html(edition.html, self.values)
        text = fill_text(edition.text, self.values)
        return {"html": html, "text": text, "mjml": edition.mjml}


class Gallery:
    """Pictures by month. Rendering is one at a time: premailer is not safe in threads."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._lock = threading.Lock()
        self._pictures: dict[Month, Picture] = {}

    def months(self) -> tuple[Month, ...]:
        """Return the months there are, oldest first."""
        return list_months(self._app.settings.content.root)

    def folders(self) -> tuple[Path, ...]:
        """Return the folders whose files matter."""
        own = (self._app.settings.content.root, self._app.settings.site / "templates")
        return tuple(path for path in own if path.is_dir())

    def forget(self) -> None:
        """Let go of everything: a file has changed."""
        with self._lock:
            self._pictures.clear()

    def picture(self, month: Month) -> Picture:
        """Return the month's picture. Raises ContentError and RenderError."""
        with self._lock:
            if month not in self._pictures:
                self._pictures[month] = self._render(month)
            return self._pictures[month]

    def _render(self, month: Month) -> Picture:
        settings = self._app.settings
        issue = publishing.sound_issue(settings, month)
        language = settings.newsletter.language
        editions = publishing.editions(issue, self._app.renderer, language)
        everything = EditionKey(tuple(range(len(issue.summaries))), (), language)
        ordered = sorted(editions, key=lambda one: (one.key != everything, one.key))
        labels = tuple(one.key.in_words(len(issue.summaries)) for one in ordered)
        heading = publishing.heading(settings, month)
        reader = sample_reader(heading, "reader@example.org", "Ada Everard", 0, b"preview")
        found = publishing.load(settings, month).findings
        found += tuple(self._app.renderer.check(issue, everything))
        return Picture(tuple(ordered), labels, reader.values, found)
