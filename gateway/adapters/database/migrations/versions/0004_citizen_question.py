"""Citizens' questions to the contact centre."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "citizen_question",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(length=60), nullable=False),
        sa.Column("insz", sa.String(length=11), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("identified_until", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_citizen_question")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("citizen_question")
