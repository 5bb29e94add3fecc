"""What goes in and out: files, objects of storages, messages, and the jobs that move them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, Integer, UniqueConstraint, text, true
from sqlmodel import Field, SQLModel

from tagma.db.tables.columns import json, link, moment


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
    version: str = ""  # of the object when it was read last; empty: not known
    created_at: datetime = moment()


class TargetObject(SQLModel, table=True):
    """An annotation (or a task) and its object in a target storage. What is still to be written is that whose versions differ;
    the index holds only those."""

    __tablename__ = "target_object"
    __table_args__ = (
        Index(
            "ix_target_waiting",
            "record_id",
            "tries",
            "item_id",
            sqlite_where=text("version <> written"),
            postgresql_where=text("version <> written"),
        ),
    )

    record_id: int = link("record", primary_key=True, index=False)
    item_id: int = Field(primary_key=True, sa_type=Integer)
    task_id: int = Field(index=True)
    version: int = 1  # counts the changes here
    written: int = 0  # the version that lies there
    tries: int = 0  # in vain, since the last success


class Origin(SQLModel, table=True):
    """What became of something that came over from another server, so that moving again brings only what is new.

    ``record_id`` is the record of that server. What is of a project goes with it, and may then come over anew.
    """

    record_id: int = link("record", index=False, primary_key=True)
    kind: str = Field(primary_key=True)  # user, project, file, task, annotation, …
    foreign_id: str = Field(primary_key=True)
    own_id: int
    project_id: int | None = link("project", nullable=True)


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
    insist: bool = Field(True, sa_column_kwargs={"server_default": true()})
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
