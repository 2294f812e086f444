"""What each mailing said: kept with it, corrected after it, and searched."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# FTS5 keeps no text of its own here: it reads `summary_words`, and triggers tell it of changes.
# https://www.sqlite.org/fts5.html#external_content_tables
_SQLITE = (
    """
    CREATE VIRTUAL TABLE summary_search USING fts5(
        title, topics, citation, text,
        content='summary_words', content_rowid='summary_id', tokenize='unicode61'
    )
    """,
    """
    CREATE TRIGGER summary_search_insert AFTER INSERT ON summary_words BEGIN
        INSERT INTO summary_search (rowid, title, topics, citation, text)
        VALUES (new.summary_id, new.title, new.topics, new.citation, new.text);
    END
    """,
    """
    CREATE TRIGGER summary_search_delete AFTER DELETE ON summary_words BEGIN
        INSERT INTO summary_search (summary_search, rowid, title, topics, citation, text)
        VALUES ('delete', old.summary_id, old.title, old.topics, old.citation, old.text);
    END
    """,
    """
    CREATE TRIGGER summary_search_update AFTER UPDATE ON summary_words BEGIN
        INSERT INTO summary_search (summary_search, rowid, title, topics, citation, text)
        VALUES ('delete', old.summary_id, old.title, old.topics, old.citation, old.text);
        INSERT INTO summary_search (rowid, title, topics, citation, text)
        VALUES (new.summary_id, new.title, new.topics, new.citation, new.text);
    END
    """,
)

_POSTGRESQL = (
    """
    ALTER TABLE summary_words ADD COLUMN search tsvector GENERATED ALWAYS AS (
        setweight(to_tsvector('simple', title), 'A')
        || setweight(to_tsvector('simple', topics), 'B')
        || setweight(to_tsvector('simple', citation), 'C')
        || setweight(to_tsvector('simple', text), 'D')
    ) STORED
    """,
    "CREATE INDEX ix_summary_words_search ON summary_words USING gin (search)",
)


def upgrade() -> None:
    """Make four tables and an index over the words of one; nothing that is there changes."""
    op.create_table(
        "issue",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mailing_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("preheader", sa.Text(), nullable=False),
        sa.Column("introduction", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["mailing_id"], ["mailing.id"], name=op.f("fk_issue_mailing_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issue")),
        sa.UniqueConstraint("mailing_id", "version", name=op.f("uq_issue_mailing_id_version")),
    )
    op.create_table(
        "summary",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=255), nullable=False),
        sa.Column("origin", sa.String(length=255), nullable=False),
        sa.Column("changed_in", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("citation", sa.Text(), nullable=False),
        sa.Column("doi", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("implications", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("type_slug", sa.String(length=100), nullable=False),
        sa.Column("type_name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name=op.f("fk_summary_issue_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_summary")),
        sa.UniqueConstraint("issue_id", "origin", name=op.f("uq_summary_issue_id_origin")),
        sa.UniqueConstraint("issue_id", "position", name=op.f("uq_summary_issue_id_position")),
        sa.UniqueConstraint("issue_id", "slug", name=op.f("uq_summary_issue_id_slug")),
    )
    op.create_table(
        "summary_topic",
        sa.Column("summary_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("slug", sa.String(length=100), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("heading", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["summary_id"], ["summary.id"], name=op.f("fk_summary_topic_summary_id")
        ),
        sa.PrimaryKeyConstraint("summary_id", "position", name=op.f("pk_summary_topic")),
    )
    op.create_index("ix_summary_topic_slug", "summary_topic", ["slug"])
    op.create_table(
        "summary_words",
        sa.Column("summary_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("topics", sa.Text(), nullable=False),
        sa.Column("citation", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["summary_id"], ["summary.id"], name=op.f("fk_summary_words_summary_id")
        ),
        sa.PrimaryKeyConstraint("summary_id", name=op.f("pk_summary_words")),
    )
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in _SQLITE if on_sqlite else _POSTGRESQL:
        op.execute(statement)
