"""Acts that are reserved before they are entered, what they are about, and jobs that a crash interrupted."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Apply."""
    op.add_column("protocol_event", sa.Column("about", sa.String(length=60), nullable=True))
    op.add_column("protocol_event", sa.Column("pending_from", sa.Integer(), nullable=True))
    op.add_column("job", sa.Column("log_size", sa.Integer(), nullable=True))


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("job") as job:
        job.drop_column("log_size")
    with op.batch_alter_table("protocol_event") as event:
        event.drop_column("pending_from")
        event.drop_column("about")
