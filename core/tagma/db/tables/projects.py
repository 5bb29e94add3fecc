"""Projects, who is in them, their tabs, and the small configuration objects of plugins."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import UniqueConstraint, false
from sqlmodel import Field, SQLModel

from tagma.db.tables.columns import json, link, moment
from tagma.db.types import Json

SEQUENTIAL = "Sequential sampling"
"""The order in which tasks are handed out that needs nothing but their numbers."""


class Project(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    organization_id: int = link("organization")
    title: str
    description: str = ""
    created_by: int | None = link("account", nullable=True, index=False, on_delete="SET NULL")
    color: str = "#FFFFFF"
    label_config: str = "<View></View>"
    expert_instruction: str = ""
    show_instruction: bool = False
    show_skip_button: bool = True
    enable_empty_annotation: bool = True
    show_annotation_history: bool = False
    reveal_preannotations_interactively: bool = False
    show_collab_predictions: bool = True
    evaluate_predictions_automatically: bool = False
    model_version: str = ""
    maximum_annotations: int = 1
    overlap_cohort_percentage: int = 100
    show_overlap_first: bool = False
    sampling: str = SEQUENTIAL
    strict_predictions: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    skip_queue: str = "REQUEUE_FOR_OTHERS"
    show_ground_truth_first: bool = False
    annotator_evaluation_enabled: bool = False
    min_annotations_to_start_training: int = 0
    control_weights: dict[str, Any] = json({})
    task_data_login: str | None = None
    task_data_password: str | None = None
    is_published: bool = False
    is_draft: bool = False
    pinned_at: datetime | None = moment(default_now=False)
    created_at: datetime = moment()
    updated_at: datetime = moment()
    last_activity: datetime = moment()
    deleted_at: datetime | None = moment(default_now=False)  # in the trash since
    deleted_by: int | None = None
    trash_of: int | None = Field(default=None, index=True)  # holds deleted tasks of that project

    # kept by delta
    task_number: int = 0
    finished_task_number: int = 0
    total_annotations_number: int = 0  # neither skipped nor tombstones
    skipped_annotations_number: int = 0
    ground_truth_number: int = 0
    num_tasks_with_annotations: int = 0
    total_predictions_number: int = 0
    last_inner_id: int = 0
    list_shifts: int = (
        0  # how often tasks went, or came in among others: what is known of places in the list ends then
    )
    data_columns: dict[str, int] = json({})  # key of task data -> number of tasks that have it
    class_ids: dict[str, dict[str, int]] = json({})  # control -> label -> number, never moved once given


class ProjectMember(SQLModel, table=True):
    __tablename__ = "project_member"
    __table_args__ = (UniqueConstraint("project_id", "user_id"),)

    id: int | None = Field(default=None, primary_key=True)
    project_id: int = link("project", index=False)
    user_id: int = link("account")
    role: str | None = Field(default=None, max_length=2)  # None: as in the organization
    created_at: datetime = moment()


class Record(SQLModel, table=True):
    """A small configuration object of a plugin (a storage, a webhook, a model server), checked by the plugin's model."""

    id: int | None = Field(default=None, primary_key=True)
    organization_id: int = link("organization")
    project_id: int | None = link("project", nullable=True)
    kind: str = Field(index=True)  # "storage.local", "webhook", …
    title: str = ""
    settings: dict[str, Any] = json({})
    state: dict[str, Any] = json({})
    created_at: datetime = moment()
    updated_at: datetime = moment()


class Label(SQLModel, table=True):
    """A label that people added while they labeled (Taxonomy), known to the whole organization by its title."""

    __table_args__ = (UniqueConstraint("organization_id", "title"),)

    id: int | None = Field(default=None, primary_key=True)
    organization_id: int = link("organization", index=False)
    title: str
    value: Any = Field(
        sa_type=Json, nullable=False
    )  # as it stands in results: a word, or the words of a path
    description: str | None = None
    approved: bool = False
    approved_by: int | None = link("account", nullable=True, index=False, on_delete="SET NULL")
    created_by: int | None = link("account", nullable=True, index=False, on_delete="SET NULL")
    created_at: datetime = moment()
    updated_at: datetime = moment()


class LabelLink(SQLModel, table=True):
    """That a control of a project offers such a label."""

    __tablename__ = "label_link"
    __table_args__ = (UniqueConstraint("project_id", "from_name", "label_id"),)

    id: int | None = Field(default=None, primary_key=True)
    project_id: int = link("project", index=False)
    label_id: int = link("label")
    from_name: str


class View(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    project_id: int = link("project")
    user_id: int | None = link("account", nullable=True, index=False, on_delete="SET NULL")
    order: int = 0
    data: dict[str, Any] = json({})
