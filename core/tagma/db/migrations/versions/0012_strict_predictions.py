"""a project may refuse predictions that do not fit; the least certain task is found by an index"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.add_column(
        "project", sa.Column("strict_predictions", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.create_index("ix_prediction_score", "prediction", ["project_id", "model_version", "score", "task_id"])
    op.drop_index("ix_prediction_model", "prediction")
