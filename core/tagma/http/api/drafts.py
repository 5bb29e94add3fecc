"""Drafts of the one who asks."""

from __future__ import annotations

from typing import Any

from tagma.http.op import Call, Routes
from tagma.services import access
from tagma.services.desk import drafts, shapes

routes = Routes("drafts")


async def _listed(call: Call, task_id: int, annotation_id: int | None) -> list[dict[str, Any]]:
    def work(tx: Any) -> list[dict[str, Any]]:
        access.task(call.site, tx, call.actor, task_id)
        more = "" if annotation_id is None else " AND d.annotation_id = :annotation"
        return shapes.drafts(
            tx,
            f"d.task_id = :task AND d.user_id = :me{more}",
            {"task": task_id, "me": call.actor.user_id, "annotation": annotation_id},
        )

    return await call.read(work)


def _one(tx: Any, draft_id: int) -> dict[str, Any]:
    return shapes.drafts(tx, "d.id = :id", {"id": draft_id})[0]


@routes.op("GET", "/api/tasks/{id:int}/drafts", summary="My drafts of a task", errors=(404,))
async def list_drafts(call: Call, id: int) -> list:
    return await _listed(call, id, None)


@routes.op("POST", "/api/tasks/{id:int}/drafts", summary="Keep a draft", status=201, errors=(400, 403, 404))
async def create_draft(call: Call, id: int, body: dict) -> dict:
    return await call.write(lambda tx: _one(tx, drafts.save(call.site, tx, call.actor, id, body)))


@routes.op(
    "GET",
    "/api/tasks/{id:int}/annotations/{aid:int}/drafts",
    summary="My drafts of an annotation",
    errors=(404,),
)
async def list_annotation_drafts(call: Call, id: int, aid: int) -> list:
    return await _listed(call, id, aid)


@routes.op(
    "POST",
    "/api/tasks/{id:int}/annotations/{aid:int}/drafts",
    summary="Keep a draft of a change",
    status=201,
    errors=(400, 403, 404),
)
async def create_annotation_draft(call: Call, id: int, aid: int, body: dict) -> dict:
    return await call.write(lambda tx: _one(tx, drafts.save(call.site, tx, call.actor, id, body, aid)))


@routes.op("GET", "/api/drafts/{id:int}/", summary="One draft", errors=(404,))
async def get_draft(call: Call, id: int) -> dict:
    def work(tx: Any) -> dict[str, Any]:
        drafts.get(call.site, tx, call.actor, id)
        return _one(tx, id)

    return await call.read(work)


@routes.op("PATCH", "/api/drafts/{id:int}/", summary="Change a draft", errors=(400, 404, 409))
async def change_draft(call: Call, id: int, body: dict) -> dict:
    """Whole by ``result``; or some regions by ``changes`` and ``since``, which is answered without the result."""
    answer = await call.write(lambda tx: _one(tx, drafts.update(call.site, tx, call.actor, id, body)))
    if "changes" in body:
        del answer["result"]
    return answer


@routes.op("PUT", "/api/drafts/{id:int}/", summary="Replace a draft", errors=(400, 404))
async def replace_draft(call: Call, id: int, body: dict) -> dict:
    return await call.write(lambda tx: _one(tx, drafts.update(call.site, tx, call.actor, id, body)))


@routes.op("DELETE", "/api/drafts/{id:int}/", summary="Delete a draft", status=204, errors=(404,))
async def delete_draft(call: Call, id: int) -> None:
    await call.write(lambda tx: drafts.delete(call.site, tx, call.actor, id))
