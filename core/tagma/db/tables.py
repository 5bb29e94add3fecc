"""Every table. ``services`` is the only room that writes them; hot paths read them by SQL (``Transaction.rows``).

Remarks that hold for all: moments are text (see ``types.Moment``), ids are integers, a deleted annotation is a tombstone
(``deleted_at``), counters are kept by delta in the transaction that changes what they count.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Float, ForeignKey, Index, Integer, UniqueConstraint, text
from sqlmodel import Field, SQLModel

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


# people ------------------------------------------------------------------------------------------------------------


class Organization(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    title: str
    contact_info: str | None = None
    invite_token: str = Field(unique=True)
    created_by: int | None = None
    legacy_api_tokens_enabled: bool = False
    api_tokens_enabled: bool = True
    max_session_age: int = 11520  # minutes
    max_time_between_activity: int = 4320  # minutes
    created_at: datetime = moment()
    updated_at: datetime = moment()


class User(SQLModel, table=True):
    __tablename__ = "account"  # "user" is a reserved word of PostgreSQL

    id: int | None = Field(default=None, primary_key=True)
    email: str = Field(unique=True)  # lower case
    username: str = ""
    first_name: str = ""
    last_name: str = ""
    phone: str = ""
    password_hash: str | None = None  # None: no password yet, can't sign in with one
    avatar: str | None = None
    is_active: bool = True
    allow_newsletters: bool = False
    active_organization_id: int | None = link(
        "organization", nullable=True, index=False, on_delete="SET NULL"
    )
    custom_hotkeys: dict[str, Any] = json({})
    language: str | None = None
    theme: str | None = None
    session_epoch: int = 0  # raised to end every session of this person
    last_activity: datetime = moment()
    date_joined: datetime = moment()


class Membership(SQLModel, table=True):
    __table_args__ = (UniqueConstraint("organization_id", "user_id"),)

    id: int | None = Field(default=None, primary_key=True)
    organization_id: int = link("organization", index=False)
    user_id: int = link("account")
    role: str = Field(default="AN", max_length=2)  # OW AD MA RE AN
    created_at: datetime = moment()
    deleted_at: datetime | None = moment(default_now=False)


class Invite(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    organization_id: int = link("organization")
    token_hash: str = Field(unique=True)
    email: str | None = None
    role: str = Field(default="AN", max_length=2)
    created_by: int | None = link("account", nullable=True, index=False, on_delete="SET NULL")
    created_at: datetime = moment()
    expires_at: datetime | None = moment(default_now=False)
    used_at: datetime | None = moment(default_now=False)


class ApiToken(SQLModel, table=True):
    __tablename__ = "api_token"

    id: int | None = Field(default=None, primary_key=True)
    user_id: int = link("account")
    kind: str  # "legacy" or "pat"
    token_hash: str = Field(unique=True)  # SHA-256 of the key, or of the JWT's jti
    hint: str = ""  # what lists may show of a PAT; what a legacy key is derived from, with the site's secret
    created_at: datetime = moment()
    expires_at: datetime | None = moment(default_now=False)
    revoked_at: datetime | None = moment(default_now=False)


# projects ----------------------------------------------------------------------------------------------------------


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
    sampling: str = "Sequential sampling"
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


# work --------------------------------------------------------------------------------------------------------------


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
    random_key: float = Field(default=0.0, sa_column=Column(Float, nullable=False))  # 0 to 1
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
        Index("ix_prediction_model", "project_id", "model_version"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, primary_key=True)
    task_id: int = link("task", index=False)
    project_id: int = link("project", index=False)
    result: list[Any] = json([])
    score: float | None = None
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


class View(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    project_id: int = link("project")
    user_id: int | None = link("account", nullable=True, index=False, on_delete="SET NULL")
    order: int = 0
    data: dict[str, Any] = json({})


class FileUpload(SQLModel, table=True):
    __tablename__ = "file_upload"

    id: int | None = Field(default=None, primary_key=True)
    project_id: int = link("project")
    user_id: int | None = link("account", nullable=True, index=False, on_delete="SET NULL")
    file: str = Field(unique=True)  # "upload/<project>/<8 hex>-<name>" below the data folder
    size: int = 0
    created_at: datetime = moment()


class StorageLink(SQLModel, table=True):
    """That an object of a storage became a task, so that a second sync adds nothing."""

    __tablename__ = "storage_link"
    __table_args__ = (UniqueConstraint("record_id", "key", "row"),)

    id: int | None = Field(default=None, primary_key=True)
    record_id: int = link("record", index=False)
    task_id: int = link("task")
    key: str
    row: int = 0
    created_at: datetime = moment()


class Message(SQLModel, table=True):
    """Something on its way to another machine, and for some days what became of it; the index holds what still waits."""

    __table_args__ = (
        Index("ix_message_record", "record_id", "id"),
        Index(
            "ix_message_waiting",
            "next_at",
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    record_id: int = link("record", index=False)
    title: str
    url: str
    headers: dict[str, str] = json({})
    body: str
    state: str = "waiting"  # waiting, sent, given up
    attempts: int = 0
    status: int | None = None  # of the last answer
    answer: str = ""
    error: str = ""
    created_at: datetime = moment()
    sent_at: datetime | None = moment(default_now=False)  # of the last try
    next_at: datetime | None = moment(default_now=False)


class Job(SQLModel, table=True):
    """Long work. This row is the truth; the engine is only told ``run(job_id)``."""

    id: int | None = Field(default=None, primary_key=True)
    organization_id: int = link("organization")
    project_id: int | None = link("project", nullable=True)
    user_id: int | None = link("account", nullable=True, index=False, on_delete="SET NULL")
    kind: str
    state: str = Field(default="queued", index=True)  # queued running completed failed cancelled
    params: dict[str, Any] = json({})
    checkpoint: dict[str, Any] = json({})
    done: int = 0
    total: int | None = None
    unit: str = ""
    note: str = ""
    result: dict[str, Any] = json({})
    error: dict[str, Any] | None = json(None)
    cancel_asked: bool = False
    attempts: int = 0
    worker: str = ""
    heartbeat_at: datetime | None = moment(default_now=False)
    created_at: datetime = moment()
    started_at: datetime | None = moment(default_now=False)
    finished_at: datetime | None = moment(default_now=False)


class Export(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    project_id: int = link("project")
    created_by: int | None = link("account", nullable=True, index=False, on_delete="SET NULL")
    title: str = ""
    export_type: str = "JSON"
    options: dict[str, Any] = json({})
    status: str = "created"  # created in_progress failed completed
    job_id: int | None = None
    parent_id: int | None = None  # a conversion of that snapshot
    file: str | None = None  # below the data folder
    md5: str = ""
    size: int = 0
    task_number: int = 0
    report: dict[str, Any] = json({})
    created_at: datetime = moment()
    finished_at: datetime | None = moment(default_now=False)
