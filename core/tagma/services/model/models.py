"""Models of a project: which there are, and keeping their settings.

What they are asked: :mod:`~tagma.services.model.predicting` (many tasks, a job), :mod:`~tagma.services.model.suggesting` (one task, while
somebody waits), :mod:`~tagma.services.model.training`.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import orjson
from pydantic import BaseModel

from tagma.db.engine import Transaction
from tagma.db.tables import Job, Project, Record
from tagma.db.types import stamp
from tagma.errors import (
    Conflict,
    InvalidInput,
    NotFound,
)
from tagma.jobs import every
from tagma.plugin.predictors import Predictor
from tagma.services import access, records
from tagma.services.access import Actor
from tagma.services.desk.shapes import listed
from tagma.services.model import model_state
from tagma.services.model.model_use import Model, class_of
from tagma.services.project.project_json import project_json

if TYPE_CHECKING:
    from tagma.services.site import Site

KIND = "model."
DEFAULT = "http"
"""The kind that is meant where a request names none, as programs of the field do."""
STATES = {
    "CO": "Connected",
    "DI": "Disconnected",
    "ER": "Error",
    "TR": "Training",
    "PR": "Predicting",
}


# kinds -------------------------------------------------------------------------------------------------------------


def kinds(site: Site) -> list[dict[str, Any]]:
    """The kinds there are, each with its form: its own fields first."""
    found = []
    for kind, predictor in sorted(site.plugins.predictors.items()):
        schema = predictor.Settings.model_json_schema()
        common = Predictor.Settings.model_fields
        fields = schema.get("properties", {})
        schema["properties"] = {key: fields[key] for key in sorted(fields, key=lambda key: key in common)}
        found.append(
            {"name": kind, "title": predictor.title, "can_fit": predictor.can_fit(), "settings": schema}
        )
    return found


# records -----------------------------------------------------------------------------------------------------------


def listing(site: Site, tx: Transaction, actor: Actor, project_id: int | None) -> list[Record]:
    """The models of a project, or of all, for whoever may see it: people who label ask them too."""
    if project_id is not None:
        access.project(site, tx, actor, project_id)
        return of_project(tx, actor.organization_id, project_id)
    condition, params = access.visible(actor)
    rows = tx.rows(
        "SELECT r.id FROM record r JOIN project ON project.id = r.project_id"
        f" WHERE r.kind LIKE 'model.%' AND {condition} ORDER BY r.id",
        params,
    )
    return [found for (one,) in rows if (found := tx.session.get(Record, one)) is not None]


def of_project(tx: Transaction, organization_id: int, project_id: int) -> list[Record]:
    """Oldest first; nobody's rights are asked."""
    rows = tx.rows(
        "SELECT id FROM record WHERE project_id = :project AND organization_id = :organization AND kind LIKE 'model.%'"
        " ORDER BY id",
        project=project_id,
        organization=organization_id,
    )
    return [found for (one,) in rows if (found := tx.session.get(Record, one)) is not None]


def get(site: Site, tx: Transaction, actor: Actor, model_id: int, action: str = "project.view") -> Record:
    """:raises NotFound: none of this number, or not the actor's to see."""
    record = tx.session.get(Record, model_id)
    known = record is not None and record.organization_id == actor.organization_id
    if record is None or not known or not record.kind.startswith(KIND):
        raise access.not_found("model", model_id)
    try:
        access.project(site, tx, actor, record.project_id or 0, action)
    except NotFound:
        raise access.not_found("model", model_id) from None
    return record


def load(site: Site, tx: Transaction, record: Record) -> Model:
    """What is needed to ask it once the transaction is over."""
    kind = record.kind.removeprefix(KIND)
    project = _project(site, tx, record.project_id or 0)
    return Model(record.id, kind, record.title, dict(record.settings), dict(record.state), project)


def _project(site: Site, tx: Transaction, project_id: int) -> dict[str, Any]:
    found = tx.session.get(Project, project_id)
    if found is None:
        raise access.not_found("project", project_id)
    shown = orjson.loads(
        orjson.dumps(project_json(site, tx, access.system(found.organization_id), found), default=str)
    )
    shown["task_data_password"] = found.task_data_password  # the model itself is to fetch the data
    return shown


def prepare(
    site: Site, tx: Transaction, actor: Actor, fields: Mapping[str, Any], model_id: int | None
) -> Model:
    """The model that ``fields`` lead to, not yet tried; settings there are stay where nothing is given.

    :raises InvalidInput: a sentence for each field that is wrong.
    """
    if model_id is None:
        kind = str(fields.get("kind") or DEFAULT)
        project_id, before, state, title = project_of(fields), {}, {}, ""
        predictor = class_of(site, kind)
        access.project(site, tx, actor, project_id, "record.change")
    else:
        record = get(site, tx, actor, model_id, "record.change")
        kind = record.kind.removeprefix(KIND)
        predictor = class_of(site, kind)
        project_id, before, state, title = record.project_id or 0, record.settings, record.state, record.title
        if fields.get("project") is not None and project_of(fields) != project_id:
            words = "A model stays in its project; connect it to the other one instead."
            raise InvalidInput(words, {"project": [words]})
    settings = records.checked(site, predictor.Settings, {**before, **_own(predictor.Settings, fields)})
    title = str(fields.get("title") or title)[:200]
    return Model(model_id, kind, title, settings, dict(state), _project(site, tx, project_id))


def project_of(fields: Mapping[str, Any]) -> int:
    try:
        return int(fields["project"])
    except (KeyError, TypeError, ValueError):
        raise InvalidInput(
            "A model belongs to a project: its number is missing.",
            {"project": ["This field is required."]},
            hint='Send "project" with the number of the project.',
        ) from None


def _own(model: type[BaseModel], fields: Mapping[str, Any]) -> dict[str, Any]:
    """What of ``fields`` is for the model to keep; null stands for the default. A secret that is given empty stays what it is:
    nobody is ever shown one."""
    secret = records.secret_fields(model)
    return {
        key: info.default if value is None and not (info := model.model_fields[key]).is_required() else value
        for key, value in records.given(model, fields).items()
        if not (key in secret and value in (None, ""))
    }


def create(
    site: Site, tx: Transaction, actor: Actor, model: Model, fields: Mapping[str, Any], version: str
) -> Record:
    """Keep a model that was tried. A project that shows predictions, of no version in particular, shows its from now on."""
    project_id = model.project["id"]
    record = records.create(
        site,
        tx,
        actor,
        KIND + model.kind,
        model.settings,
        model=class_of(site, model.kind).Settings,
        project_id=project_id,
        title=model.title or _free_title(tx, class_of(site, model.kind).title, project_id),
    )
    record.state = model_state.checked({}, version, model.settings, fields)
    tx.session.flush()
    model_state.note(tx, record.id, line="Connected.")
    project = access.project(site, tx, actor, project_id, "record.change")
    if project.show_collab_predictions and not project.model_version:
        project.model_version = record.title
    tx.session.flush()
    return record


def _free_title(tx: Transaction, title: str, project_id: int) -> str:
    taken = {row[0] for row in tx.rows("SELECT title FROM record WHERE project_id = :p", p=project_id)}
    number = 1
    while (found := title if number == 1 else f"{title} {number}") in taken:
        number += 1
    return found


def change(
    site: Site, tx: Transaction, actor: Actor, model: Model, fields: Mapping[str, Any], version: str
) -> Record:
    """Keep new settings that were tried; a project that shows this model's predictions by its title follows a new one."""
    assert model.id is not None
    before = get(site, tx, actor, model.id, "record.change").title
    record = records.change(
        site,
        tx,
        actor,
        model.id,
        model.settings,
        model=class_of(site, model.kind).Settings,
        kind=KIND,
        title=model.title,
    )
    record.state = model_state.checked(record.state, version, model.settings, fields)
    project = access.project(site, tx, actor, record.project_id or 0, "record.change")
    if project.model_version == before:
        project.model_version = record.title
    tx.session.flush()
    return record


def delete(site: Site, tx: Transaction, actor: Actor, model_id: int) -> None:
    """Its predictions stay; what it kept on disk goes."""
    record = get(site, tx, actor, model_id, "record.change")
    project = access.project(site, tx, actor, record.project_id or 0, "record.change")
    if project.model_version == record.title:
        project.model_version = ""
    for key in ("predict_job", "train_job"):
        if (job := _under_way(tx, record.state.get(key))) is not None:
            with contextlib.suppress(Conflict):  # it has just ended
                site.jobs.cancel(tx, job)
    records.delete(site, tx, actor, model_id, KIND)
    shutil.rmtree(site.settings.data_dir / "models" / str(model_id), ignore_errors=True)


@every(3600)
def clear(site: Site) -> None:
    """Take away what models kept on disk whose projects are gone for good."""
    folder = site.settings.data_dir / "models"
    kept = [one for one in folder.iterdir() if one.name.isdecimal()] if folder.is_dir() else []
    if not kept:
        return
    there = {
        row[0]
        for row in site.database.read(
            lambda tx: tx.rows(f"SELECT id FROM record WHERE id IN ({listed(int(one.name) for one in kept)})")
        )
    }
    for one in kept:
        if int(one.name) not in there:
            shutil.rmtree(one, ignore_errors=True)


# state -------------------------------------------------------------------------------------------------------------


def shown(site: Site, tx: Transaction, record: Record) -> dict[str, Any]:
    """A model as the wire has it, without secrets; keys of ours beside."""
    kind = record.kind.removeprefix(KIND)
    predictor = site.plugins.predictors.get(kind)
    form = Predictor.Settings if predictor is None else predictor.Settings
    settings: dict[str, Any] = {"url": ""}
    secret = records.secret_fields(form)
    for key in form.model_fields:
        if key in secret:
            settings[f"{key}_is_set"] = bool(record.settings.get(key))
        else:
            settings[key] = record.settings.get(key)
    training = _under_way(tx, record.state.get("train_job"))
    predicting = _under_way(tx, record.state.get("predict_job"))
    state = "TR" if training else "PR" if predicting else str(record.state.get("state") or "DI")
    error = str(record.state.get("error") or "") or None
    if predictor is None:
        state, error = "ER", f'No plugin that is loaded brings models of the kind "{kind}".'
    return {
        **settings,
        "id": record.id,
        "kind": kind,
        "title": record.title,
        "project": record.project_id,
        "state": state,
        "readable_state": STATES[state],
        "error_message": error,
        "model_version": str(record.state.get("version") or "") or None,
        "checked_at": record.state.get("checked_at"),
        "last_error": record.state.get("last_error"),
        "can_fit": predictor is not None and predictor.can_fit(),
        "predict_job": predicting,
        "train_job": training,
        "last_predict_job": record.state.get("predict_job"),
        "last_train_job": record.state.get("train_job"),
        "points": record.state.get("points", []),
        "created_at": stamp(record.created_at),
        "updated_at": stamp(record.updated_at),
    }


def _under_way(tx: Transaction, job_id: Any) -> int | None:
    """The job, if it waits or runs."""
    job = tx.session.get(Job, job_id) if isinstance(job_id, int) else None
    return job.id if job is not None and job.state in ("queued", "running") else None
