"""what a person has done in a project is counted from indexes alone"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.drop_index("ix_annotation_person", "annotation")
    op.create_index(
        "ix_annotation_person", "annotation", ["completed_by", "project_id", "task_id", "deleted_at"]
    )
    begun = sa.text("NOT is_labeled AND total_annotations + cancelled_annotations > 0")
    op.create_index("ix_task_begun", "task", ["project_id", "id"], sqlite_where=begun, postgresql_where=begun)
