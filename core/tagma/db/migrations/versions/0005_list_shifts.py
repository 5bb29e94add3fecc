"""a project counts how often places in its list of tasks moved"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("project", sa.Column("list_shifts", sa.Integer(), nullable=False, server_default="0"))
