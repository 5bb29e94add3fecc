"""messages to other machines, and what became of them"""

import sqlalchemy as sa
from alembic import op

from tagma.db.types import Json, Moment

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "message",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("record_id", sa.Integer(), sa.ForeignKey("record.id", ondelete="CASCADE"), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("headers", Json(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("sent_at", Moment(), nullable=True),
        sa.Column("next_at", Moment(), nullable=True),
    )
    op.create_index("ix_message_record", "message", ["record_id", "id"])
    waits = sa.text("state = 'waiting'")
    op.create_index("ix_message_waiting", "message", ["next_at"], sqlite_where=waits, postgresql_where=waits)
