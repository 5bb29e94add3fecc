"""Projects: lists, one, made, changed, deleted, and what belongs to the whole of one."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from tagma.db.types import stamp
from tagma.errors import ConfigError, InvalidInput, NotFound
from tagma.http.op import Call, Routes
from tagma.labeling.config import parse_strict
from tagma.labeling.sample import sample_task
from tagma.services import access, predictions, projects, tasks
from tagma.services.config_use import check_new, essentially_changed, used
from tagma.services.project_json import COUNTS, counts_json, project_json, projects_json

routes = Routes("projects")
_NULL_WHEN_NEW = (*COUNTS, "useful_annotation_number", "queue_total", "queue_done")  # as the protocol has it


class ListQuery(BaseModel):
    page: int = Field(1, ge=1)
    page_size: int = Field(30, ge=1, le=100)
    ids: str = ""
    title: str = ""
    search: str = ""
    filter: str = Field("all", pattern="^(all|pinned_only|exclude_pinned)$")
    ordering: str = ""
    include: str = ""


class OneQuery(BaseModel):
    include: str = ""


class ConfigBody(BaseModel):
    label_config: str


class SampleBody(BaseModel):
    label_config: str
    include_annotation_and_prediction: bool = False


class VersionsQuery(BaseModel):
    extended: bool = False
    include_live_models: bool = False
    limit: int | None = Field(None, ge=1)


def _ids(text: str) -> list[int] | None:
    if not text:
        return None
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not all(part.isdigit() and len(part) < 19 for part in parts):
        raise InvalidInput("Validation error", {"ids": [f'"{text}" is no list of numbers with commas.']})
    return [int(part) for part in parts]


def _include(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


async def _page(call: Call, query: ListQuery, *, only_counts: bool) -> dict:
    def work(tx: Any) -> dict[str, Any]:
        total, found = projects.listing(
            call.site, tx, call.actor, ids=_ids(query.ids), title=query.title, search=query.search, pinned=query.filter,
            ordering=query.ordering, page=query.page, size=query.page_size,
        )  # fmt: skip
        if not found and query.page > 1:
            raise NotFound("Invalid page.", hint=f"There are {total} projects.")
        include = _include(query.include)
        rows = (
            counts_json(found, include)
            if only_counts
            else projects_json(call.site, tx, call.actor, found, include)
        )
        return {
            "count": total,
            "next": _link(call, query.page + 1) if query.page * query.page_size < total else None,
            "previous": _link(call, query.page - 1) if query.page > 1 else None,
            "results": rows,
        }

    return await call.read(work)


def _link(call: Call, page: int) -> str:
    return str(call.request.url.include_query_params(page=page))


@routes.op("GET", "/api/projects/", summary="Projects you may see", errors=(404,))
async def list_projects(call: Call, query: ListQuery) -> dict:
    return await _page(call, query, only_counts=False)


@routes.op("GET", "/api/projects/counts/", summary="Their counters only", errors=(404,))
async def list_project_counts(call: Call, query: ListQuery) -> dict:
    return await _page(call, query, only_counts=True)


@routes.op("POST", "/api/projects/", summary="Make a project", status=201)
async def create_project(call: Call, body: dict) -> dict:
    def work(tx: Any) -> dict[str, Any]:
        made = projects.create(call.site, tx, call.actor, body)
        return project_json(call.site, tx, call.actor, made) | dict.fromkeys(_NULL_WHEN_NEW)

    return await call.write(work)


@routes.op("GET", "/api/projects/{id:int}/", summary="One project", errors=(404,))
async def get_project(call: Call, id: int, query: OneQuery) -> dict:
    def work(tx: Any) -> dict[str, Any]:
        project = access.project(call.site, tx, call.actor, id)
        return project_json(call.site, tx, call.actor, project, _include(query.include))

    return await call.read(work)


async def _change(call: Call, id: int, body: dict) -> dict:
    def work(tx: Any) -> dict[str, Any]:
        return project_json(call.site, tx, call.actor, projects.change(call.site, tx, call.actor, id, body))

    return await call.write(work)


@routes.op("PATCH", "/api/projects/{id:int}/", summary="Change a project", errors=(404,))
async def change_project(call: Call, id: int, body: dict) -> dict:
    return await _change(call, id, body)


@routes.op("PUT", "/api/projects/{id:int}/", summary="Change a project", errors=(404,))
async def replace_project(call: Call, id: int, body: dict) -> dict:
    return await _change(call, id, body)


@routes.op(
    "DELETE", "/api/projects/{id:int}/", summary="Delete a project with its tasks", status=204, errors=(404,)
)
async def delete_project(call: Call, id: int) -> None:
    files = await call.write(lambda tx: projects.delete(call.site, tx, call.actor, id))
    await run_in_threadpool(projects.forget_files, call.site, files)


# configs -----------------------------------------------------------------------------------------------------------


@routes.op("POST", "/api/projects/validate/", summary="Check a labeling config", status=204, anonymous=True)
async def validate_config(call: Call, body: ConfigBody) -> Response:
    """Answers 400 with ``{"label_config": [sentences]}`` and ``faults`` with line, tag and attribute of each."""
    try:
        parse_strict(body.label_config, call.site.plugins.tags)
    except ConfigError as error:
        faults = error.faults or [error]
        words = [str(fault) for fault in faults if fault.where.get("severity") != "warning"]
        return JSONResponse({"label_config": words, "faults": [fault.as_dict() for fault in faults]}, 400)
    return Response(status_code=204)


@routes.op(
    "POST",
    "/api/projects/{id:int}/validate/",
    summary="Check a new config against the work done",
    errors=(404,),
)
async def validate_project_config(call: Call, id: int, body: ConfigBody) -> dict:
    def work(tx: Any) -> bool:
        project = access.project(call.site, tx, call.actor, id)
        new = check_new(call.site, tx, project, body.label_config, strict=True)
        return essentially_changed(call.site.config(project.label_config), new)

    return {"config_essential_data_has_changed": True if await call.read(work) else None}


@routes.op("POST", "/api/projects/{id:int}/sample-task/", summary="A task that fits a config", errors=(404,))
async def get_sample_task(call: Call, id: int, body: SampleBody) -> dict:
    await call.read(lambda tx: access.project(call.site, tx, call.actor, id))
    config = parse_strict(body.label_config, call.site.plugins.tags)
    return {"sample_task": sample_task(config, with_annotation=body.include_annotation_and_prediction)}


# the work as a whole -----------------------------------------------------------------------------------------------


@routes.op(
    "GET", "/api/projects/{id:int}/summary/", summary="What its tasks and annotations use", errors=(404,)
)
async def get_summary(call: Call, id: int) -> dict:
    def work(tx: Any) -> dict[str, Any]:
        project = access.project(call.site, tx, call.actor, id, "project.statistics")
        use, drafts = used(tx, id), used(tx, id, "draft")
        total = project.task_number
        return {
            "project": id,
            "created_at": stamp(project.created_at),
            "all_data_columns": project.data_columns,
            "common_data_columns": sorted(
                key for key, count in project.data_columns.items() if total and count >= total
            ),
            "created_annotations": use.controls,
            "created_labels": use.labels,
            "created_labels_drafts": drafts.labels,
        }

    return await call.read(work)


@routes.op("POST", "/api/projects/{id:int}/summary/reset/", summary="Count again", errors=(404,))
async def reset_summary(call: Call, id: int) -> None:
    """The summary is read from the annotations each time, so there is nothing to reset; the call is kept for clients."""
    await call.read(lambda tx: access.project(call.site, tx, call.actor, id, "project.change"))


@routes.op("DELETE", "/api/projects/{id:int}/tasks/", summary="Delete all tasks", status=204, errors=(404,))
async def delete_project_tasks(call: Call, id: int) -> None:
    def work(tx: Any) -> None:
        project = access.project(call.site, tx, call.actor, id, "task.delete")
        tasks.delete_where(tx, call.actor, project, "1 = 1", {})

    await call.write(work)


@routes.op(
    "GET", "/api/projects/{id:int}/model-versions/", summary="Versions of its predictions", errors=(404,)
)
async def list_model_versions(call: Call, id: int, query: VersionsQuery) -> dict:
    def work(tx: Any) -> list[Any]:
        access.project(call.site, tx, call.actor, id, "prediction.view")
        return list(
            tx.rows(
                "SELECT model_version, count(*), max(created_at) FROM prediction WHERE project_id = :project"
                " GROUP BY model_version ORDER BY max(created_at) DESC",
                project=id,
            )
        )

    rows = (await call.read(work))[: query.limit]
    if query.extended:
        static = [{"model_version": row[0], "count": row[1], "latest": row[2]} for row in rows]
        return {"static": static, "live": [] if query.include_live_models else None}
    return {row[0]: row[1] for row in rows}


@routes.op(
    "DELETE",
    "/api/projects/{id:int}/model-versions/",
    summary="Delete one version's predictions",
    errors=(404,),
)
async def delete_model_version(call: Call, id: int, body: dict) -> dict:
    version = body.get("model_version")
    if not isinstance(version, str):
        raise InvalidInput("Validation error", {"model_version": ["This field is required."]})

    def work(tx: Any) -> int:
        access.project(call.site, tx, call.actor, id, "prediction.change")
        mine = {"version": version, "every": id}
        rows = tx.rows(
            "SELECT DISTINCT task_id FROM prediction WHERE project_id = :every AND model_version = :version",
            mine,
        )
        touched = [row[0] for row in rows]
        if not touched:
            return 0
        return predictions.delete_where(tx, id, "p.model_version = :version", {"version": version}, touched)

    return {"deleted_predictions": await call.write(work)}


@routes.op("GET", "/api/projects/{id:int}/annotators/", summary="People who annotated", errors=(404,))
async def list_annotators(call: Call, id: int) -> list:
    def work(tx: Any) -> list[Any]:
        access.project(call.site, tx, call.actor, id)
        return list(
            tx.rows(
                "SELECT id, first_name, last_name, email, avatar FROM account WHERE id IN"
                " (SELECT completed_by FROM annotation WHERE project_id = :project AND deleted_at IS NULL) ORDER BY id",
                project=id,
            )
        )

    keys = ("id", "first_name", "last_name", "email", "avatar")
    return [dict(zip(keys, row, strict=True)) for row in await call.read(work)]


@routes.op(
    "GET",
    "/api/projects/{id:int}/label-stream-history/",
    summary="Your last hundred tasks here",
    errors=(404,),
)
async def label_stream_history(call: Call, id: int) -> list:
    def work(tx: Any) -> list[Any]:
        access.project(call.site, tx, call.actor, id)
        return list(
            tx.rows(
                "SELECT task_id, id FROM annotation WHERE project_id = :project AND completed_by = :user"
                " AND deleted_at IS NULL ORDER BY id DESC LIMIT 100",
                project=id, user=call.actor.user_id,
            )
        )  # fmt: skip

    return [{"taskId": row[0], "annotationId": row[1]} for row in reversed(await call.read(work))]
