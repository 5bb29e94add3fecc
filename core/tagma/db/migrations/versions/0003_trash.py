"""projects in the trash; the deleted annotations of a project are found"""

import sqlalchemy as sa
from alembic import op

from tagma.db.types import Moment

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("project", sa.Column("deleted_at", Moment(), nullable=True))
    op.add_column("project", sa.Column("deleted_by", sa.Integer(), nullable=True))
    op.add_column("project", sa.Column("trash_of", sa.Integer(), nullable=True))
    op.create_index("ix_project_trash_of", "project", ["trash_of"])
    there = sa.text("deleted_at IS NOT NULL")
    op.create_index(
        "ix_annotation_deleted",
        "annotation",
        ["project_id", "deleted_at"],
        sqlite_where=there,
        postgresql_where=there,
    )
