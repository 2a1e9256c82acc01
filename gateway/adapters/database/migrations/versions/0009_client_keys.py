"""Keys that sign clients' assertions, and the assertions that were shown."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "client_key",
        sa.Column("kid", sa.String(length=43), nullable=False),
        sa.Column("credential", sa.String(length=60), nullable=False),
        sa.Column("algorithm", sa.String(length=10), nullable=False),
        sa.Column("jwk", sa.String(length=2000), nullable=False),
        sa.Column("revoked_at", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("kid", name=op.f("pk_client_key")),
    )
    op.create_table(
        "shown_assertion",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("until", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_shown_assertion")),
    )
    op.create_index(op.f("ix_shown_assertion_until"), "shown_assertion", ["until"])


def downgrade() -> None:
    """Take back."""
    op.drop_table("shown_assertion")
    op.drop_table("client_key")
