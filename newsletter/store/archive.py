"""What the archive shows: the newest words of every mailing that has started, and of no other."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, func, select

from newsletter.model import Citation, Issue, Month, ResearchType, Summary, Topic
from newsletter.store.tables import issue, mailing, summary, summary_topic

_EVERY = issue.alias()
_CHANGE = issue.alias("change")

SENT = mailing.c.started_at.is_not(None)
"""From the moment the first letter may land, and for ever after."""

NEWEST = issue.c.version == (
    select(func.max(_EVERY.c.version))
    .where(_EVERY.c.mailing_id == issue.c.mailing_id)
    .scalar_subquery()
)
"""Of each mailing's words, the ones that hold now."""

_CHANGED = (_CHANGE.c.mailing_id == issue.c.mailing_id) & (
    _CHANGE.c.version == summary.c.changed_in
)


@dataclass(frozen=True, slots=True)
class Correction:
    """A change of a month's words after they were sent, with what the editor says of it."""

    version: int
    at: datetime
    note: str


@dataclass(frozen=True, slots=True)
class KeptSummary:
    """A summary as the archive has it.

    `origin` is what it is known by across corrections; `corrected` the last one that changed its
    words. `domain` is the sender's, frozen with the mailing.
    """

    id: int
    month: Month
    language: str
    sent_at: datetime
    domain: str
    origin: str
    changed_in: int
    corrected: Correction | None
    summary: Summary

    @property
    def updated_at(self) -> datetime:
        """When its words changed last."""
        return self.corrected.at if self.corrected else self.sent_at


@dataclass(frozen=True, slots=True)
class KeptIssue:
    """An Issue as the archive has it, with its corrections, the latest first."""

    version: int
    language: str
    sent_at: datetime
    corrections: tuple[Correction, ...]
    issue: Issue
    summaries: tuple[KeptSummary, ...]

    @property
    def month(self) -> Month:
        """Its month."""
        return self.issue.month

    @property
    def updated_at(self) -> datetime:
        """When anything in it changed last."""
        return self.corrections[0].at if self.corrections else self.sent_at


_ISSUES = select(issue, mailing.c.month, mailing.c.started_at).join(
    mailing, mailing.c.id == issue.c.mailing_id
)
_SUMMARIES = (
    select(
        summary,
        mailing.c.month,
        mailing.c.started_at,
        mailing.c.heading,
        issue.c.language,
        _CHANGE.c.kept_at.label("changed_at"),
        _CHANGE.c.note,
    )
    .join(issue, issue.c.id == summary.c.issue_id)
    .join(mailing, mailing.c.id == issue.c.mailing_id)
    .join(_CHANGE, _CHANGED)
)


def find(connection: Connection, month: Month) -> KeptIssue | None:
    """Return a month's words as they stand in the archive; None for one that isn't in it."""
    found = _issues(connection, _ISSUES.where(SENT, NEWEST, mailing.c.month == str(month)))
    return found[0] if found else None


def newest(connection: Connection, mailing_id: int) -> KeptIssue | None:
    """Return the newest words of a mailing, sent or not."""
    found = _issues(connection, _ISSUES.where(NEWEST, issue.c.mailing_id == mailing_id))
    return found[0] if found else None


def approved(connection: Connection, mailing_id: int) -> KeptIssue | None:
    """Return the words of a mailing that its newest editions were made from."""
    frozen = issue.c.revision.is_not(None)
    query = _ISSUES.where(issue.c.mailing_id == mailing_id, frozen)
    found = _issues(connection, query.order_by(issue.c.version.desc()).limit(1))
    return found[0] if found else None


def recent(connection: Connection, limit: int) -> Sequence[KeptIssue]:
    """Return the last so many months, the newest first."""
    query = _ISSUES.where(SENT, NEWEST).order_by(mailing.c.month.desc())
    return _issues(connection, query.limit(limit))


def of_year(connection: Connection, year: int) -> Sequence[KeptIssue]:
    """Return a year's months, the newest first."""
    within = mailing.c.month.startswith(f"{year:04d}-")
    return _issues(connection, _ISSUES.where(SENT, NEWEST, within).order_by(mailing.c.month.desc()))


def months(connection: Connection) -> Mapping[Month, datetime]:
    """Return every month in the archive, the newest first, and when it changed last."""
    changed = func.max(issue.c.version), func.max(issue.c.kept_at)
    query = (
        select(mailing.c.month, mailing.c.started_at, *changed)
        .join(mailing, mailing.c.id == issue.c.mailing_id)
        .where(SENT)
        .group_by(mailing.c.id, mailing.c.month, mailing.c.started_at)
        .order_by(mailing.c.month.desc())
    )
    return {
        Month.parse(month): kept_at if version > 1 else sent_at
        for month, sent_at, version, kept_at in connection.execute(query)
    }


def missing(connection: Connection) -> Sequence[tuple[Month, int]]:
    """Return the months that have started and whose words nobody kept, each with its mailing."""
    kept = select(issue.c.id).where(issue.c.mailing_id == mailing.c.id).exists()
    query = select(mailing.c.month, mailing.c.id).where(SENT, ~kept).order_by(mailing.c.month)
    return [(Month.parse(month), number) for month, number in connection.execute(query)]


def places(connection: Connection) -> Iterator[tuple[Month, str, datetime]]:
    """Yield month and slug of every summary, the newest first, and when its words changed last."""
    query = (
        select(mailing.c.month, summary.c.slug, mailing.c.started_at, _CHANGE.c.kept_at)
        .add_columns(summary.c.changed_in)
        .join(issue, issue.c.id == summary.c.issue_id)
        .join(mailing, mailing.c.id == issue.c.mailing_id)
        .join(_CHANGE, _CHANGED)
        .where(SENT, NEWEST)
        .order_by(mailing.c.month.desc(), summary.c.position)
    )
    for month, slug, sent_at, kept_at, changed_in in connection.execute(query):
        yield Month.parse(month), slug, kept_at if changed_in > 1 else sent_at


def summaries(
    connection: Connection,
    *which: ColumnElement[bool],
    offset: int = 0,
    limit: int | None = None,
) -> Sequence[KeptSummary]:
    """Return summaries in the archive, the newest month first."""
    query = _SUMMARIES.where(SENT, NEWEST, *which)
    ordered = query.order_by(mailing.c.month.desc(), summary.c.position)
    return _summaries(connection, ordered.offset(offset).limit(limit))


def with_numbers(connection: Connection, ids: Sequence[int]) -> Sequence[KeptSummary]:
    """Return these summaries in this order."""
    found = {one.id: one for one in summaries(connection, summary.c.id.in_(ids))}
    return [found[number] for number in ids if number in found]


def moved(connection: Connection, month: Month, slug: str) -> str | None:
    """Return the slug that a summary has now which had this one before a correction.

    Empty where it was taken out; None where the month never had it.
    """
    old = (
        select(summary.c.origin, issue.c.mailing_id)
        .join(issue, issue.c.id == summary.c.issue_id)
        .join(mailing, mailing.c.id == issue.c.mailing_id)
        .where(SENT, mailing.c.month == str(month), summary.c.slug == slug)
        .order_by(issue.c.version.desc())
    )
    row = connection.execute(old.limit(1)).first()
    if row is None:
        return None
    now = (
        select(summary.c.slug)
        .join(issue, issue.c.id == summary.c.issue_id)
        .where(NEWEST, issue.c.mailing_id == row.mailing_id, summary.c.origin == row.origin)
    )
    return connection.execute(now).scalar_one_or_none() or ""


def all_moved(connection: Connection) -> Iterator[tuple[Month, str, str]]:
    """Yield every slug that a summary had before a correction, and as `moved` the one it has."""
    query = (
        select(mailing.c.month, summary.c.slug, summary.c.origin, issue.c.version)
        .join(issue, issue.c.id == summary.c.issue_id)
        .join(mailing, mailing.c.id == issue.c.mailing_id)
        .where(SENT)
        .order_by(mailing.c.month, issue.c.version.desc(), summary.c.position)
    )
    for month, rows in groupby(connection.execute(query), key=lambda row: row.month):
        versions = [(row.version, row.slug, row.origin) for row in rows]
        now = {origin: slug for version, slug, origin in versions if version == versions[0][0]}
        old = {slug: origin for _, slug, origin in reversed(versions)}
        yield from (
            (Month.parse(month), slug, now.get(origin, ""))
            for slug, origin in sorted(old.items())
            if slug not in now.values()
        )


def _issues(connection: Connection, query: Select[Any]) -> Sequence[KeptIssue]:
    """Read issues with all that belongs to them: four statements, however many there are."""
    rows = connection.execute(query).all()
    within = issue.c.id.in_([row.id for row in rows])
    kept: dict[str, list[KeptSummary]] = {}
    for one in _summaries(connection, _SUMMARIES.where(within).order_by(summary.c.position)):
        kept.setdefault(str(one.month), []).append(one)
    changes = _corrections(connection, [row.mailing_id for row in rows])
    return [_issue(row, kept.get(row.month, ()), changes.get(row.mailing_id, ())) for row in rows]


def _issue(row: Row[Any], kept: Sequence[KeptSummary], changes: Iterable[Correction]) -> KeptIssue:
    said = Issue(
        month=Month.parse(row.month),
        summaries=tuple(one.summary for one in kept),
        subject=row.subject,
        preheader=row.preheader,
        introduction=row.introduction,
        number=row.number,
    )
    moment = row.started_at or row.kept_at
    return KeptIssue(row.version, row.language, moment, tuple(changes), said, tuple(kept))


def _corrections(
    connection: Connection, mailing_ids: Sequence[int]
) -> Mapping[int, Sequence[Correction]]:
    """Return each mailing's versions but the first, the latest first."""
    query = select(issue.c.mailing_id, issue.c.version, issue.c.kept_at, issue.c.note)
    mine = query.where(issue.c.mailing_id.in_(mailing_ids), issue.c.version > 1)
    found: dict[int, list[Correction]] = {}
    for mailing_id, *fields in connection.execute(mine.order_by(issue.c.version.desc())):
        found.setdefault(mailing_id, []).append(Correction(*fields))
    return found


def _summaries(connection: Connection, query: Select[Any]) -> Sequence[KeptSummary]:
    """Read summaries with their topics: two statements, however many there are."""
    rows = connection.execute(query).all()
    mine = summary_topic.c.summary_id.in_([row.id for row in rows])
    ordered = select(summary_topic).where(mine).order_by(summary_topic.c.position)
    topics: dict[int, list[Topic]] = {}
    for row in connection.execute(ordered):
        topic = Topic(row.slug, row.name, group=row.heading)
        topics.setdefault(row.summary_id, []).append(topic)
    return [_summary(row, topics.get(row.id, ())) for row in rows]


def _summary(row: Row[Any], topics: Iterable[Topic]) -> KeptSummary:
    changed = Correction(row.changed_in, row.changed_at, row.note)
    return KeptSummary(
        id=row.id,
        month=Month.parse(row.month),
        language=row.language,
        sent_at=row.started_at or row.changed_at,
        domain=json.loads(row.heading)["domain"],
        origin=row.origin,
        changed_in=row.changed_in,
        corrected=changed if row.changed_in > 1 else None,
        summary=Summary(
            slug=row.slug,
            title=row.title,
            body=row.body,
            implications=row.implications,
            citation=Citation(row.citation, row.doi or None) if row.citation or row.doi else None,
            topics=tuple(topics),
            research_type=ResearchType(row.type_slug, row.type_name) if row.type_slug else None,
            author=row.author,
        ),
    )
