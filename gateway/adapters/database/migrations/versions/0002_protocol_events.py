"""Acts on protocols."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "protocol_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("protocol", sa.String(length=10), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("effective_at", sa.String(length=40), nullable=False),
        sa.Column("recorded_at", sa.String(length=40), nullable=False),
        sa.Column("party", sa.String(length=60), nullable=True),
        sa.Column("flow", sa.String(length=60), nullable=True),
        sa.Column("by", sa.String(length=60), nullable=True),
        sa.Column("document", sa.String(length=80), nullable=True),
        sa.Column("reason", sa.String(length=2000), nullable=True),
        sa.Column("term", sa.String(length=40), nullable=True),
        sa.Column("article", sa.String(length=60), nullable=True),
        sa.Column("actor", sa.String(length=80), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_protocol_event")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("protocol_event")
