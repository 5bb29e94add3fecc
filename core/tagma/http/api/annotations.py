"""Annotations of tasks, their history, and what was deleted."""

from typing import Any

from pydantic import BaseModel

from tagma.http.op import Call, Routes
from tagma.services import access
from tagma.services.desk import annotations, shapes

routes = Routes("annotations")


class SubmitQuery(BaseModel):
    was_cancelled: str = ""


@routes.op(
    "GET", "/api/tasks/{id:int}/annotations/", summary="Annotations of a task, without skips", errors=(404,)
)
async def list_annotations(call: Call, id: int) -> list:
    def work(tx: Any) -> list[dict[str, Any]]:
        task = access.task(call.site, tx, call.actor, id)
        here = access.within(tx, call.actor, task.project_id)
        own = "" if access.allowed(here, "annotation.view_others") else " AND a.completed_by = :me"
        return shapes.annotations(
            tx, f"a.task_id = :task AND NOT a.was_cancelled{own}", {"task": id, "me": call.actor.user_id}
        )

    return await call.read(work)


@routes.op(
    "POST",
    "/api/tasks/{id:int}/annotations/",
    summary="Submit or skip a task",
    status=201,
    errors=(400, 403, 404, 409),
)
async def create_annotation(call: Call, id: int, query: SubmitQuery, body: dict) -> dict:
    fields = {**body, "was_cancelled": True} if query.was_cancelled.lower() in ("1", "true") else body
    return await call.write(
        lambda tx: shapes.annotation(tx, annotations.create(call.site, tx, call.actor, id, fields))
    )


@routes.op("GET", "/api/annotations/{id:int}/", summary="One annotation", errors=(403, 404))
async def get_annotation(call: Call, id: int) -> dict:
    def work(tx: Any) -> dict[str, Any]:
        access.annotation(call.site, tx, call.actor, id, "annotation.view")
        return shapes.annotation(tx, id)

    return await call.read(work)


async def _change(call: Call, id: int, body: dict[str, Any]) -> dict[str, Any]:
    """With a header ``Idempotency-Key`` the same request sent twice counts once."""
    key = call.request.headers.get("idempotency-key", "")[:100] or None
    return await call.write(
        lambda tx: shapes.annotation(tx, annotations.update(call.site, tx, call.actor, id, body, key))
    )


@routes.op("PATCH", "/api/annotations/{id:int}/", summary="Change an annotation", errors=(400, 403, 404))
async def change_annotation(call: Call, id: int, body: dict) -> dict:
    return await _change(call, id, body)


@routes.op("PUT", "/api/annotations/{id:int}/", summary="Replace an annotation", errors=(400, 403, 404))
async def replace_annotation(call: Call, id: int, body: dict) -> dict:
    return await _change(call, id, body)


@routes.op(
    "DELETE", "/api/annotations/{id:int}/", summary="Delete an annotation", status=204, errors=(403, 404)
)
async def delete_annotation(call: Call, id: int) -> None:
    await call.write(lambda tx: annotations.delete(call.site, tx, call.actor, id))


@routes.op("POST", "/api/annotations/{id:int}/restore/", summary="Undo a deletion", errors=(403, 404, 409))
async def restore_annotation(call: Call, id: int) -> dict:
    return await call.write(
        lambda tx: shapes.annotation(tx, annotations.restore(call.site, tx, call.actor, id))
    )


@routes.op(
    "GET", "/api/annotations/{id:int}/history/", summary="What it was after each action", errors=(403, 404)
)
async def annotation_history(call: Call, id: int) -> list:
    return await call.read(lambda tx: annotations.history(call.site, tx, call.actor, id))


@routes.op(
    "POST",
    "/api/annotations/{id:int}/convert-to-draft",
    summary="Take it back to a draft",
    status=201,
    errors=(403, 404),
)
async def convert_to_draft(call: Call, id: int) -> dict:
    def work(tx: Any) -> dict[str, Any]:
        draft_id = annotations.to_draft(call.site, tx, call.actor, id)
        return shapes.drafts(tx, "d.id = :id", {"id": draft_id})[0]

    return await call.write(work)
