"""What a page of the studio shows: an edition, for whom, who gets it, and what is to be said."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from newsletter import proofreading, publishing
from newsletter.bootstrap import App
from newsletter.errors import NewsletterError
from newsletter.model import Finding, Issue, Month
from newsletter.rendering.editions import edition_key
from newsletter.store.engine import reading
from newsletter.studio import census
from newsletter.studio.census import Census
from newsletter.studio.editions import EVERYTHING
from newsletter.studio.gallery import Gallery, View
from newsletter.studio.later import Known, Later
from newsletter.studio.people import LISTED, SAMPLES, USUAL, Listed, Person, listed
from newsletter.studio.remarks import Remark, findings_of, remarks
from newsletter.studio.wish import Wish

_FIRST, _GLANCE = 1.0, 0.03
"""Seconds that a page waits for findings: at first, and where earlier ones can stand meanwhile."""

_PICTURE_FIRST = 0.25
"""Seconds that the checks wait after a change: the picture is made by the same processor."""

_COUNTING = 0.1
"""Seconds that a page waits for the number of readers."""

_FRESH = 5.0
"""Seconds after which readers are counted anew."""

Findings = tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Visit:
    """A view, in which language it was asked for, for whom, and what is to be said of it.

    `readers` is None where they are not counted yet, or can't be. `checked` says that the remarks
    are all there are; `note` what becomes of a reader on the list.
    """

    view: View
    language: str
    person: Person
    readers: Census | None
    remarks: tuple[Remark, ...]
    checked: bool
    note: str = ""


class Visits:
    """Makes visits to a gallery. `tell` is called when something is known that a page went without.

    Findings and numbers of readers take their time: they are worked out beside the pages.
    """

    def __init__(self, gallery: Gallery, tell: Callable[[], None]) -> None:
        self._gallery = gallery
        self._checks: Later[Findings] = Later(tell, always=True)
        self._filter: Later[Findings] = Later(tell, always=False)
        self._census: Later[Census | None] = Later(tell, always=False)

    def close(self) -> None:
        """Finish what is under way."""
        self._checks.close()
        self._filter.close()
        self._census.close()

    def visit(self, month: Month, wish: Wish, patience: float | None = None) -> Visit:
        """Return what a page shows that was asked for with `wish`.

        `patience` is how many seconds to wait for the checks; None: as long as suits a picture.
        """
        person, code, language, note = self.who(month, wish)
        view = self._gallery.look(month, code, language)
        readers = self._readers(view.picture.issue) if view.picture else None
        found = self._findings(month, view, patience)
        filtered = self._filter.known(month, view.version) or ()
        told = remarks((*_together(view, found), *filtered), self._gallery.app.settings)
        return Visit(view, language, person, readers, told, found.current, note)

    def filtered(self, month: Month, patience: float) -> None:
        """Ask the spam filter about a month as it is now; visits tell what it said from then on."""
        app, view = self._gallery.app, self._gallery.look(month)
        if app.settings.checks.spam == "auto" and view.current:
            self._filter.ask(month, view.version, partial(_filtered, app, month), patience)

    def person(self, wish: Wish) -> Person:
        """Return whom a letter is filled for."""
        guest = self._guest(wish)
        return guest.person if isinstance(guest, Listed) else _sample(wish)

    def who(self, month: Month, wish: Wish) -> tuple[Person, str, str, str]:
        """Return the person, an edition's code, its language, what becomes of one on the list."""
        guest = self._guest(wish)
        if not isinstance(guest, Listed):
            return _sample(wish), wish.edition or EVERYTHING, wish.language, guest
        code, note = self._own(month, guest)
        language = publishing.served(self._gallery.app.settings, guest.preferences.language)
        return guest.person, wish.edition or code, wish.language or language, note

    def _guest(self, wish: Wish) -> Listed | str:
        """Return the reader on the list that is asked for, or why there is none."""
        if wish.reader != LISTED or not wish.address:
            return ""
        app = self._gallery.app
        try:
            with reading(app.engine) as connection:
                found = listed(connection, wish.address, app.clock.now())
        except NewsletterError as error:
            return f"The list can’t be read: {error.message}."
        return found or f"Nobody on the list has the address {wish.address}."

    def _own(self, month: Month, guest: Listed) -> tuple[str, str]:
        """Return the code of a reader's own edition, and what becomes of them."""
        picture, who = self._gallery.look(month).picture, guest.person.email
        if picture is None:
            return EVERYTHING, ""
        key = edition_key(picture.issue, guest.preferences, guest.preferences.language)
        if guest.standing != "active":
            note = f"{who} gets no letter: {guest.standing}."
        elif key is None:
            note = f"{who} gets no letter: nothing is on their topics, and they want nothing else."
        else:
            topics = ", ".join(sorted(guest.preferences.topics)) or "all"
            note = f"{who} gets: {key.in_words(picture.count)}. Their topics: {topics}."
        return (key.code(picture.count) if key else EVERYTHING), note

    def _readers(self, issue: Issue) -> Census | None:
        app = self._gallery.app
        topics = tuple(one.topics for one in issue.summaries)
        version = (topics, int(app.clock.now().timestamp() / _FRESH))
        work = partial(census.count, app, issue)
        return self._census.ask(issue.month, version, work, _COUNTING).answer

    def _findings(self, month: Month, view: View, patience: float | None) -> Known[Findings]:
        """Return what the checks say of the month; what they said before while they are at it."""
        known = self._checks.knows(month)
        if patience is None:
            patience = _GLANCE if known else _FIRST
        work = partial(_check, self._gallery.app, month, _PICTURE_FIRST if known else 0.0)
        return self._checks.ask(month, view.version, work, patience)


def _sample(wish: Wish) -> Person:
    return SAMPLES.get(wish.reader, SAMPLES[USUAL])


def _check(app: App, month: Month, pause: float) -> Findings:
    time.sleep(pause)
    try:
        return proofreading.check(app.settings, month)
    except (NewsletterError, OSError) as error:
        return findings_of(error)


def _filtered(app: App, month: Month) -> Findings:
    return tuple(proofreading.ask_filter(app.settings, month))


def _together(view: View, found: Known[Findings]) -> Findings:
    """Return what is to be said now, errors as they are, whatever the checks said before."""
    if found.current:
        own = () if view.current else view.findings
        return tuple(dict.fromkeys((*own, *(found.answer or ()))))
    errors = tuple(one for one in view.findings if one.level == "error")
    before = found.answer if found.answer is not None else view.findings
    rest = (one for one in before if one.level != "error" or not one.file)
    return tuple(dict.fromkeys((*errors, *rest)))
