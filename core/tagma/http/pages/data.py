"""The data manager: the page carries its first window of rows, the rest comes by place."""

from __future__ import annotations

from typing import Any

import orjson
from pydantic import BaseModel, Field
from starlette.responses import Response

from tagma.db.engine import Transaction
from tagma.db.tables import Project
from tagma.http.op import Call, Routes
from tagma.http.pages import page, redirect
from tagma.http.render import editor_styles, initials
from tagma.services import access
from tagma.services.access import Actor
from tagma.services.desk import shapes
from tagma.services.imports import inspecting
from tagma.services.model import model_state
from tagma.services.storage import addresses
from tagma.services.table import columns, task_labels, views

routes = Routes("pages")

WINDOW = 100


class RowsQuery(BaseModel):
    start: int = Field(0, ge=0)
    length: int = Field(WINDOW, ge=1, le=500)
    query: str = ""


@routes.op("GET", "/projects/{id:int}/", page=True)
async def project_page(call: Call, id: int) -> Response:
    return redirect(call.request, f"/projects/{id}/data", 302)


@routes.op("GET", "/projects/{id:int}/data", page=True)
async def data_page(call: Call, id: int) -> Response:
    actor = call.actor
    wanted = call.request.query_params.get("tab", "")

    def read(tx: Transaction) -> dict[str, Any] | None:
        project = access.project(call.site, tx, actor, id)
        here = access.within(tx, actor, id)
        if not access.allowed(here, "task.list"):
            return None
        tabs = views.listed(call.site, tx, actor, id)
        tabs = [{**tab, "data": _plain(tab["data"])} for tab in tabs]
        unsaved: dict[str, Any] = {"id": None, "data": {}}
        view = next((tab for tab in tabs if str(tab["id"]) == wanted), tabs[0] if tabs else unsaved)
        return {
            "project": {"id": project.id, "title": project.title, "task_number": project.task_number},
            "columns": columns.listed(call.site, tx, project),
            "views": tabs,
            "view": view,
            "first": _window(call, tx, project, views.query_of(view["data"]), 0, WINDOW),
            "people": _people(tx, actor),
            "labels": task_labels.offered(call.site.config(project.label_config)),
            "may": _may(here),
            "rules": inspecting.rules(call.site),
        }

    data = await call.read(read)
    if data is None:  # an annotator is handed tasks by the queue
        return redirect(call.request, f"/projects/{id}/label", 302)
    return page(
        call,
        "data.html",
        data=data,
        project=data["project"],
        first=data["first"],
        may=data["may"],
        editor_styles=editor_styles(),
    )


@routes.op("GET", "/projects/{id:int}/data/rows", page=True)
async def rows(call: Call, id: int, query: RowsQuery) -> Any:
    """A window of the list, as the table asks for it."""

    def read(tx: Transaction) -> dict[str, Any]:
        project = access.project(call.site, tx, call.actor, id, "task.list")
        return _window(call, tx, project, views.query_of(query.query), query.start, query.length)

    return await call.read(read)


def _window(
    call: Call, tx: Transaction, project: Project, query: views.Query, start: int, length: int
) -> dict[str, Any]:
    query.selected = None  # what is chosen does not narrow the list
    found = views.window(call.site, tx, project, query, start, length)
    labels = task_labels.of_tasks(tx, found.ids, call.site.config(project.label_config))
    rows = shapes.dm_tasks(
        tx,
        found.ids,
        model_version=model_state.shown_version(tx, project),
        resolve=addresses.resolver(call.site, tx, project.id or 0),
    )
    return {
        "rows": [{**row, "labels": labels.get(row["id"], [])} for row in rows],
        "total": found.total,
        "annotations": found.annotations,
        "predictions": found.predictions,
    }


def _plain(data: Any) -> Any:
    return orjson.loads(orjson.dumps(data))


def _people(tx: Transaction, actor: Actor) -> list[dict[str, Any]]:
    rows = tx.rows(
        "SELECT a.id, a.email, trim(a.first_name || ' ' || a.last_name) FROM membership m"
        " JOIN account a ON a.id = m.user_id WHERE m.organization_id = :id LIMIT 2000",
        id=actor.organization_id,
    )
    return [{"id": row[0], "name": row[2] or row[1], "initials": initials(row[2] or row[1])} for row in rows]


def _may(actor: Actor) -> dict[str, bool]:
    asked = {
        "import": "project.import",
        "export": "project.export",
        "views": "view.change",
        "change": "project.change",
        "delete": "task.delete",
    }
    return {name: access.allowed(actor, action) for name, action in asked.items()}
