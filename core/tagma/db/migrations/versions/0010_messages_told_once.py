"""a message may count as taken though no answer came in time"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("message", sa.Column("insist", sa.Boolean(), nullable=False, server_default=sa.true()))
