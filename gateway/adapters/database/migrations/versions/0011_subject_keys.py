"""The keys of the log's index of persons, by year."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "subject_key",
        sa.Column("year", sa.String(length=4), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_subject_key")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("subject_key")
