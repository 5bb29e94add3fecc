"""tasks are no longer indexed by when they changed: it cost every save more than it ever saved a list"""

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.drop_index("ix_task_updated", "task")
