"""What belongs to the work of a project as a whole: what annotations use, versions of predictions, people."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from tagma.errors import InvalidInput
from tagma.http.op import Call, Routes
from tagma.services import access
from tagma.services.desk import predictions, shapes
from tagma.services.model import models
from tagma.services.project.config_use import summary

routes = Routes("projects")


class VersionsQuery(BaseModel):
    extended: bool = False
    include_live_models: bool = False
    limit: int | None = Field(None, ge=1)


@routes.op(
    "GET", "/api/projects/{id:int}/summary/", summary="What its tasks and annotations use", errors=(404,)
)
async def get_summary(call: Call, id: int) -> dict:
    return await call.read(lambda tx: summary(tx, access.project(call.site, tx, call.actor, id)))


@routes.op("POST", "/api/projects/{id:int}/summary/reset/", summary="Count again", errors=(404,))
async def reset_summary(call: Call, id: int) -> None:
    """The summary is counted from the annotations each time, so there is nothing to reset; clients may still ask."""
    await call.read(lambda tx: access.project(call.site, tx, call.actor, id, "project.change"))


@routes.op(
    "GET", "/api/projects/{id:int}/model-versions/", summary="Versions of its predictions", errors=(404,)
)
async def list_model_versions(call: Call, id: int, query: VersionsQuery) -> dict:
    def work(tx: Any) -> list[Any]:
        access.project(call.site, tx, call.actor, id, "prediction.view")
        latest = "max(created_at)" if query.extended else "NULL"
        return list(
            tx.rows(
                f"SELECT model_version, count(*), {latest} FROM prediction WHERE project_id = :project"
                " GROUP BY model_version ORDER BY 2 DESC, 1",
                project=id,
            )
        )

    def live(tx: Any) -> list[Any]:
        found = models.listing(call.site, tx, call.actor, id)
        return [models.shown(call.site, tx, one) for one in found]

    rows = (await call.read(work))[: query.limit]
    if query.extended:
        static = [{"model_version": row[0], "count": row[1], "latest": row[2]} for row in rows]
        return {"static": static, "live": await call.read(live) if query.include_live_models else None}
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
        raise InvalidInput("Validation error", {"model_version": ["Name the version to delete."]})

    def work(tx: Any) -> int:
        project = access.project(call.site, tx, call.actor, id, "prediction.change")
        params = {"version": version}
        touched = tx.rows(
            "SELECT DISTINCT task_id FROM prediction WHERE project_id = :project AND model_version = :version",
            params,
            project=id,
        )
        deleted = predictions.delete_where(
            tx, id, "p.model_version = :version", params, [row[0] for row in touched]
        )
        if project.model_version == version:
            project.model_version = ""
        return deleted

    return {"deleted_predictions": await call.write(work)}


@routes.op("GET", "/api/projects/{id:int}/annotators/", summary="People who annotated", errors=(404,))
async def list_annotators(call: Call, id: int) -> list:
    def work(tx: Any) -> list[Any]:
        access.project(call.site, tx, call.actor, id)
        ids = tx.rows(
            "SELECT id FROM account u WHERE EXISTS (SELECT 1 FROM annotation a WHERE a.completed_by = u.id"
            " AND a.project_id = :project AND a.deleted_at IS NULL) ORDER BY id",
            project=id,
        )
        return list(shapes.people(tx, [row[0] for row in ids]).values())

    return await call.read(work)


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
                "SELECT task_id, id, created_at FROM annotation WHERE project_id = :project AND completed_by = :user"
                " AND deleted_at IS NULL UNION ALL"
                " SELECT task_id, NULL, created_at FROM draft WHERE project_id = :project AND user_id = :user"
                " AND annotation_id IS NULL ORDER BY 3 DESC LIMIT 100",
                project=id,
                user=call.actor.user_id,
            )
        )

    return [{"taskId": row[0], "annotationId": row[1]} for row in reversed(await call.read(work))]
