"""The data manager: tabs, columns, windows of rows."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from tagma.errors import InvalidInput
from tagma.http.op import Call, Routes
from tagma.services import access
from tagma.services.desk import shapes
from tagma.services.model import model_state
from tagma.services.storage import addresses
from tagma.services.table import columns, views

routes = Routes("views")
_LONGEST = 1000


class OfProject(BaseModel):
    project: int


class MaybeProject(BaseModel):
    project: int | None = None


class Rows(BaseModel):
    project: int
    view: int | None = None
    query: str = ""
    start: int = Field(0, ge=0)
    length: int = Field(100, ge=0, le=_LONGEST)


class ViewIn(BaseModel):
    project: int
    data: dict[str, Any] = {}


class ViewChange(BaseModel):
    data: dict[str, Any] = {}


class Order(BaseModel):
    project: int
    ids: list[int]


@routes.op("GET", "/api/dm/views/", summary="Tabs of a project", errors=(404,))
async def list_views(call: Call, query: OfProject) -> list:
    return await call.read(lambda tx: views.listed(call.site, tx, call.actor, query.project))


@routes.op("POST", "/api/dm/views/", summary="Make a tab", status=201, errors=(400, 403, 404))
async def create_view(call: Call, body: ViewIn) -> dict:
    return await call.write(
        lambda tx: views.as_dict(views.create(call.site, tx, call.actor, body.project, body.data))
    )


@routes.op("GET", "/api/dm/views/{id:int}/", summary="One tab", errors=(404,))
async def get_view(call: Call, id: int) -> dict:
    return await call.read(lambda tx: views.as_dict(views.get(call.site, tx, call.actor, id, "project.view")))


@routes.op("PATCH", "/api/dm/views/{id:int}/", summary="Change a tab", errors=(400, 403, 404))
async def change_view(call: Call, id: int, body: ViewChange) -> dict:
    return await call.write(lambda tx: views.as_dict(views.update(call.site, tx, call.actor, id, body.data)))


@routes.op("PUT", "/api/dm/views/{id:int}/", summary="Replace a tab", errors=(400, 403, 404))
async def replace_view(call: Call, id: int, body: ViewChange) -> dict:
    return await call.write(
        lambda tx: views.as_dict(views.update(call.site, tx, call.actor, id, body.data, whole=True))
    )


@routes.op("DELETE", "/api/dm/views/{id:int}/", summary="Delete a tab", status=204, errors=(403, 404))
async def delete_view(call: Call, id: int) -> None:
    await call.write(lambda tx: views.delete(call.site, tx, call.actor, id))


@routes.op(
    "DELETE",
    "/api/dm/views/reset/",
    summary="Delete all tabs of a project",
    status=204,
    errors=(400, 403, 404),
)
async def reset_views(call: Call, query: MaybeProject) -> None:
    given = query.project
    if given is None:
        body = await call.body()
        given = body.get("project") if isinstance(body, dict) else None
    if not isinstance(given, int):
        raise InvalidInput("Validation error", {"project": ["This field is required."]})
    await call.write(lambda tx: views.reset(call.site, tx, call.actor, given))


@routes.op("POST", "/api/dm/views/order/", summary="Put the tabs in order", errors=(400, 403, 404))
async def order_views(call: Call, body: Order) -> None:
    await call.write(lambda tx: views.reorder(call.site, tx, call.actor, body.project, body.ids))


@routes.op("GET", "/api/dm/columns/", summary="Columns of a project's tasks", errors=(404,))
async def list_columns(call: Call, query: OfProject) -> dict:
    return await call.read(
        lambda tx: {
            "columns": columns.listed(call.site, tx, access.project(call.site, tx, call.actor, query.project))
        }
    )


@routes.op("GET", "/api/dm/rows/", summary="A window of rows, by index", errors=(400, 403, 404))
async def list_rows(call: Call, query: Rows) -> dict:
    def work(tx: Any) -> dict[str, Any]:
        project = access.project(call.site, tx, call.actor, query.project, "task.list")
        wanted = views.wanted(call.site, tx, call.actor, query.view, query.query)
        found = views.window(call.site, tx, project, wanted, query.start, query.length)
        return {
            "total": found.total,
            "total_annotations": found.annotations,
            "total_predictions": found.predictions,
            "rows": shapes.dm_tasks(
                tx,
                found.ids,
                model_version=model_state.shown_version(tx, project),
                resolve=addresses.resolver(call.site, tx, project.id or 0),
            ),
        }

    return await call.read(work)
