"""What comes back: messages that were read, what they say about whom, rests, our own faults."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_MANY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make four tables; nothing that is there changes."""
    op.create_table(
        "fault",
        sa.Column("mailing_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["mailing_id"], ["mailing.id"], name=op.f("fk_fault_mailing_id")),
        sa.PrimaryKeyConstraint("mailing_id", name=op.f("pk_fault")),
    )
    op.create_table(
        "returned",
        sa.Column("identity", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.CheckConstraint(
            "state = 'done' OR state = 'failing' OR state = 'aside'",
            name=op.f("ck_returned_state"),
        ),
        sa.PrimaryKeyConstraint("identity", name=op.f("pk_returned")),
    )
    op.create_table(
        "feedback",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("identity", sa.String(length=64), server_default="", nullable=False),
        sa.Column("subscriber_id", sa.Integer(), nullable=True),
        sa.Column("delivery_id", _MANY, nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("bearing", sa.String(length=16), nullable=False),
        sa.Column("code", sa.Integer(), nullable=True),
        sa.Column("status", sa.String(length=16), server_default="", nullable=False),
        sa.Column("reply", sa.Text(), server_default="", nullable=False),
        sa.Column("way", sa.String(length=16), server_default="", nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscriber.id"], name=op.f("fk_feedback_subscriber_id")
        ),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["delivery.id"], name=op.f("fk_feedback_delivery_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_feedback_subscriber_id"), "feedback", ["subscriber_id"])
    op.create_index(op.f("ix_feedback_delivery_id"), "feedback", ["delivery_id"])
    op.create_table(
        "rest",
        sa.Column("address_hash", sa.String(length=64), nullable=False),
        sa.Column("since", _MOMENT, nullable=False),
        sa.Column("until", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("address_hash", name=op.f("pk_rest")),
    )
