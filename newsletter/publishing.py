"""From a month's folder to a frozen Mailing: load, lint, editions, freeze."""

import difflib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import Connection, Engine

from newsletter.config import Settings
from newsletter.content.taxonomy import find_topic, nearest_topic, taxonomy_of
from newsletter.errors import MailingError, UsageError
from newsletter.languages import Languages
from newsletter.message import Heading
from newsletter.model import Edition, EditionKey, Issue, Mailing, MailingState, Month
from newsletter.proofreading import check, heading, refuse_errors, sound_issue
from newsletter.rendering.clean import one_line
from newsletter.rendering.editions import edition_key, edition_key_of, every_key
from newsletter.rendering.places import languages_of
from newsletter.rendering.plain import to_words
from newsletter.rendering.render import Renderer
from newsletter.schedule import trigger
from newsletter.store import archive, audience, ledger, mailings, revisions, texts
from newsletter.store.audience import Offer
from newsletter.store.engine import reading, writing
from subscribers.model import Preferences
from subscribers.preferences import languages_asked_for

_UNDER_WAY = (MailingState.PAUSED, MailingState.SENT)
"""States in which a month can be corrected."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A month that may be sent: what it says, and every edition of it."""

    issue: Issue
    editions: Sequence[Edition]

    @property
    def topics(self) -> Sequence[frozenset[str]]:
        """The topics of each summary, by slug."""
        return [frozenset(topic.slug for topic in one.topics) for one in self.issue.summaries]

    @property
    def print(self) -> str:
        """What tells this from any other: whoever has seen it has seen what would be frozen."""
        said = repr(([sorted(slugs) for slugs in self.topics], self.editions))
        return sha256(said.encode("utf-8", "replace")).hexdigest()[:32]


def editions(issue: Issue, renderer: Renderer, languages: Sequence[str]) -> list[Edition]:
    """Render every edition that a reader of this issue can get, each once."""
    count = len(issue.summaries)
    return [renderer.render(issue, key) for one in languages for key in every_key(count, one)]


def languages(settings: Settings, connection: Connection) -> tuple[str, ...]:
    """Return what a month is made in: the newsletter's language, then what else readers ask for.

    Readers who ask for a language that we don't have get the newsletter's.
    """
    own, ours = settings.newsletter.language, languages_of(settings)
    asked = {_served(own, ours, code) for code in languages_asked_for(connection)}
    return (own, *sorted(asked - {own}))


def languages_there_are(settings: Settings) -> tuple[str, ...]:
    """Return what a month could be made in: the newsletter's language, then the others we have."""
    own, ours = settings.newsletter.language, languages_of(settings)
    return (own, *sorted({_served(own, ours, code) for code in ours.all} - {own}))


def served(settings: Settings, code: str) -> str:
    """Return the language that a reader who asks for `code` gets."""
    return _served(settings.newsletter.language, languages_of(settings), code)


def _served(own: str, ours: Languages, code: str) -> str:
    found = ours.get(code).code
    return own if found == ours.get(own).code else found


def forecast(
    settings: Settings, engine: Engine, issue: Issue, now: datetime
) -> dict[EditionKey | None, int]:
    """Return how many readers would get each edition now; None counts those who get nothing."""
    topics = [frozenset(topic.slug for topic in summary.topics) for summary in issue.summaries]
    with reading(engine) as connection:
        return _readers_of(connection, Offer(topics, languages(settings, connection)), now)


def forecast_frozen(
    engine: Engine, mailing: Mailing, now: datetime
) -> dict[EditionKey | None, int]:
    """Return the same of a month that is approved: whatever its files say by now."""
    own = Heading.from_json(mailing.heading).language
    with reading(engine) as connection:
        spoken = mailings.languages(connection, mailing.month)
        offer = Offer(mailing.topics, (own, *sorted(spoken - {own})))
        return _readers_of(connection, offer, now)


def _readers_of(
    connection: Connection, offer: Offer, now: datetime
) -> dict[EditionKey | None, int]:
    numbers: dict[EditionKey | None, int] = {}
    for group, number in audience.groups(connection, offer, now).items():
        matched, chose = group.matched, group.chose
        key = edition_key_of(len(offer.topics), matched, chose, group.mode, group.language)
        numbers[key] = numbers.get(key, 0) + number
    return numbers


def wishes(settings: Settings, topics: str) -> Preferences:
    """Return the preferences of a reader who chose some topics: slugs or names, `a,b`; none: all.

    Raises UsageError for a topic that isn't in the taxonomy, naming the nearest.
    """
    taxonomy = taxonomy_of(settings.content.root)
    chosen = set()
    for word in filter(None, (part.strip() for part in topics.split(","))):
        topic = find_topic(taxonomy, word)
        if topic is None:
            near = nearest_topic(taxonomy, word)
            hint = f"did you mean `{near.slug}`?" if near else "see content/taxonomy.toml"
            raise UsageError(f"there is no topic “{word}”", hint=hint)
        chosen.add(topic.slug)
    return Preferences(frozenset(chosen), language=settings.newsletter.language)


def edition_for(
    settings: Settings, renderer: Renderer, month: Month, wanted: Preferences
) -> Edition:
    """Render the edition of a reader with these preferences.

    Raises MailingError where nothing in the month is for them.
    """
    issue = sound_issue(settings, month)
    key = edition_key(issue, wanted, served(settings, wanted.language))
    if key is None:
        raise MailingError(
            f"nothing in {month} is for a reader with these topics",
            hint="their mode is `only`: they get no mail this month",
        )
    return renderer.render(issue, key)


def edition_called(
    settings: Settings, renderer: Renderer, month: Month, name: str, language: str = ""
) -> Edition:
    """Render the edition with a name: its code, or the words it comes from.

    `language` is the newsletter's where it is empty, or one that we don't have.
    Raises UsageError where the month has no such edition, naming the nearest.
    """
    issue = sound_issue(settings, month)
    count, wanted = len(issue.summaries), re.sub(r"[^a-z0-9]+", "-", name.strip().lower())
    spoken = served(settings, language) if language else settings.newsletter.language
    keys = {key.code(count): key for key in every_key(count, spoken)}
    if wanted not in keys:
        near = ", ".join(difflib.get_close_matches(wanted, keys, 3, 0.0))
        raise UsageError(f"{month} has no edition “{name}”", hint=f"nearest to it: {near}")
    return renderer.render(issue, keys[wanted])


def rehearse(settings: Settings, engine: Engine, renderer: Renderer, month: Month) -> Finished:
    """Return the month as it would be frozen now; nothing is written.

    Raises ContentError and RenderError for whatever keeps it from being sent.
    """
    with reading(engine) as connection:
        spoken = dict.fromkeys(languages(settings, connection))
        if (mailing := mailings.find(connection, month)) and mailing.state in _UNDER_WAY:
            spoken |= dict.fromkeys(mailings.languages(connection, month))
    return finished(settings, renderer, month, tuple(spoken))


def _refuse_unseen(ready: Finished, seen: str) -> None:
    if seen and seen != ready.print:
        raise MailingError(
            f"{ready.issue.month} has changed since you looked at it; nothing was frozen",
            hint="look at it again, then approve it",
        )


def freeze(
    settings: Settings,
    engine: Engine,
    renderer: Renderer,
    month: Month,
    now: datetime,
    *,
    seen: str = "",
) -> Mailing:
    """Load, check and render the month, keep its editions and words; return the scheduled Mailing.

    A mailing that is scheduled already is made anew from the files as they are now; one that has
    started is left alone. Nothing is written unless everything was rendered. With `seen`, the
    print of what somebody looked at, nothing else than that is frozen.
    Raises ConfigError for a schedule that can't be read, ContentError, RenderError, MailingError.
    """
    trigger(settings.schedule, settings.zone)  # what is frozen must have a time to go out
    ready = rehearse(settings, engine, renderer, month)
    _refuse_unseen(ready, seen)
    shared = heading(settings, month).to_json()
    with writing(engine) as connection:
        before = mailings.find(connection, month)
        if before is not None and before.state is not MailingState.SCHEDULED:
            raise MailingError(
                f"{month} is {before.state} already", hint=f"see `newsletter status {month}`"
            )
        if before is not None:
            mailings.remove_scheduled(connection, before.id)
        salt = secrets.token_bytes(16)
        mailing = mailings.create(connection, month, shared, ready.topics, salt, now)
        mailings.add_editions(connection, mailing.id, ready.editions)
        _keep_words(settings, connection, mailing, ready.issue, now, revision=1)
    return mailing


def freeze_again(
    settings: Settings,
    engine: Engine,
    renderer: Renderer,
    month: Month,
    now: datetime,
    note: str = "",
    *,
    seen: str = "",
) -> int:
    """Freeze a correction: the month's editions as its files are now, for who hasn't had it.

    Whoever has it, or may have it, keeps what they have. Readers are moved to the new editions
    when sending goes on; the archive shows the new words at once, with `note`. `seen` as in
    `freeze`. Returns the revision's number.
    Raises ContentError, RenderError, and MailingError unless the mailing is paused or sent.
    """
    ready = rehearse(settings, engine, renderer, month)
    _refuse_unseen(ready, seen)
    with writing(engine) as connection:
        mailing = mailings.find(connection, month)
        if mailing is None or mailing.state not in _UNDER_WAY:
            raise MailingError(
                f"{month} is {mailing.state if mailing else 'not frozen yet'}",
                hint=f"a correction is for a mailing under way: `newsletter pause {month}` first",
            )
        number = revisions.add(connection, mailing.id, ready.topics, now)
        mailings.add_editions(connection, mailing.id, ready.editions, number)
        _keep_words(settings, connection, mailing, ready.issue, now, revision=number, note=note)
    return number


def correct(settings: Settings, engine: Engine, month: Month, note: str, now: datetime) -> None:
    """Correct a month that was sent, in the archive alone: its words as the files have them now.

    `note` tells readers what was corrected. Raises ContentError, and MailingError for a month
    that isn't in the archive, that is still going out, or whose words are the archive's already.
    """
    issue = sound_issue(settings, month)
    with writing(engine) as connection:
        mailing = mailings.find(connection, month)
        if mailing is None or archive.find(connection, month) is None:
            raise MailingError(
                f"{month} is not in the archive",
                hint="what was not sent is corrected in its files, and approved again",
            )
        if mailing.state in (MailingState.SENDING, MailingState.PAUSED):
            raise MailingError(
                f"{month} is {mailing.state}: some readers have yet to get it",
                hint=f"pause it, then `newsletter approve {month} --again`: for them, and here",
            )
        if not _keep_words(settings, connection, mailing, issue, now, note=note):
            raise MailingError(
                f"the archive has the words of {month} as the files have them",
                hint="mend the files first",
            )


def missing_in_archive(engine: Engine) -> tuple[Month, ...]:
    """Return the months that readers have and the archive hasn't, the oldest first."""
    with reading(engine) as connection:
        return tuple(
            month
            for month, number in archive.missing(connection)
            if ledger.may_have_reached_anybody(connection, number)
        )


def add_to_archive(settings: Settings, engine: Engine, month: Month, now: datetime) -> None:
    """Bring a month into the archive that was sent before there was one: as its files say it now.

    Raises ContentError, and MailingError for a month that was not sent or is there already.
    """
    issue = sound_issue(settings, month)
    with writing(engine) as connection:
        mailing = mailings.find(connection, month)
        if mailing is None or not ledger.may_have_reached_anybody(connection, mailing.id):
            raise MailingError(f"{month} was not sent", hint="it comes into the archive when it is")
        if archive.newest(connection, mailing.id) is not None:
            raise MailingError(
                f"{month} is in the archive", hint=f"`newsletter archive correct {month}` mends it"
            )
        _keep_words(settings, connection, mailing, issue, now, revision=1)


def _keep_words(
    settings: Settings,
    connection: Connection,
    mailing: Mailing,
    issue: Issue,
    now: datetime,
    *,
    revision: int | None = None,
    note: str = "",
) -> bool:
    """Keep what the month says, for the archive; return whether it is new."""
    plain = [f"{to_words(one.body)} {to_words(one.implications)}" for one in issue.summaries]
    kept = (issue, plain, settings.newsletter.language, now)
    return texts.keep(connection, mailing.id, *kept, revision=revision, note=one_line(note))


def finished(
    settings: Settings, renderer: Renderer, month: Month, spoken: Sequence[str]
) -> Finished:
    """Return a month that may be sent, with its editions in each of the languages.

    Raises ContentError and RenderError for whatever keeps it from being sent.
    """
    issue = sound_issue(settings, month)
    refuse_errors(month, check(settings, month))
    return Finished(issue, editions(issue, renderer, spoken))
