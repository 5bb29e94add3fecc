"""what of a project lies in its target storages; which version of an object became tasks"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "target_object",
        sa.Column("record_id", sa.Integer(), sa.ForeignKey("record.id", ondelete="CASCADE"), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("written", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("record_id", "item_id"),
    )
    op.create_index("ix_target_object_task_id", "target_object", ["task_id"])
    waits = sa.text("version <> written")
    op.create_index(
        "ix_target_waiting",
        "target_object",
        ["record_id", "tries", "item_id"],
        sqlite_where=waits,
        postgresql_where=waits,
    )
    op.add_column("storage_link", sa.Column("version", sa.String(), nullable=False, server_default=""))
