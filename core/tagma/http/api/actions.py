"""The data manager's actions on chosen tasks, and the project as the data manager sees it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from pydantic import BaseModel, Field

from tagma.db.engine import Transaction
from tagma.errors import InvalidInput
from tagma.http.api import next as next_api
from tagma.http.op import Call, Routes
from tagma.services import access
from tagma.services.project.project_json import project_json
from tagma.services.table import actions, views

routes = Routes("actions")


class OfProject(BaseModel):
    project: int


class RunQuery(BaseModel):
    project: int
    id: str = ""
    view: int | None = None
    tab: int | None = Field(None, alias="tabID")
    """What older programs call the view."""


@routes.op("GET", "/api/dm/actions/", summary="What can be done to chosen tasks", errors=(404,), spoken=True)
async def list_actions(call: Call, query: OfProject) -> list:
    return await call.read(lambda tx: actions.listed(call.site, tx, call.actor, query.project))


@routes.op("GET", "/api/dm/actions/{id}/form/", summary="What an action wants to know", errors=(403, 404))
async def action_form(call: Call, id: str, query: OfProject) -> list:
    return await call.read(lambda tx: actions.form(call.site, tx, call.actor, query.project, id))


@routes.op(
    "POST", "/api/dm/actions/", summary="Do it to the chosen tasks", errors=(400, 403, 404, 422), spoken=True
)
async def run_action(call: Call, query: RunQuery, body: dict) -> dict:
    if not query.id:
        error = InvalidInput('No action id "?id=" in the address.', hint="GET /api/dm/actions/ lists them.")
        error.status = 422  # type: ignore[misc]  # as programs of the field expect it
        raise error

    def work(tx: Transaction) -> dict[str, Any]:
        wanted = _wanted(call, tx, query, body)
        if query.id == "next_task":
            return next_api.hand(call, tx, query.project, wanted, [])
        done = asdict(actions.run(call.site, tx, call.actor, query.project, query.id, wanted, body))
        return done if done["jobs"] else {key: value for key, value in done.items() if key != "jobs"}

    answer = await call.write(work)
    if query.id == "next_task":
        return next_api.opened(call, answer)
    for job_id in answer.get("jobs", ()):
        call.site.jobs.announce(job_id)
    return answer


def _wanted(call: Call, tx: Transaction, query: RunQuery, body: dict[str, Any]) -> views.Query:
    """The request's own filters and selection; filters and order of the tab where the request says none."""
    wanted = views.query_of(body)
    view = query.view if query.view is not None else query.tab
    if view is not None and not wanted.has_filters:
        tab = views.wanted(call.site, tx, call.actor, view, None)
        wanted.filters, wanted.display_types = tab.filters, tab.display_types
        wanted.ordering = wanted.ordering or tab.ordering
    return wanted


@routes.op("GET", "/api/dm/project/", summary="The project with what you may do in it", errors=(404,))
async def get_project(call: Call, query: OfProject) -> dict:
    def work(tx: Transaction) -> dict[str, Any]:
        project = access.project(call.site, tx, call.actor, query.project)
        here = access.within(tx, call.actor, query.project)
        return {
            **project_json(call.site, tx, call.actor, project),
            "can_delete_tasks": access.allowed(here, "task.delete"),
            "can_manage_annotations": access.allowed(here, "annotation.change_others"),
            "can_manage_tasks": access.allowed(here, "task.change"),
            "source_syncing": False,
            "target_syncing": False,
            "task_count": project.task_number,
            "annotation_count": project.total_annotations_number,
        }

    return await call.read(work)
