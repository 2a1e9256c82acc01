"""Uploads as rows, and the moves in their life; the table of 0007 was never written to."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Apply."""
    op.drop_table("upload_event")
    op.create_table(
        "upload",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("user", sa.String(length=60), nullable=False),
        sa.Column("flow", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=130), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("received_at", sa.String(length=40), nullable=False),
        sa.Column("log_size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64)),
        sa.Column("outcome", sa.String(length=20)),
        sa.Column("batch", sa.Integer(), sa.ForeignKey("batch.id")),
        sa.Column("position", sa.Integer()),
        sa.Column("closed", sa.Boolean(), nullable=False),
    )
    op.create_index("ix_upload_closed", "upload", ["closed", "user", "flow", "name"])
    op.create_table(
        "upload_event",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("upload", sa.Integer(), sa.ForeignKey("upload.id"), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("at", sa.String(length=40), nullable=False),
    )
    op.create_index("ix_upload_event_upload", "upload_event", ["upload"])


def downgrade() -> None:
    """Take back."""
    op.drop_table("upload_event")
    op.drop_table("upload")
    op.create_table(
        "upload_event",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("user", sa.String(length=60), nullable=False),
        sa.Column("flow", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=130), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("at", sa.String(length=40), nullable=False),
    )
    op.create_index("ix_upload_event_user", "upload_event", ["user", "flow", "name"])
