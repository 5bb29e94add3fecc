"""What columns are made of, the same in every table."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, ForeignKey, Integer
from sqlmodel import Field

from tagma.db.types import Json, Moment, SearchableJson, now


def moment(*, index: bool = False, default_now: bool = True) -> Any:
    if default_now:
        return Field(default_factory=now, sa_type=Moment, index=index, nullable=False)
    return Field(default=None, sa_type=Moment, index=index, nullable=True)


def json(default: Any, *, searchable: bool = False) -> Any:
    column = SearchableJson if searchable else Json
    if default is None:
        return Field(default=None, sa_type=column, nullable=True)
    return Field(default_factory=type(default), sa_type=column, nullable=False)


def link(
    table: str,
    *,
    nullable: bool = False,
    index: bool = True,
    primary_key: bool = False,
    on_delete: str = "CASCADE",
) -> Any:
    """A foreign key; ``index`` unless a composite index begins with it."""
    column: Column[Any] = Column(
        Integer,
        ForeignKey(f"{table}.id", ondelete=on_delete),
        nullable=nullable,
        index=index,
        primary_key=primary_key,
    )
    return Field(default=None, sa_column=column)
