"""Which certificates may sign messages with SHA-1."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Apply."""
    op.add_column(
        "certificate",
        sa.Column("sha1", sa.Boolean(), nullable=False, server_default=sa.false()),
    )


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("certificate") as table:
        table.drop_column("sha1")
