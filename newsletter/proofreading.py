"""What a month's files say, and what is wrong with them: all that needs no database."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime

from newsletter.checks.desk import Desk
from newsletter.checks.papers import read_papers
from newsletter.checks.run import check_files, check_letters, filtered_letter
from newsletter.checks.silence import silenced
from newsletter.checks.site import failure
from newsletter.config import Settings
from newsletter.content.months import MonthFolder, check_month, list_months
from newsletter.content.taxonomy import taxonomy_of
from newsletter.errors import ConfigError, ContentError, NewsletterError
from newsletter.message import Heading, ascii_address
from newsletter.model import Finding, Issue, Month
from newsletter.rendering.render import Renderer

MOST_SUMMARIES = 8
"""With more, the editions would be too many to render beforehand, and the letter too long."""


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


def ask_filter(settings: Settings, month: Month) -> list[Finding]:
    """Return what the spam filter has against the letter, where there is one: it takes seconds."""
    try:
        desk, shared = desk_of(settings, month), heading(settings, month)
        found = list(filtered_letter(settings, Renderer(settings), desk.issue, shared))
        return list(silenced(found, desk.papers, desk.issue.path))
    except (NewsletterError, OSError):
        return []  # the checks say why there is no letter


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


def sound_issue(settings: Settings, month: Month) -> Issue:
    """Return the month's Issue. Raises ContentError, with the findings, where it can't be sent."""
    return sound(load(settings, month))


def sound(folder: MonthFolder) -> Issue:
    """Return a folder's Issue. Raises ContentError, with the findings, where it can't be sent."""
    month, count = folder.issue.month, len(folder.issue.summaries)
    refuse_errors(month, folder.findings)
    if count == 0:
        raise ContentError(
            f"{month} has no summary that is ready",
            folder.findings,
            hint="set `status: ready` in the summaries that may go out",
        )
    refuse_errors(month, _too_many(folder.issue))
    return folder.issue


def refuse_errors(month: Month, findings: Iterable[Finding]) -> None:
    """Raise ContentError where any finding is an error."""
    errors = [finding for finding in findings if finding.level == "error"]
    if errors:
        first, count = errors[0], len(errors)
        place = f"{first.file}:{first.line}: " if first.line else ""
        raise ContentError(
            f"{month} has {count} error{'s' * (count != 1)}: {place}{first.message}",
            errors,
            hint=f"run `newsletter check {month}`",
        )


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
