"""Projects: lists, one, made, changed, deleted."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

from tagma.http.op import Call, Routes
from tagma.http.paging import ids_of, paged, words_of
from tagma.services import access
from tagma.services.desk import trash
from tagma.services.people.accounts import off_loop
from tagma.services.project import projects
from tagma.services.project.project_json import counts_json, project_json, projects_json

routes = Routes("projects")


class ListQuery(BaseModel):
    page: int = Field(1, ge=1, le=10**9)
    page_size: int = Field(30, ge=1)
    ids: str = ""
    title: str = ""
    search: str = ""
    filter: Literal["all", "pinned_only", "exclude_pinned"] = "all"
    ordering: str = ""
    include: str = ""


class OneQuery(BaseModel):
    include: str = ""


async def _page(call: Call, query: ListQuery, *, only_counts: bool) -> dict[str, Any]:
    size = min(query.page_size, 100)
    include = words_of(query.include)

    def work(tx: Any) -> tuple[int, list[dict[str, Any]]]:
        total, found = projects.listing(
            call.site,
            tx,
            call.actor,
            ids=ids_of(query.ids) if query.ids else None,
            title=query.title,
            search=query.search,
            pinned=query.filter,
            ordering=query.ordering,
            page=query.page,
            size=size,
        )
        if only_counts:
            return total, counts_json(found, include)
        return total, projects_json(call.site, tx, call.actor, found, include)

    total, rows = await call.read(work)
    return paged(call, total, query.page, size, rows)


@routes.op("GET", "/api/projects/", summary="Projects you may see", errors=(404,))
async def list_projects(call: Call, query: ListQuery) -> dict:
    return await _page(call, query, only_counts=False)


@routes.op("GET", "/api/projects/counts/", summary="Their counters only", errors=(404,))
async def list_project_counts(call: Call, query: ListQuery) -> dict:
    return await _page(call, query, only_counts=True)


@routes.op("POST", "/api/projects/", summary="Make a project", status=201, errors=(400, 403))
async def create_project(call: Call, body: dict) -> dict:
    return await call.write(
        lambda tx: project_json(call.site, tx, call.actor, projects.create(call.site, tx, call.actor, body))
    )


@routes.op("GET", "/api/projects/{id:int}/", summary="One project", errors=(404,))
async def get_project(call: Call, id: int, query: OneQuery) -> dict:
    def work(tx: Any) -> dict[str, Any]:
        project = access.project(call.site, tx, call.actor, id)
        return project_json(call.site, tx, call.actor, project, words_of(query.include))

    return await call.read(work)


async def _change(call: Call, id: int, body: dict[str, Any]) -> dict[str, Any]:
    return await call.write(
        lambda tx: project_json(
            call.site, tx, call.actor, projects.change(call.site, tx, call.actor, id, body)
        )
    )


@routes.op("PATCH", "/api/projects/{id:int}/", summary="Change a project", errors=(400, 403, 404))
async def change_project(call: Call, id: int, body: dict) -> dict:
    return await _change(call, id, body)


@routes.op("PUT", "/api/projects/{id:int}/", summary="Change a project", errors=(400, 403, 404))
async def replace_project(call: Call, id: int, body: dict) -> dict:
    return await _change(call, id, body)


@routes.op(
    "DELETE",
    "/api/projects/{id:int}/",
    summary="Delete a project with its tasks",
    status=204,
    errors=(403, 404),
)
async def delete_project(call: Call, id: int) -> None:
    files = await call.write(lambda tx: trash.put_project(call.site, tx, call.actor, id))
    await off_loop(projects.forget_files, call.site, files)
