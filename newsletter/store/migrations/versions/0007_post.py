"""What readers ask for on the pages, how often, and the mails that answer them."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_NEW = sa.text("state = 'new'")


def _one_of(column: str, *words: str) -> sa.TextClause:
    return sa.text(" OR ".join(f"{column} = '{word}'" for word in words))


def upgrade() -> None:
    """Make three tables; nothing that is there changes."""
    op.create_table(
        "allowance",
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_allowance")),
    )
    _make_errand()
    _make_post()


def _make_errand() -> None:
    op.create_table(
        "errand",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("subscriber_id", sa.Integer(), nullable=True),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("wish", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            _one_of("kind", "subscribe", "data", "move"), name=op.f("ck_errand_kind")
        ),
        sa.CheckConstraint(_one_of("state", "new", "open", "done"), name=op.f("ck_errand_state")),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscriber.id"], name=op.f("fk_errand_subscriber_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_errand")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_errand_new"), "errand", ["id"], sqlite_where=_NEW, postgresql_where=_NEW
    )
    op.create_index(op.f("ix_errand_subscriber_id"), "errand", ["subscriber_id"])


def _make_post() -> None:
    op.create_table(
        "post",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("subscriber_id", sa.Integer(), nullable=False),
        sa.Column("errand_id", sa.Integer(), nullable=True),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("about", sa.Text(), server_default="{}", nullable=False),
        sa.Column("mark", sa.String(length=32), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint(
            _one_of("kind", "confirm", "known", "welcome", "data", "arrive", "moved"),
            name=op.f("ck_post_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscriber.id"], name=op.f("fk_post_subscriber_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_post_next_try_at"), "post", ["next_try_at"])
    op.create_index(op.f("ix_post_subscriber_id"), "post", ["subscriber_id"])
