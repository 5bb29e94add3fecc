"""How alembic runs here: on the connection ``tagma.db.migrate`` hands it, inside that transaction."""

from typing import Any, Literal

from alembic import context
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString

from tagma.db import tables, types
from tagma.db.migrate import same_type

assert tables.Project.metadata is SQLModel.metadata  # importing the tables fills it


def render(kind: str, item: Any, autogen_context: Any) -> str | Literal[False]:
    """Types by their short names, so that a migration reads like the tables."""
    if kind == "type" and isinstance(item, types.Json | types.Moment):
        autogen_context.imports.add(f"from tagma.db.types import {type(item).__name__}")
        return f"{type(item).__name__}()"
    if kind == "type" and isinstance(item, AutoString):
        return f"sa.String({item.length or ''})"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    render_item=render,
    compare_type=same_type,
    transactional_ddl=True,
)
context.run_migrations()
