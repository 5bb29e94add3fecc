"""The labeling page: the parsed config, the person, and the first task, so that the browser asks for nothing before it paints."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from pydantic import BaseModel
from starlette.responses import Response

from tagma.db.engine import Transaction
from tagma.db.tables import Project, Record, User
from tagma.errors import NotFound
from tagma.http.op import Call, Routes
from tagma.http.pages import page
from tagma.labeling.config import as_browser_tree, parse
from tagma.services import access
from tagma.services.desk import queue, shapes
from tagma.services.model import model_state, models
from tagma.services.storage import addresses
from tagma.services.table import views

routes = Routes("pages")
_MAY = ("create", "change_others", "delete_others")


class LabelQuery(BaseModel):
    task: int | None = None
    view: int | None = None
    query: str = ""
    """Filters, order and selected tasks of a stream, as JSON, where no view holds them."""


class PreviewBody(BaseModel):
    config: str


@routes.op("GET", "/projects/{id:int}/label", page=True)
async def label_page(call: Call, id: int, query: LabelQuery) -> Response:
    """One task, or the stream of the tasks that the queue hands out."""
    if query.task is not None:
        data = await call.read(lambda tx: _page(call, tx, id, query.task))
        return page(call, "editor.html", data=data, project=data["project"], task=data["task"])

    def take(tx: Transaction) -> int:
        wanted = views.wanted(call.site, tx, call.actor, query.view, query.query)
        return queue.next_task(call.site, tx, call.actor, id, wanted).task_id

    first, reason = None, None
    try:
        first = await call.write(take)
    except NotFound as error:
        if error.code != "no-task":
            raise
        reason = error.as_dict()
    asked = {name: value for name, value in (("view", query.view), ("query", query.query)) if value}
    more = {"stream": True, "reason": reason, "query": f"&{urlencode(asked)}" if asked else ""}
    data = await call.read(lambda tx: {**_page(call, tx, id, first), **more})
    return page(call, "editor.html", data=data, project=data["project"], task=data["task"])


@routes.op("GET", "/projects/{id:int}/label/task/{task:int}", page=True)
async def one_task(call: Call, id: int, task: int) -> Any:
    """What the editor beside the list of tasks begins with."""
    return await call.read(lambda tx: _page(call, tx, id, task))


@routes.op("POST", "/label-preview", page=True)
async def preview(call: Call, body: PreviewBody) -> Any:
    """A config as the browser wants it, for the preview of a project that does not exist yet."""
    call.actor  # noqa: B018  # only for people who are signed in
    return {"config": as_browser_tree(parse(body.config, call.site.plugins.tags), call.site.plugins)}


def _page(call: Call, tx: Transaction, project_id: int, task_id: int | None) -> dict[str, Any]:
    project = access.project(call.site, tx, call.actor, project_id)
    user = tx.session.get(User, call.actor.user_id)
    here = access.within(tx, call.actor, project_id)
    task = None
    if task_id is not None:
        access.task(call.site, tx, call.actor, task_id)
        everybody = access.allowed(here, "annotation.view_others")
        found = shapes.dm_tasks(
            tx,
            [task_id],
            full=True,
            user_id=call.actor.user_id,
            annotator=None if everybody else call.actor.user_id,
            resolve=addresses.resolver(call.site, tx, project_id),
        )
        task = found[0] if found and found[0]["project"] == project_id else None
        if task is None:
            raise access.not_found("task", task_id)
    connected = models.of_project(tx, call.actor.organization_id, project_id)
    return {
        "project": _project(tx, project, connected),
        "config": as_browser_tree(call.site.config(project.label_config), call.site.plugins),
        "task": task,
        "user": {"id": call.actor.user_id, "custom_hotkeys": user.custom_hotkeys if user else {}},
        "may": {name: access.allowed(here, f"annotation.{name}") for name in _MAY},
        "models": [
            {"id": one.id, "title": one.title} for one in connected if one.settings.get("is_interactive")
        ],
        "stream": False,
    }


def _project(tx: Transaction, project: Project, connected: list[Record]) -> dict[str, Any]:
    names = (
        "id",
        "title",
        "expert_instruction",
        "show_instruction",
        "show_skip_button",
        "enable_empty_annotation",
        "task_number",
        "show_collab_predictions",
    )
    asks = project.evaluate_predictions_automatically and bool(connected)
    return {
        **{name: getattr(project, name) for name in names},
        "shown_version": model_state.shown_version(tx, project),
        "asks_models": asks or any(one.title == project.model_version for one in connected),
    }
