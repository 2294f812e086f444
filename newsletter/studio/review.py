"""What somebody looks at before they approve a month: what changed, who gets what, when it goes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection

from newsletter import proofreading, publishing
from newsletter.bootstrap import App
from newsletter.errors import ConfigError
from newsletter.model import EditionKey, Mailing, MailingState, Month
from newsletter.publishing import Finished
from newsletter.rendering.editions import edition_key_of
from newsletter.schedule import goes_out
from newsletter.store import archive, audience, leases, mailings, revisions
from newsletter.store.audience import Offer
from newsletter.store.engine import reading
from newsletter.store.lineage import parents_of
from newsletter.studio.census import Census
from newsletter.studio.changes import Part, parts


class Act(StrEnum):
    """What can be approved."""

    FIRST = "first"
    """Nothing is frozen yet."""
    ANEW = "anew"
    """The month is frozen and waits: its newer text takes the place of the older."""
    CORRECTION = "correction"
    """The month is under way: for whoever hasn't had it."""
    NOTHING = "nothing"
    """It is being sent, or was cancelled."""


_ACTS: Mapping[MailingState, Act] = {
    MailingState.SCHEDULED: Act.ANEW,
    MailingState.PAUSED: Act.CORRECTION,
    MailingState.SENT: Act.CORRECTION,
}


@dataclass(frozen=True, slots=True)
class Review:
    """A month as it would be frozen now. `print` tells it from any other.

    `since` is the last approval, `parts` what the words have changed since; `looks` says that the
    same words would look otherwise, `heading` that sender or links would. `readers` are those who
    would get it now, of a correction those who haven't had it. `due` may be past (`late`): then it
    goes as soon as the service looks; None: by hand. `minded` says whether a service runs.
    """

    act: Act
    state: str
    print: str
    subject: str
    titles: tuple[str, ...]
    language: str
    readers: Census
    due: datetime | None
    late: bool
    minded: bool
    since: datetime | None = None
    parts: tuple[Part, ...] = ()
    looks: bool = False
    heading: bool = False

    @property
    def reached(self) -> int:
        """How many readers would get a letter."""
        return sum(number for key, number in self.readers.items() if key)

    @property
    def rows(self) -> Sequence[tuple[EditionKey | None, int]]:
        """The readers of each edition, the most first."""
        return sorted(self.readers.items(), key=lambda row: -row[1])

    @property
    def unchanged(self) -> bool:
        """Whether it was approved just as it is."""
        return self.since is not None and not (self.parts or self.looks or self.heading)


@dataclass(frozen=True, slots=True)
class _Since:
    """What is different from what was frozen last."""

    since: datetime | None = None
    parts: tuple[Part, ...] = ()
    looks: bool = False
    heading: bool = False


def review(app: App, month: Month) -> Review:
    """Look at a month as it would be frozen now; nothing is written.

    Raises ContentError and RenderError for whatever keeps it from being sent, DatabaseError.
    """
    ready, now = publishing.rehearse(app.settings, app.engine, app.renderer, month), app.clock.now()
    with reading(app.engine) as connection:
        mailing = mailings.find(connection, month)
        minded = leases.holder_of(connection, leases.SERVICE, now) is not None
        before = _since(app, connection, mailing, ready) if mailing else _Since()
    act = _ACTS.get(mailing.state, Act.NOTHING) if mailing else Act.FIRST
    waits = act in (Act.FIRST, Act.ANEW)
    due = _due(app, month) if waits else None
    letter = max(ready.editions, key=lambda one: len(one.key.full))
    return Review(
        act=act,
        state=mailing.state if mailing else MailingState.DRAFT,
        print=ready.print,
        subject=letter.subject,
        titles=tuple(one.title for one in ready.issue.summaries),
        language=app.settings.newsletter.language,
        readers=_readers(app, mailing, ready, waits=waits),
        due=due,
        late=due is not None and due <= now,
        minded=minded,
        since=before.since,
        parts=before.parts,
        looks=before.looks,
        heading=before.heading,
    )


def _readers(app: App, mailing: Mailing | None, ready: Finished, *, waits: bool) -> Census:
    """Count who would get each edition: everybody, or those who haven't had it."""
    if waits or mailing is None:
        return publishing.forecast(app.settings, app.engine, ready.issue, app.clock.now())
    count, numbers = len(ready.issue.summaries), dict[EditionKey | None, int]()
    offer = Offer(ready.topics, list(dict.fromkeys(one.key.language for one in ready.editions)))
    with reading(app.engine) as connection:
        found = audience.groups_without(connection, mailing.id, offer)
    for group, number in found.items():
        key = edition_key_of(count, group.matched, group.chose, group.mode, group.language)
        numbers[key] = numbers.get(key, 0) + number
    return numbers


def _since(app: App, connection: Connection, mailing: Mailing, ready: Finished) -> _Since:
    kept = archive.approved(connection, mailing.id)
    if kept is None:
        return _Since(mailing.created_at, looks=True)
    pairs = parents_of(kept.summaries, ready.issue.summaries)
    changed = parts(kept.issue, ready.issue, {slug: one.summary for slug, one in pairs.items()})
    frozen = {one.key: one for one in mailings.editions(connection, mailing.id).values()}
    since = revisions.newest(connection, mailing.id) or mailing.created_at
    return _Since(
        since=since.astimezone(app.settings.zone),
        parts=changed,
        looks=not changed and any(frozen.get(one.key) != one for one in ready.editions),
        heading=proofreading.heading(app.settings, mailing.month).to_json() != mailing.heading,
    )


def _due(app: App, month: Month) -> datetime | None:
    try:
        return goes_out(app.settings.schedule, app.settings.zone, month, app.clock.now())
    except ConfigError:
        return None
