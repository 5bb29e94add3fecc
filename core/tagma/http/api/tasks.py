"""Tasks: lists of them, one, made, changed, deleted."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from tagma.errors import InvalidInput, NotFound
from tagma.http.op import Call, Routes
from tagma.services import access
from tagma.services.desk import shapes, tasks, trash
from tagma.services.model import model_state
from tagma.services.storage import addresses
from tagma.services.table import views

routes = Routes("tasks")


class ListQuery(BaseModel):
    project: int | None = None
    view: int | None = None
    page: int = Field(1, ge=1)
    page_size: int = Field(100, ge=1)
    fields: str = "task_only"
    include: str = ""
    query: str = ""
    selectedItems: str = ""
    resolve_uri: bool = True


@routes.op("GET", "/api/tasks/", summary="Tasks of a project or a tab", errors=(400, 403, 404))
async def list_tasks(call: Call, query: ListQuery) -> dict:
    def work(tx: Any) -> dict[str, Any]:
        project_id = query.project
        if query.view is not None:
            project_id = views.get(call.site, tx, call.actor, query.view, "project.view").project_id
        if project_id is None:
            raise NotFound(
                "Name a project or a view whose tasks to list.", hint="Add ?project=<id> to the address."
            )
        project = access.project(call.site, tx, call.actor, project_id, "task.list")
        wanted = views.wanted(call.site, tx, call.actor, query.view, query.query)
        if query.selectedItems and query.view is None:
            wanted.selected = views.query_of(f'{{"selectedItems": {query.selectedItems}}}').selected
        most = call.site.settings.task_page_size_max
        size = min(query.page_size, most) if most else query.page_size
        found = views.window(call.site, tx, project, wanted, (query.page - 1) * size, size)
        if not found.ids and query.page > 1:
            raise NotFound("Invalid page.", hint=f"There are {found.total} tasks.")
        rows = shapes.dm_tasks(
            tx,
            found.ids,
            full=query.fields == "all",
            expand=False,
            model_version=model_state.shown_version(tx, project),
            resolve=addresses.resolver(call.site, tx, project_id) if query.resolve_uri else None,
        )
        keep = {part for part in query.include.split(",") if part}
        return {
            "tasks": [{key: row[key] for key in row if key in keep} for row in rows] if keep else rows,
            "total": found.total,
            "total_annotations": found.annotations,
            "total_predictions": found.predictions,
        }

    return await call.read(work)


@routes.op("POST", "/api/tasks/", summary="Make a task", status=201, errors=(400, 403, 404))
async def create_task(call: Call, body: dict) -> dict:
    """``warnings`` stand beside the task where what it brings as predictions does not fit and was kept all the same."""

    def write(tx: Any) -> dict[str, Any]:
        made = tasks.create(call.site, tx, call.actor, body)
        warned = {"warnings": [one.as_dict() for one in made.warnings]} if made.warnings else {}
        return {**shapes.simple_tasks(tx, [made.id])[0], **warned}

    return await call.write(write)


class TaskQuery(BaseModel):
    resolve_uri: bool = True


@routes.op("GET", "/api/tasks/{id:int}/", summary="One task with all its work", errors=(404,))
async def get_task(call: Call, id: int, query: TaskQuery) -> dict:
    def work(tx: Any) -> dict[str, Any]:
        task = access.task(call.site, tx, call.actor, id)
        here = access.within(tx, call.actor, task.project_id)
        me = call.actor.user_id
        annotator = None if access.allowed(here, "annotation.view_others") else me
        resolve = addresses.resolver(call.site, tx, task.project_id) if query.resolve_uri else None
        return shapes.dm_tasks(tx, [id], full=True, user_id=me, annotator=annotator, resolve=resolve)[0]

    return await call.read(work)


async def _change(call: Call, id: int, body: dict[str, Any]) -> dict[str, Any]:
    def work(tx: Any) -> dict[str, Any]:
        tasks.update(call.site, tx, call.actor, id, body)
        return shapes.simple_tasks(tx, [id])[0]

    return await call.write(work)


@routes.op("PATCH", "/api/tasks/{id:int}/", summary="Change a task", errors=(400, 403, 404))
async def change_task(call: Call, id: int, body: dict) -> dict:
    return await _change(call, id, body)


@routes.op("PUT", "/api/tasks/{id:int}/", summary="Replace a task's fields", errors=(400, 403, 404))
async def replace_task(call: Call, id: int, body: dict) -> dict:
    return await _change(call, id, body)


@routes.op("DELETE", "/api/tasks/{id:int}/", summary="Delete a task", status=204, errors=(403, 404))
async def delete_task(call: Call, id: int) -> None:
    await call.write(lambda tx: trash.put_task(call.site, tx, call.actor, id))


class Page(BaseModel):
    page: int | None = Field(None, ge=1)
    start: int | None = Field(None, ge=0)
    page_size: int | None = None
    length: int | None = None


@routes.op(
    "GET",
    "/api/projects/{id:int}/tasks/",
    summary="Tasks of a project with their work, newest change first",
    errors=(404,),
)
async def list_project_tasks(call: Call, id: int, query: Page) -> list:
    size = (
        query.page_size if query.page_size is not None else query.length if query.length is not None else 50
    )
    if size < -1 or size == 0:
        raise InvalidInput(
            "Validation error", {"page_size": ["A page holds at least one task; -1 means all."]}
        )

    def work(tx: Any) -> list[dict[str, Any]]:
        project = access.project(call.site, tx, call.actor, id, "task.list")
        length = project.task_number if size == -1 else size
        start = query.start if query.start is not None else ((query.page or 1) - 1) * length
        found = views.window(
            call.site, tx, project, views.Query(ordering=["-tasks:updated_at"]), start, length
        )
        if not found.ids and start > 0:
            raise NotFound("Invalid page.", hint=f"There are {found.total} tasks.")
        return shapes.simple_tasks(tx, found.ids)

    return await call.read(work)


@routes.op(
    "POST",
    "/api/projects/{id:int}/tasks/",
    summary="Make a task in a project",
    status=201,
    errors=(400, 403, 404),
)
async def create_project_task(call: Call, id: int, body: dict) -> dict:
    return await create_task(call, {**body, "project": id})


@routes.op(
    "DELETE",
    "/api/projects/{id:int}/tasks/",
    summary="Delete every task of a project",
    status=204,
    errors=(403, 404),
)
async def delete_project_tasks(call: Call, id: int) -> None:
    await call.write(lambda tx: trash.put_all_tasks(call.site, tx, call.actor, id))
