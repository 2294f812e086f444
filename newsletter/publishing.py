"""From a month's folder to a frozen Mailing: load, lint, editions, freeze."""

import difflib
import re
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256

from sqlalchemy import Connection, Engine

from newsletter.checks.desk import Desk
from newsletter.checks.papers import read_papers
from newsletter.checks.run import check_files, check_letters
from newsletter.checks.silence import silenced
from newsletter.checks.site import failure
from newsletter.config import Settings
from newsletter.content.months import MonthFolder, check_month, list_months
from newsletter.content.taxonomy import find_topic, nearest_topic, taxonomy_of
from newsletter.errors import ConfigError, ContentError, MailingError, UsageError
from newsletter.languages import Languages
from newsletter.message import Heading, ascii_address
from newsletter.model import Edition, EditionKey, Finding, Issue, Mailing, MailingState, Month
from newsletter.rendering.clean import one_line
from newsletter.rendering.editions import edition_key, edition_key_of, every_key
from newsletter.rendering.places import languages_of
from newsletter.rendering.plain import to_words
from newsletter.rendering.render import Renderer
from newsletter.store import archive, audience, mailings, revisions, texts
from newsletter.store.audience import Offer
from newsletter.store.engine import reading, writing
from subscribers.model import Preferences
from subscribers.preferences import languages_asked_for

_UNDER_WAY = (MailingState.PAUSED, MailingState.SENT)
"""States in which a month can be corrected."""

MOST_SUMMARIES = 8
"""With more, the editions would be too many to render beforehand, and the letter too long."""


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


def load(settings: Settings, month: Month) -> MonthFolder:
    """Read a month with everything the content checks have to say."""
    content = settings.content
    taxonomy = taxonomy_of(content.root)
    return check_month(
        content.root,
        month,
        taxonomy,
        author=content.author,
        minimum=content.min_summaries,
        maximum=content.max_summaries,
    )


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
    count = len(issue.summaries)
    topics = [frozenset(topic.slug for topic in summary.topics) for summary in issue.summaries]
    numbers: dict[EditionKey | None, int] = {}
    with reading(engine) as connection:
        offer = Offer(topics, languages(settings, connection))
        for group, number in audience.groups(connection, offer, now).items():
            key = edition_key_of(count, group.matched, group.chose, group.mode, group.language)
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


def check(
    settings: Settings,
    month: Month,
    today: date | None = None,
    *,
    online: bool = False,
    filtered: bool = False,
) -> tuple[Finding, ...]:
    """Return all findings about a month: its files, and the letters made of them.

    What an editor has silenced is left out. With `online` links and DOIs are asked for; else
    nothing leaves this machine. With `filtered` the spam filter is asked too: it takes seconds.
    """
    try:
        desk = desk_of(settings, month, today)
    except ConfigError as error:
        return (failure(error),)
    findings = [*desk.folder.findings, *_too_many(desk.issue), *check_files(desk)]
    if desk.issue.summaries:
        findings += check_issue(settings, desk.issue, filtered=filtered)
    if online:
        findings += ask_online(desk)
    return tuple(silenced(findings, desk.papers, desk.issue.path))


def check_issue(settings: Settings, issue: Issue, *, filtered: bool = False) -> list[Finding]:
    """Return what is wrong with the letters that an issue makes, whatever its files are like."""
    try:
        shared = heading(settings, issue.month)
    except ConfigError as error:
        return [failure(error)]
    return check_letters(settings, Renderer(settings), issue, shared, filtered=filtered)


def ask_online(desk: Desk) -> list[Finding]:
    """Return what the web says of a month's links and DOIs."""
    from newsletter.checks import online  # its HTTP client takes long to read, and few ask

    return online.check(desk)


def desk_of(settings: Settings, month: Month, today: date | None = None) -> Desk:
    """Read a month and its surroundings for the checks."""
    folder = load(settings, month)
    return Desk(
        settings=settings,
        taxonomy=taxonomy_of(settings.content.root),
        folder=folder,
        papers=read_papers(folder),
        earlier=tuple(one for one in list_months(settings.content.root) if one < month),
        today=today or datetime.now(UTC).date(),
    )


def _too_many(issue: Issue) -> Iterator[Finding]:
    count = len(issue.summaries)
    if count > MOST_SUMMARIES:
        message = f"{count} summaries are ready; at most {MOST_SUMMARIES} can go in one letter"
        yield Finding("error", "too-many", message, hint="move some to another month")


def _refuse_errors(month: Month, findings: Iterable[Finding]) -> None:
    errors = [finding for finding in findings if finding.level == "error"]
    if errors:
        first, count = errors[0], len(errors)
        place = f"{first.file}:{first.line}: " if first.line else ""
        raise ContentError(
            f"{month} has {count} error{'s' * (count != 1)}: {place}{first.message}",
            errors,
            hint=f"run `newsletter check {month}`",
        )


def sound_issue(settings: Settings, month: Month) -> Issue:
    """Return the month's Issue. Raises ContentError, with the findings, where it can't be sent."""
    return sound(load(settings, month))


def sound(folder: MonthFolder) -> Issue:
    """Return a folder's Issue. Raises ContentError, with the findings, where it can't be sent."""
    month, count = folder.issue.month, len(folder.issue.summaries)
    _refuse_errors(month, folder.findings)
    if count == 0:
        raise ContentError(
            f"{month} has no summary that is ready",
            folder.findings,
            hint="set `status: ready` in the summaries that may go out",
        )
    _refuse_errors(month, _too_many(folder.issue))
    return folder.issue


def heading(settings: Settings, month: Month) -> Heading:
    """Return what every message of the month shares."""
    own = settings.newsletter
    sender = ascii_address(own.from_)
    if sender is None:
        raise ConfigError(
            f"newsletter.from: “{own.from_}” is not an address mail can come from",
            hint="write it like digest@example.org",
        )
    domain = sender.rpartition("@")[2]
    return Heading(
        from_name=own.name,
        from_address=sender,
        reply_to=own.reply_to,
        list_id=own.list_id or f"digest.{domain}",
        list_name=own.name,
        public_url=own.public_url.rstrip("/"),
        unsubscribe_address=settings.subscriptions.unsubscribe_address or sender,
        language=own.language,
        month=str(month),
        domain=domain,
    )


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
    Raises ContentError, RenderError, MailingError.
    """
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
    _refuse_errors(month, check(settings, month))
    return Finished(issue, editions(issue, renderer, spoken))
