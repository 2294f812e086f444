"""Editions keep how they greet a reader whose name is known: each in its language."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; what was frozen before greets in English."""
    column = sa.Column("greeting", sa.Text(), server_default="Dear %(name)s,", nullable=False)
    op.add_column("edition", column)


def downgrade() -> None:
    """Take the column away."""
    op.drop_column("edition", "greeting")
