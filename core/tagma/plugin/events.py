"""What happened, told to ``on_event`` after the commit. Each event carries ids, not bodies: ask for what you need."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """The root; ``user_id`` is who did it, or None for the system."""

    organization_id: int
    project_id: int | None = None
    user_id: int | None = None
    at: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectCreated(Event):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectUpdated(Event):
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectDeleted(Event):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class TasksCreated(Event):
    task_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TasksDeleted(Event):
    task_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotationCreated(Event):
    """``together``: made with others by one action, which tells of them all as :class:`AnnotationsCreated` too."""

    task_id: int
    annotation_id: int
    together: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotationsCreated(Event):
    """By one action; each is told of as :class:`AnnotationCreated` as well."""

    task_ids: tuple[int, ...]
    annotation_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotationUpdated(Event):
    task_id: int
    annotation_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotationDeleted(Event):
    task_id: int
    annotation_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictionsCreated(Event):
    task_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelLinksCreated(Event):
    """Somebody added labels of their own to controls of the project."""

    link_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelLinkUpdated(Event):
    link_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelLinkDeleted(Event):
    link_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFinished(Event):
    job_id: int
    kind: str
    state: str
