"""What next, submit and draft need to know of a project and a task: one statement each, and no more than that.

These run ten thousand times a day for each labeler; a whole :class:`~tagma.db.tables.Project` through the session costs more
than all the rest of a submit.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import orjson

from tagma.db.engine import Transaction
from tagma.services import access
from tagma.services.access import Actor

_PROJECT = (
    "id", "organization_id", "title", "label_config", "sampling", "skip_queue", "maximum_annotations", "show_overlap_first",
    "annotator_evaluation_enabled", "ground_truth_number", "model_version", "evaluate_predictions_automatically", "data_columns",
)  # fmt: skip
_COLUMNS = ", ".join(f"project.{name}" for name in _PROJECT)


class Workplace:
    """A project as somebody who labels in it meets it. ``here`` is the actor with the role they have in it."""

    def __init__(self, actor: Actor, role: str | None, row: Sequence[Any]) -> None:
        self.here = access.in_role(actor, role)
        (
            self.id, self.organization_id, self.title, self.label_config, self.sampling, self.skip_queue,
            self.maximum_annotations, self.show_overlap_first, self.annotator_evaluation_enabled, self.ground_truth_number,
            self.model_version, self.evaluates, self._data_columns,
        ) = row  # fmt: skip

    @cached_property
    def data_columns(self) -> dict[str, int]:
        columns: dict[str, int] = orjson.loads(self._data_columns)
        return columns


class Workpiece:
    """One task of a workplace. ``data`` is parsed when a tag asks for it."""

    def __init__(self, place: Workplace, task_id: int, allow_skip: bool, data: str) -> None:
        self.place, self.id, self.allow_skip, self._data = place, task_id, bool(allow_skip), data

    @cached_property
    def data(self) -> dict[str, Any]:
        data: dict[str, Any] = orjson.loads(self._data)
        return data


def project(tx: Transaction, actor: Actor, project_id: int, action: str) -> Workplace:
    """:raises NotFound: no such project, or none the actor may see. :raises NotAllowed: the role does not reach."""
    role, condition, params = access.seen(actor)
    row = tx.row(
        f"SELECT {role}, {_COLUMNS} FROM project WHERE project.id = :project AND {condition}",
        params,
        project=project_id,
    )
    if row is None:
        raise access.not_found("project", project_id)
    place = Workplace(actor, row[0], row[1:])
    access.require(place.here, action)
    return place


def task(tx: Transaction, actor: Actor, task_id: int, action: str) -> Workpiece:
    """Like :func:`project`, for one of its tasks."""
    role, condition, params = access.seen(actor)
    row = tx.row(
        f"SELECT {role}, t.allow_skip, {tx.json_text('t.data')}, {_COLUMNS} FROM task t JOIN project ON project.id = t.project_id"
        f" WHERE t.id = :task AND {condition}",
        params,
        task=task_id,
    )
    if row is None:
        raise access.not_found("task", task_id)
    place = Workplace(actor, row[0], row[3:])
    access.require(place.here, action)
    return Workpiece(place, task_id, row[1], row[2])
