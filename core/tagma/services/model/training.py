"""Having models learn: on demand, and by themselves when enough was annotated."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tagma.db.engine import Transaction
from tagma.db.tables import Project, Record
from tagma.errors import InvalidInput, ModelError, TagmaError
from tagma.jobs import Cancelled, Interrupted, JobContext, kind
from tagma.plugin.events import AnnotationCreated, AnnotationDeleted, AnnotationUpdated, Event
from tagma.plugin.predictors import Fitted
from tagma.plugin.shapes import Task
from tagma.services import access
from tagma.services.access import Actor
from tagma.services.exports import export_tasks
from tagma.services.exports.export_tasks import AnnotationFilter, Options, Selection, TaskFilter
from tagma.services.model import model_state, model_use, models, predicting
from tagma.services.model.model_use import Model
from tagma.services.table.views import Query

if TYPE_CHECKING:
    from tagma.services.site import Site

_LEARNED_FROM = Options(
    task_filter_options=TaskFilter(only_with_annotations=True),
    annotation_filter_options=AnnotationFilter(usual=True, ground_truth=True),
    serialization_options=export_tasks.Shape(predictions=export_tasks.OnlyId(only_id=True)),
)

FIRST = (
    10  # annotations at which a model that renews itself begins to learn, where the project says nothing else
)
MORE = 4  # and again when there are a quarter more

_UNLABELED = Query(
    filters={
        "conjunction": "and",
        "items": [
            {"filter": "filter:tasks:completed_at", "operator": "empty", "type": "Datetime", "value": True}
        ],
    }
)


def start(site: Site, tx: Transaction, actor: Actor, model_id: int) -> tuple[int, bool]:
    """Queue the job, or have the one under way followed by another; its id, and whether it has to be announced."""
    record = models.get(site, tx, actor, model_id, "record.change")
    predictor = model_use.class_of(site, record.kind.removeprefix(models.KIND))
    if not predictor.can_fit():
        words = f'Models of the kind "{predictor.title}" don\'t learn.'
        raise InvalidInput(words, {"non_field_errors": [words]})
    under_way = models.shown(site, tx, record)["train_job"]
    if under_way is not None:
        model_state.note(tx, model_id, train_again=True)
        return int(under_way), False
    who = {"user_id": actor.user_id, "organization_id": actor.organization_id, "role": actor.role}
    job_id = site.jobs.enqueue(tx, "model_train", actor, record.project_id, {"model": model_id, "actor": who})
    model_state.note(tx, model_id, train_job=job_id, train_again=False)
    return job_id, True


@kind("model_train")
def run_train(job: JobContext) -> dict[str, Any]:
    """The job; params: ``model``, ``actor``."""
    site: Site = job.site
    actor = Actor(**job.params["actor"])
    model_id = int(job.params["model"])
    model = site.database.read(
        lambda tx: models.load(site, tx, models.get(site, tx, actor, model_id, "record.change"))
    )
    job.progress(0, None, "tasks")
    future = site.asking.aside(lambda: _fit(site, model, actor))
    try:
        while not future.done():
            _wait(future)
            job.check()
        fitted, version = future.result()
    except Interrupted:
        raise  # another worker begins anew: what a model learns by halves nobody knows
    except Cancelled:
        site.database.write(lambda tx: model_state.note(tx, model_id, "Training was stopped."))
        raise
    except TagmaError as error:
        trouble = error if isinstance(error, ModelError) else ModelError(error.message, hint=error.hint)
        site.database.write(lambda tx: model_state.note_trouble(tx, model_id, trouble))
        raise

    def write(tx: Transaction) -> list[int]:
        model_state.note_answer(tx, model_id, version)
        model_state.add_points(tx, model_id, list(fitted.get("points") or []))
        model_state.note(tx, model_id, str(fitted.get("words") or "Trained."))
        more = [_once_more(site, tx, actor, model_id, job.id)]
        if version != model.state.get("version") and model_use.class_of(site, model.kind).renews:
            asked, new = predicting.start(site, tx, actor, model_id, _UNLABELED)
            more.append(asked if new else None)
        return [one for one in more if one is not None]

    for again in site.database.write(write):
        site.jobs.announce(again)
    return {
        "model_version": version,
        "text": str(fitted.get("words") or ""),
        "points": fitted.get("points", []),
    }


def _wait(future: Any) -> None:
    from concurrent.futures import wait

    wait([future], timeout=0.2)


def _fit(site: Site, model: Model, actor: Actor) -> tuple[Fitted, str]:
    """:raises ModelError: it could not learn, in words."""
    with model_use.opened(site, model) as predictor:
        fitted = predictor.fit(_annotated(site, model, actor))
        if not isinstance(fitted, dict):
            fitted = {}
        return fitted, str(fitted.get("version") or predictor.setup() or "")


def _annotated(site: Site, model: Model, actor: Actor) -> Iterator[Task]:
    """Tasks with annotations, read as the model asks for them."""
    with site.database.reading() as tx:
        project = tx.session.get(Project, model.project["id"])
        if project is not None:
            yield from Selection(site, tx, actor, project, _LEARNED_FROM)


def _once_more(site: Site, tx: Transaction, actor: Actor, model_id: int, job_id: int) -> int | None:
    """Somebody asked while it learned: the job that learns from what came since."""
    record = models.get(site, tx, actor, model_id)
    if not record.state.get("train_again"):
        return None
    who = {"user_id": actor.user_id, "organization_id": actor.organization_id, "role": actor.role}
    again = site.jobs.enqueue(tx, "model_train", actor, record.project_id, {"model": model_id, "actor": who})
    model_state.note(tx, model_id, train_job=again, train_again=False)
    return again


def listen(site: Site, event: Event) -> None:
    """Start training where the number of annotations has reached a multiple of what the project asks for."""
    if not isinstance(event, AnnotationCreated | AnnotationUpdated | AnnotationDeleted):
        return
    if not site.database.read(lambda tx: _due(site, tx, event)):
        return
    for job_id in site.database.write(lambda tx: _start_due(site, tx, event)):
        site.jobs.announce(job_id)


def _due(site: Site, tx: Transaction, event: Event) -> list[tuple[Record, bool, int]]:
    """Models of the project that have to learn now, or whose count has to go down with the annotations: which, whether it
    learns, and the count from then on."""
    row = tx.row(
        "SELECT min_annotations_to_start_training, total_annotations_number - ground_truth_number FROM project"
        " WHERE id = :id AND deleted_at IS NULL",
        id=event.project_id,
    )
    if row is None:
        return []
    each, count = int(row[0] or 0), int(row[1])
    if not each and not any(one.renews for one in site.plugins.predictors.values()):
        return []
    found = []
    for record in models.of_project(tx, event.organization_id, event.project_id or 0):
        predictor = site.plugins.predictors.get(record.kind.removeprefix(models.KIND))
        if predictor is None or not predictor.can_fit():
            continue
        counted = int(record.state.get("counted", 0))  # when it was last asked to learn
        before = min(counted, count)
        if not each:
            if predictor.renews and count >= max(FIRST, before + before // MORE):
                found.append((record, True, count))
            elif before != counted:
                found.append((record, False, before))
            continue
        changed = isinstance(event, AnnotationUpdated) and count > 0 and count % each == 0
        if count // each > before // each or changed:
            found.append((record, True, count))
        elif before != counted:
            found.append((record, False, before))
    return found


def _start_due(site: Site, tx: Transaction, event: Event) -> list[int]:
    actor = access.system(event.organization_id)
    jobs = []
    for record, learns, counted in _due(site, tx, event):
        model_state.note(tx, record.id, counted=counted)
        if learns:
            job_id, new = start(site, tx, actor, record.id or 0)
            jobs += [job_id] if new else []
    return jobs
