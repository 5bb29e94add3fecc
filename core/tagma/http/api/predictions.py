"""Predictions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, Field

from tagma.errors import TagmaError
from tagma.http.op import Call, Routes
from tagma.services import access
from tagma.services.desk import predictions, shapes
from tagma.services.desk.prediction_door import WARNINGS

routes = Routes("predictions")


class ListQuery(BaseModel):
    task: int | None = None
    project: int | None = None
    task_project: int | None = Field(None, alias="task__project")


@routes.op("GET", "/api/predictions/", summary="Predictions of a task or a project", errors=(404,))
async def list_predictions(call: Call, query: ListQuery) -> list:
    def work(tx: Any) -> list[dict[str, Any]]:
        if query.task is not None:
            access.task(call.site, tx, call.actor, query.task, "prediction.view")
            return shapes.predictions(tx, "p.task_id = :task", {"task": query.task})
        project = query.project if query.project is not None else query.task_project
        if project is not None:
            access.project(call.site, tx, call.actor, project, "prediction.view")
            return shapes.predictions(tx, "p.project_id = :project", {"project": project})
        seen, params = access.visible(call.actor, "o")
        return shapes.predictions(tx, f"p.project_id IN (SELECT o.id FROM project o WHERE {seen})", params)

    return await call.read(work)


def _one(tx: Any, prediction_id: int, warnings: Sequence[TagmaError] = ()) -> dict[str, Any]:
    """:param warnings: what of it does not fit, where it was kept all the same; the key is left out if all is well."""
    shown = shapes.predictions(tx, "p.id = :id", {"id": prediction_id})[0]
    return {**shown, "warnings": [one.as_dict() for one in warnings]} if warnings else shown


@routes.op("POST", "/api/predictions/", summary="Store a prediction", status=201, errors=(400, 403, 404))
async def create_prediction(call: Call, body: dict) -> dict:
    def work(tx: Any) -> dict[str, Any]:
        made = predictions.create(call.site, tx, call.actor, body)
        return _one(tx, made.ids[0], made.warnings)

    return await call.write(work)


@routes.op("GET", "/api/predictions/{id:int}/", summary="One prediction", errors=(404,))
async def get_prediction(call: Call, id: int) -> dict:
    def work(tx: Any) -> dict[str, Any]:
        predictions.get(call.site, tx, call.actor, id)
        return _one(tx, id)

    return await call.read(work)


@routes.op(
    "GET",
    "/api/predictions/{id:int}/faults/",
    summary="What of a prediction can't be drawn, and why",
    errors=(404,),
    spoken=True,
)
async def get_faults(call: Call, id: int) -> dict:
    """``results`` counts those that something is wrong with; each of ``faults`` has its ``path``, reason and suggestion."""
    found = await call.read(lambda tx: predictions.faults(call.site, tx, call.actor, id))
    return {
        "results": len({one.where.get("result") for one in found}),
        "faults": [one.as_dict() for one in found[:WARNINGS]],
    }


async def _change(call: Call, id: int, body: dict[str, Any]) -> dict[str, Any]:
    def work(tx: Any) -> dict[str, Any]:
        warnings = predictions.update(call.site, tx, call.actor, id, body)
        return _one(tx, id, warnings)

    return await call.write(work)


@routes.op("PATCH", "/api/predictions/{id:int}/", summary="Change a prediction", errors=(400, 403, 404))
async def change_prediction(call: Call, id: int, body: dict) -> dict:
    return await _change(call, id, body)


@routes.op("PUT", "/api/predictions/{id:int}/", summary="Replace a prediction", errors=(400, 403, 404))
async def replace_prediction(call: Call, id: int, body: dict) -> dict:
    return await _change(call, id, body)


@routes.op(
    "DELETE", "/api/predictions/{id:int}/", summary="Delete a prediction", status=204, errors=(403, 404)
)
async def delete_prediction(call: Call, id: int) -> None:
    await call.write(lambda tx: predictions.delete(call.site, tx, call.actor, id))
