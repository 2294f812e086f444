"""What the sender remembers between runs: pace, faults, doubts, and corrections of editions."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_MANY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make four small tables; nothing that is there changes."""
    op.create_table(
        "pace",
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("step", sa.Integer(), server_default="0", nullable=False),
        sa.Column("used", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_pace")),
    )
    op.create_table(
        "breaker",
        sa.Column("mailing_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("level", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["mailing_id"], ["mailing.id"], name=op.f("fk_breaker_mailing_id")),
        sa.PrimaryKeyConstraint("mailing_id", name=op.f("pk_breaker")),
    )
    op.create_table(
        "doubt",
        sa.Column("delivery_id", _MANY, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["delivery.id"], name=op.f("fk_doubt_delivery_id")
        ),
        sa.PrimaryKeyConstraint("delivery_id", name=op.f("pk_doubt")),
    )
    op.create_table(
        "revision",
        sa.Column("mailing_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("dated_at", _MOMENT, nullable=False),
        sa.Column("taken_up_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["mailing_id"], ["mailing.id"], name=op.f("fk_revision_mailing_id")
        ),
        sa.PrimaryKeyConstraint("mailing_id", "number", name=op.f("pk_revision")),
    )
