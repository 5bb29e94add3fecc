"""What a model answered, made ready for the door that all predictions go through: each fault is of one task, by name."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from tagma.db.engine import Transaction
from tagma.db.tables import Project
from tagma.errors import InvalidInput, ModelError, TagmaError
from tagma.plugin.predictors import Predictor
from tagma.plugin.shapes import Task
from tagma.services.access import Actor
from tagma.services.desk import predictions
from tagma.services.desk.shapes import listed
from tagma.services.model.model_use import Model, asked

if TYPE_CHECKING:
    from tagma.services.site import Site

Item = dict[str, Any]


class WrongCount(ModelError):
    """So many answers as tasks are needed to know which is whose; one by one it may work."""


def ask(
    model: Model,
    predictor: Predictor,
    tasks: Sequence[Task],
    version: str,
    context: Mapping[str, Any] | None = None,
) -> list[list[Item]]:
    """What it predicts for each of the tasks, with the fields that predictions from the API have.

    :raises ModelError: it can't be used; with a single task its id stands in ``where``.
    """
    given: Any = asked(model, lambda: predictor.predict(tasks, context))
    if isinstance(given, str | bytes | Mapping) or not isinstance(given, Sequence):
        raise ModelError(f"The model answered {_shown(given)}, not a list.", model=model.title)
    if len(given) != len(tasks):
        raise WrongCount(
            f"The model answered {len(given)} results for {len(tasks)} tasks.",
            hint="It has to answer one for each task, in their order.",
            model=model.title,
        )
    return [
        [_item(model, one, int(task["id"]), version) for one in _several(answer)]
        for task, answer in zip(tasks, given, strict=True)
    ]


def _several(answer: Any) -> Sequence[Any]:
    if answer is None:
        return []
    return answer if isinstance(answer, list | tuple) else [answer]


def _item(model: Model, given: Any, task_id: int, version: str) -> Item:
    if not isinstance(given, Mapping) or "result" not in given:
        raise ModelError(
            f"Task {task_id}: the model answered {_shown(given)}, which is no prediction.",
            hint='A prediction is an object with "result", a list.',
            model=model.title,
            task=task_id,
        )
    about = given.get("task")
    if about is not None and about != task_id:
        raise ModelError(
            f"Task {task_id}: the model answered for task {about}.",
            hint="It has to answer one for each task, in their order.",
            model=model.title,
            task=task_id,
        )
    if path := _no_number({"score": given.get("score"), "result": given["result"]}):
        raise ModelError(
            f"Task {task_id}: {path} is no number (NaN or infinity).",
            hint="JSON has no such numbers; leave the result out where the model has no answer.",
            model=model.title,
            task=task_id,
            path=path,
        )
    return {
        "task": task_id,
        "result": given["result"],
        "score": given.get("score"),
        "model_version": str(given.get("model_version") or version),
    }


def _no_number(value: Any, path: str = "") -> str:
    """The place of the first NaN or infinity: ``result[0].value.x``; "" if there is none."""
    if isinstance(value, float) and not math.isfinite(value):
        return path
    inside: Iterable[tuple[str, Any]] = ()
    if isinstance(value, Mapping):
        inside = ((f"{path}.{key}" if path else str(key), one) for key, one in value.items())
    elif isinstance(value, list | tuple):
        inside = ((f"{path}[{number}]", one) for number, one in enumerate(value))
    return next((found for place, one in inside if (found := _no_number(one, place))), "")


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:79] + "…"


class Kept(NamedTuple):
    """What became of a model's predictions: those put in, why others were not, and what of those put in does not fit."""

    items: list[Item]
    refused: list[TagmaError]
    warnings: list[TagmaError]


def keep(site: Site, tx: Transaction, actor: Actor, project: Project, items: Sequence[Item]) -> Kept:
    """Put predictions in."""
    refused: dict[int, TagmaError] = {}

    def on_fault(place: int, error: InvalidInput) -> None:
        refused[place] = fault_of(items[place], error)

    made = predictions.create_many(site, tx, actor, project, items, on_fault)
    return Kept(
        [item for place, item in enumerate(items) if place not in refused],
        list(refused.values()),
        [fault_of(items[int(one.where["row"])], one) for one in made.warnings],
    )


def replace_former(
    tx: Transaction, project_id: int, versions: Sequence[str], task_ids: Sequence[int]
) -> None:
    """Take away what former versions of a model said of these tasks, but for what an annotation began from."""
    if not versions or not task_ids:
        return
    names = {f"v{place}": version for place, version in enumerate(versions)}
    where = (
        f"p.task_id IN ({listed(task_ids)}) AND p.model_version IN ({', '.join(f':{name}' for name in names)})"
        f" AND NOT EXISTS (SELECT 1 FROM annotation a WHERE a.task_id IN ({listed(task_ids)}) AND a.parent_prediction = p.id)"
    )
    predictions.delete_where(tx, project_id, where, names, task_ids)


def fault_of(item: Item, error: TagmaError) -> TagmaError:
    """The door's words under the task's name instead of the place in a list that nobody sees."""
    task = item["task"]
    return ModelError(f"Task {task}: {error.message}", hint=error.hint, task=task)
