"""The archive's tables: what each mailing said, as it was sent and as it was corrected since."""

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from subscribers.tables import Moment, metadata

# The words of an Issue as they were kept once: when it was frozen, and at each correction. The
# archive shows the newest `version` (from 1). `revision` is the one of the editions made from it;
# NULL where the archive alone was corrected. `note` is what the editor says of a correction.
issue = Table(
    "issue",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("mailing_id", ForeignKey("mailing.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("revision", Integer),
    Column("number", Integer, nullable=False),
    Column("language", String(16), nullable=False),
    Column("subject", Text, nullable=False),
    Column("preheader", Text, nullable=False),
    Column("introduction", Text, nullable=False),
    Column("note", Text, nullable=False, server_default=""),
    Column("kept_at", Moment, nullable=False),
    UniqueConstraint("mailing_id", "version"),
)

# `body` and `implications` are Markdown. `origin` is what it is known by across versions: the slug
# under which it came first. `changed_in` is the version in which its words changed last.
summary = Table(
    "summary",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("issue_id", ForeignKey("issue.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("slug", String(255), nullable=False),
    Column("origin", String(255), nullable=False),
    Column("changed_in", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("citation", Text, nullable=False),
    Column("doi", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("implications", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("type_slug", String(100), nullable=False),
    Column("type_name", Text, nullable=False),
    UniqueConstraint("issue_id", "position"),
    UniqueConstraint("issue_id", "slug"),
    UniqueConstraint("issue_id", "origin"),
)

# With the names of that day; `heading` is the group the topic stood under.
summary_topic = Table(
    "summary_topic",
    metadata,
    Column("summary_id", ForeignKey("summary.id"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("slug", String(100), nullable=False),
    Column("name", Text, nullable=False),
    Column("heading", Text, nullable=False),
    Index("ix_summary_topic_slug", "slug"),
)

# What the search looks through: bare words, folded (`newsletter.store.folding`), of the newest
# version alone. The database keeps its own index over it: see the migration.
summary_words = Table(
    "summary_words",
    metadata,
    Column("summary_id", ForeignKey("summary.id"), primary_key=True, autoincrement=False),
    Column("title", Text, nullable=False),
    Column("topics", Text, nullable=False),
    Column("citation", Text, nullable=False),
    Column("text", Text, nullable=False),
)
