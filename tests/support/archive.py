"""Months in the archive, without any file: kept as an approval and a start keep them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, update

from newsletter.model import Citation, Issue, MailingState, Month, ResearchType, Summary, Topic
from newsletter.rendering.plain import to_words
from newsletter.store import mailings, texts
from newsletter.store.engine import writing
from newsletter.store.tables import mailing
from tests.support.ledger import HEADING

TRAINING = Topic("training", "Training", group="People")
ATTACHMENT = Topic("attachment", "Attachment", group="Relationship")
SURVEY = ResearchType("survey", "Survey")
TRIAL = ResearchType("rct", "Randomized controlled trial")


def study(slug: str, title: str = "", **fields: object) -> Summary:
    """Return a small summary."""
    cited = Citation(
        f"Author, A. (2020). A study of {slug}. Journal of Studies, 1, 2–3.", f"10.1000/{slug}"
    )
    made = Summary(
        slug=slug,
        title=title or slug.replace("-", " ").capitalize(),
        body=f"What *{slug}* found (p < .05).",
        implications="Ask, and **listen**.",
        citation=cited,
        topics=(TRAINING,),
        research_type=SURVEY,
        author="The editors",
    )
    return replace(made, **fields)  # type: ignore[arg-type]


def day_of(month: Month) -> datetime:
    """Return when a month of these goes out: the first of the next, in the afternoon."""
    first = datetime(month.year, month.number, 1, 14, 0, tzinfo=UTC)
    return (first + timedelta(days=32)).replace(day=1)


def freeze(engine: Engine, month: str, *summaries: Summary, introduction: str = "") -> int:
    """Keep a month as it is kept at its approval; return its mailing's number."""
    when = Month.parse(month)
    said = Issue(when, summaries, introduction=introduction)
    with writing(engine) as connection:
        made = mailings.create(connection, when, HEADING.to_json(), (), b"salt", day_of(when))
        keep = (said, plain(summaries), "en", day_of(when))
        assert texts.keep(connection, made.id, *keep, revision=1)
    return made.id


def start(engine: Engine, month: str, state: MailingState = MailingState.SENT) -> None:
    """Let a frozen month be under way, or past."""
    values = {"state": state, "started_at": day_of(Month.parse(month))}
    with writing(engine) as connection:
        connection.execute(update(mailing).where(mailing.c.month == month).values(values))


def send(engine: Engine, month: str, *summaries: Summary, introduction: str = "") -> None:
    """Put a month into the archive."""
    freeze(engine, month, *summaries, introduction=introduction)
    start(engine, month)


def correct(
    engine: Engine,
    month: str,
    *summaries: Summary,
    note: str = "A number was wrong.",
    introduction: str = "",
    days: int = 3,
) -> bool:
    """Keep a month's words anew, some days after it was sent; return whether they differ."""
    when = Month.parse(month)
    now = day_of(when) + timedelta(days=days)
    said = Issue(when, summaries, introduction=introduction)
    with writing(engine) as connection:
        found = mailings.find(connection, when)
        assert found is not None
        return texts.keep(connection, found.id, said, plain(summaries), "en", now, note=note)


def plain(summaries: Sequence[Summary]) -> list[str]:
    """Return what a search looks through, as publishing does."""
    return [f"{to_words(one.body)} {to_words(one.implications)}" for one in summaries]
