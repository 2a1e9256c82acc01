"""What was had of yearly numbers."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "quota_use",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("party", sa.String(length=60), nullable=False),
        sa.Column("flow", sa.String(length=60), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("log_size", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quota_use")),
        sa.UniqueConstraint("party", "flow", "year", "slot", name=op.f("uq_quota_use_party")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("quota_use")
