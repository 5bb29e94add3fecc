"""Predictions of models: put in one by one or in bulk, changed, deleted."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tagma.db import bulk
from tagma.db.engine import Transaction
from tagma.db.tables import Prediction, Project
from tagma.db.types import AS_MADE, now, stamp
from tagma.errors import InvalidInput, NotFound
from tagma.plugin.events import PredictionsCreated
from tagma.services import access, counters
from tagma.services.access import Actor
from tagma.services.counters import Tally
from tagma.services.shapes import listed
from tagma.services.stored import json_text
from tagma.services.tasks import ids_in

if TYPE_CHECKING:
    from tagma.services.site import Site

_COLUMNS = ("id", "task_id", "project_id", "result", "score", "model_version", "created_at", "updated_at")


def create(site: Site, tx: Transaction, actor: Actor, fields: Mapping[str, Any]) -> int:
    """One prediction from ``{task, result, score?, model_version?}``; its id."""
    if not isinstance(fields.get("task"), int):
        raise InvalidInput("Validation error", {"task": ["This field is required."]})
    task = access.task(site, tx, actor, fields["task"], "prediction.change")
    project = access.project(site, tx, actor, task.project_id, "prediction.change")
    return create_many(site, tx, actor, project, [fields])[0]


def create_many(
    site: Site, tx: Transaction, actor: Actor, project: Project, items: Sequence[Mapping[str, Any]]
) -> list[int]:
    """Predictions for tasks of one project by a handful of statements. :raises InvalidInput: naming the item."""
    assert project.id is not None
    known = ids_in(tx, project.id, [item["task"] for item in items if isinstance(item.get("task"), int)])
    moment = stamp()
    rows: list[list[Any]] = []
    for number, item in enumerate(items):
        if item.get("task") not in known:
            words = f"Item {number}: the project has no task {item.get('task')!r}."
            raise InvalidInput(words, {"task": [words]}, row=number)
        try:
            result = json_text(wrap(site, project, item.get("result")), "result")
            score = _score(item.get("score"))
        except InvalidInput as error:
            error.where["row"] = number
            raise
        version = str(item.get("model_version") or "undefined")
        rows.append([0, item["task"], project.id, result, score, version, moment, AS_MADE])
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
    return ids


def wrap(site: Site, project: Project, given: Any) -> list[Any]:
    """A result as a list. Shorthand is wrapped for the first control that can mean it: ``{"choices": ["A"]}`` or ``"A"``."""
    if isinstance(given, list):
        return given
    for name, node in site.config(project.label_config).controls.items():
        kind = node.tag.lower()
        simple = kind in ("choices", "textarea", "rating", "number")
        if isinstance(given, Mapping) and kind in given:
            value: Any = dict(given)
        elif isinstance(given, str | int) and not isinstance(given, bool) and simple:
            value = {kind: [given] if kind in ("choices", "textarea") else given}
        else:
            continue
        to_name = node.to_name[0] if node.to_name else ""
        return [{"from_name": name, "to_name": to_name, "type": kind, "value": value}]
    words = f"result must be a list of results; no control of this project reads {given!r}."
    raise InvalidInput(words, {"result": [words]})


def _score(given: Any) -> float | None:
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise InvalidInput(
            f"score must be a number, not {given!r}.", {"score": ["A valid number is required."]}
        )
    if not math.isfinite(given):
        raise InvalidInput(
            f"score is {float(given)}, which is no number.", {"score": ["A valid number is required."]}
        )
    return float(given)


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


def update(site: Site, tx: Transaction, actor: Actor, prediction_id: int, fields: Mapping[str, Any]) -> None:
    found = get(site, tx, actor, prediction_id, "prediction.change")
    project = access.project(site, tx, actor, found.project_id, "prediction.change")
    if "result" in fields:
        found.result = wrap(site, project, fields["result"])
        json_text(found.result, "result")
    if "score" in fields:
        found.score = _score(fields["score"])
    if fields.get("model_version"):
        found.model_version = str(fields["model_version"])
    found.updated_at = now()
    tx.session.add(found)
    tx.session.flush()


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
