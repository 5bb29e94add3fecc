"""What a plugin is handed: task, annotation, prediction and result in the wire's own shape.

These are plain dictionaries, as they travel over the API. Keys a plugin does not know must be passed on untouched.
"""

from __future__ import annotations

from typing import Any, TypedDict


class Result(TypedDict, total=False):
    """One item of ``annotation["result"]``. All items of one region share ``id``; a relation has ``from_id``/``to_id``."""

    id: str
    from_name: str
    to_name: str
    type: str
    value: dict[str, Any]
    origin: str
    score: float
    parentID: str
    meta: dict[str, Any]
    readonly: bool
    hidden: bool
    locked: bool
    item_index: int
    original_width: int
    original_height: int
    image_rotation: float
    from_id: str
    to_id: str
    direction: str
    labels: list[str]


class Annotation(TypedDict, total=False):
    id: int
    result: list[Result]
    completed_by: int | dict[str, Any]
    was_cancelled: bool
    ground_truth: bool
    created_at: str
    updated_at: str
    lead_time: float | None
    parent_prediction: int | None
    parent_annotation: int | None
    import_id: int | None
    unique_id: str
    result_count: int
    task: int
    project: int


class Prediction(TypedDict, total=False):
    id: int
    result: list[Result]
    score: float | None
    model_version: str
    task: int
    project: int


class Task(TypedDict, total=False):
    """An export task; see the JSON format for every key."""

    id: int
    inner_id: int
    data: dict[str, Any]
    meta: dict[str, Any]
    annotations: list[Annotation]
    predictions: list[Prediction]
    drafts: list[dict[str, Any]]
    project: int
    created_at: str
    updated_at: str
    file_upload: str | None
    allow_skip: bool


class TaskDraft(TypedDict, total=False):
    """What an importer yields: a task that has no number yet. ``data`` is required; the rest is as in :class:`Task`."""

    data: dict[str, Any]
    meta: dict[str, Any]
    annotations: list[Annotation]
    predictions: list[Prediction]
    overlap: int
    allow_skip: bool
