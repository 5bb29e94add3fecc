"""The trash: what was deleted, put back or deleted for good."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from tagma.http.op import Call, Routes
from tagma.services.desk import trash
from tagma.services.people.accounts import off_loop
from tagma.services.project import projects

routes = Routes("trash")


class MaybeProject(BaseModel):
    project: int | None = None


class Together(BaseModel):
    project: int
    deleted_at: datetime


@routes.op("GET", "/api/trash/", summary="What was deleted and can be restored", errors=(403, 404))
async def list_trash(call: Call, query: MaybeProject) -> list[dict[str, Any]]:
    await asyncio.to_thread(trash.sweep, call.site)
    return await call.read(lambda tx: trash.listing(call.site, tx, call.actor, query.project))


@routes.op(
    "POST",
    "/api/trash/{id:int}/restore",
    summary="Restore a project, or tasks into theirs",
    errors=(403, 404, 409),
)
async def restore(call: Call, id: int) -> dict[str, Any]:
    return await call.write(lambda tx: trash.restore(call.site, tx, call.actor, id))


@routes.op(
    "POST",
    "/api/trash/annotations/restore",
    summary="Restore annotations that were deleted together",
    errors=(400, 403, 404),
)
async def restore_annotations(call: Call, query: Together) -> dict[str, Any]:
    count = await call.write(
        lambda tx: trash.restore_annotations(call.site, tx, call.actor, query.project, query.deleted_at)
    )
    return {"project": query.project, "annotations": count}


@routes.op("DELETE", "/api/trash/{id:int}/", summary="Delete for good", status=204, errors=(403, 404))
async def purge(call: Call, id: int) -> None:
    files = await call.write(lambda tx: trash.purge(call.site, tx, call.actor, id))
    await off_loop(projects.forget_files, call.site, files)
