"""What can be done to many chosen tasks at once: each action is one function and a few words about it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import orjson

from tagma.db import bulk
from tagma.db.engine import Transaction
from tagma.db.tables import Project
from tagma.db.types import stamp
from tagma.errors import InvalidInput, NotFound, did_you_mean
from tagma.plugin.events import AnnotationCreated, AnnotationDeleted, AnnotationsCreated
from tagma.services import access
from tagma.services.access import Actor
from tagma.services.desk import trash
from tagma.services.model import models, predicting
from tagma.services.project import counters
from tagma.services.project.counters import Tally
from tagma.services.stored import count_regions, new_unique_ids
from tagma.services.table import views
from tagma.services.table.views import Query

if TYPE_CHECKING:
    from tagma.services.site import Site

_CHOSEN = "t.id IN (SELECT id FROM chosen)"


@dataclass(slots=True)
class Chosen:
    """What an action works on: the tasks ``t`` of a project that fulfil ``where``, and what its form was filled with."""

    site: Site
    tx: Transaction
    actor: Actor
    project: Project
    where: str
    params: dict[str, Any]
    fields: Mapping[str, Any]
    asked: Query = field(default_factory=Query)
    """What chose the tasks, for jobs that choose them anew."""

    @property
    def project_id(self) -> int:
        assert self.project.id is not None
        return self.project.id

    @property
    def query(self) -> str:
        return f"SELECT t.id FROM task t WHERE t.project_id = :project AND {self.where}"


@dataclass(frozen=True, slots=True)
class Answer:
    processed_items: int
    detail: str
    reload: bool = False
    undo: str = ""
    """Where to POST to have it undone; empty when it can't be."""
    jobs: list[int] = field(default_factory=list)
    """What it began and others finish."""


@dataclass(frozen=True, slots=True)
class Action:
    """:param destroys: it takes something away, so it needs to be told which tasks, in so many words."""

    id: str
    title: str
    permission: str
    work: Callable[[Chosen], Answer]
    text: str
    destroys: bool = False
    form: Callable[[Chosen], list[dict[str, Any]]] | None = None
    impossible: Callable[[Chosen], str] = lambda chosen: ""
    """Why it can't be done here, for people."""


# deleting ----------------------------------------------------------------------------------------------------------


def _delete_tasks(chosen: Chosen) -> Answer:
    batch = trash.put_tasks(chosen.site, chosen.tx, chosen.actor, chosen.project, chosen.where, chosen.params)
    undo = f"/api/trash/{batch.id}/restore" if batch.id else ""
    return Answer(batch.count, f"Deleted {_count(batch.count, 'task')}", reload=True, undo=undo)


def _delete_annotations(chosen: Chosen) -> Answer:
    """They become tombstones, as by hand; each leaves its line in the history."""
    tx, who, moment = chosen.tx, _whole(chosen.fields.get("annotator"), "annotator"), stamp()
    with bulk.chosen(tx, chosen.query, chosen.params):
        which = "deleted_at IS NULL AND task_id IN (SELECT id FROM chosen)"
        which += " AND completed_by = :who" if who is not None else ""
        gone = tx.rows(f"SELECT id, task_id FROM annotation WHERE {which} ORDER BY id", who=who)
        if gone:
            told = {"now": moment, "me": chosen.actor.user_id, "who": who}
            with counters.counted(
                tx, chosen.project_id, chosen.project.skip_queue, _CHOSEN, by=chosen.actor.user_id
            ):
                tx.run(
                    "INSERT INTO annotation_history (annotation_id, task_id, project_id, user_id, action, lead_time, created_at)"
                    f" SELECT id, task_id, project_id, :me, 'deleted', lead_time, :now FROM annotation WHERE {which}",
                    told,
                )
                tx.run(
                    f"DELETE FROM draft WHERE annotation_id IN (SELECT id FROM annotation WHERE {which})",
                    told,
                )
                tx.run(
                    f"UPDATE annotation SET deleted_at = :now, updated_at = :now, updated_by = :me WHERE {which}",
                    told,
                )
            _everybody_from_the_start(tx, chosen.project_id)
    for annotation_id, task_id in gone:
        tx.tell(AnnotationDeleted(**_told(chosen), task_id=task_id, annotation_id=annotation_id))
    tx.session.expire_all()
    undo = trash.annotations_path(chosen.project_id, moment) if gone else ""
    return Answer(len(gone), f"Deleted {_count(len(gone), 'annotation')}", undo=undo)


def _delete_predictions(chosen: Chosen) -> Answer:
    tx = chosen.tx
    with bulk.chosen(tx, chosen.query, chosen.params):
        count = tx.run("DELETE FROM prediction WHERE task_id IN (SELECT id FROM chosen)")
        counters.settle_predictions(tx, _CHOSEN, {})
        counters.move(tx, chosen.project_id, Tally(predictions=-count))
    return Answer(count, f"Deleted {_count(count, 'prediction')}")


def _everybody_from_the_start(tx: Transaction, project_id: int) -> None:
    """Tasks have become open again anywhere; the places people have come to are only hints."""
    tx.run("DELETE FROM queue_cursor WHERE project_id = :project", project=project_id)


# predictions to annotations ----------------------------------------------------------------------------------------

_MADE = (
    "id", "task_id", "project_id", "completed_by", "updated_by", "result", "result_count", "was_cancelled", "ground_truth",
    "unique_id", "parent_prediction", "bulk_created", "last_action", "created_at", "updated_at",
)  # fmt: skip
_REMEMBERED = ("annotation_id", "task_id", "project_id", "user_id", "action", "created_at")


def _to_annotations(chosen: Chosen) -> Answer:
    """The newest prediction of each task (of the models asked for) that is no annotation yet, in the name of who asks."""
    tx, me = chosen.tx, chosen.actor.user_id
    versions = {f"v{place}": one for place, one in enumerate(_words(chosen.fields.get("model_version")))}
    of_versions = f" AND n.model_version IN (:{', :'.join(versions)})" if versions else ""
    moment = stamp()
    with bulk.chosen(tx, chosen.query, chosen.params):
        found = tx.rows(
            "SELECT p.id, p.task_id, p.result FROM prediction p JOIN (SELECT max(n.id) AS id FROM prediction n"
            f" WHERE n.task_id IN (SELECT id FROM chosen){of_versions}"
            " GROUP BY n.task_id) AS newest ON newest.id = p.id WHERE NOT EXISTS (SELECT 1 FROM annotation a"
            " WHERE a.task_id = p.task_id AND a.parent_prediction = p.id AND a.deleted_at IS NULL) ORDER BY p.id",
            versions,
        )
        if not found:
            return Answer(
                0, "There was no prediction to take: no chosen task has one that is not an annotation yet."
            )
        numbers = bulk.take_ids(tx, "annotation", len(found))
        unique = new_unique_ids(len(found))
        with counters.counted(tx, chosen.project_id, chosen.project.skip_queue, _CHOSEN, by=me):
            made = [
                (number, task_id, chosen.project_id, me, me, result, count_regions(orjson.loads(result)), False, False,
                 word, prediction_id, True, "prediction", moment, moment)
                for number, word, (prediction_id, task_id, result) in zip(numbers, unique, found, strict=True)
            ]  # fmt: skip
            bulk.insert(tx, "annotation", _MADE, made)
            history = [(row[0], row[1], row[2], me, "prediction", moment) for row in made]
            bulk.insert(tx, "annotation_history", _REMEMBERED, history)
    for row in made:
        tx.tell(AnnotationCreated(**_told(chosen), task_id=row[1], annotation_id=row[0], together=True))
    ids, tasks = tuple(row[0] for row in made), tuple(row[1] for row in made)
    tx.tell(AnnotationsCreated(**_told(chosen), task_ids=tasks, annotation_ids=ids))
    tx.session.expire_all()
    return Answer(len(made), f"Created {_count(len(made), 'annotation')}")


# duplicates --------------------------------------------------------------------------------------------------------


def _remove_duplicates(chosen: Chosen) -> Answer:
    """Of tasks with the same data one stays, that with the most annotations; the work on the others moves to it."""
    tx = chosen.tx
    moves = [
        {"stays": same[0], "goes": goes} for same in _alike(chosen) if len(same) > 1 for goes in same[1:]
    ]
    if not moves:
        return Answer(0, "No two of the chosen tasks have the same data.")
    concerned = sorted({one for move in moves for one in move.values()})
    with bulk.chosen(tx, f"SELECT t.id FROM task t WHERE {_among(concerned, tx)}"):
        with counters.counted(
            tx, chosen.project_id, chosen.project.skip_queue, _CHOSEN, by=chosen.actor.user_id
        ):
            for table in ("annotation", "annotation_history", "draft", "prediction"):
                tx.many(f"UPDATE {table} SET task_id = :stays WHERE task_id = :goes", moves)
            counters.settle_predictions(tx, _CHOSEN, {})
        _everybody_from_the_start(tx, chosen.project_id)
    goes = _among([move["goes"] for move in moves], tx)
    count = trash.put_tasks(chosen.site, tx, chosen.actor, chosen.project, goes, {}).count
    return Answer(count, f"Removed {_count(count, 'duplicated task')}", reload=True)


def _alike(chosen: Chosen) -> Iterable[list[int]]:
    """Ids of tasks with the same data, whatever the order of its keys; the one to stay first."""
    tx = chosen.tx
    groups: dict[bytes, list[int]] = defaultdict(list)
    rows = tx.stream(
        f"SELECT t.id, {tx.json_text('t.data')} FROM task t WHERE t.project_id = :project AND {chosen.where}"
        " ORDER BY t.total_annotations DESC, t.id",
        chosen.params,
    )
    for batch in rows:
        for task_id, data in batch:
            text = orjson.dumps(orjson.loads(data), option=orjson.OPT_SORT_KEYS)
            groups[blake2b(text, digest_size=16).digest()].append(task_id)
    return groups.values()


def _among(ids: Sequence[int], tx: Transaction) -> str:
    """Numbers of our own stand in the SQL as one text, so that a hundred thousand of them are one value."""
    text = ",".join(str(int(one)) for one in ids)
    if tx.postgres:
        return f"t.id = ANY('{{{text}}}'::bigint[])"
    return f"t.id IN (SELECT value FROM json_each('[{text}]'))"


def _ask_models(chosen: Chosen) -> Answer:
    """Jobs that ask: the model that was chosen, or every one that is connected."""
    tx, wanted = chosen.tx, _whole(chosen.fields.get("model"), "model")
    found = [
        one
        for one in models.of_project(tx, chosen.actor.organization_id, chosen.project_id)
        if wanted is None or one.id == wanted
    ]
    if not found:
        return Answer(
            0,
            "No model is connected to this project, so there is nobody to ask. Predictions can be imported instead.",
        )
    jobs = [predicting.start(chosen.site, tx, chosen.actor, one.id or 0, chosen.asked)[0] for one in found]
    row = tx.row(f"SELECT count(*) FROM ({chosen.query}) AS those", chosen.params)
    count = int(row[0]) if row else 0
    names = ", ".join(f'"{one.title}"' for one in found)
    return Answer(count, f"{names}: asked about {_count(count, 'task')}.", jobs=jobs)


# forms -------------------------------------------------------------------------------------------------------------


def _select(name: str, label: str, options: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {"columnCount": 1, "fields": [{"type": "select", "name": name, "label": label, "options": options}]}
    ]


def _annotator_form(chosen: Chosen) -> list[dict[str, Any]]:
    rows = chosen.tx.rows(
        "SELECT u.id, u.email FROM account u WHERE u.id IN (SELECT completed_by FROM annotation WHERE project_id = :project"
        " AND deleted_at IS NULL) ORDER BY u.email",
        project=chosen.project_id,
    )
    people = [{"value": str(row[0]), "label": row[1]} for row in rows]
    return _select("annotator", "Annotator", [{"value": "", "label": "Everybody"}, *people])


def _model_form(chosen: Chosen) -> list[dict[str, Any]]:
    rows = chosen.tx.rows(
        "SELECT DISTINCT model_version FROM prediction WHERE project_id = :project ORDER BY 1",
        project=chosen.project_id,
    )
    versions = [{"value": row[0], "label": row[0]} for row in rows]
    return _select(
        "model_version", "Model version", [{"value": "", "label": "The newest of each task"}, *versions]
    )


def _models_form(chosen: Chosen) -> list[dict[str, Any]]:
    found = models.of_project(chosen.tx, chosen.actor.organization_id, chosen.project_id)
    options = [{"value": str(one.id), "label": one.title} for one in found]
    return _select("model", "Model", [{"value": "", "label": "All that are connected"}, *options])


def _no_model(chosen: Chosen) -> str:
    connected = models.of_project(chosen.tx, chosen.actor.organization_id, chosen.project_id)
    return "" if connected else "no model is connected"


# the list and the door ---------------------------------------------------------------------------------------------

ACTIONS: dict[str, Action] = {
    action.id: action
    for action in (
        Action("retrieve_tasks_predictions", "Retrieve predictions", "prediction.change", _ask_models,
               "Ask the connected models about those of the chosen tasks that have no prediction of the model's present version.",
               form=_models_form, impossible=_no_model),
        Action("predictions_to_annotations", "Create annotations from predictions", "task.change", _to_annotations,
               "Each task's prediction becomes an annotation in your name.", form=_model_form),
        Action("remove_duplicates", "Remove duplicated tasks", "task.delete", _remove_duplicates,
               "Of tasks with the same data one stays; annotations and predictions of the others move to it.", destroys=True),
        Action("delete_tasks", "Delete tasks", "task.delete", _delete_tasks,
               "The tasks go with their annotations and predictions.", destroys=True),
        Action("delete_tasks_annotations", "Delete annotations", "annotation.delete_others", _delete_annotations,
               "The chosen tasks lose their annotations.", destroys=True, form=_annotator_form),
        Action("delete_tasks_predictions", "Delete predictions", "prediction.change", _delete_predictions,
               "The chosen tasks lose their predictions.", destroys=True),
    )
}  # fmt: skip


def listed(site: Site, tx: Transaction, actor: Actor, project_id: int) -> list[dict[str, Any]]:
    """The actions that the actor may do in this project."""
    project = access.project(site, tx, actor, project_id)
    here = access.within(tx, actor, project_id)
    every = Chosen(site, tx, actor, project, "TRUE", {}, {})
    return [
        {
            "id": action.id, "title": action.title, "order": 100 + place, "permission": action.permission,
            "dialog": {"title": action.title, "text": action.text, "type": "confirm", "form": action.form and action.form(every)},
            "experimental": False, "hidden": False, "disabled": bool(why := action.impossible(every)), "disabled_reason": why,
        }
        for place, action in enumerate(ACTIONS.values())
        if access.allowed(here, action.permission)
    ]  # fmt: skip


def form(site: Site, tx: Transaction, actor: Actor, project_id: int, action_id: str) -> list[dict[str, Any]]:
    """What the action wants to know before it is done."""
    action = find(action_id)
    project = access.project(site, tx, actor, project_id, action.permission)
    return action.form(Chosen(site, tx, actor, project, "TRUE", {}, {})) if action.form else []


def find(action_id: str) -> Action:
    """:raises NotFound: there is no such action."""
    if action_id not in ACTIONS:
        raise NotFound(
            f'There is no action "{action_id}".', hint=did_you_mean(action_id, ACTIONS), action=action_id
        )
    return ACTIONS[action_id]


def run(
    site: Site,
    tx: Transaction,
    actor: Actor,
    project_id: int,
    action_id: str,
    query: Query,
    fields: Mapping[str, Any],
) -> Answer:
    """Do it to the tasks of ``query``. :raises InvalidInput: it destroys, and nobody said what."""
    action = find(action_id)
    project = access.project(site, tx, actor, project_id, action.permission)
    if action.destroys and query.selected is None:
        raise InvalidInput(
            f"{action_id} must be told which tasks.",
            {"selectedItems": ["This field is required."]},
            hint='Send {"all": false, "included": [ids]}, or {"all": true, "excluded": []} for every task.',
        )
    scope = views.scope_of(tx, project)
    where = views.condition(tx, query, scope) or "TRUE"
    return action.work(Chosen(site, tx, actor, project, where, scope.params, fields, query))


def _count(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _whole(given: Any, name: str) -> int | None:
    if given is None or given == "":
        return None
    if isinstance(given, int | str) and not isinstance(given, bool) and str(given).isdecimal():
        return int(given)
    words = f"{name} must be the id of a person, not {given!r}."
    raise InvalidInput(words, {name: [words]})


def _words(given: Any) -> list[str]:
    """One word, a list of them, or nothing."""
    return [str(one) for one in (given if isinstance(given, list) else [given]) if one not in (None, "")]


def _told(chosen: Chosen) -> dict[str, Any]:
    return {
        "organization_id": chosen.project.organization_id,
        "project_id": chosen.project_id,
        "user_id": chosen.actor.user_id,
    }
