"""history knows the request that made it, so that a request sent twice counts once"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("annotation_history", sa.Column("request_key", sa.String(), nullable=True))
