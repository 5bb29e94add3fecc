"""labels that people add while they label, and the controls that offer them"""

import sqlalchemy as sa
from alembic import op

from tagma.db.types import Json, Moment

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "label",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column(
            "organization_id",
            sa.Integer(),
            sa.ForeignKey("organization.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("value", Json(), nullable=False),
        sa.Column("description", sa.String(), nullable=True),
        sa.Column("approved", sa.Boolean(), nullable=False),
        sa.Column(
            "approved_by", sa.Integer(), sa.ForeignKey("account.id", ondelete="SET NULL"), nullable=True
        ),
        sa.Column(
            "created_by", sa.Integer(), sa.ForeignKey("account.id", ondelete="SET NULL"), nullable=True
        ),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.UniqueConstraint("organization_id", "title"),
    )
    op.create_table(
        "label_link",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column(
            "project_id", sa.Integer(), sa.ForeignKey("project.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("label_id", sa.Integer(), sa.ForeignKey("label.id", ondelete="CASCADE"), nullable=False),
        sa.Column("from_name", sa.String(), nullable=False),
        sa.UniqueConstraint("project_id", "from_name", "label_id"),
    )
    op.create_index("ix_label_link_label_id", "label_link", ["label_id"])
