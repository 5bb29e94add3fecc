"""the least certain task that is not labeled is found by an index, however many are"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column(
        "prediction", sa.Column("task_labeled", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.execute(
        "UPDATE prediction SET task_labeled = TRUE WHERE task_id IN (SELECT id FROM task WHERE is_labeled)"
    )
    op.create_index(
        "ix_prediction_open",
        "prediction",
        ["project_id", "model_version", "task_labeled", "score", "task_id"],
    )
    op.drop_index("ix_prediction_score", "prediction")
