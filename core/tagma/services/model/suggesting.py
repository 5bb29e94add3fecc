"""Asking a model about one task while somebody waits: as they draw with a smart tool, and as a task is opened."""

from __future__ import annotations

import functools
import random
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from tagma.db.engine import Transaction
from tagma.errors import InvalidInput, ModelError, ModelUnreachable, TagmaError
from tagma.plugin.shapes import Task
from tagma.services import access
from tagma.services.access import Actor
from tagma.services.desk import shapes
from tagma.services.desk.prediction_door import Door
from tagma.services.model import answers, model_state, model_use, models, predicting
from tagma.services.model.model_use import Model

if TYPE_CHECKING:
    from tagma.services.site import Site


@dataclass(frozen=True)
class Question:
    """A task as it is open, and what was drawn."""

    model: Model
    task: Task
    context: Mapping[str, Any]


def prepare(site: Site, tx: Transaction, actor: Actor, model_id: int, task_id: Any, context: Any) -> Question:
    """:raises NotFound: no such model or task, or not the actor's to see."""
    if not isinstance(task_id, int) or isinstance(task_id, bool):
        raise InvalidInput("Validation error", {"task": ["Name the task by its number."]})
    if context is not None and not isinstance(context, Mapping):
        raise InvalidInput("Validation error", {"context": ["context must be an object."]})
    record = models.get(site, tx, actor, model_id)
    task = access.task(site, tx, actor, task_id, "annotation.create")
    if task.project_id != record.project_id:
        words = f"Task {task_id} belongs to another project than this model."
        raise InvalidInput(words, {"task": [words]})
    opened = _opened_task(site, tx, actor, task_id, task.project_id)
    return Question(models.load(site, tx, record), opened, context or {})


def interactive(site: Site, question: Question) -> Future[dict[str, Any]]:
    """Suggestions for what is being drawn: ``{data: prediction}``, or ``{errors: [sentences]}`` if there are none."""
    model = question.model

    def ask() -> dict[str, Any]:
        try:
            with model_use.opened(site, model) as predictor:
                given = answers.ask(model, predictor, [question.task], model.version, question.context)
        except TagmaError as error:
            trouble = str(error)
            site.database.write(lambda tx: model_state.note(tx, model.id, trouble, wrong=True))
            return {"errors": [trouble]}
        if not given[0]:
            return {"errors": ["The model suggests nothing here."]}
        return _suggestion(site, model, question, given[0][0])

    try:
        return site.asking.ask(model.id or 0, ask)
    except ModelError as busy:
        told: Future[dict[str, Any]] = Future()
        told.set_result({"errors": [str(busy)]})
        return told


def _suggestion(site: Site, model: Model, question: Question, best: answers.Item) -> dict[str, Any]:
    """What passes the door of all predictions, with what of it does not fit; a sentence if it is refused."""

    def read(tx: Transaction) -> Door:
        return Door(
            site,
            access.project(site, tx, access.system(model.project["organization"]), int(model.project["id"])),
        )

    try:
        passed = site.database.read(read).check(best, question.task["data"])
    except InvalidInput as error:
        trouble = str(answers.fault_of(best, error))
        site.database.write(lambda tx: model_state.note(tx, model.id, trouble, wrong=True))
        return {"errors": [trouble]}
    found = {"result": passed.result, "score": passed.score, "model_version": best["model_version"]}
    warned = {"warnings": [one.as_dict() for one in passed.warnings]} if passed.warnings else {}
    return {"data": found, **warned}


def _opened_task(site: Site, tx: Transaction, actor: Actor, task_id: int, project_id: int) -> Task:
    """A task with its work: the drafts of the asker, and of annotations what they may see."""
    task = predicting.tasks_for(site, tx, [task_id], project_id)[0]
    here = access.within(tx, actor, project_id)
    if not access.allowed(here, "annotation.view_others"):
        task["annotations"] = [one for one in task["annotations"] if one.get("completed_by") == actor.user_id]
    drafts = shapes.drafts(
        tx, "d.task_id = :task AND d.user_id = :me", {"task": task_id, "me": actor.user_id}
    )
    task["drafts"] = orjson.loads(orjson.dumps(drafts))
    return task


def live(site: Site, tx: Transaction, project_id: int, task_id: int) -> list[Model]:
    """The models to ask as this task is opened: the one whose title the project shows, or all if it evaluates automatically;
    only those whose present version has no prediction of it yet."""
    row = tx.row(
        "SELECT organization_id, model_version, evaluate_predictions_automatically FROM project WHERE id = :id",
        id=project_id,
    )
    if row is None or not (row[1] or row[2]):
        return []
    records = models.of_project(tx, row[0], project_id)
    chosen = [one for one in records if one.title == row[1]][:1] or (records if row[2] else [])
    done = {one[0] for one in tx.rows("SELECT model_version FROM prediction WHERE task_id = :id", id=task_id)}
    found = [models.load(site, tx, one) for one in chosen]
    return [one for one in found if one.version not in done and one.kind in site.plugins.predictors]


def evaluate(site: Site, project_id: int, task_id: int) -> list[str]:
    """Have the task's predictions made that its project shows; sentences of what did not work. Waits for the models."""
    told = []
    for model in site.database.read(lambda tx: live(site, tx, project_id, task_id)):
        if model_use.just_gone(model):
            told.append(str(model.state["error"]))
            continue
        try:
            _predict(site, model, project_id, task_id)
        except TagmaError as error:
            site.database.write(functools.partial(model_state.note_trouble, model_id=model.id, error=error))
            told.append(str(error))
    return told


def _predict(site: Site, model: Model, project_id: int, task_id: int) -> None:
    tasks = site.database.read(lambda tx: predicting.tasks_for(site, tx, [task_id], project_id))
    if not tasks:
        return
    with model_use.opened(site, model) as predictor:
        items = answers.ask(model, predictor, tasks, model.version)[0]

    def write(tx: Transaction) -> answers.Kept:
        system = access.system(model.project["organization"])
        project = access.project(site, tx, system, project_id)
        return answers.keep(site, tx, system, project, predicting.still_wanted(tx, items))

    kept = site.database.write(write)
    if kept.refused:
        raise kept.refused[0]
    if kept.warnings:
        words = f"{kept.warnings[0].message} It was kept all the same."
        site.database.write(lambda tx: model_state.note(tx, model.id, words, wrong=True))


def begin(site: Site, project_id: int, task_id: int) -> Future[list[str]]:
    """:func:`evaluate` in a thread of its own; who asks again meanwhile waits for the same."""
    try:
        return site.asking.once(task_id, lambda: evaluate(site, project_id, task_id))
    except ModelUnreachable as busy:
        told: Future[list[str]] = Future()
        told.set_result([str(busy)])
        return told


# trying ------------------------------------------------------------------------------------------------------------


def any_task(tx: Transaction, project_id: int) -> int | None:
    """A task to try a model with, by chance; None if there are none."""
    bounds = tx.row("SELECT min(id), max(id) FROM task WHERE project_id = :id", id=project_id)
    if bounds is None or bounds[0] is None:
        return None
    pivot = random.randint(bounds[0], bounds[1])
    row = tx.row(
        "SELECT id FROM task WHERE project_id = :id AND id >= :pivot ORDER BY id LIMIT 1",
        id=project_id,
        pivot=pivot,
    )
    return int(row[0]) if row else None


def tried(site: Site, model: Model, task_id: int) -> dict[str, Any]:
    """Ask about one task and keep nothing: what was asked and what was answered."""
    tasks = site.database.read(lambda tx: predicting.tasks_for(site, tx, [task_id], int(model.project["id"])))
    told: dict[str, Any] = {"status": 200, "error_message": None, "url": model.settings.get("url") or "",
                            "task": tasks[0] if tasks else None, "request": {"tasks": tasks}, "response": None}  # fmt: skip
    try:
        with model_use.opened(site, model) as predictor:
            told["response"] = {"results": answers.ask(model, predictor, tasks, model.version)}
    except TagmaError as error:
        told |= {"status": error.status, "error_message": str(error)}
    return told
