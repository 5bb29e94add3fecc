"""Models of a project, of whatever kinds the plugins bring: settings, state, predicting, learning, suggesting."""

from __future__ import annotations

import asyncio
from typing import Any

from pydantic import BaseModel, Field
from starlette.responses import JSONResponse

from tagma.db.engine import Transaction
from tagma.errors import InvalidInput, TagmaError
from tagma.http.errors import envelope
from tagma.http.op import Call, Routes
from tagma.services import access
from tagma.services.desk import shapes
from tagma.services.model import model_use, models, predicting, suggesting, training
from tagma.services.model.model_use import Model
from tagma.services.table import views

routes = Routes("ml")

FRESH = 4.0
"""Seconds that an answer waits for models to say how they are; a slower one is shown as it was last."""


class ListQuery(BaseModel):
    project: int | None = None
    is_interactive: bool | None = None


class TestQuery(BaseModel):
    random: bool = False


class PredictQuery(BaseModel):
    batch_size: int | None = Field(None, ge=1)
    """Taken from programs of the field and not needed: the model's own settings say it."""


@routes.op("GET", "/api/ml/types", summary="The kinds of models there are, with their forms")
async def types(call: Call) -> list:
    return models.kinds(call.site)


@routes.op("GET", "/api/ml/", summary="The models of a project, or of all", errors=(400, 404), spoken=True)
async def list_models(call: Call, query: ListQuery) -> list:
    def read(tx: Transaction) -> list[Model]:
        found = models.listing(call.site, tx, call.actor, query.project)
        wanted = query.is_interactive
        return [
            models.load(call.site, tx, one)
            for one in found
            if wanted is None or bool(one.settings.get("is_interactive")) == wanted
        ]

    found = await call.read(read)
    await _refreshed(call, found)
    return await _shown(call, [one.id for one in found])


@routes.op("POST", "/api/ml/", summary="Connect a model", status=201, errors=(400, 403, 404), spoken=True)
async def create(call: Call, body: dict) -> dict:
    model = await call.read(lambda tx: models.prepare(call.site, tx, call.actor, body, None))
    version = await asyncio.wrap_future(call.site.asking.aside(lambda: model_use.probe(call.site, model)))

    def write(tx: Transaction) -> dict[str, Any]:
        record = models.create(call.site, tx, call.actor, model, body, version)
        return models.shown(call.site, tx, record)

    return await call.write(write)


@routes.op("POST", "/api/ml/validate", summary="Try a model's settings", errors=(400, 403, 404), spoken=True)
async def validate(call: Call, body: dict) -> dict:
    known = body.get("id")
    number = int(known) if isinstance(known, int | str) and str(known).isdecimal() else None
    model = await call.read(lambda tx: models.prepare(call.site, tx, call.actor, body, number))
    version = await asyncio.wrap_future(call.site.asking.aside(lambda: model_use.probe(call.site, model)))
    return {"model_version": version or None}


@routes.op("GET", "/api/ml/{id:int}/", summary="One model", errors=(404,), spoken=True)
async def get(call: Call, id: int) -> dict:
    model = await _model(call, id)
    await _refreshed(call, [model])
    return (await _shown(call, [id]))[0]


async def _change(call: Call, id: int, body: dict[str, Any]) -> dict[str, Any]:
    model = await call.read(lambda tx: models.prepare(call.site, tx, call.actor, body, id))
    version = await asyncio.wrap_future(call.site.asking.aside(lambda: model_use.probe(call.site, model)))

    def write(tx: Transaction) -> dict[str, Any]:
        record = models.change(call.site, tx, call.actor, model, body, version)
        return models.shown(call.site, tx, record)

    return await call.write(write)


@routes.op("PATCH", "/api/ml/{id:int}/", summary="Change a model", errors=(400, 403, 404), spoken=True)
async def change(call: Call, id: int, body: dict) -> dict:
    return await _change(call, id, body)


@routes.op("PUT", "/api/ml/{id:int}/", summary="Change a model", errors=(400, 403, 404), spoken=True)
async def replace(call: Call, id: int, body: dict) -> dict:
    return await _change(call, id, body)


@routes.op(
    "DELETE",
    "/api/ml/{id:int}/",
    summary="Disconnect a model; its predictions stay",
    status=204,
    errors=(403, 404),
)
async def delete(call: Call, id: int) -> None:
    await call.write(lambda tx: models.delete(call.site, tx, call.actor, id))


@routes.op("POST", "/api/ml/{id:int}/train", summary="Have a model learn, as a job", errors=(400, 403, 404))
async def train(call: Call, id: int, body: dict) -> dict:
    job_id, new = await call.write(lambda tx: training.start(call.site, tx, call.actor, id))
    if new:
        call.site.jobs.announce(job_id)
    return {"job": job_id}


@routes.op(
    "POST",
    "/api/ml/{id:int}/predict",
    summary="Ask a model about the tasks without predictions of its version, as a job",
    errors=(400, 403, 404),
)
async def predict(call: Call, id: int, query: PredictQuery, body: dict) -> dict:
    """The body may choose tasks as the data manager does: ``filters``, ``selectedItems``; all without."""
    wanted = views.query_of(body)
    job_id, new = await call.write(lambda tx: predicting.start(call.site, tx, call.actor, id, wanted))
    if new:
        call.site.jobs.announce(job_id)
    return {"job": job_id}


@routes.op(
    "POST",
    "/api/ml/{id:int}/predict/test",
    summary="Ask about one task, and keep nothing",
    errors=(400, 403, 404, 501),
    spoken=True,
)
async def predict_test(call: Call, id: int, query: TestQuery, body: dict) -> Any:
    if not query.random:
        told = envelope(501, "Only random=true can be asked for.", hint="Add ?random=true to the address.")
        return JSONResponse(told, 501)

    def read(tx: Transaction) -> tuple[Model, int | None]:
        record = models.get(call.site, tx, call.actor, id, "record.view")
        return models.load(call.site, tx, record), suggesting.any_task(tx, record.project_id or 0)

    model, task_id = await call.read(read)
    if task_id is None:
        words = "The project has no tasks yet."
        raise InvalidInput(words, {"project": [words]}, hint="Import some first.")
    return await asyncio.wrap_future(
        call.site.asking.aside(lambda: suggesting.tried(call.site, model, task_id))
    )


@routes.op(
    "POST",
    "/api/ml/{id:int}/interactive-annotating",
    summary="Suggestions for what is being drawn",
    errors=(400, 404),
    spoken=True,
)
async def interactive(call: Call, id: int, body: dict) -> dict:
    asked = await call.read(
        lambda tx: suggesting.prepare(call.site, tx, call.actor, id, body.get("task"), body.get("context"))
    )
    return await asyncio.wrap_future(suggesting.interactive(call.site, asked))


@routes.op(
    "POST",
    "/api/ml/evaluate",
    summary="Have the predictions of a task made that its project shows",
    errors=(400, 404),
    spoken=True,
)
async def evaluate(call: Call, body: dict) -> dict:
    """Waits for the models. ``predictions`` are all that the task has then, ``errors`` say what did not work."""
    task_id = body.get("task")
    if not isinstance(task_id, int) or isinstance(task_id, bool):
        raise InvalidInput("Validation error", {"task": ["Name the task by its number."]})
    project_id = await call.read(lambda tx: access.task(call.site, tx, call.actor, task_id).project_id)
    future = suggesting.begin(call.site, project_id, task_id)
    errors = await asyncio.wrap_future(future)

    def read(tx: Transaction) -> list[Any]:
        return shapes.predictions(tx, "p.task_id = :task", {"task": task_id})

    return {"predictions": await call.read(read), "errors": errors}


@routes.op("GET", "/api/ml/{id:int}/versions", summary="Versions a model knows", errors=(404,), spoken=True)
async def versions(call: Call, id: int) -> dict:
    model = await _model(call, id)
    try:
        return {
            "versions": await asyncio.wrap_future(
                call.site.asking.aside(lambda: model_use.versions(call.site, model))
            )
        }
    except TagmaError as error:
        current = str(model.state.get("version") or "")
        return {"versions": [current] if current else [], "message": str(error)}


@routes.op(
    "GET",
    "/api/ml/{id:int}/log",
    summary="What happened to a model, newest first",
    errors=(403, 404),
    spoken=True,
)
async def log(call: Call, id: int) -> list:
    """Lines ``{at, text, wrong}``."""

    def read(tx: Transaction) -> list[Any]:
        return list(models.get(call.site, tx, call.actor, id, "record.view").state.get("log", []))

    return await call.read(read)


async def _model(call: Call, id: int) -> Model:
    return await call.read(lambda tx: models.load(call.site, tx, models.get(call.site, tx, call.actor, id)))


async def _shown(call: Call, ids: list[Any]) -> list[dict[str, Any]]:
    def read(tx: Transaction) -> list[dict[str, Any]]:
        return [models.shown(call.site, tx, models.get(call.site, tx, call.actor, one)) for one in ids]

    return await call.read(read)


async def _refreshed(call: Call, found: list[Model]) -> None:
    """Look how they are, all at once; who is slow to say so is noted when it does. People who only use them don't wait for that."""
    if not access.allowed(call.actor, "record.view"):
        return
    idle = [one for one in found if one.kind in call.site.plugins.predictors]
    futures = []
    for one in idle:
        try:
            futures.append(
                asyncio.wrap_future(
                    call.site.asking.ask(one.id or 0, lambda one=one: model_use.refresh(call.site, one))  # type: ignore[misc]
                )
            )
        except TagmaError:
            continue  # so many wait for it that this look would only be one more
    if futures:
        await asyncio.wait(futures, timeout=FRESH)
