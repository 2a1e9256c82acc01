"""Files that go out for another reason than an upload, persons who stand in one file a year, upload states."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
_KEY = ["kind", "flow", "day", "number", "user"]


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("batch") as batch:
        kind = sa.Column("kind", sa.String(length=20), nullable=False, server_default="aanlevering")
        batch.add_column(kind)
        batch.drop_constraint("uq_batch_flow", type_="unique")
        batch.create_unique_constraint("uq_batch_kind", _KEY)
    with op.batch_alter_table("delivery") as delivery:
        column = sa.Column("caught_up_by", sa.Integer(), nullable=True)
        delivery.add_column(column)
        delivery.create_foreign_key("fk_delivery_caught_up_by", "batch", ["caught_up_by"], ["id"])
    op.create_table(
        "delivered_person",
        sa.Column("delivery", sa.Integer(), sa.ForeignKey("delivery.id"), primary_key=True),
        sa.Column("insz", sa.String(length=11), primary_key=True),
    )
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


def downgrade() -> None:
    """Take back."""
    op.drop_table("upload_event")
    op.drop_table("delivered_person")
    with op.batch_alter_table("delivery") as delivery:
        delivery.drop_constraint("fk_delivery_caught_up_by", type_="foreignkey")
        delivery.drop_column("caught_up_by")
    with op.batch_alter_table("batch") as batch:
        batch.drop_constraint("uq_batch_kind", type_="unique")
        batch.create_unique_constraint("uq_batch_flow", ["flow", "day", "number"])
        batch.drop_column("kind")
