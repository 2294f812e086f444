"""Full-text search, by what each database has of its own: FTS5 in SQLite, tsvector in PostgreSQL.

Both look through `summary_words`, whose words are folded (`newsletter.store.folding`); so is what
is asked for, and nothing but letters and digits of it reaches the database's query language.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Integer,
    Select,
    TextClause,
    column,
    func,
    literal_column,
    select,
    table,
    text,
)

from newsletter.model import Summary
from newsletter.store.folding import beginnings, words
from newsletter.store.tables import issue, mailing, summary, summary_words

MOST_WORDS = 12
"""Words of a search that count; more make it slower and find nothing more."""


@dataclass(frozen=True, slots=True)
class Found:
    """How many summaries a search finds in all, and some of them by number, the best first."""

    total: int
    ids: Sequence[int]


def wanted(asked: str) -> list[str]:
    """Return the folded words that are looked for, each once."""
    return list(dict.fromkeys(words(asked)))[:MOST_WORDS]


def find(connection: Connection, asked: str, *, offset: int = 0, limit: int = 20) -> Found:
    """Return the summaries in the archive that hold all the words, or words that begin so.

    A title weighs most, then topics, the citation, the text; among equals the newest is first.
    """
    looked_for = wanted(asked)
    if not looked_for:
        return Found(0, ())
    way = _WAYS[connection.dialect.name](looked_for)
    hits = (
        select(way.number)
        .select_from(way.source)
        .join(summary, summary.c.id == way.number)
        .join(issue, issue.c.id == summary.c.issue_id)
        .join(mailing, mailing.c.id == issue.c.mailing_id)
        .where(way.matches, mailing.c.started_at.is_not(None))
    )
    total = connection.execute(select(func.count()).select_from(hits.subquery())).scalar_one()
    ordered = hits.order_by(way.rank, mailing.c.month.desc(), summary.c.position)
    return Found(total, connection.execute(ordered.offset(offset).limit(limit)).scalars().all())


@dataclass(frozen=True, slots=True)
class _Way:
    """Where to look, a summary's number there, what matches, and its rank: the best come first."""

    source: FromClause
    number: ColumnElement[int]
    matches: ColumnElement[Any] | TextClause
    rank: ColumnElement[Any]


def _sqlite(looked_for: Sequence[str]) -> _Way:
    """FTS5: `("studies"* OR "study"*) AND …` (https://www.sqlite.org/fts5.html)."""
    parts = (" OR ".join(f'"{one}"*' for one in beginnings(word)) for word in looked_for)
    asked = " AND ".join(f"({part})" for part in parts)
    index = table("summary_search", column("rowid", Integer))
    matches = text("summary_search MATCH :asked").bindparams(asked=asked)
    rank: ColumnElement[Any] = literal_column("bm25(summary_search, 8.0, 4.0, 2.0, 1.0)")
    return _Way(index, index.c.rowid, matches, rank)


def _postgresql(looked_for: Sequence[str]) -> _Way:
    """A tsvector whose words weigh by their column: `('studies':* | 'study':*) & …`."""
    parts = (" | ".join(f"'{one}':*" for one in beginnings(word)) for word in looked_for)
    asked = " & ".join(f"({part})" for part in parts)
    words: ColumnElement[Any] = literal_column("summary_words.search")
    query = func.to_tsquery(literal_column("'simple'::regconfig"), asked)
    rank = func.ts_rank(words, query).desc()
    return _Way(summary_words, summary_words.c.summary_id, words.op("@@")(query), rank)


_WAYS = {"postgresql": _postgresql, "sqlite": _sqlite}


def index(connection: Connection, number: int, kept: Summary, plain: str) -> None:
    """Let a summary be found; `plain` is the bare text of its body and implications."""
    kind = (kept.research_type.name,) if kept.research_type else ()
    topics = (*(topic.name for topic in kept.topics), *kind, kept.author)
    cited = (kept.citation.text, kept.citation.doi or "") if kept.citation else ()
    columns = {"title": (kept.title,), "topics": topics, "citation": cited, "text": (plain,)}
    values = {name: " ".join(words(" ".join(texts))) for name, texts in columns.items()}
    connection.execute(summary_words.insert().values(summary_id=number, **values))


def forget(connection: Connection, numbers: Select[Any]) -> None:
    """Let summaries no longer be found."""
    connection.execute(summary_words.delete().where(summary_words.c.summary_id.in_(numbers)))
