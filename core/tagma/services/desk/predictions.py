"""Predictions of models: put in one by one or in bulk, changed, deleted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from tagma.db import bulk
from tagma.db.engine import Transaction
from tagma.db.tables import Prediction, Project, Task
from tagma.db.types import AS_MADE, now, stamp
from tagma.errors import InvalidInput, InvalidResult, NotFound, TagmaError
from tagma.plugin.events import PredictionsCreated
from tagma.services import access
from tagma.services.access import Actor
from tagma.services.desk.prediction_door import WARNINGS, Door, faults_of
from tagma.services.desk.shapes import listed
from tagma.services.project import counters
from tagma.services.project.counters import Tally
from tagma.services.stored import json_text

if TYPE_CHECKING:
    from tagma.services.site import Site

_COLUMNS = ("id", "task_id", "project_id", "result", "score", "model_version", "created_at", "updated_at")


class Made(NamedTuple):
    """Ids of what was stored, and what is odd about it; ``row`` in ``where`` is the place of the item."""

    ids: list[int]
    warnings: list[TagmaError]


def create(site: Site, tx: Transaction, actor: Actor, fields: Mapping[str, Any]) -> Made:
    """One prediction from ``{task, result, score?, model_version?}``."""
    if not isinstance(fields.get("task"), int):
        raise InvalidInput("Validation error", {"task": ["This field is required."]})
    task = access.task(site, tx, actor, fields["task"], "prediction.change")
    project = access.project(site, tx, actor, task.project_id, "prediction.change")
    return create_many(site, tx, actor, project, [fields])


def create_many(
    site: Site,
    tx: Transaction,
    actor: Actor,
    project: Project,
    items: Sequence[Mapping[str, Any]],
    on_fault: Callable[[int, InvalidInput], None] | None = None,
) -> Made:
    """Predictions for tasks of one project by a handful of statements.

    :param on_fault: told which item is refused and why; the others are stored all the same.
    :raises InvalidInput: naming the item, where nobody is to be told.
    """
    assert project.id is not None
    known = _data_of(tx, project.id, items)
    door, warnings = Door(site, project), list[TagmaError]()
    moment = stamp()
    rows: list[list[Any]] = []
    for number, item in enumerate(items):
        try:
            if type(item.get("task")) is not int or item["task"] not in known:
                words = f"Item {number}: the project has no task {item.get('task')!r}."
                raise InvalidInput(words, {"task": [words]})
            passed = door.check(item, orjson.loads(known[item["task"]]))
            result = json_text(passed.result, "result")
        except InvalidInput as error:
            error.where["row"] = number
            if on_fault is None:
                raise
            on_fault(number, error)
            continue
        version = str(item.get("model_version") or "undefined")
        for fault in passed.warnings[: WARNINGS - len(warnings)]:
            fault.where["row"] = number
            warnings.append(fault)
        rows.append([0, item["task"], project.id, result, passed.score, version, moment, AS_MADE])
    ids = bulk.take_ids(tx, "prediction", len(rows))
    for row, number in zip(rows, ids, strict=True):
        row[0] = number
    bulk.insert(tx, "prediction", _COLUMNS, rows)
    touched = tuple(sorted({row[1] for row in rows}))
    if touched:
        counters.settle_predictions(tx, f"t.id IN ({listed(touched)})", {})
        counters.move(tx, project.id, Tally(predictions=len(rows)))
        tx.tell(
            PredictionsCreated(
                organization_id=project.organization_id,
                project_id=project.id,
                user_id=actor.user_id,
                task_ids=touched,
            )
        )
    return Made(ids, warnings)


def _data_of(tx: Transaction, project_id: int, items: Sequence[Mapping[str, Any]]) -> dict[Any, str]:
    """The data of those tasks of the project that the items name, as JSON."""
    wanted = list({item["task"]: None for item in items if type(item.get("task")) is int})
    found: dict[Any, str] = {}
    for at in range(0, len(wanted), 1000):
        found.update(
            tx.rows(
                f"SELECT t.id, {tx.json_text('t.data')} FROM task t WHERE t.project_id = :p AND t.id IN ({listed(wanted[at : at + 1000])})",
                p=project_id,
            )
        )
    return found


def get(
    site: Site, tx: Transaction, actor: Actor, prediction_id: int, action: str = "prediction.view"
) -> Prediction:
    found = tx.session.get(Prediction, prediction_id)
    if found is None:
        raise access.not_found("prediction", prediction_id)
    try:
        access.project(site, tx, actor, found.project_id, action)
    except NotFound:
        raise access.not_found("prediction", prediction_id) from None
    return found


def faults(site: Site, tx: Transaction, actor: Actor, prediction_id: int) -> list[InvalidResult]:
    """What of a stored prediction can't be drawn by the config as it is now, or does not fit it."""
    found = get(site, tx, actor, prediction_id)
    task, project = tx.session.get(Task, found.task_id), tx.session.get(Project, found.project_id)
    if task is None or project is None:
        raise access.not_found("prediction", prediction_id)
    return faults_of(site.config(project.label_config), found.result, task.data)


def update(
    site: Site, tx: Transaction, actor: Actor, prediction_id: int, fields: Mapping[str, Any]
) -> list[InvalidResult]:
    """Change some of its fields; what is odd about it now."""
    found = get(site, tx, actor, prediction_id, "prediction.change")
    project = access.project(site, tx, actor, found.project_id, "prediction.change")
    given = {"result": fields.get("result", found.result), "score": fields.get("score", found.score)}
    warnings: list[InvalidResult] = []
    if fields.keys() & given.keys():
        data = access.task(site, tx, actor, found.task_id, "prediction.change").data
        found.result, found.score, warnings = Door(site, project).check(given, data)
        json_text(found.result, "result")
    if fields.get("model_version"):
        found.model_version = str(fields["model_version"])
    found.updated_at = now()
    tx.session.add(found)
    tx.session.flush()
    return warnings


def delete(site: Site, tx: Transaction, actor: Actor, prediction_id: int) -> None:
    found = get(site, tx, actor, prediction_id, "prediction.change")
    delete_where(tx, found.project_id, "p.id = :prediction", {"prediction": prediction_id}, [found.task_id])


def delete_where(
    tx: Transaction, project_id: int, where: str, params: Mapping[str, Any], task_ids: Iterable[int]
) -> int:
    """Delete predictions ``p`` of the project and settle ``task_ids``; how many."""
    count = tx.run(
        f"DELETE FROM prediction AS p WHERE p.project_id = :project AND {where}",
        {**params, "project": project_id},
    )
    counters.settle_predictions(tx, f"t.id IN ({listed(task_ids)})", {})
    counters.move(tx, project_id, Tally(predictions=-count))
    return count
