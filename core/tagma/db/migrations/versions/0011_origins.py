"""what came over from another server, and what it became"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "origin",
        sa.Column(
            "record_id", sa.Integer(), sa.ForeignKey("record.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("kind", sa.String(), primary_key=True),
        sa.Column("foreign_id", sa.String(), primary_key=True),
        sa.Column("own_id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), sa.ForeignKey("project.id", ondelete="CASCADE"), nullable=True),
    )
    op.create_index("ix_origin_project_id", "origin", ["project_id"])
