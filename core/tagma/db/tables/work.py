"""Tasks and all that people and models make of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Float, Index, UniqueConstraint, false, text
from sqlmodel import Field, SQLModel

from tagma.db.tables.columns import json, link, moment

BEGUN = "NOT is_labeled AND total_annotations + cancelled_annotations > 0"
"""Tasks that somebody has done and others are still to do."""


class Task(SQLModel, table=True):
    """``free_slots`` = overlap − distinct annotators that count − live leases: a task is handed out while it is above 0,
    and the index that ``next`` reads holds only such tasks."""

    __table_args__ = (
        Index("ix_task_project", "project_id", "id"),
        Index(
            "ix_task_open",
            "project_id",
            "id",
            sqlite_where=text("free_slots > 0"),
            postgresql_where=text("free_slots > 0"),
        ),
        Index(
            "ix_task_open_random",
            "project_id",
            "random_key",
            sqlite_where=text("free_slots > 0"),
            postgresql_where=text("free_slots > 0"),
        ),
        Index("ix_task_begun", "project_id", "id", sqlite_where=text(BEGUN), postgresql_where=text(BEGUN)),
        {"sqlite_autoincrement": True},  # an id is never given twice, also after a delete
    )

    id: int | None = Field(default=None, primary_key=True)
    project_id: int = link("project", index=False)
    inner_id: int = 0
    data: dict[str, Any] = json({}, searchable=True)
    meta: dict[str, Any] | None = json(None)
    overlap: int = 1
    free_slots: int = 1
    random_key: float = Field(default=0.0, sa_column=Column(Float, nullable=False))
    # 0 to 1 where the project's sampling asks for a random order, else 0
    is_labeled: bool = False
    allow_skip: bool = True
    total_annotations: int = 0  # without skipped ones
    cancelled_annotations: int = 0
    total_predictions: int = 0
    total_drafts: int = 0
    completed_at: datetime | None = moment(default_now=False)
    updated_by: int | None = None
    file_upload_id: int | None = link("file_upload", nullable=True, on_delete="SET NULL")
    storage_key: str | None = None
    created_at: datetime = moment()
    updated_at: datetime = moment()


class Annotation(SQLModel, table=True):
    __table_args__ = (
        Index("ix_annotation_task", "task_id", "id"),
        Index("ix_annotation_project", "project_id", "id"),
        Index(
            "ix_annotation_person", "completed_by", "project_id", "task_id", "deleted_at"
        ),  # all that counts ask for
        Index(
            "ix_annotation_deleted",
            "project_id",
            "deleted_at",
            sqlite_where=text("deleted_at IS NOT NULL"),
            postgresql_where=text("deleted_at IS NOT NULL"),
        ),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, primary_key=True)
    task_id: int = link("task", index=False)
    project_id: int = link("project", index=False)
    completed_by: int | None = link("account", nullable=True, index=False, on_delete="SET NULL")
    updated_by: int | None = None
    result: list[Any] = json([])
    result_count: int = 0  # distinct region ids
    was_cancelled: bool = False
    ground_truth: bool = False
    lead_time: float | None = None
    unique_id: str = Field(unique=True)  # also makes a save that is sent twice count once
    parent_prediction: int | None = None
    parent_annotation: int | None = None
    import_id: int | None = None
    bulk_created: bool = False
    last_action: str | None = None
    draft_created_at: datetime | None = moment(default_now=False)
    created_at: datetime = moment()
    updated_at: datetime = moment(index=False)
    deleted_at: datetime | None = moment(default_now=False)


class AnnotationHistory(SQLModel, table=True):
    """Append-only: each action on an annotation, with the result it replaced; the newest result is in the annotation."""

    __tablename__ = "annotation_history"

    id: int | None = Field(default=None, primary_key=True)
    annotation_id: int = link("annotation")
    task_id: int
    project_id: int
    user_id: int | None = None
    action: str  # submitted, updated, skipped, deleted, imported, prediction, restored
    result: list[Any] | None = json(None)  # what the action replaced; None: nothing
    lead_time: float | None = None
    created_at: datetime = moment()
    request_key: str | None = None  # of the request that asked for it; the same again does nothing


class Draft(SQLModel, table=True):
    __table_args__ = (
        Index("ix_draft_task", "task_id", "user_id"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, primary_key=True)
    task_id: int = link("task", index=False)
    project_id: int = link("project")
    user_id: int = link("account")
    annotation_id: int | None = link("annotation", nullable=True)
    result: list[Any] = json([])
    lead_time: float | None = None
    was_postponed: bool = False
    import_id: int | None = None
    created_at: datetime = moment()
    updated_at: datetime = moment()


class Prediction(SQLModel, table=True):
    __table_args__ = (
        Index("ix_prediction_task", "task_id", "id"),
        Index("ix_prediction_open", "project_id", "model_version", "task_labeled", "score", "task_id"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, primary_key=True)
    task_id: int = link("task", index=False)
    project_id: int = link("project", index=False)
    result: list[Any] = json([])
    score: float | None = None
    task_labeled: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    """Copied from the task, so that the least certain open task is found by an index."""
    model_version: str = "undefined"
    created_at: datetime = moment()
    updated_at: datetime = moment()


class Lease(SQLModel, table=True):
    """A task reserved for a person until ``expires_at``; counted in ``task.free_slots`` while it stands."""

    __table_args__ = (UniqueConstraint("task_id", "user_id"),)

    id: int | None = Field(default=None, primary_key=True)
    task_id: int = link("task", index=False)
    project_id: int = link("project")
    user_id: int = link("account")
    token: str
    created_at: datetime = moment()
    expires_at: datetime = moment(index=True)


class QueueCursor(SQLModel, table=True):
    """How far a person has come in a project's sequence, so that ``next`` need not walk past what they did."""

    __tablename__ = "queue_cursor"

    project_id: int = link("project", primary_key=True, index=False)
    user_id: int = link("account", primary_key=True, index=False)
    after_id: int = 0


class Review(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    annotation_id: int = link("annotation")
    project_id: int = link("project")
    reviewer_id: int | None = link("account", nullable=True, index=False, on_delete="SET NULL")
    accepted: bool
    fixed_annotation_history_id: int | None = None
    created_at: datetime = moment()


class Comment(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    project_id: int = link("project")
    task_id: int = link("task")
    annotation_id: int | None = link("annotation", nullable=True)
    region_id: str | None = None
    text: str
    created_by: int | None = link("account", nullable=True, index=False, on_delete="SET NULL")
    is_resolved: bool = False
    resolved_at: datetime | None = moment(default_now=False)
    created_at: datetime = moment()
    updated_at: datetime = moment()
